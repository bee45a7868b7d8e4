package review_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/change/review"
	"github.com/harender/harender/internal/deliver/tree"
)

// golden are rendered files by their paths on a node, each content once.
func golden(t *testing.T, clusters ...string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, c := range clusters {
		archive, err := txtar.ParseFile(filepath.Join("../../../testdata/clusters", c, "rendered.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			_, rest, found := strings.Cut(f.Name, ": ")
			path, _, _ := strings.Cut(rest, " ")
			if found && path != "material" && !slices.Contains(out[path], string(f.Data)) {
				out[path] = append(out[path], string(f.Data))
			}
		}
	}
	return out
}

// reviewOf a file that changes. An empty text is no file.
func reviewOf(path, was, is string) review.Review {
	side := func(text string) diff.Side {
		files := map[string]diff.File{}
		if text != "" {
			files[path] = diff.File{IndexFile: tree.IndexFile{Path: path, Mode: 0o600, Owner: "root", Group: "root"}, Content: []byte(text)}
		}
		return diff.Side{Directories: map[string]diff.Directory{"m1": {Files: files}}}
	}
	r := review.Review{Cluster: "c", Base: "rendered", Fleet: diff.Fleet{Nodes: []string{"m1"}}}
	r.Diff = diff.Compare(side(was), side(is), func(string, string, string) string { return "" })
	return r
}

// formats are all that people and programs read of a review.
func formats(t *testing.T, r review.Review) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, to := range map[string]func(b *bytes.Buffer) error{
		"text":     func(b *bytes.Buffer) error { return review.Text(b, r, review.Screen{}, true) },
		"markdown": func(b *bytes.Buffer) error { return review.Markdown(b, r) },
		"sarif":    func(b *bytes.Buffer) error { return review.SARIF(b, r, "rendered") },
		"json":     func(b *bytes.Buffer) error { return json.NewEncoder(b).Encode(r) },
	} {
		var b bytes.Buffer
		if err := to(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = b.String()
	}
	return out
}

const (
	canary = "qzx7canary"
	benign = "qzx7benign"
)

// mutant is a file with one thing changed; without a mark, what changes has no text of its own.
type mutant struct{ what, text, mark string }

// mutants of a document change one value, key, order or type each; those of another text change one line each.
func mutants(t *testing.T, text string) []mutant {
	t.Helper()
	if _, ok := document(text); ok {
		return documentMutants(t, text)
	}
	var out []mutant
	lines := strings.SplitAfter(text, "\n")
	with := func(what string, i int, line string) {
		changed := slices.Clone(lines)
		changed[i] = line
		out = append(out, mutant{fmt.Sprintf("line %d %s", i+1, what), strings.Join(changed, ""), canary})
	}
	for i, l := range lines {
		if strings.TrimSpace(l) == "" {
			continue
		}
		bare := strings.TrimSuffix(l, "\n")
		with("longer", i, bare+canary+"\n")
		with("before", i, canary+l)
		with("another", i, l+strings.Replace(bare, strings.TrimSpace(bare), canary+"=1", 1)+"\n")
	}
	return out
}

// document reads a text as harender writes documents: one mapping.
func document(text string) (*yaml.Node, bool) {
	var doc yaml.Node
	if yaml.Unmarshal([]byte(text), &doc) != nil || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, false
	}
	return &doc, true
}

// documentMutants changes each node of a document in turn, writes the document, and changes the node back.
func documentMutants(t *testing.T, text string) []mutant {
	t.Helper()
	doc, _ := document(text)
	var out []mutant
	write := func(what, mark string) {
		changed, err := yaml.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, mutant{what, string(changed), mark})
	}
	var visit func(at string, n *yaml.Node)
	visit = func(at string, n *yaml.Node) {
		was := *n
		switch n.Kind {
		case yaml.ScalarNode:
			n.Value, n.Tag, n.Style = "/var/lib/"+canary+"/"+was.Value, "!!str", 0
			write(at+": other value", canary)
			n.Value, n.Tag, n.Style = was.Value+" "+canary, "!!str", 0
			write(at+": longer value", canary)
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				key := n.Content[i].Value
				n.Content[i].Value = canary + key
				write(at+"."+key+": other key", canary)
				n.Content[i].Value = key
				visit(at+"."+key, n.Content[i+1])
			}
			added := []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: canary}, {Kind: yaml.ScalarNode, Tag: "!!null"}}
			n.Content = append(slices.Clone(was.Content), added...)
			write(at+": a key more", canary)
		case yaml.SequenceNode:
			for i := range n.Content {
				visit(fmt.Sprintf("%s[%d]", at, i), n.Content[i])
				n.Content = slices.Delete(slices.Clone(was.Content), i, i+1)
				write(fmt.Sprintf("%s[%d]: gone", at, i), "")
				n.Content = append(slices.Clone(was.Content), was.Content[i])
				write(fmt.Sprintf("%s[%d]: twice", at, i), "")
				if i > 0 && was.Content[i].Value != was.Content[i-1].Value {
					n.Content = slices.Clone(was.Content)
					n.Content[i], n.Content[i-1] = n.Content[i-1], n.Content[i]
					write(fmt.Sprintf("%s[%d]: in another place", at, i), "")
				}
				n.Content = was.Content
			}
		}
		*n = was
	}
	visit("", doc.Content[0])
	return out
}

