package review_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/invopop/jsonschema"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/change/review"
	"github.com/harender/harender/internal/change/rollout"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/proof/testtool"
)

var update = flag.Bool("update", false, "write the schema again")

// full is a review that has everything, with text in every field.
func full(text string) review.Review {
	cert := &certificate.Certificate{Subject: text, Pin: "sha256:1", NotAfter: time.Unix(2e9, 0)}
	command := []rollout.Command{{On: "NODE", Run: text, Why: text, Again: true}}
	return review.Review{
		Cluster: text, Base: text,
		Diff: diff.Diff{
			Recipients:  []diff.Recipient{{Name: text, Action: diff.Added, Secrets: []string{text}, Fresh: []string{text}}, {Name: text, Action: diff.Removed, Secrets: []string{text}, Fresh: []string{}}},
			Authorities: []diff.Authority{{ID: text, Action: diff.Changed, Old: cert, New: cert}},
			Resealed:    []string{text},
			Pins:        []diff.Pin{{ID: text, Old: []string{text}, New: []string{"b" + text}}, {ID: "b", Old: []string{text}}},
			Nodes:       []diff.Node{{Name: text, Action: diff.Added, Roles: []string{"worker"}, Files: 3}},
			Versions:    []diff.Version{{Nodes: []string{text}, Old: "1.35.1", New: "1.36.3"}},
			Changes: []diff.Change{{
				Nodes: []string{text}, Path: text, Action: diff.Changed, Kind: diff.Manifest, Unified: "@@\n-" + text + "\n+" + text, Restarts: []string{text},
				Details: []diff.Detail{{What: text, Action: diff.Changed, Old: text, New: text + ",b", Note: "deprecated: " + text}, {What: text, Action: diff.Added, New: text, Unified: text}},
			}},
		},
		Impact: rollout.Impact{
			Restarts: []rollout.Restart{{Name: text, Happens: "restarts", Nodes: []string{text}, Effect: "x"}},
			Members:  rollout.Members{Before: []string{"m1"}, After: []string{"m1"}, Added: []string{text}, Removed: []string{text}}, Minors: []string{"1.35 -> 1.36"},
			Risks: []rollout.Risk{{Class: "identity", What: []string{text}}},
		},
		Rollout: rollout.Plan{
			Refused: []rollout.Refusal{{Summary: text, Detail: text, Hint: text}},
			Steps: []rollout.Step{
				{Title: text, Kind: text, Risks: []string{"identity", "restart"}, Back: text, Disturbs: []string{text}, AtMost: 2, Nodes: []string{text, "b"}, Serial: []string{"1", "10%"}, Held: []string{text}, Kubelet: text, Before: command, Restart: command, After: command},
				{Title: text, Nodes: []string{}, Serial: []string{}, Before: command, Restart: []rollout.Command{}, After: []rollout.Command{}},
			},
		},
		Fleet: diff.Fleet{Nodes: []string{text}},
	}
}

func printed(t *testing.T, r review.Review) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, to := range map[string]func(b *bytes.Buffer) error{
		"text":     func(b *bytes.Buffer) error { return review.Text(b, r, review.Screen{}, true) },
		"markdown": func(b *bytes.Buffer) error { return review.Markdown(b, r) },
		"sarif":    func(b *bytes.Buffer) error { return review.SARIF(b, r, "c/rendered") },
		"ansible":  func(b *bytes.Buffer) error { return review.Ansible(b, r) },
	} {
		var b bytes.Buffer
		if err := to(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = b.String()
	}
	return out
}

