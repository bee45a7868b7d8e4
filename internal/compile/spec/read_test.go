package spec_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

const small = `apiVersion: harender.io/v1alpha1
kind: Cluster
metadata: {name: prod}
spec:
  endpoint: {host: 10.0.0.10}
  networks: {nodes: [10.0.0.0/24]}
  nodes: [{name: m1, address: 10.0.0.11, roles: [etcd, control-plane]}]
`

// read reads one file that has the name.
func read(name, source string) (spec.Document, diag.List) {
	return spec.Read(fstest.MapFS{name: {Data: []byte(source)}}, noJsonnet)
}

func noJsonnet(fs.FS, string) ([]byte, diag.List) {
	return nil, diag.List{{Summary: "no jsonnet here", Pos: diag.Pos{File: "lib/x.libsonnet", Line: 3, Col: 4}}}
}

// TestForms: what an editor may do to a file changes nothing.
func TestForms(t *testing.T) {
	want, list := read("cluster.yaml", small)
	if len(list) > 0 {
		t.Fatal(list)
	}
	for name, source := range map[string]string{
		"byte order mark":     "\ufeff" + small,
		"CRLF":                strings.ReplaceAll(small, "\n", "\r\n"),
		"both":                "\ufeff" + strings.ReplaceAll(small, "\n", "\r\n"),
		"no line feed at end": strings.TrimSuffix(small, "\n"),
		"document markers":    "---\n" + small + "...\n",
		"directive":           "%YAML 1.1\n---\n" + small,
		"comments":            "# a\n" + strings.ReplaceAll(small, "\n", " # c\n\n"),
		"unused anchor":       strings.Replace(small, "metadata: ", "metadata: &m ", 1),
	} {
		t.Run(name, func(t *testing.T) {
			got, list := read("cluster.yaml", source)
			if len(list) > 0 {
				t.Fatal(list)
			}
			if !reflect.DeepEqual(got.Cluster, want.Cluster) {
				t.Errorf("got %+v", got.Cluster)
			}
		})
	}
}

// TestNoText: bytes that no golden file can hold.
func TestNoText(t *testing.T) {
	for _, c := range []struct {
		name, file, source, summary string
		pos                         diag.Pos
	}{
		{"NUL", "cluster.yaml", "kind: Clus\x00ter\n", "NUL", diag.Pos{Line: 1, Col: 11}},
		{"UTF-16", "cluster.yaml", "\xff\xfek\x00i\x00", "NUL", diag.Pos{Line: 1, Col: 4}},
		{"Latin-1", "cluster.yaml", "kind: Cluster\nname: ä\xe4\n", "UTF-8", diag.Pos{Line: 2, Col: 8}},
		{"Latin-1 JSON", "cluster.json", "{\"a\": \"\xe4\"}", "UTF-8", diag.Pos{Line: 1, Col: 8}},
		{"Latin-1 jsonnet", "cluster.jsonnet", "{a: '\xe4'}", "UTF-8", diag.Pos{Line: 1, Col: 6}},
		{"empty", "cluster.yaml", "", "empty", diag.Pos{Line: 1, Col: 1}},
		{"byte order mark alone", "cluster.yaml", "\ufeff", "empty", diag.Pos{Line: 1, Col: 1}},
		{"control character", "cluster.yaml", "kind: \x07\n", "U+0007", diag.Pos{Line: 1, Col: 7}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, list := read(c.file, c.source)
			c.pos.File = c.file
			if len(list) != 1 || !strings.Contains(list[0].Summary, c.summary) || list[0].Pos != c.pos || list[0].Hint == "" {
				t.Errorf("got %+v, want one about %s at %s", list, c.summary, c.pos)
			}
		})
	}
}

func TestSize(t *testing.T) {
	padding := "# " + strings.Repeat("x", 4<<20-len(small)-3) + "\n"
	if _, list := read("cluster.yaml", small+padding); len(list) > 0 {
		t.Errorf("4 MiB: %v", list)
	}
	_, list := read("cluster.yaml", small+padding+"\n")
	if len(list) != 1 || !strings.Contains(list[0].Summary, "larger than 4 MiB") {
		t.Errorf("more than 4 MiB: %v", list)
	}
}

// TestUnreadable: only a plain file is opened; a FIFO would block.
func TestUnreadable(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "cluster.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, list := spec.Read(os.DirFS(dir), noJsonnet)
	if len(list) != 1 || !strings.Contains(list[0].Detail, "no regular file") {
		t.Errorf("FIFO: %v", list)
	}
	_, list = spec.Read(fstest.MapFS{"cluster.yaml/x": {}}, noJsonnet)
	if len(list) != 1 || !strings.Contains(list[0].Detail, "no regular file") {
		t.Errorf("directory: %v", list)
	}
	_, list = spec.Read(brokenFS{}, noJsonnet)
	if len(list) != 1 || !strings.Contains(list[0].Detail, "broken") {
		t.Errorf("broken disk: %v", list)
	}
}

type brokenFS struct{}

