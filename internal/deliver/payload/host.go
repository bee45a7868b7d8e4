package payload

import (
	"cmp"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// IndexPath is where a payload leaves the index on the node: it says what was delivered.
const IndexPath = "var/lib/harender/index.json"

// manifests is where the kubelet takes a file as soon as it is there, so that it comes last.
const manifests = layout.Manifests

// host is a machine as a payload makes it.
type host struct {
	name, pool string
	// files in the order in which they are brought: sorted, static pods last.
	files []File
	// units are what starts with the machine, sorted.
	units []string
	// accounts own files, and must be there before them.
	accounts []account
	disks    disks
	// hostKeys: the machine's SSH host keys open its files, and must not be made again.
	hostKeys bool
}

// hostOf is the machine that the node's files make.
func hostOf(n Node, memory bool) host {
	h := host{name: n.Name, pool: n.Pool, disks: disksOf(n.Files), hostKeys: hasSSHRecipient(n.Files)}
	h.files = append(unsealing(n.Files, kind(enabled(n.Files), ".service"), memory), own(IndexPath, 0o600, string(n.Index)))
	slices.SortFunc(h.files, func(a, b File) int {
		return cmp.Or(cmp.Compare(last(a), last(b)), strings.Compare(a.Path, b.Path))
	})
	h.units = enabled(h.files)
	h.accounts = accounts(h.files)
	return h
}

// taken finds files of the tree where the payload has its own.
func (h host) taken() diag.List {
	var list diag.List
	for i, f := range h.files {
		if f.Path == deliveredPath || i > 0 && f.Path == h.files[i-1].Path {
			list = append(list, diag.Diagnostic{
				Summary: h.name + " has a file /" + f.Path + ", and the payload brings one of its own there",
				Hint:    "an overlay makes it: let that make it elsewhere, and run harender build",
			})
		}
	}
	return list
}

func last(f File) int {
	if strings.HasPrefix(f.Path, manifests) {
		return 1
	}
	return 0
}

// filesWithHostname adds the host name, which is the node's name and which no tree has, unless an overlay brought it.
func (h host) filesWithHostname() []File {
	const name = "etc/hostname"
	if has(h.files, name) {
		return h.files
	}
	return append([]File{own(name, 0o644, h.name+"\n")}, h.files...)
}
