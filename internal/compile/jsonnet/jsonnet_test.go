package jsonnet_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/harender/harender/internal/compile/jsonnet"
	"github.com/harender/harender/internal/diag"
)

// serve as the only argument makes the test binary the child of a sandbox, over files.
const serve = "serve"

func files() fs.FS {
	return fstest.MapFS{
		"lib/shared.libsonnet": {Data: []byte(`{ b: 1 }`)},
		"bad.libsonnet":        {Data: []byte("{\n  b: [1 2] }")},
		"boom.libsonnet":       {Data: []byte("{\n  b: error 'boom' }")},
	}
}

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == serve {
		if err := jsonnet.Serve(files(), os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func sandbox(t *testing.T) *jsonnet.Sandbox {
	t.Helper()
	s, err := jsonnet.Start(exec.Command(os.Args[0], serve)) // #nosec G204 -- the test itself
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var programs = []struct {
	name, src string
	args      map[string]string
	want      string
	// failure is the finding: SUMMARY at POSITION.
	failure string
}{
	{name: "object", src: "{ a: 1 + 1 }", want: `{"a":2}`},
	{name: "argument", src: "function(x) x.y", args: map[string]string{"x": `{"y": [1]}`}, want: `[1]`},
	{name: "import from lib", src: "(import 'shared.libsonnet').b", want: `1`},
	{name: "syntax", src: "{ a: 1", failure: "jsonnet: Expected a comma before next field at x.jsonnet:1:7"},
	{name: "syntax of an import", src: "(import 'bad.libsonnet').b", failure: "jsonnet: Expected a comma before next array element at bad.libsonnet:2:9"},
	{name: "error of an import", src: "(import 'boom.libsonnet').b", failure: "jsonnet: boom at boom.libsonnet:2:6"},
	{name: "endless recursion", src: "{ b: self.c, c: self.b }", failure: "jsonnet: max stack frames exceeded. at x.jsonnet:1:6"},
	{name: "absolute path", src: "importstr '/etc/passwd'", failure: "/etc/passwd is an absolute path; a layer may only name files of its own repository at x.jsonnet:1:1"},
	{name: "standard input", src: "importstr '/dev/stdin'", failure: "/dev/stdin is an absolute path; a layer may only name files of its own repository at x.jsonnet:1:1"},
	{name: "outside", src: "importbin '../../etc/passwd'", failure: "../../etc/passwd lies outside the repository at x.jsonnet:1:1"},
	{name: "sealed keys", src: "importstr 'secrets/cluster/kubernetes-ca.key.sops'", failure: "nothing is imported from secrets/, which is made by the build at x.jsonnet:1:1"},
	{name: "nowhere", src: "import 'none.libsonnet'", failure: "none.libsonnet is neither beside x.jsonnet nor in lib/ at x.jsonnet:1:1"},
}

func TestEvaluators(t *testing.T) {
	child := sandbox(t)
	for name, eval := range map[string]jsonnet.Evaluator{"here": jsonnet.Evaluate, "in a sandbox": child.Evaluate} {
		for _, p := range programs {
			t.Run(name+"/"+p.name, func(t *testing.T) {
				out, list := eval(files(), "x.jsonnet", p.src, p.args)
				if got := told(list); !strings.HasSuffix(got, p.failure) || (got == "") != (p.failure == "") {
					t.Errorf("finding %q, want %q", got, p.failure)
				}
				if got := squeeze(out); got != p.want {
					t.Errorf("result %s, want %s", got, p.want)
				}
			})
		}
	}
	if err := child.Close(); err != nil {
		t.Error(err)
	}
}

func told(list diag.List) string {
	if len(list) == 0 {
		return ""
	}
	return list[0].Summary + " at " + list[0].Pos.String()
}

func squeeze(b []byte) string {
	return string(bytes.Join(bytes.Fields(b), nil))
}

// In this process each of these would end the program, or the machine.
func TestSandboxHolds(t *testing.T) {
	for name, tt := range map[string]struct{ src, want string }{
		"tail calls": {"local f(n) = f(n + 1) tailstrict; f(1)", "jsonnet: more than 1024 MiB|jsonnet: calls or brackets are nested too deep"},
		"brackets":   {strings.Repeat("(", 120_000) + "1" + strings.Repeat(")", 120_000), "jsonnet: calls or brackets are nested too deep"},
		"array":      {"std.makeArray(1e9, function(i) i)", "jsonnet: more than 1024 MiB"},
		"string":     {"local d(s, n) = if n == 0 then s else d(s + s, n - 1); std.length(d('aaaaaaaa', 40))", "jsonnet: more than 1024 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sandbox(t)
			_, list := s.Evaluate(nil, "x.jsonnet", tt.src, nil)
			if len(list) != 1 || !startsWithOne(list[0].Summary, strings.Split(tt.want, "|")) || list[0].Hint == "" {
				t.Errorf("findings %+v, want %s", list, tt.want)
			}
			if _, again := s.Evaluate(nil, "x.jsonnet", "1", nil); !again.HasErrors() {
				t.Error("a dead sandbox answers")
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func startsWithOne(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