// TestHostile looks for text of the input that acts on what shows it.
func TestHostile(t *testing.T) {
	const key = "-----BEGIN PRIVATE KEY-----\nMC4CAQA\n-----END PRIVATE KEY-----"
	for _, text := range append(slices.Collect(maps.Values(testtool.Hostile("/CANARY"))),
		"<script>alert(1)</script>", "</details><img src=x onerror=alert(1)>", "--><b>", "```\n# out", "`x` ``y``", "a|b|c", "[x](javascript:alert(1))", "@everyone",
		"\x1b[31mred\x1b]8;;http://x\a", "\u202Egnp.exe", "\u200bhidden", "line\nline", "\r\n\r\n", "{{ lookup('pipe', 'id') }}", "{% raw %}{% endraw %}{{ 1 }}", "{%endraw%}{{ 1 }}{%raw%}", "{%- endraw %}{{ 1 }}", "{% endr{% endrawaw %}", "NODE {{ 1 }}", "key: [", key, "\xff",
	) {
		for name, out := range printed(t, full(text)) {
			if i := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && r != ' ' && !unicode.IsGraphic(r) }); i >= 0 {
				t.Errorf("%s of %q has %q", name, text, out[max(0, i-20):i+20])
			}
			if strings.Contains(out, "MC4CAQA") {
				t.Errorf("%s has a key", name)
			}
			switch name {
			case "markdown":
				checkMarkdown(t, out)
			case "ansible":
				checkPlays(t, text, out)
			case "sarif":
				if link := regexp.MustCompile(`"text": ".*[^\\]\]\(`).FindString(out); link != "" {
					t.Errorf("a link of %q: %s", text, link)
				}
			}
		}
	}
}

// checkMarkdown takes away what shows text as it is, and looks for what would still act.
func checkMarkdown(t *testing.T, out string) {
	t.Helper()
	fence := regexp.MustCompile("(?s)(```+)diff\n.*?\n(```+)\n")
	rest := fence.ReplaceAllStringFunc(out, func(block string) string {
		m := fence.FindStringSubmatch(block)
		if len(m[1]) != len(m[2]) {
			return block
		}
		return ""
	})
	rest = regexp.MustCompile("(?m)^<details><summary><code>[^<>]*</code>").ReplaceAllString(rest, "<details><summary>")
	rest = regexp.MustCompile("(?m)^- (`+)( ?)[^\n]*[^\n`]( ?)(`+)$").ReplaceAllString(rest, "")
	rest = regexp.MustCompile("(?m)^<!-- [^\n]* -->$").ReplaceAllString(rest, "")
	rest = regexp.MustCompile("(?m)^(### harender: )?`[^\n]*`$").ReplaceAllString(rest, "")
	for _, tag := range []string{"<details><summary></summary>", "</details>"} {
		rest = strings.ReplaceAll(rest, tag, "")
	}
	if strings.Contains(rest, "<") || strings.Contains(rest, "```") {
		t.Errorf("acts: %q", rest)
	}
}

// checkPlays wants the tag that keeps Ansible from taking text for a template on every string that has some of the input.
func checkPlays(t *testing.T, text, out string) {
	t.Helper()
	var plays yaml.Node
	if err := yaml.Unmarshal([]byte(out), &plays); err != nil || len(plays.Content) != 1 || len(plays.Content[0].Content) != 3 {
		t.Fatalf("%q: %v\n%s", text, err, out)
	}
	templates := []string{
		"{{ harender_become | default(true) }}", "{{ harender_run | replace('NODE', inventory_hostname) }}", "harender_answer", "harender_answer is succeeded",
		"harender", "no safe way there", "localhost", "false", "true", "1", "10%", "30", "5",
	}
	var walk func(n *yaml.Node, key bool)
	walk = func(n *yaml.Node, key bool) {
		if n.Kind == yaml.ScalarNode && !key && n.Tag != "!unsafe" && !slices.Contains(templates, n.Value) {
			t.Errorf("%q: Ansible looks for a template in %q", text, n.Value)
		}
		for i, child := range n.Content {
			walk(child, n.Kind == yaml.MappingNode && i%2 == 0)
		}
	}
	walk(&plays, false)
}

