package plaintext

import (
	"regexp"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// span is a time as systemd.time(7) has it.
var span = regexp.MustCompile(`^(infinity|([0-9]+(\.[0-9]*)?|\.[0-9]+) *(ns|nsec|us|usec|µs|μs|ms|msec|s|sec|second|seconds|m|min|minute|minutes|h|hr|hour|hours|` +
	`d|day|days|w|week|weeks|M|month|months|y|year|years)?( *([0-9]+(\.[0-9]*)?|\.[0-9]+) *(ns|nsec|us|usec|µs|μs|ms|msec|s|sec|second|seconds|m|min|minute|minutes|` +
	`h|hr|hour|hours|d|day|days|w|week|weeks|M|month|months|y|year|years)?)*)$`)

// valuesOf a type of a directive (systemd.service(5), systemd.kill(5), systemd.syntax(7)), in words, and whether a value is one.
func valuesOf(kind string) (takes string, fits func(string) bool) {
	oneOf := func(values ...string) (string, func(string) bool) {
		return strings.Join(values[:len(values)-1], ", ") + " or " + values[len(values)-1], func(s string) bool { return slices.Contains(values, s) }
	}
	switch kind {
	case "BOOLEAN":
		return "yes or no", func(s string) bool {
			return slices.Contains([]string{"1", "yes", "y", "true", "t", "on", "0", "no", "n", "false", "f", "off"}, strings.ToLower(s))
		}
	case "SECONDS":
		return "a time such as 30s, or infinity", span.MatchString
	case "SERVICETYPE":
		return oneOf("simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle")
	case "SERVICERESTART":
		return oneOf("no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always")
	case "KILLMODE":
		return oneOf("control-group", "process", "mixed", "none")
	case "ACCESS":
		return oneOf("none", "main", "exec", "all")
	}
	return "", nil
}

// badValue finds a value that systemd ignores with its directive.
func (u *unitFile) badValue(n int, key, value string) {
	if strings.Contains(value, "%") {
		return
	}
	for kind, keys := range u.words.Types[u.section] {
		if value == "" && kind == "KILLMODE" {
			continue
		}
		if takes, fits := valuesOf(kind); fits != nil && slices.Contains(keys, key) && !fits(value) {
			u.add(fault(n, value, key+"= takes "+takes+", and not "+diag.Quote(value)+", which systemd ignores", "write "+takes))
		}
	}
}
