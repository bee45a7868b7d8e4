package verify

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/harender/harender/internal/deliver/machine"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/layout"
)

// Wanted is a file as it should be on a node.
type Wanted struct {
	tree.IndexFile
	// Opened is the SHA-256 of what a sealed file holds; empty where nobody opened it.
	Opened string
}

// content is the SHA-256 of the bytes on the node, if it is known.
func (w Wanted) content() string {
	if w.Sealed {
		return w.Opened
	}
	return w.SHA256
}

// AskedOf tells what to look at on the node that should have these files: each, what a sealed one was opened of, and the folders in
// which nobody but harender has files, named ones among them. kubeadm writes files of its own where static pods and keys are.
func AskedOf(want []Wanted, named ...string) machine.Query {
	a := machine.Query{Files: wantedPaths(want), Folders: foldersOf(want, named)}
	if a.Files[kubeadmFile] {
		a.Folders = slices.DeleteFunc(a.Folders, func(f string) bool {
			return strings.HasPrefix(f, "etc/kubernetes/") || f == strings.TrimSuffix(layout.APIServer, "/")
		})
	} else {
		a.Folders = append(a.Folders, manifests)
	}
	for _, name := range overriding(want) {
		a.Files[name] = true
	}
	return a
}

// kubeadmFile is there where kubeadm starts the control plane, or joins a node to it.
const kubeadmFile = "etc/kubernetes/kubeadm.yaml"

// wantedPaths are those of the files, and of the sealed ones that they are opened of.
func wantedPaths(want []Wanted) map[string]bool {
	out := map[string]bool{}
	for _, w := range want {
		out[w.Path] = true
		if w.Sealed {
			out[w.Path+layout.Sealed] = true
		}
	}
	return out
}

// OnNode is what a comparison with a node gave. Paths are absolute.
type OnNode struct {
	Findings []Finding
	// Unread are the files that could not be read, with the reason.
	Unread []string
	// NotCompared says in words what could not be told from what is known.
	NotCompared []string
}

// Node compares what lies on a node with what should lie there.
func Node(want []Wanted, have machine.Machine) OnNode {
	c := nodeComparison{have: have, places: map[string]string{}, skipped: map[string]int{}}
	for _, w := range want {
		if sum := w.content(); sum != "" && c.places[sum] == "" {
			c.places[sum] = w.Path
		}
	}
	for _, w := range want {
		c.compare(w)
	}
	if len(have.Files) == 0 {
		for i := range c.found {
			c.found[i].Hint = "nothing of the node is there: see that its root is what was named; else " + deliver
		}
	}
	c.foreign(want)
	out := OnNode{Findings: Sorted(c.found), Unread: c.unread}
	if have.HashesOnly {
		out.NotCompared = append(out.NotCompared, "modes and owners: a list of hashes has none")
	}
	for _, what := range slices.Sorted(maps.Keys(c.skipped)) {
		out.NotCompared = append(out.NotCompared, fmt.Sprintf("%s: %d", what, c.skipped[what]))
	}
	return out
}

type nodeComparison struct {
	have machine.Machine
	// places are the paths that should hold bytes, by their hash.
	places map[string]string
	found  []Finding
	unread []string
	// skipped counts what could not be told.
	skipped map[string]int
}

const deliver = "deliver rendered/ to the node again: see docs/deliver.md"

// mend is what to do about a file that is there. What a unit opened on the node is not opened again as long as it is there.
func (c *nodeComparison) mend(w Wanted) string {
	if _, there := c.have.Files[w.Path+layout.Sealed]; w.Sealed && there {
		return "on the node, remove what its sealed files were opened to, and systemctl reload-or-restart harender-unseal opens them again"
	}
	return deliver
}

func (c *nodeComparison) add(kind Kind, path, detail, hint string) {
	c.found = append(c.found, Finding{kind, "/" + path, detail, hint})
}

func (c *nodeComparison) compare(w Wanted) {
	f, there := c.have.Files[w.Path]
	switch {
	case !there:
		c.missing(w)
		return
	case f.Unread != "" && f.Mode == 0:
		c.unread = append(c.unread, "/"+w.Path+": "+f.Unread)
		return
	case f.Fault != "":
		c.add(Changed, w.Path, f.Fault, c.mend(w))
		return
	}
	c.bytes(w, f)
	if !c.have.HashesOnly {
		c.attributes(w, f)
	}
	if w.Sealed {
		c.sealed(w)
	}
}

