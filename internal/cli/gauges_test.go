package cli_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// A sample of the text exposition format, and one of its labels.
var (
	sample = regexp.MustCompile(`^([a-z_]+)\{((?:[a-z_]+="(?:[^"\\]|\\["\\n])*",?)*)\} (\d+)$`)
	pair   = regexp.MustCompile(`([a-z_]+)="((?:[^"\\]|\\["\\n])*)"`)
)

// gauges FILE prints what a scraper would read of a file in Prometheus's text format: a line a sample, of the time that
// its value is and the values of its labels.
func gauges(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: gauges FILE")
	}
	types, seen := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		line = strings.TrimSuffix(line, "\n")
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
			types[strings.TrimSuffix(name, " gauge")] = true
			continue
		}
		if strings.HasPrefix(line, "# HELP ") {
			continue
		}
		m := sample.FindStringSubmatch(line)
		if m == nil || !types[m[1]] {
			ts.Fatalf("this is no sample of a known type: %q", line)
		}
		if seen[m[2]] {
			ts.Fatalf("a second sample has the labels %s", m[2])
		}
		seen[m[2]] = true
		seconds, err := strconv.ParseInt(m[3], 10, 64)
		ts.Check(err)
		_, err = fmt.Fprintln(ts.Stdout(), time.Unix(seconds, 0).UTC().Format(time.RFC3339)+"|"+labels(m[2]))
		ts.Check(err)
	}
}

// labels undoes the escapes. What a line feed was is shown as ␤.
func labels(text string) string {
	var out []string
	unescape := strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "␤")
	for _, m := range pair.FindAllStringSubmatch(text, -1) {
		out = append(out, unescape.Replace(m[2]))
	}
	return strings.Join(out, "|")
}
