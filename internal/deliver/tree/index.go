package tree

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

const (
	indexVersion = "harender.io/v1alpha1"
	kindNode     = "NodeIndex"
	kindAddons   = "AddonsIndex"
	kindCloud    = "CloudIndex"
)

// kindOf is the kind of a directory's index, and the node that it is of, if any.
func kindOf(directory string) (kind, node string) {
	switch directory {
	case Addons:
		return kindAddons, ""
	case Cloud:
		return kindCloud, ""
	}
	return kindNode, directory
}

// Index lists what harender wrote into one directory. git keeps neither modes nor owners; the index does.
type Index struct {
	APIVersion string `json:"apiVersion"`
	// Kind is NodeIndex, or AddonsIndex or CloudIndex for the directories of the cluster itself.
	Kind string `json:"kind"`
	// Node is the node's name; the cluster's own directories have none.
	Node string `json:"node,omitempty"`
	// Kubernetes is the release that the node's files are for, such as 1.36.3; trees of an older harender, and the addons, do
	// not say.
	Kubernetes string `json:"kubernetes,omitempty"`
	// Pool is the pool of the spec that the node is in, if any.
	Pool string `json:"pool,omitempty"`
	// Machine is the spec's word for the machine behind the node's name, if it has one.
	Machine string `json:"machine,omitempty"`
	// Etcd says how the node's member of etcd begins. Trees of an older harender do not say.
	Etcd *Start `json:"etcd,omitempty"`
	// Files are sorted by path.
	Files []IndexFile `json:"files"`
}

// Start is what a member of etcd is told for the time when it has no data. What a node began with stays, since etcd does not
// look at it again and starts again when its flags change.
type Start struct {
	State string   `json:"initialClusterState"`
	Peers []string `json:"initialCluster"`
}

// IndexFile is one file of an index.
type IndexFile struct {
	// Path is the delivered file's, from the node's root.
	Path string `json:"path"`
	// Mode, Owner and Group are the delivered file's.
	Mode  Mode   `json:"mode"`
	Owner string `json:"owner"`
	Group string `json:"group"`
	// SHA256 is the hash, in lower case hex, of the bytes in the tree: of a sealed file, of its ciphertext.
	SHA256 string `json:"sha256"`
	Sealed bool   `json:"sealed"`
	// Restarts names the static pods and units that must restart when the file changes, sorted.
	Restarts []string `json:"restarts"`
}

// Stored is the file's path in the tree, from its node's directory.
func (f IndexFile) Stored() string { return stored(f.Path, f.Sealed) }

// Mode is a file's permission bits, in text four octal digits.
type Mode fs.FileMode

// MarshalText writes four octal digits.
func (m Mode) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%04o", uint32(m)), nil }

// UnmarshalText takes four octal digits.
func (m *Mode) UnmarshalText(text []byte) error {
	bits, err := strconv.ParseUint(string(text), 8, 9)
	if err != nil || len(text) != 4 {
		return fmt.Errorf("mode %q is not four octal digits", text)
	}
	*m = Mode(bits)
	return nil
}

func indexed(f File) IndexFile {
	sum := sha256.Sum256(f.Content.bytes)
	restarts := slices.Sorted(slices.Values(f.Restarts))
	return IndexFile{
		Path: f.Path, Mode: Mode(f.Mode), Owner: f.Owner, Group: f.Group,
		SHA256: hex.EncodeToString(sum[:]), Sealed: f.Content.sealed,
		Restarts: append([]string{}, slices.Compact(restarts)...),
	}
}

// Encode gives the bytes of the index file: indented JSON, keys in a fixed order, a newline at the end.
func (x Index) Encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(x); err != nil {
		return nil, fmt.Errorf("index of %s: %w", x.Node, err)
	}
	return b.Bytes(), nil
}

// ReadIndex parses the index file of that name, such as m1.index.json. It takes nothing that Encode could not have
// written, as the files that an index lists are harender's to delete.
func ReadIndex(name string, data []byte) (Index, error) {
	var x Index
	if diag.Conflict(data) > 0 {
		return Index{}, fmt.Errorf("%s: %w", name, diag.ErrConflict)
	}
	if err := bounded.JSON(data, &x); err != nil {
		return Index{}, fmt.Errorf("%s: %w", name, err)
	}
	if err := x.check(name); err != nil {
		return Index{}, fmt.Errorf("%s: %w", name, err)
	}
	return x, nil
}

func (x Index) check(name string) error {
	kind, node := kindOf(strings.TrimSuffix(name, layout.Index))
	if x.APIVersion != indexVersion || x.Kind != kind || x.Node != node {
		return fmt.Errorf("apiVersion, kind and node are %q, %q and %q, not %q, %q and %q", x.APIVersion, x.Kind, x.Node, indexVersion, kind, node)
	}
	if node != "" {
		if err := checkNodeName(node); err != nil {
			return err
		}
	}
	if err := x.checkNode(); err != nil {
		return err
	}
	paths := pathSet{}
	for _, f := range x.Files {
		if err := errors.Join(checkPath(f.Path), paths.add(f.Path), checkHash(f.SHA256), checkDelivery(f)); err != nil {
			return err
		}
	}
	return nil
}

var (
	machineWord = regexp.MustCompile(`^[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?$`)
	peer        = regexp.MustCompile(`^[a-z0-9][-a-z0-9.]*=https://(\[[0-9a-f:.]+\]|[0-9.]+):[0-9]+$`)
)

// checkNode is for what the index says beside the files.
func (x Index) checkNode() error {
	if x.Pool != "" && !subdomain.MatchString(x.Pool) {
		return fmt.Errorf("%q is no name of a pool", x.Pool)
	}
	if x.Machine != "" && !machineWord.MatchString(x.Machine) {
		return fmt.Errorf("%q is no word for a machine", x.Machine)
	}
	if x.Etcd == nil {
		return nil
	}
	if x.Etcd.State != "new" && x.Etcd.State != "existing" || len(x.Etcd.Peers) == 0 {
		return fmt.Errorf("etcd begins with the state %q and %d members", x.Etcd.State, len(x.Etcd.Peers))
	}
	for _, p := range x.Etcd.Peers {
		if !peer.MatchString(p) {
			return fmt.Errorf("%q is no member of etcd and its URL", p)
		}
	}
	return nil
}

func checkHash(s string) error {
	if _, err := hex.DecodeString(s); err != nil || len(s) != 2*sha256.Size {
		return fmt.Errorf("%q is no SHA-256", s)
	}
	return nil
}