func (brokenFS) Open(string) (fs.File, error) { return nil, errors.New("broken") }

func TestJsonnet(t *testing.T) {
	fsys := fstest.MapFS{"cluster.jsonnet": {Data: []byte("local x = 1;\n{}\n")}}
	_, list := spec.Read(fsys, noJsonnet)
	if len(list) != 1 || list[0].Pos.File != "lib/x.libsonnet" || list[0].Excerpt != "" {
		t.Errorf("a finding in another file: %+v", list)
	}
	_, list = spec.Read(fsys, func(fs.FS, string) ([]byte, diag.List) {
		return nil, diag.List{{Summary: "x", Pos: diag.Pos{File: "cluster.jsonnet", Line: 1, Col: 7}}}
	})
	if len(list) != 1 || list[0].Excerpt != "local x = 1;" || list[0].Caret != 7 {
		t.Errorf("a finding in the spec: %+v", list)
	}
	_, list = spec.Read(fsys, func(fs.FS, string) ([]byte, diag.List) { return make([]byte, 5<<20), nil })
	if len(list) != 1 || !strings.Contains(list[0].Summary, "more than 4 MiB") {
		t.Errorf("a huge result: %+v", list)
	}
	doc, list := spec.Read(fsys, func(fs.FS, string) ([]byte, diag.List) {
		return []byte(`{"apiVersion": "a", "kind": "b", "metadata": {"name": "c"}, "spec": {"endpoint": {"host": "h"}, "networks": {"nodes": []}, "nodes": []}}`),
			diag.List{{Severity: diag.Warning, Summary: "w"}}
	})
	if len(list) != 1 || doc.Cluster.Spec.Endpoint.Host != "h" {
		t.Errorf("a warning keeps the result: %+v %+v", doc.Cluster, list)
	}
}

// TestSyntax holds the place of a syntax error, which the parser itself does not tell.
func TestSyntax(t *testing.T) {
	head := "apiVersion: v1\nkind: Cluster\n"
	for _, c := range []struct {
		name, source string
		line, col    int
		hint         string
	}{
		{"tab", "metadata:\n\tname: x\n", 4, 1, "spaces"},
		{"tab after spaces", "metadata:\n  name: x\n \tfoo: y\n", 5, 2, "spaces"},
		{"too deep", "metadata:\n  name: x\n   foo: y\n", 5, 7, "neighbours"},
		{"too shallow", "metadata:\n  name: x\n foo: y\nspec: {}\n", 5, 2, "neighbours"},
		{"after many comments", "a: b\n" + strings.Repeat("# c\n", 20) + "  c: d\n", 24, 3, "neighbours"},
		{"open quote", "metadata:\n  name: \"x\n  foo: y\n", 4, 9, "quote"},
		{"open brace", "metadata: {name: x\nspec:\n  a: b\n", 3, 11, "bracket"},
		{"list and mapping", "nodes:\n  - a\n  b: c\n", 5, 3, "neighbours"},
		{"text block", "a: |\n  text\n bad\n", 5, 2, "neighbours"},
		{"alias of nothing", "a: *unknown\n", 3, 4, "quotes"},
		{"percent", "a: %x\n", 3, 4, "quotes"},
		{"escape", "a: \"\\q\"\n", 3, 5, "backslash"},
		{"list on the line of its key", "x: - a\n", 3, 4, "line of its own"},
		{"no space after the colon", "x:y\nz: d\n", 3, 1, "space after"},
		{"no colon", "metadata:\n  name: x\n  name\n  foo: y\n", 5, 3, "colon"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, list := read("cluster.yaml", head+c.source)
			if len(list) != 1 {
				t.Fatalf("got %+v", list)
			}
			if d := list[0]; d.Pos.Line != c.line || d.Pos.Col != c.col || !strings.Contains(d.Hint, c.hint) {
				t.Errorf("got %s, %q, want %d:%d, %q", d.Pos, d.Hint, c.line, c.col, c.hint)
			}
		})
	}
}

func TestLocate(t *testing.T) {
	doc, list := read("cluster.yaml", small+"  # a comment\n  pools:\n    gpu:\n      labels: {example.org/a: b, c: d}\n")
	if len(list) > 0 {
		t.Fatal(list)
	}
	for field, want := range map[string]string{
		"":                                       "cluster.yaml",
		"apiVersion":                             "cluster.yaml:1:13",
		"spec":                                   "cluster.yaml:4:1",
		"spec.endpoint":                          "cluster.yaml:5:3",
		"spec.endpoint.host":                     "cluster.yaml:5:20",
		"spec.endpoint.port":                     "cluster.yaml:5:3",
		"spec.networks.nodes[0]":                 "cluster.yaml:6:22",
		"spec.networks.nodes[1]":                 "cluster.yaml:6:14",
		"spec.nodes[0]":                          "cluster.yaml:7:11",
		"spec.nodes[0].roles[1]":                 "cluster.yaml:7:56",
		"spec.pools.gpu.labels.c":                "cluster.yaml:11:37",
		`spec.pools.gpu.labels["example.org/a"]`: "cluster.yaml:11:16",
		"spec.loadBalancer.virtualIP":            "cluster.yaml:4:1",
		"nothing[":                               "cluster.yaml",
	} {
		if pos, _, _ := doc.Locate(field); pos.String() != want {
			t.Errorf("%q is at %s, want %s", field, pos, want)
		}
	}
	if _, line, caret := doc.Locate("spec.endpoint.host"); line != "  endpoint: {host: 10.0.0.10}" || caret != 20 {
		t.Errorf("excerpt %q, caret %d", line, caret)
	}
}

