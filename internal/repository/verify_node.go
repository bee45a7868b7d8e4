package repository

import (
	"strings"

	"github.com/harender/harender/internal/change/verify"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/deliver/machine"
	"github.com/harender/harender/internal/deliver/payload"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/sums"
	"github.com/harender/harender/internal/keys/vault"
)

// VerifiedNode says what is different on a node from what its committed directory says.
type VerifiedNode struct {
	Node string `json:"node"`
	// Same: nothing is different.
	Same bool `json:"same"`
	// Files counts what the node should have, and Opened the sealed files among them that were opened to compare them.
	Files  int `json:"files"`
	Opened int `json:"opened"`
	// NotCompared says in words what could not be told.
	NotCompared []string         `json:"notCompared"`
	Findings    []verify.Finding `json:"findings"`
}

// VerifyNode compares what look finds on a node with the node's committed directory in the repository at root, and renders
// nothing. It needs a key for opening alone. The list is about what keeps it from comparing.
func VerifyNode(root string, env Environment, node string, opening bool, look func(machine.Query) (machine.Machine, diag.List)) (VerifiedNode, diag.List) {
	want, named, list := wantedOn(root, env, node, opening)
	if list.HasErrors() {
		return VerifiedNode{}, list
	}
	have, found := look(verify.AskedOf(want, named...))
	if list = append(list, found...); list.HasErrors() {
		return VerifiedNode{}, list
	}
	compared := verify.Node(want, have)
	out := VerifiedNode{
		Node: node, Same: len(compared.Findings) == 0 && len(compared.Unread) == 0, Files: len(want),
		NotCompared: append([]string{}, compared.NotCompared...), Findings: append([]verify.Finding{}, compared.Findings...),
	}
	for _, w := range want {
		if w.Opened != "" {
			out.Opened++
		}
	}
	return out, append(list, unreadOn(node, compared.Unread)...)
}

// wantedOn are the files of the node, by its committed index, and the folders that they name.
func wantedOn(root string, env Environment, node string, opening bool) (want []verify.Wanted, named []string, list diag.List) {
	dir, list := open(root)
	if list.HasErrors() {
		return nil, nil, list
	}
	nodes, list := readNodes(layer.Stack{dir.FS()}, Nodes{Named: []string{node}})
	if opening && !list.HasErrors() {
		v, found := vault.Load(dir.Name(), env.Now, env.LookupEnv)
		if list = append(list, found...); !list.HasErrors() {
			list = append(list, unlock(nodes, v, true)...)
		}
	}
	list = append(list, closeRoot(dir)...)
	for _, n := range nodes {
		for _, f := range n.Files {
			if !f.Sealed && !f.Opened {
				named = append(named, verify.FoldersNamed(f.Path, f.Content.Reveal())...)
			}
			want = append(want, wantedFile(f))
		}
	}
	return want, named, list
}

// wantedFile hashes what was opened, and forgets it.
func wantedFile(f payload.File) verify.Wanted {
	w := verify.Wanted{IndexFile: tree.IndexFile{
		Path: f.Path, Mode: tree.Mode(f.Mode), Owner: f.Owner, Group: f.Group, SHA256: f.SHA256, Sealed: f.Sealed || f.Opened,
	}}
	if f.Opened {
		w.Opened = sums.Of(f.Content.Reveal())
		f.Content.Wipe()
	}
	return w
}

func unreadOn(node string, unread []string) diag.List {
	if len(unread) == 0 {
		return nil
	}
	return diag.List{{
		Summary: node + " has files that could not be read", Detail: strings.Join(unread, "\n"),
		Hint: "compare as root, who may read them all",
	}}
}
