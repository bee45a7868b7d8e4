package tree_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/keys/secret"
)

// sopsFile has the shape of a sops file, and holds nothing.
const sopsFile = `{"data":"ENC[AES256_GCM,data:bm90aGluZw==,type:str]","sops":{"version":"3.13.3"}}`

func clearFile(path, content string) tree.File {
	return tree.File{Path: path, Mode: 0o644, Owner: "root", Group: "root", Content: tree.Clear([]byte(content))}
}

func sealedFile(path string) tree.File {
	return tree.File{Path: path, Mode: 0o600, Owner: "root", Group: "root", Content: tree.Sealed(secret.Sealed(sopsFile)), Restarts: []string{"kubelet", "etcd", "etcd"}}
}

func TestNew(t *testing.T) {
	nodes := map[string][]tree.File{
		"m2": {clearFile("etc/b", "b"), sealedFile("etc/a")},
		"m1": {clearFile("etc/kubernetes/x@.service", "")},
	}
	got, err := tree.New(nodes, tree.Shared{Addons: []tree.File{clearFile("coredns.yaml", "kind: List\n")}, Cloud: []tree.File{clearFile("x.json", "{}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if names := got.Names(); !slices.Equal(names, []string{"addons", "cloud", "m1", "m2"}) {
		t.Errorf("%v", names)
	}
	entries, err := got.Entries()
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, e := range entries {
		paths = append(paths, e.Path)
	}
	want := []string{"addons/coredns.yaml", "addons.index.json", "cloud/x.json", "cloud.index.json", "m1/etc/kubernetes/x@.service", "m1.index.json", "m2/etc/a.sops", "m2/etc/b", "m2.index.json"}
	if !slices.Equal(paths, want) {
		t.Errorf("got %v, want %v", paths, want)
	}
}

func TestNewRefuses(t *testing.T) {
	with := func(change func(*tree.File)) []tree.File {
		f := clearFile("etc/x", "")
		change(&f)
		return []tree.File{f}
	}
	at := func(paths ...string) []tree.File {
		var files []tree.File
		for _, p := range paths {
			files = append(files, clearFile(p, ""))
		}
		return files
	}
	tests := []struct {
		name  string
		files []tree.File
		want  string
	}{
		{"absolute", at("/etc/x"), "not clean and relative"},
		{"up", at("etc/../../x"), "not clean and relative"},
		{"dot", at("."), "not clean and relative"},
		{"empty", at(""), "not clean and relative"},
		{"empty segment", at("etc//x"), "not clean and relative"},
		{"dot segment", at("etc/./x"), "not clean and relative"},
		{"slash at the end", at("etc/x/"), "not clean and relative"},
		{"no UTF-8", at("etc/\xff"), "not clean and relative"},
		{"backslash", at(`etc\x`), "other than"},
		{"newline", at("etc/x\n"), "other than"},
		{"umlaut", at("etc/ä"), "other than"},
		{"command", at("etc/kubernetes/manifests/$(id).yaml"), "other than"},
		{"second command", at("etc/systemd/system/a;id;.service"), "other than"},
		{"template", at("etc/{{1}}"), "other than"},
		{"quote", at("etc/a'b"), "other than"},
		{"git", at("etc/.Git/hooks/pre-commit"), "git's own directory"},
		{"twice", at("etc/x", "etc/x"), `"etc/x" is there twice`},
		{"twice by folding", at("etc/x", "etc/X"), `"etc/x" is there twice, as "etc/X"`},
		{"directories by folding", at("etc/a", "Etc/b"), "differ in case alone"},
		{"file and directory", at("etc", "etc/x"), `lies below the file "etc"`},
		{"directory and file", at("etc/x/y", "etc-x", "etc/X"), "file"},
		{"clear and sealed", []tree.File{sealedFile("etc/x"), clearFile("etc/x", "")}, "twice"},
		{"clear as sealed", at("etc/x.sops"), "kept for sealed files"},
		{"directory as sealed", at("etc.sops/x"), "kept for sealed files"},
		{"no mode", with(func(f *tree.File) { f.Mode = 0 }), "permission bits"},
		{"setuid", with(func(f *tree.File) { f.Mode |= fs.ModeSetuid }), "permission bits"},
		{"no owner", with(func(f *tree.File) { f.Owner = "" }), `owner "" and group "root"`},
		{"option", with(func(f *tree.File) { f.Restarts = []string{"--root=x"} }), "no name of a static pod or a unit"},
		{"odd group", with(func(f *tree.File) { f.Group = "a b" }), `group "a b"`},
		{"PEM key", with(func(f *tree.File) { f.Content = tree.Clear([]byte("-----BEGIN EC PRIVATE KEY-----\n")) }), "private key in the clear"},
		{"age key", with(func(f *tree.File) { f.Content = tree.Clear([]byte("AGE-SECRET-KEY-1XYZ")) }), "private key in the clear"},
		{"not sealed", with(func(f *tree.File) { f.Content = tree.Sealed(secret.Sealed(`{"data":"plain","sops":{}}`)) }), "no sops file"},
		{"not sops", with(func(f *tree.File) { f.Content = tree.Sealed(secret.Sealed("ENC[")) }), "no sops file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			refusedTree(t, map[string][]tree.File{"m1": test.files}, nil, test.want)
			refusedTree(t, nil, test.files, test.want)
		})
	}
	for _, name := range []string{"", "M1", "m_1", "-m", "m1.", "a/b", "..", "addons", "cloud", "m1.index.json", strings.Repeat("a.", 126) + "aa"} {
		refusedTree(t, map[string][]tree.File{name: nil}, nil, "node name")
	}
}

func refusedTree(t *testing.T, nodes map[string][]tree.File, addons []tree.File, want string) {
	t.Helper()
	if _, err := tree.New(nodes, tree.Shared{Addons: addons}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v: got %v, want %q", nodes, err, want)
	}
}

// All findings are told at once.
func TestNewCollects(t *testing.T) {
	_, err := tree.New(map[string][]tree.File{"M1": {clearFile("/a", ""), clearFile("b.sops", "")}}, tree.Shared{Addons: []tree.File{clearFile("..", "")}, Cloud: []tree.File{clearFile("c:", ""), clearFile("c:", "")}})
	for _, want := range []string{`"M1"`, `"/a"`, "b.sops", `".."`, `"c:"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}
