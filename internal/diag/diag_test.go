package diag_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/harender/harender/internal/diag"
)

func TestPrint(t *testing.T) {
	full := diag.Diagnostic{
		Summary: "10.0.0.256 is no IP address",
		Detail:  "one\ntwo",
		Hint:    "write 10.0.0.25",
		Field:   "spec.nodes[1].address",
		Pos:     diag.Pos{File: "cluster.yaml", Line: 12, Col: 14},
		Excerpt: "    address: 10.0.0.256",
		Caret:   14,
	}
	for _, c := range []struct {
		name string
		list diag.List
		want string
	}{
		{"nothing", nil, ""},
		{"full", diag.List{full}, `error: 10.0.0.256 is no IP address
 --> cluster.yaml:12:14 (spec.nodes[1].address)
12 |     address: 10.0.0.256
   |              ^
one
  two
hint: write 10.0.0.25
`},
		{"summary alone", diag.List{{Severity: diag.Warning, Summary: "s"}}, "warning: s\n"},
		{"field alone", diag.List{{Summary: "s", Field: "spec"}}, "error: s\n --> spec\n"},
		{"file alone", diag.List{{Summary: "s", Pos: diag.Pos{File: "f"}}}, "error: s\n --> f\n"},
		{"line without column", diag.List{{Summary: "s", Pos: diag.Pos{File: "f", Line: 3}, Excerpt: "x"}}, "error: s\n --> f:3\n3 | x\n"},
		{"caret after escapes", diag.List{{Summary: "s", Pos: diag.Pos{File: "f", Line: 3, Col: 3}, Excerpt: "\t\u202exy", Caret: 3}},
			"error: s\n --> f:3:3\n3 | \\t\\u202exy\n  |         ^\n"},
		{"caret behind the end", diag.List{{Summary: "s", Pos: diag.Pos{File: "f", Line: 3, Col: 3}, Excerpt: "xy", Caret: 3}},
			"error: s\n --> f:3:3\n3 | xy\n  |   ^\n"},
		{"two", diag.List{{Summary: "a"}, {Summary: "b"}}, "error: a\n\nerror: b\n"},
		{"line feed in a summary", diag.List{{Summary: "a\nhint: b"}}, "error: a\\nhint: b\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := text(t, c.list, false); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func text(t *testing.T, list diag.List, color bool) string {
	t.Helper()
	var b strings.Builder
	if err := diag.Print(&b, list, color); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPrintColor(t *testing.T) {
	list := diag.List{{Summary: "\x1b[2J", Hint: "h"}, {Severity: diag.Warning, Summary: "w"}}
	got := text(t, list, true)
	if strings.Contains(got, "\x1b[2J") || !strings.Contains(got, "\x1b[1;31merror\x1b[0m") || !strings.Contains(got, "\x1b[1;33mwarning") {
		t.Errorf("got %q", got)
	}
}

// TestPrintMany: a thousand warnings do not hide the error.
func TestPrintMany(t *testing.T) {
	list := make(diag.List, 1000, 1001)
	for i := range list {
		list[i] = diag.Diagnostic{Severity: diag.Warning, Summary: "w"}
	}
	got := text(t, append(list, diag.Diagnostic{Summary: "e"}), false)
	if !strings.HasPrefix(got, "error: e\n") || !strings.HasSuffix(got, "... and 951 more\n") || strings.Count(got, "warning") != 49 {
		t.Errorf("got %s", got)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestPrintFails(t *testing.T) {
	if err := diag.Print(brokenWriter{}, diag.List{{Summary: "s"}}, false); err == nil || !strings.Contains(err.Error(), "broken pipe") {
		t.Errorf("got %v", err)
	}
}

// TestEscape: nothing that a terminal acts on, or that turns text around, is left, and safe text stays as it is.
func TestEscape(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		for _, out := range diag.Escape(string(r)) {
			if out != '\n' && (unicode.IsControl(out) || unicode.Is(unicode.Cf, out) || unicode.Is(unicode.Zl, out) || unicode.Is(unicode.Zp, out)) {
				t.Fatalf("%U is left of %U", out, r)
			}
		}
	}
	for in, want := range map[string]string{
		"plain ümläut 漢字 😀": "plain ümläut 漢字 😀", "a\nb": "a\nb", "\x1b[31m": `\x1b[31m`, "\xff": `\xff`, "\u202e": `\u202e`,
		"\u00a0": `\u00a0`, "\ufffd": "\ufffd", "\r": `\r`, "a\u200db": `a\u200db`,
	} {
		if got := diag.Escape(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// The keys are no keys: they are too short, and their letters are made up.
func TestRedact(t *testing.T) {
	const line = "MHcCAQEEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4foAoGCCqGSM49"
	for in, want := range map[string]string{
		"x AGE-SECRET-KEY-1QQQQ y":      "x REDACTED y",
		"age-secret-key-pq-1qqqq":       "REDACTED",
		"age1qqqq":                      "age1qqqq",
		"my secret-key and PRIVATE KEY": "my secret-key and PRIVATE KEY",
		"a -----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY----- b": "a REDACTED b",
		"-----BEGIN OPENSSH PRIVATE KEY-----\n" + line + "\nbnNz":                "REDACTED",
		// Not what follows, where it is no key.
		"# -----BEGIN PRIVATE KEY-----\nreboot\n":                                                                                        "# REDACTED\nreboot\n",
		"a: |\n  -----begin private key-----\nlabels:\n  x: 1\n":                                                                         "a: |\n  REDACTED\nlabels:\n  x: 1\n",
		"a: -----BEGIN PRIVATE KEY-----\nb: [x]\nc: -----END PRIVATE KEY-----\n":                                                         "a: REDACTED\nb: [x]\nc: -----END PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\n" + line + "\n" + line + "\nprivileged\n  x: 1\n":                                                  "REDACTED\nprivileged\n  x: 1\n",
		`"-----BEGIN RSA PRIVATE KEY-----\n` + line + `\n-----END RSA PRIVATE KEY-----\n", "x"`:                                          `"REDACTED\n", "x"`,
		"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A\n\n" + line + "\n-----END EC PRIVATE KEY-----": "REDACTED",
		"-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----":                                                                     "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----",
	} {
		if got := diag.Redact(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	if got := diag.Quote(strings.Repeat("é", 200)); got != `"`+strings.Repeat("é", 100)+`…"` {
		t.Errorf("quoted: %s", got)
	}
	if got := diag.Quote("-----BEGIN PRIVATE KEY-----\n" + line); got != `"REDACTED"` {
		t.Errorf("quoted: %s", got)
	}
}

func TestPath(t *testing.T) {
	p := diag.Path("").Key("spec").Key("nodes").Index(2).Key("labels").Key(`example.org/"x"`).Key("control-plane").Index(0)
	want := `spec.nodes[2].labels["example.org/\"x\""].control-plane[0]`
	if string(p) != want {
		t.Errorf("got %s, want %s", p, want)
	}
	steps, err := p.Steps()
	if err != nil {
		t.Fatal(err)
	}
	wantSteps := []diag.Step{{"spec", -1}, {"nodes", -1}, {"", 2}, {"labels", -1}, {`example.org/"x"`, -1}, {"control-plane", -1}, {"", 0}}
	if !reflect.DeepEqual(steps, wantSteps) {
		t.Errorf("got %v", steps)
	}
	if steps, err := diag.Path("a[m-1.x].b").Steps(); err != nil || !reflect.DeepEqual(steps, []diag.Step{{"a", -1}, {"m-1.x", -1}, {"b", -1}}) {
		t.Errorf("got %v, %v", steps, err)
	}
	for _, bad := range []diag.Path{"a..b", ".a", "a[", "a[-1]", "a[x y]", "a[]", `a["]`, "a[9999999999]", "a b"} {
		if steps, err := bad.Steps(); err == nil {
			t.Errorf("%s is %v", bad, steps)
		}
	}
}

func FuzzPath(f *testing.F) {
	f.Add("spec", "a.b", 3)
	f.Fuzz(func(t *testing.T, a, b string, i int) {
		i &= 0xffff
		steps, err := diag.Path("").Key(a).Index(i).Key(b).Steps()
		want := []diag.Step{{a, -1}, {"", i}, {b, -1}}
		if err != nil || !reflect.DeepEqual(steps, want) {
			t.Errorf("%q and %q give %v (%v)", a, b, steps, err)
		}
	})
}

func TestJSON(t *testing.T) {
	out, err := json.Marshal(diag.List{{Severity: diag.Warning, Summary: "s", Pos: diag.Pos{File: "f", Line: 1}}, {Summary: "e"}})
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"severity":"warning","summary":"s","pos":{"file":"f","line":1}},{"severity":"error","summary":"e"}]`
	if string(out) != want {
		t.Errorf("got %s", out)
	}
}

func TestSorted(t *testing.T) {
	pos := func(file string, line, col int) diag.Diagnostic {
		return diag.Diagnostic{Pos: diag.Pos{File: file, Line: line, Col: col}}
	}
	want := diag.List{pos("a", 1, 2), pos("a", 2, 1), pos("b", 1, 1), pos("", 0, 0), pos("a", 0, 0)}
	got := diag.List{want[3], want[2], want[4], want[1], want[0]}.Sorted()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if !got[:1].HasErrors() || (diag.List{{Severity: diag.Warning}}).HasErrors() {
		t.Error("HasErrors")
	}
}

// TestEscapeJSON: the reader of JSON gets the same, and a terminal nothing that acts or hides.
func TestEscapeJSON(t *testing.T) {
	want := "a\tb\x1b[31m\u202e\u2066\u200b\u2028\U000E0041\u00a0ü€\U0001F600\x7f\u0085"
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(map[string]string{want: want}); err != nil {
		t.Fatal(err)
	}
	text := diag.EscapeJSON(b.Bytes())
	var got map[string]string
	if err := json.Unmarshal(text, &got); err != nil || got[want] != want {
		t.Errorf("%v %q", err, got)
	}
	if diag.Escape(string(text)) != string(text) || !bytes.Contains(text, []byte("ü€")) {
		t.Errorf("%q", text)
	}
}

// TestHoldsKey: a key is found wherever it begins in what base64 takes together, and nothing else is a key.
func TestHoldsKey(t *testing.T) {
	const key = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIA\n-----END EC PRIVATE KEY-----\n"
	for _, before := range []string{"", "a", "ab", "abc", "{\"key\": \""} {
		encoded := base64.StdEncoding.EncodeToString([]byte(before + key))
		for _, text := range []string{before + key, encoded, "client-key-data: " + encoded + "\n", base64.RawURLEncoding.EncodeToString([]byte(before + key)), "AGE-SECRET-KEY-1" + before} {
			if !diag.HoldsKey([]byte(text)) {
				t.Errorf("%q holds a key", text)
			}
		}
	}
	for _, text := range []string{"", "-----BEGIN CERTIFICATE-----\nMIIB\n", "a private key", base64.StdEncoding.EncodeToString([]byte("-----BEGIN PUBLIC KEY-----\n")), "/etc/kubernetes/pki/private-key.pem"} {
		if diag.HoldsKey([]byte(text)) {
			t.Errorf("%q holds none", text)
		}
	}
}