func TestLimit(t *testing.T) {
	r := full("a")
	for i := range 2000 {
		c := r.Changes[0]
		c.Path = fmt.Sprintf("file-%d", i)
		c.Unified = strings.Repeat("+ä long line of text\n", 20)
		r.Changes = append(r.Changes, c)
	}
	for i := range 2000 {
		r.Recipients = append(r.Recipients, diff.Recipient{Name: fmt.Sprintf("age1%0200d", i), Action: diff.Added, Secrets: []string{"a"}, Fresh: []string{}})
	}
	out := printed(t, r)["markdown"]
	for _, want := range []string{"**Recipients**", "**Trust**", "**No safe way there**", "**Nodes**", "**Impact**"} {
		if !strings.Contains(out, "\n"+want+"\n\n```diff\n") {
			t.Errorf("%s had no room", want)
		}
	}
	if len(out) > review.Limit || len(out) < review.Limit/2 {
		t.Errorf("%d bytes", len(out))
	}
	if !strings.HasPrefix(out, "<!-- harender diff a -->\n") || !regexp.MustCompile(`\n\d+ parts were left out here`).MatchString(out) {
		t.Errorf("begins %q, ends %q", out[:100], out[len(out)-100:])
	}
}

func TestWidth(t *testing.T) {
	r := full("word " + strings.Repeat("long", 40) + " word")
	for _, width := range []int{24, 40, 80, 200} {
		var b bytes.Buffer
		if err := review.Text(&b, r, review.Screen{Width: width}, true); err != nil {
			t.Fatal(err)
		}
		for l := range strings.Lines(b.String()) {
			// Heads and the summary are for searching, commands are for a shell: these stay whole.
			command := strings.HasPrefix(l, "    NODE# ")
			if n := len([]rune(strings.TrimSuffix(l, "\n"))); strings.HasPrefix(l, "  ") && !command && n > width {
				t.Errorf("%d of %d: %q", n, width, l)
			}
		}
		if strings.Count(strings.Join(strings.Fields(b.String()), ""), "longlong") == 0 {
			t.Error("text is lost")
		}
		if n := strings.Count(b.String(), "    NODE# "+r.Cluster+"\n"); n != 4 {
			t.Errorf("%d of 4 commands are whole", n)
		}
	}
}

// TestOrder has what asks for attention first, and equal changes of keys together.
func TestOrder(t *testing.T) {
	r := full("x")
	r.Changes = []diff.Change{}
	for _, c := range []struct {
		path string
		kind diff.Kind
	}{{"a.key", diff.Sealed}, {"b.conf", diff.Text}, {"c.conf", diff.Text}, {"d.key", diff.Sealed}} {
		r.Changes = append(r.Changes, diff.Change{
			Nodes: []string{"x"}, Path: c.path, Action: diff.Changed, Kind: c.kind, Details: []diff.Detail{{What: "recipient", Action: diff.Added, New: "anna"}},
		})
	}
	out := printed(t, r)
	want := regexp.MustCompile(`(?s)^!! No safe way there\n.*\n!! Risk\n.*\n!! Recipients\n.*\n!! Trust\n.*\nNodes\n.*\nImpact\n.*` +
		`\nx: 2 files\n    a.key\n    d.key\n  \+ recipient: anna\n\nx: b.conf\n  \+ recipient: anna\n\nx: c.conf\n.*\nRollout, .*\nx: against x: no safe way there, `)
	if !want.MatchString(out["text"]) {
		t.Error(out["text"])
	}
	if !strings.Contains(out["markdown"], "> This asks for attention: no safe way there, risk, recipients, trust.\n") {
		t.Error(out["markdown"])
	}
}

