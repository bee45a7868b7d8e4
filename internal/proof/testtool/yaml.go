package testtool

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"
)

// YAMLCase is a text of the yaml-test-suite.
type YAMLCase struct {
	Name string
	Text []byte
	// Values are what its documents mean, where JSON can say it.
	Values []any
	// Fails: it is no YAML.
	Fails bool
}

// YAMLSuite gives all cases of the yaml-test-suite (https://github.com/yaml/yaml-test-suite), as a module that harender needs
// anyway carries them.
func YAMLSuite(t testing.TB) []YAMLCase {
	t.Helper()
	const module = "github.com/goccy/go-yaml"
	run(t, "go", "mod", "download", module)
	folder := os.DirFS(run(t, "go", "list", "-m", "-f", "{{.Dir}}", module) + "/testdata/yaml-test-suite")
	var out []YAMLCase
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Base(name) != "in.yaml" {
			return err
		}
		c := YAMLCase{Name: path.Dir(name)}
		if c.Text, err = fs.ReadFile(folder, name); err != nil {
			return err
		}
		_, err = fs.Stat(folder, path.Join(c.Name, "error"))
		c.Fails = err == nil
		meant, err := fs.ReadFile(folder, path.Join(c.Name, "in.json"))
		if err == nil {
			c.Values = jsonValues(t, meant)
		}
		out = append(out, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	const known = 402
	if len(out) != known {
		t.Fatalf("%d cases, not %d", len(out), known)
	}
	return out
}

func jsonValues(t testing.TB, text []byte) (out []any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	for {
		var v any
		err := dec.Decode(&v)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		out = append(out, v)
	}
}

// Plain gives a value that a reader of YAML made with the types of JSON, and its numbers in words.
func Plain(v any) any {
	switch v := v.(type) {
	case []any:
		out := []any{}
		for _, item := range v {
			out = append(out, Plain(item))
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key, item := range v {
			out[key] = Plain(item)
		}
		return out
	case int, int64, uint64:
		return fmt.Sprintf("number %d", v)
	case float64:
		return "number " + strconv.FormatFloat(v, 'g', -1, 64)
	case json.Number:
		return "number " + v.String()
	case nil, bool, string:
		return v
	}
	return fmt.Sprintf("%T %v", v, v)
}

// YAMLWords are scalars that readers of YAML 1.1, YAML 1.2 and JSON take for different things.
func YAMLWords() []string {
	return strings.Fields(`no No NO n N yes Yes YES y Y on On ON off Off OFF true True TRUE tRUE false False FALSE null Null NULL nULL ~ 0 -0 +0 00 07 08
		010 0o10 0o8 0O10 0x1F 0X1F 0xg 0b11 0B11 1_000 1__0 _1 1_ 1,000 1:30 1:30:00 190:20:30.15 1e3 1E3 1e+3 1.0 1. .5 -.5 +.5 1.5e3 1e400 1e-400 .inf .Inf
		.INF -.inf +.inf .nan .NaN inf nan Infinity 9223372036854775807 9223372036854775808 -9223372036854775809 18446744073709551616 0.1 1.10 1.20 2001-01-01
		2001-01-01T00:00:00Z 12:00 = << ! !!str !!int !x & * ? - --- ... % @ a:b a#b 1.32 1.33 v1 0777 -1 +1 +12 ١ １ e1 0e0 00.0 0.0 -0.0 0x 0o 0b 0xFFFFFFFFFFFFFFFFFF`)
}
