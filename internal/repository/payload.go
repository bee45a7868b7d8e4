package repository

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/deliver/payload"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/layout"
)

// Nodes says whose payload is asked for: those named, and those of the pool; all where neither is said.
type Nodes struct {
	Named []string
	Pool  string
}

// Payload reads the committed directories of nodes from the output of the repository at root, and renders nothing. Unsealed:
// their sealed files are opened with a key at hand; else a key on the node has to be able to.
func Payload(root string, env Environment, which Nodes, unsealed bool) ([]payload.Node, diag.List) {
	dir, list := open(root)
	if list.HasErrors() {
		return nil, list
	}
	nodes, list := readNodes(layer.Stack{dir.FS()}, which)
	if !list.HasErrors() {
		v, found := vault.Load(dir.Name(), env.Now, env.LookupEnv)
		if unsealed {
			list = append(list, found...)
		}
		if !list.HasErrors() {
			list = append(list, unlock(nodes, v, unsealed)...)
		}
	}
	return nodes, append(list, closeRoot(dir)...)
}

// Platforms are those that a payload can be bounded for, of the repository at root and the program.
func Platforms(root string, env Environment) (map[string]payload.Platform, diag.List) {
	dir, list := open(root)
	if list.HasErrors() {
		return nil, list
	}
	all, err := payload.Platforms(layer.Stack{dir.FS(), env.Builtin})
	if err != nil {
		list = diag.List{{Summary: "cannot read " + payload.PlatformsFile, Detail: err.Error(), Hint: "the repository's own file stands in for the built-in one"}}
	}
	return all, append(list, closeRoot(dir)...)
}

func readNodes(repository fs.FS, which Nodes) ([]payload.Node, diag.List) {
	rendered := layer.Below(repository, Output)
	known, err := payload.Names(rendered)
	if err != nil {
		return nil, unreadableOutput(err)
	}
	if len(known) == 0 && len(which.Named) == 0 {
		return nil, diag.List{{Summary: "there are no nodes in " + Output, Detail: "no index of a node lies there", Hint: "run harender build, or name the directory of a repository"}}
	}
	names, list := which.among(rendered, known)
	var nodes []payload.Node
	var pools []string
	for _, name := range names {
		n, index, found := payload.ReadIndex(rendered, Output, name)
		if found.HasErrors() {
			list = append(list, found...)
			continue
		}
		pools = append(pools, n.Pool)
		if which.Pool != "" && n.Pool != which.Pool && !slices.Contains(which.Named, name) {
			continue
		}
		files, more := payload.ReadFiles(rendered, Output, name, index)
		n.Files = files
		nodes, list = append(nodes, n), slices.Concat(list, found, more)
	}
	if which.Pool != "" && !slices.Contains(pools, which.Pool) && !list.HasErrors() {
		list = append(list, diag.Diagnostic{
			Summary: "no node in " + Output + " is of the pool " + diag.Quote(which.Pool),
			Hint:    diag.DidYouMean(which.Pool, pools, "a node's index names its pool, if it has one; harender build writes it"),
		})
	}
	return nodes, list
}

func unreadableOutput(err error) diag.List {
	return diag.List{{Summary: "cannot read " + Output + "/", Detail: err.Error()}}
}

// among are the names to read, in the order of the alphabet: which nodes are of a pool stands in their indexes.
func (which Nodes) among(rendered fs.FS, known []string) ([]string, diag.List) {
	var out []string
	if which.Pool != "" || len(which.Named) == 0 {
		out = slices.Clone(known)
	}
	var list diag.List
	for _, name := range which.Named {
		if slices.Contains(known, name) || withoutIndex(rendered, name) {
			out = append(out, name)
			continue
		}
		list = append(list, diag.Diagnostic{
			Summary: "there is no node " + diag.Quote(name) + " in " + Output,
			Hint:    diag.DidYouMean(name, known, "the nodes are those with a "+Output+"/NODE.index.json; harender build makes them"),
		})
	}
	slices.Sort(out)
	return slices.Compact(out), list
}