func TestComplete(t *testing.T) {
	doc, _ := read("cluster.yaml", small)
	got := doc.Complete(diag.List{
		{Summary: "elsewhere", Field: "spec.nodes[0]", Pos: diag.Pos{File: "lib/a.jsonnet", Line: 9}},
		{Summary: "nowhere"},
		{Summary: "second", Field: "spec.nodes[0].name"},
		{Summary: "first", Field: "spec.endpoint"},
	})
	var order []string
	for _, d := range got {
		order = append(order, d.Summary+" "+d.Pos.String())
	}
	want := []string{"first cluster.yaml:5:3", "second cluster.yaml:7:18", "elsewhere lib/a.jsonnet:9", "nowhere "}
	if !reflect.DeepEqual(order, want) {
		t.Errorf("got %q, want %q", order, want)
	}
	if again := doc.Complete(got); !reflect.DeepEqual(again, got) {
		t.Errorf("a second time: %+v", again)
	}
}

// TestJSONIsLikeYAML: surrogates, long keys and tabs, which a YAML parser refuses.
func TestJSONIsLikeYAML(t *testing.T) {
	doc, list := read("cluster.json", "{\n\t\"apiVersion\": \"\\ud83d\\ude00\", \"kind\": \"a\\/b\", \"metadata\": {\"name\": \"c\"},\n"+
		"\t\"spec\": {\"endpoint\": {\"host\": \"h\"}, \"networks\": {\"nodes\": []}, \"nodes\": [], \"pools\": {\""+strings.Repeat("p", 2000)+"\": {}}}}")
	if len(list) > 0 {
		t.Fatal(list)
	}
	if doc.Cluster.APIVersion != "😀" || doc.Cluster.Kind != "a/b" {
		t.Errorf("got %+v", doc.Cluster)
	}
	if pos, _, _ := doc.Locate("kind"); pos.String() != "cluster.json:2:40" {
		t.Errorf("kind is at %s", pos)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"address", "publicAddress", "host", "port", "certSANs"}
	for word, want := range map[string]string{
		"adress": "address", "ADDRESS": "address", "prot": "port", "hosts": "host", "certSans": "certSANs", "publicAdress": "publicAddress",
		"x": "", "zone": "", "": "",
	} {
		if got := diag.Nearest(word, names); got != want {
			t.Errorf("%q means %q, want %q", word, got, want)
		}
	}
}

// TestPrivateKeysAreNotShown: somebody pastes a key where its public half belongs, and breaks the file with it. The
// keys are made up.
func TestPrivateKeysAreNotShown(t *testing.T) {
	const age, pem = "AGE-SECRET-KEY-1QQQQQQQQ", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\nZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
	for name, source := range map[string]string{
		"value":               "a: " + age + "\n",
		"key":                 age + ": 1\n",
		"broken":              "a: b: " + age + "\n",
		"PEM":                 "a: b\n" + pem,
		"PEM in a block":      "a: |\n  x\n" + pem,
		"PEM quoted":          "kind: \"" + pem + "\"\n",
		"cut out":             "{kind: [\"" + age + strings.Repeat(" ", 200) + "\"], x: 1}\n",
		"tail of a long line": "{kind: \"" + strings.Repeat(" ", 200) + age + "\", x: 1, y: " + strings.Repeat("z", 200) + "}\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, list := read("cluster.yaml", source)
			out, err := json.Marshal(list)
			if err != nil || len(list) == 0 {
				t.Fatal(err, list)
			}
			for _, part := range []string{"QQQQ", "b3Blbn", "ZXktdj"} {
				if strings.Contains(string(out), part) {
					t.Errorf("%s is in %s", part, out)
				}
			}
		})
	}
}

// TestManyMistakes: the list ends, and says that it does.
func TestManyMistakes(t *testing.T) {
	_, list := read("cluster.yaml", strings.Repeat("- a: b\n  a: c\n", 5))
	if len(list) != 6 {
		t.Errorf("got %d", len(list))
	}
	_, list = read("cluster.yaml", "spec:\n  nodes:\n"+strings.Repeat("  - {nam: x, adress: y, roles: []}\n", 1000))
	if last := list[len(list)-1]; len(list) > 210 || !slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return strings.Contains(d.Summary, "more mistakes") }) {
		t.Errorf("%d, the last %+v", len(list), last)
	}
}
