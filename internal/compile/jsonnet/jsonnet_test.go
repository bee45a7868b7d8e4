package jsonnet_test

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/harender/harender/internal/compile/jsonnet"
	"github.com/harender/harender/internal/diag"
)

func files() fs.FS {
	return fstest.MapFS{
		"lib/shared.libsonnet": {Data: []byte(`{ b: 1 }`)},
		"bad.libsonnet":        {Data: []byte("{\n  b: [1 2] }")},
		"boom.libsonnet":       {Data: []byte("{\n  b: error 'boom' }")},
	}
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

func TestEvaluate(t *testing.T) {
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			out, list := jsonnet.Evaluate(files(), "x.jsonnet", p.src, p.args)
			if got := told(list); !strings.HasSuffix(got, p.failure) || (got == "") != (p.failure == "") {
				t.Errorf("finding %q, want %q", got, p.failure)
			}
			if got := squeeze(out); got != p.want {
				t.Errorf("result %s, want %s", got, p.want)
			}
		})
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