// withoutIndex finds a node's directory that lost its index. It is read all the same, and so reported for what it is.
func withoutIndex(rendered fs.FS, name string) bool {
	if strings.Contains(name, "/") || slices.Contains([]string{".", tree.Addons, tree.Cloud}, name) {
		return false
	}
	info, err := fs.Stat(rendered, name)
	return err == nil && info.IsDir()
}

// unlock opens the sealed files of the nodes, or else sees whether each node can. The vault is nil where the repository has no
// policy that can be read: then nobody knows who the operators are.
func unlock(nodes []payload.Node, v *vault.Vault, open bool) diag.List {
	var list diag.List
	for _, n := range nodes {
		var operators diag.List
		for i, f := range n.Files {
			if !f.Sealed {
				continue
			}
			s, err := sealedFileOf(n.Name, f)
			list = append(list, s.apart(n, f)...)
			switch {
			case err != nil:
				list = append(list, *err)
			case open:
				found, keyless := s.open(v, &n.Files[i])
				if list = append(list, found...); keyless {
					return list // The same would be said of each that follows.
				}
			default:
				operators = append(operators, s.closedTo(v, n.Name)...)
			}
		}
		if len(operators) > 0 {
			list = append(list, operators[0]) // All of a node's files have its recipients.
		}
	}
	return list
}

// sealedFile is a sealed file of the output, and the place in secrets/ that the policy judges it by.
type sealedFile struct {
	at, id, path string
	recipients   []string
	// public is the hash of the public key that it says it belongs to.
	public string
}

func sealedFileOf(node string, f payload.File) (sealedFile, *diag.Diagnostic) {
	s := sealedFile{at: path.Join(Output, node, f.Path) + layout.Sealed}
	label, recipients, err := vault.ReadLabel(f.Content.Reveal())
	id := label.ID
	if err != nil {
		return s, &diag.Diagnostic{Summary: s.at + " is damaged", Detail: err.Error(), Hint: "harender build makes it again from " + secrets, Pos: diag.Pos{File: s.at}}
	}
	own := path.Join("nodes", node) + "/"
	if id != "" && !strings.HasPrefix(id, own) {
		return s, &diag.Diagnostic{
			Summary: s.at + " is the secret of somebody else", Detail: "it is labelled " + diag.Quote(id) + ", and those of the node begin with " + own,
			Hint: "harender verify tells what else is not as it was built", Pos: diag.Pos{File: s.at},
		}
	}
	s.recipients, s.public = recipients, label.Public
	s.id = cmp.Or(id, own+path.Base(f.Path))
	s.path = path.Join(secrets, s.id) + layout.Key
	return s, nil
}

// open opens the file. Keyless: no key at hand does, and nothing is known to be wrong with it.
func (s sealedFile) open(v *vault.Vault, f *payload.File) (found diag.List, keyless bool) {
	plain, err := v.Open(s.path, s.id, secret.Sealed(f.Content.Reveal()))
	if e, ok := errors.AsType[*vault.UserError](err); ok {
		return diag.List{e.Finding()}, e.NoKey()
	}
	if err != nil {
		return diag.List{{Summary: "cannot open " + s.at, Detail: err.Error(), Pos: diag.Pos{File: s.at}}}, false
	}
	f.Content, f.Sealed, f.Opened = plain, false, true
	return nil, false
}

// closedTo finds a file that nobody but operators can open, with age keys that a node has not.
func (s sealedFile) closedTo(v *vault.Vault, node string) diag.List {
	if v == nil {
		return nil
	}
	operators, err := v.RecipientsFor(s.path, nil)
	if err != nil {
		return nil // The policy says nothing about it.
	}
	for _, r := range s.recipients {
		if !slices.Contains(operators, r) || !strings.HasPrefix(r, "age1") && !strings.HasPrefix(r, "ssh-") {
			return nil
		}
	}
	return diag.List{{
		Summary: "nothing on " + node + " could open its sealed files",
		Detail:  "they are sealed to operators alone: " + strings.Join(s.recipients, ", "),
		Hint:    "give the node recipients in the spec, such as its SSH host key, and run harender build; or open the files now with --secrets open",
		Pos:     diag.Pos{File: s.at},
	}}
}
