package verify

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/sums"
)

func files(texts map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range texts {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func TestOutput(t *testing.T) {
	want := []tree.Entry{
		{Path: "m1/a", Content: []byte("a")}, {Path: "m1/b", Content: []byte("b")}, {Path: "m1/c", Content: []byte("c")},
		{Path: "m1/d", Content: []byte("d")}, {Path: "m1/e", Content: []byte("e")},
	}
	have := files(map[string]string{"m1/a": "a", "m1/b": "c", "m1/c": "old", "m1/e": "x", "m1/hidden": "what", "m1/f": "b"})
	have["m1/d"] = &fstest.MapFile{Mode: fs.ModeSymlink | 0o777}
	found, err := Output("rendered", want, map[string]bool{"m1/hidden": true}, have, map[string]string{sums.Of([]byte("old")): "secrets/retired/c"})
	if err != nil {
		t.Fatal(err)
	}
	var got []Finding
	for _, f := range Sorted(found) {
		if f.Hint == "" {
			t.Errorf("no hint: %+v", f)
		}
		f.Hint = ""
		got = append(got, f)
	}
	if expect := []Finding{
		{Kind: Swapped, Path: "rendered/m1/b", Detail: "it holds what belongs to rendered/m1/c"},
		{Kind: Changed, Path: "rendered/m1/c", Detail: "it holds secrets/retired/c"},
		{Kind: Changed, Path: "rendered/m1/d", Detail: "it is no regular file"},
		{Kind: Changed, Path: "rendered/m1/e"},
		{Kind: Foreign, Path: "rendered/m1/f", Detail: "it holds what belongs to rendered/m1/b"},
	}; !slices.Equal(got, expect) {
		t.Errorf("got %+v", got)
	}
	nothing, err := Output("rendered", want[:1], nil, fstest.MapFS{}, nil)
	if err != nil || len(nothing) != 1 || nothing[0].Kind != Missing {
		t.Errorf("an empty directory: %+v, %v", nothing, err)
	}
}

func TestSecrets(t *testing.T) {
	texts := map[string]string{
		"cluster/ca.crt": "one", "nodes/gone/x.key.sops": "nodes/gone/x", "nodes/m1/y.key.sops": "another", "csr/x.json": "{}",
		"retired/nodes/m1/y-0a.crt": "old",
	}
	labels := func(sealed []byte) (string, error) {
		if string(sealed) == "broken" {
			return "", errors.New("it is broken")
		}
		return string(sealed), nil
	}
	list := sums.Sums{}
	for name, text := range texts {
		if sums.Ours(name) {
			list[name] = sums.Of([]byte(text))
		}
	}
	for name, c := range map[string]struct {
		change func(map[string]string)
		want   []Finding
	}{
		"nothing":  {func(map[string]string) {}, nil},
		"changed":  {func(m map[string]string) { m["cluster/ca.crt"] = "two" }, []Finding{{Kind: Changed, Path: "secrets/cluster/ca.crt"}}},
		"missing":  {func(m map[string]string) { delete(m, "cluster/ca.crt") }, []Finding{{Kind: Missing, Path: "secrets/cluster/ca.crt"}}},
		"foreign":  {func(m map[string]string) { m["cluster/b.crt"] = "two" }, []Finding{{Kind: Foreign, Path: "secrets/cluster/b.crt"}}},
		"theirs":   {func(m map[string]string) { m["csr/y.json"] = "{}" }, nil},
		"no list":  {func(m map[string]string) { delete(m, sums.Name) }, []Finding{{Kind: Missing, Path: "secrets/SHA256SUMS"}}},
		"bad list": {func(m map[string]string) { m[sums.Name] += "x" }, []Finding{{Kind: Changed, Path: "secrets/SHA256SUMS"}}},
		"label": {func(m map[string]string) { m["nodes/gone/x.key.sops"] = "nodes/m1/z" },
			[]Finding{{Kind: Changed, Path: "secrets/nodes/gone/x.key.sops"}, {Kind: Swapped, Path: "secrets/nodes/gone/x.key.sops"}}},
		"no label": {func(m map[string]string) { m["nodes/gone/x.key.sops"] = "" }, []Finding{{Kind: Changed, Path: "secrets/nodes/gone/x.key.sops"}}},
		"broken": {func(m map[string]string) { m["nodes/gone/x.key.sops"] = "broken" },
			[]Finding{{Kind: Changed, Path: "secrets/nodes/gone/x.key.sops"}, {Kind: Changed, Path: "secrets/nodes/gone/x.key.sops"}}},
		"rolled back": {func(m map[string]string) { m["nodes/m1/y.crt"] = "old" },
			[]Finding{{Kind: Changed, Path: "secrets/nodes/m1/y.crt"}, {Kind: Foreign, Path: "secrets/nodes/m1/y.crt"}}},
		"plaintext": {func(m map[string]string) { m["x.pem"] = "-----BEGIN PRIVATE KEY-----" }, []Finding{{Kind: Foreign, Path: "secrets/x.pem"}}},
	} {
		t.Run(name, func(t *testing.T) {
			have := map[string]string{sums.Name: string(list.Encode())}
			for name, text := range texts {
				have[name] = text
			}
			c.change(have)
			found, _, err := Secrets("secrets", files(have), labels, func(id string) bool { return id == "nodes/m1/y" })
			if err != nil {
				t.Fatal(err)
			}
			var got []Finding
			for _, f := range Sorted(found) {
				if f.Detail == "" || f.Hint == "" {
					t.Errorf("%+v", f)
				}
				got = append(got, Finding{Kind: f.Kind, Path: f.Path})
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %+v", found)
			}
		})
	}
}

func TestTold(t *testing.T) {
	found, rest := Told(diag.List{
		{Summary: "f is a", Detail: "b", Hint: "c", Pos: diag.Pos{File: "f"}}, {Summary: "d", Field: "spec.x"},
		{Severity: diag.Warning, Summary: "w"},
	})
	if !slices.Equal(found, []Finding{{Refused, "f", "it is a: b", "c"}, {Refused, "spec.x", "d", ""}}) || len(rest) != 1 || rest[0].Summary != "w" {
		t.Errorf("%+v, %+v", found, rest)
	}
}