// sampled are some of many, always the same, of every part of the file.
func sampled(all []mutant, most int) []mutant {
	if len(all) <= most {
		return all
	}
	out := make([]mutant, 0, most)
	for i := range most {
		out = append(out, all[i*len(all)/most])
	}
	return out
}

// beside is a change that nobody minds; behind is something that a careless redaction would begin at.
func beside(text string) string {
	if _, ok := document(text); ok {
		return text + "zzz: " + benign + "\n"
	}
	return text + "\n# " + benign + "\n"
}

func behind(marker, text string) string {
	if _, ok := document(text); ok {
		return "aaa: |\n  " + marker + "\n" + text
	}
	return "# " + marker + "\n" + text
}

// TestMutations changes each thing of each rendered file of several clusters: by itself, beside a change that hides it, and behind
// what looks like a private key. Every format shows it.
func TestMutations(t *testing.T) {
	const most = 8 // Of one file, in each of the contexts: a different part in each.
	files := golden(t, "stacked", "hardened", "etcd-systemd", "lb-haproxy", "kubernetes-1-9", "kubeadm-stacked", "layers", "node-local")
	tried := 0
	for _, path := range slices.Sorted(maps.Keys(files)) {
		for _, text := range files[path] {
			if doc, ok := document(text); ok {
				if again, err := yaml.Marshal(doc); err == nil {
					text = string(again)
				}
			}
			all := mutants(t, text)
			for i, context := range []func(string) (string, string){
				func(m string) (string, string) { return text, m },
				func(m string) (string, string) { return text, beside(m) },
				func(m string) (string, string) {
					return behind("-----begin private key-----", text), behind("-----begin private key-----", m)
				},
				func(m string) (string, string) {
					const key = "-----BEGIN PRIVATE KEY-----\n  MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
					return behind(key, text), beside(behind(key, m))
				},
			} {
				plain := formats(t, reviewOf(path, first(context(text)), second(context(text))))
				for _, m := range sampled(all[i*len(all)/4/most:], most) {
					was, is := context(m.text)
					tried++
					for format, out := range formats(t, reviewOf(path, was, is)) {
						if m.mark != "" && !strings.Contains(out, m.mark) || out == plain[format] {
							t.Errorf("%s, context %d: %s is not in %s:\n%s", path, i, m.what, format, out)
						}
					}
					if t.Failed() {
						return
					}
				}
			}
		}
	}
	t.Logf("%d mutations of %d paths", tried, len(files))
	if tried < 2000 {
		t.Errorf("%d are too few", tried)
	}
}

func first(a, _ string) string  { return a }
func second(_, b string) string { return b }

// TestAddedContent has all of a file that is new, and says where to look for what is in a node that is.
func TestAddedContent(t *testing.T) {
	for path, texts := range golden(t, "stacked", "etcd-systemd") {
		for format, out := range formats(t, reviewOf(path, "", beside(texts[0]))) {
			if !strings.Contains(out, benign) {
				t.Errorf("%s: the last line of %s is not there", format, path)
			}
		}
	}
	var b bytes.Buffer
	r := review.Review{Base: "rendered", Diff: diff.Diff{Nodes: []diff.Node{{Name: "w9", Action: diff.Added, Roles: []string{"worker"}, Files: 3}}}}
	if err := review.Text(&b, r, review.Screen{}, true); err != nil || !strings.Contains(b.String(), "is not shown: build, and read rendered/w9/") {
		t.Error(err, b.String())
	}
}

// TestWhole cuts nothing in text: neither long values nor long changes. Where Markdown and SARIF do, they name the command.
func TestWhole(t *testing.T) {
	long := strings.Repeat("x", 100000) + canary
	lines := strings.Repeat("line\n", 5000) + canary + "\n"
	for name, r := range map[string]review.Review{
		"value": reviewOf("a.yaml", "a: 1\n", "a: "+long[60000:]+"\n"), "lines": reviewOf("a.cfg", "x\n", lines), "added": reviewOf("a.cfg", "", lines),
	} {
		for format, out := range formats(t, r) {
			if !strings.Contains(out, canary) && !strings.Contains(out, "more: harender diff") || format == "text" && !strings.Contains(out, canary) {
				t.Errorf("%s of %s does not say what is left out", format, name)
			}
		}
	}
}
