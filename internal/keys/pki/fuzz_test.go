package pki

import (
	"testing"
	"testing/fstest"
)

// FuzzRecipe reads recipes of any shape. A recipe without a finding has a key that can be made.
func FuzzRecipe(f *testing.F) {
	f.Add([]byte(`{"key": {"algo": "rsa", "size": 2048}, "names": [{"C": "CH", "O": "Example"}]}`))
	f.Add([]byte(`{"key": {"algo": "ed25519"}, "names": null}`))
	f.Add([]byte(`{"key": [{"a": {"a": 1, "b": [[]]}}], "key": "\u0000"} {`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, problems := readTemplate(fstest.MapFS{"r": {Data: text}}, "r")
		if len(problems) == 0 && r.Kind() == "" {
			t.Errorf("no kind for %+v", r.key)
		}
		for _, d := range problems {
			if d.Summary == "" || d.Pos.File == "" {
				t.Errorf("%+v", d)
			}
		}
	})
}