func TestColor(t *testing.T) {
	var b bytes.Buffer
	if err := review.Text(&b, full("x"), review.Screen{Color: true}, true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\x1b[1;31m!! Recipients\x1b[0m\n", "\x1b[32m  + x could open 1 existing secret: x\x1b[0m\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in %q", want, b.String())
		}
	}
}

// TestSARIF has the format's own schema judge.
func TestSARIF(t *testing.T) {
	out := printed(t, full("a"))["sarif"]
	report, err := sarif.FromString(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := report.Validate(); err != nil {
		t.Error(err)
	}
	names := map[string]bool{}
	for _, result := range report.Runs[0].Results {
		names[result.PartialFingerprints["primaryLocationLineHash"]] = true
	}
	if len(names) != len(report.Runs[0].Results) {
		t.Errorf("%d names for %d findings", len(names), len(report.Runs[0].Results))
	}
	for _, want := range []string{`"id": "harender diff a/"`, `"uri": "c/.sops.yaml"`, `"uri": "c/rendered/a/a"`, `"uri": "c/secrets/a.crt"`, `"ruleId": "deprecated"`} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
}

// TestURI writes paths as references.
func TestURI(t *testing.T) {
	var b bytes.Buffer
	if err := review.SARIF(&b, full("a"), "my clusters/100%/rendered"); err != nil || !strings.Contains(b.String(), `"uri": "my%20clusters/100%25/rendered/a/a"`) {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// TestTrust says what each step of a rotation means.
func TestTrust(t *testing.T) {
	old, now := &certificate.Certificate{Subject: "CN=ca", Pin: "sha256:1"}, &certificate.Certificate{Subject: "CN=ca", Pin: "sha256:2"}
	again := &certificate.Certificate{Subject: "CN=ca", Pin: "sha256:1", Serial: "2"}
	for name, c := range map[string]struct {
		change []diff.Authority
		want   string
	}{
		"staged": {[]diff.Authority{{ID: "cluster/etcd-ca.next", Action: diff.Added, New: now}}, "+ cluster/etcd-ca.next: trusted from now on, signs nothing yet"},
		"promoted": {
			[]diff.Authority{
				{ID: "cluster/etcd-ca", Action: diff.Changed, Old: old, New: now}, {ID: "cluster/etcd-ca.next", Action: diff.Removed, Old: now},
				{ID: "cluster/etcd-ca.previous", Action: diff.Added, New: old},
			},
			"! cluster/etcd-ca: another key signs|- cluster/etcd-ca.next: no longer waits, it signs|+ cluster/etcd-ca.previous: trusted still, signs nothing any more",
		},
		"retired":   {[]diff.Authority{{ID: "cluster/etcd-ca.previous", Action: diff.Removed, Old: old}}, "- cluster/etcd-ca.previous: trusted no more"},
		"dropped":   {[]diff.Authority{{ID: "cluster/etcd-ca.next", Action: diff.Removed, Old: now}}, "- cluster/etcd-ca.next: removed"},
		"certified": {[]diff.Authority{{ID: "cluster/etcd-ca", Action: diff.Changed, Old: old, New: again}}, "! cluster/etcd-ca: the same key, certified again"},
		"new":       {[]diff.Authority{{ID: "cluster/etcd-ca", Action: diff.Added, New: now}}, "+ cluster/etcd-ca: added"},
	} {
		out := printed(t, review.Review{Diff: diff.Diff{Authorities: c.change}})["text"]
		if got := strings.Join(regexp.MustCompile(`(?m)^  (. cluster.*)$`).FindAllString(out, -1), "|"); strings.ReplaceAll(got, "  ", "") != c.want {
			t.Errorf("%s: got %s\nwant %s", name, got, c.want)
		}
	}
}

const schemaFile = "../../../docs/diff.schema.json"

// TestSchema holds the published schema to the types. Scripts hold what is printed to the schema.
func TestSchema(t *testing.T) {
	r := jsonschema.Reflector{Anonymous: true, ExpandedStruct: true, Mapper: func(typ reflect.Type) *jsonschema.Schema {
		if typ == reflect.TypeFor[diag.Severity]() {
			return &jsonschema.Schema{Type: "string", Enum: []any{"error", "warning"}}
		}
		return nil
	}}
	for _, p := range []string{"change/review", "change/diff", "change/rollout", "change/upgrade", "keys/certificate", "diag"} {
		if err := r.AddGoComments("github.com/harender/harender/internal/"+p, "../../"+p); err != nil {
			t.Fatal(err)
		}
	}
	s := r.Reflect(review.Result{})
	s.Title, s.Description = "harender diff", "What harender diff -o json prints. After an error there is nothing but diagnostics."
	s.Required = []string{"diagnostics"}
	want, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have, err := os.ReadFile(schemaFile); err != nil || !bytes.Equal(have, want) {
		t.Fatalf("docs/diff.schema.json is not what the types give; run make docs: %v", err)
	}
}