// missing tells a sealed file that the node has not opened yet.
func (c *nodeComparison) missing(w Wanted) {
	sealed := w.Path + layout.Sealed
	if _, there := c.have.Files[sealed]; w.Sealed && there {
		c.add(Missing, w.Path, "/"+sealed+" is there, and was not opened", "on the node, systemctl reload-or-restart harender-unseal opens its sealed files, or says why not")
		c.sealed(w)
		return
	}
	c.add(Missing, w.Path, "", deliver)
}

// bytes holds the file to its hash, where that is known.
func (c *nodeComparison) bytes(w Wanted, f machine.File) {
	want := w.content()
	place, known := c.places[f.SHA256]
	switch {
	case want == "":
		c.skipped["contents of sealed files, without --open"]++
	case f.Unread != "":
		c.unread = append(c.unread, "/"+w.Path+": "+f.Unread)
	case f.SHA256 == want:
	case known:
		c.add(Swapped, w.Path, "it holds what belongs to /"+place, c.mend(w))
	default:
		c.add(Changed, w.Path, "", c.mend(w))
	}
}

// attributes compares mode and owners.
func (c *nodeComparison) attributes(w Wanted, f machine.File) {
	if got := octal(f.Mode); got != octal(fs.FileMode(w.Mode)) {
		c.add(WrongMode, w.Path, "it is "+got+", not "+octal(fs.FileMode(w.Mode)), c.mend(w))
	}
	c.account(WrongOwner, w, f.Owner, w.Owner, c.have.Users)
	c.account(WrongGroup, w, f.Group, w.Group, c.have.Groups)
}

func (c *nodeComparison) account(kind Kind, w Wanted, got machine.Account, want string, known map[string]int) {
	switch same, told := got.Is(want, known); {
	case !told:
		c.skipped["the "+string(kind)+" of files, without the node's accounts"]++
	case !same:
		c.add(kind, w.Path, "it is "+name(got, known)+", not "+want, c.mend(w))
	}
}

// name is that of the account, by the node's own list.
func name(a machine.Account, known map[string]int) string {
	if a.Name == "" {
		for _, n := range slices.Sorted(maps.Keys(known)) {
			if known[n] == a.ID {
				return n
			}
		}
	}
	return a.String()
}

// sealed looks at what the node opened the file of, where it is there.
func (c *nodeComparison) sealed(w Wanted) {
	path := w.Path + layout.Sealed
	switch f, there := c.have.Files[path]; {
	case !there:
	case f.Fault != "":
		c.add(Changed, path, f.Fault, deliver)
	case f.Unread != "":
		c.unread = append(c.unread, "/"+path+": "+f.Unread)
	case f.SHA256 != w.SHA256:
		c.add(Changed, path, "it is not the sealed file of the repository", deliver)
	}
}

// foreign finds what nothing asks for.
func (c *nodeComparison) foreign(want []Wanted) {
	asked, own := wantedPaths(want), ownUnits(want)
	for path := range c.have.Files {
		if asked[path] || allowed(path, own, asked[kubeadmFile]) {
			continue
		}
		const remove = "remove it from the node; a file of your own comes from an overlay: see docs/layers.md"
		detail := "the index of the node does not list it"
		if rest, static := strings.CutPrefix(path, manifests+"/"); static && !strings.HasPrefix(rest, ".") && !strings.Contains(rest, "/") {
			detail = "the kubelet runs what lies there"
		} else if strings.Contains(path, "/systemd/") {
			detail = "systemd reads it together with a unit of harender's"
		}
		c.add(Foreign, path, detail, remove)
	}
}

// octal is a mode as chmod takes it.
func octal(m fs.FileMode) string {
	bits := uint32(m.Perm())
	for flag, bit := range map[fs.FileMode]uint32{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000} {
		if m&flag != 0 {
			bits |= bit
		}
	}
	return fmt.Sprintf("%04o", bits)
}
