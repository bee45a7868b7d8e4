//go:build e2e

package compile_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/flags"
)

// TestFlagsData holds lib/versions/1.36/flags.json to what the real programs say. Run with -update, and review the
// difference.
func TestFlagsData(t *testing.T) {
	kubernetes, etcd := realPrograms(t, "kubernetes"), realPrograms(t, "etcd")
	release := flags.Release{"etcd": etcdFlags(t, filepath.Join(etcd, "etcd"))}
	for name, hidden := range map[string][]string{
		"kube-apiserver": {
			"apiserver-count", "audit-webhook-batch-initial-backoff", "default-watch-cache-size", "kubelet-port", "kubelet-read-only-port",
		},
		"kube-controller-manager": {"allow-untagged-cloud", "node-sync-period"},
		"kube-scheduler":          nil,
		"kube-proxy":              {"healthz-port", "metrics-port"},
		"kubelet":                 nil,
	} {
		release[name] = kubernetesFlags(t, filepath.Join(kubernetes, name), hidden)
	}
	compareGolden(t, filepath.Join("../..", flags.File("1.36")), formatted(t, release))
}

// formatted has a flag a line, for the review.
func formatted(t *testing.T, r flags.Release) []byte {
	t.Helper()
	var b bytes.Buffer
	sep := "{\n"
	for _, name := range slices.Sorted(maps.Keys(r)) {
		fmt.Fprintf(&b, "%s  %q: {\n    \"version\": %q,\n    \"flags\": {\n", sep, name, r[name].Version)
		sep = ",\n"
		comma := ""
		for _, flag := range slices.Sorted(maps.Keys(r[name].Flags)) {
			var line bytes.Buffer
			enc := json.NewEncoder(&line)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(r[name].Flags[flag]); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s      %q: %s", comma, flag, bytes.TrimSpace(line.Bytes()))
			comma = ",\n"
		}
		b.WriteString("\n    }\n  }")
	}
	b.WriteString("\n}\n")
	return b.Bytes()
}

// says is what a program prints, and whether it takes the arguments.
func says(program string, args ...string) (string, bool) {
	out, err := exec.Command(program, args...).CombinedOutput() // #nosec G204 -- a witness of this test
	return string(out), err == nil
}

func versionOf(t *testing.T, program string) string {
	t.Helper()
	out, _ := says(program, "--version")
	m := regexp.MustCompile(`(\d+\.\d+)\.\d+`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("%s has no version:\n%s", program, out)
	}
	return m[1]
}

var (
	pflagLine = regexp.MustCompile(`^ +(?:-\w, )?--([A-Za-z0-9-]+)(?:\[=\S*\])?(?: (\S+))?(?: {2,}(.*))?$`)
	defaulted = regexp.MustCompile(`^(.*) \(default ("(?:[^"\\]|\\.)*"|[^()]*(?:\([^()]*\))?[^()]*)\)$`)
	withdrawn = regexp.MustCompile(`^(.*) \(DEPRECATED: (.*)\)$`)
)

// kubernetesFlags reads a help of pflag. It leaves out hidden flags, which the program is asked for one by one.
func kubernetesFlags(t *testing.T, program string, hidden []string) flags.Component {
	t.Helper()
	c := flags.Component{Version: versionOf(t, program), Flags: map[string]flags.Flag{}}
	help, _ := says(program, "--help")
	usage := map[string]string{}
	name := ""
	for line := range strings.SplitSeq(help, "\n") {
		switch m := pflagLine.FindStringSubmatch(line); {
		case m != nil:
			name = m[1]
			c.Flags[name], usage[name] = flags.Flag{Type: m[2]}, m[3]
		case name != "" && strings.HasPrefix(line, "          "):
			usage[name] += " " + strings.TrimSpace(line)
		default:
			name = ""
		}
	}
	for name, f := range c.Flags {
		c.Flags[name] = described(program, name, f.Type, usage[name])
	}
	for _, name := range hidden {
		kind := kindOf(program, name)
		value := map[string]string{"bool": "true", "duration": "1s"}[kind]
		out, ok := says(program, "--"+name+"="+cmp.Or(value, "1"), "--help")
		_, why, said := strings.Cut(out, "Flag --"+name+" has been deprecated, ")
		if !ok || !said {
			t.Errorf("%s has no hidden flag %s", program, name)
			continue
		}
		why, _, _ = strings.Cut(why, "\n")
		c.Flags[name] = flags.Flag{Type: kind, Deprecated: why}
	}
	return c
}

func described(program, name, kind, usage string) flags.Flag {
	f := flags.Flag{Type: kind}
	if m := withdrawn.FindStringSubmatch(usage); m != nil {
		usage, f.Deprecated = m[1], m[2]
	}
	if m := defaulted.FindStringSubmatch(usage); m != nil {
		usage, f.Default = m[1], strings.Trim(m[2], `"`)
	}
	if whole, ok := strings.CutPrefix(usage, "DEPRECATED: "); ok {
		f.Deprecated = whole
	}
	switch kind {
	case "":
		f.Type = "bool"
	case "string", "strings", "stringArray", "int", "int32", "float", "float32", "duration", "ip":
	default: // A word of the usage may stand for the type.
		if asked := kindOf(program, name); asked != "string" {
			f.Type = asked
		}
	}
	return f
}

// kindOf asks a program what it takes for a flag's value: bool, duration, int, or else string. It refuses a wrong
// value before it shows its help.
func kindOf(program, name string) string {
	takes := func(value string) bool {
		_, ok := says(program, "--"+name+"="+value, "--help")
		return ok
	}
	switch {
	case takes("x"):
		return "string"
	case takes("true"):
		return "bool"
	case takes("1s"):
		return "duration"
	case takes("1") && takes("2") && !takes("1.5"):
		return "int"
	}
	return "string"
}

var (
	etcdLine  = regexp.MustCompile(`^  --([a-z0-9-]+)(?: (.*))?$`)
	etcdGoing = regexp.MustCompile(`(?:Deprecated in|Will be deprecated|Deprecated and) .*$`)
)

// etcdFlags reads etcd's own help, which has no types: the program is asked for them. Flags that it leaves out do nothing,
// or are not for a unit.
func etcdFlags(t *testing.T, program string) flags.Component {
	t.Helper()
	c := flags.Component{Version: versionOf(t, program), Flags: map[string]flags.Flag{}}
	help, _ := says(program, "--help")
	name := ""
	for line := range strings.SplitSeq(help, "\n") {
		if m := etcdLine.FindStringSubmatch(line); m != nil {
			name = m[1]
			c.Flags[name] = flags.Flag{Type: kindOf(program, name), Default: strings.Trim(m[2], "'")}
		} else if why := etcdGoing.FindString(line); name != "" && why != "" {
			f := c.Flags[name]
			f.Deprecated = why
			c.Flags[name] = f
		}
	}
	for _, name := range []string{
		"cluster-active-size", "cluster-remove-delay", "cluster-sync-interval", "config", "force", "max-result-buffer", "max-retry-attempts",
		"peer-election-timeout", "peer-heartbeat-interval", "retry-interval", "snapshot", "v", "vv",
	} {
		if _, ok := says(program, "--"+name+"=1", "--help"); !ok {
			t.Errorf("%s has no flag %s", program, name)
		}
		c.Flags[name] = flags.Flag{Type: "string", Deprecated: "It does nothing."}
	}
	for name, kind := range map[string]string{"config-file": "string", "help": "bool", "version": "bool"} {
		c.Flags[name] = flags.Flag{Type: kind}
	}
	return c
}
