// Package payload packs the committed directory of a node for what brings it to a machine: a directory, a tar, Ignition,
// cloud-init or Ansible.
//
// [ReadIndex] and [ReadFiles] take a node from the output and hold its files to its index. [Make] packs them, and is a function of its
// arguments: equal trees give equal bytes. Sealed files stay sealed, and a unit of systemd opens them on the node with the
// node's own key; or the caller opened them before. This package holds no key and opens nothing.
package payload

import (
	"io/fs"

	"github.com/harender/harender/internal/keys/secret"
)

// Node is one node's directory as it is committed.
type Node struct {
	Name string
	// Pool is empty for a node in none.
	Pool string
	// Index are the bytes of the index.
	Index []byte
	// Files in the order of the index.
	Files []File
}

// File is a file of a node. Its content prints as REDACTED, since it may be an opened key.
type File struct {
	// Path on the node, from its root and without a leading slash; the bytes of a sealed file are those of Path + ".sops".
	Path         string
	Mode         fs.FileMode
	Owner, Group string
	Content      secret.Plain
	// SHA256 of the bytes in the tree, in lower case hex.
	SHA256 string
	// Sealed: Content is a sops file. Opened: it was one.
	Sealed, Opened bool
	// Restarts names the static pods and units that read the file only when they start.
	Restarts []string
}

// Format is what a payload is made for.
type Format string

// The formats.
const (
	Dir       Format = "dir"
	Tar       Format = "tar"
	Ignition  Format = "ignition"
	CloudInit Format = "cloud-init"
	Ansible   Format = "ansible"
)

// Formats are all of them.
func Formats() []Format {
	return []Format{Dir, Tar, Ignition, CloudInit, Ansible}
}

// IgnitionVersions are the versions of Ignition's specification that can be asked for, the default first.
func IgnitionVersions() []string { return []string{"3.3.0", "3.4.0", "3.5.0"} }

// Request says what to make of nodes.
type Request struct {
	Format Format
	// IgnitionVersion is one of [IgnitionVersions].
	IgnitionVersion string
	// Memory keeps what the node opens in a tmpfs, and off its disk.
	Memory bool
	// Disks has Ignition make arrays and file systems, and not only the units of the tree.
	Disks bool
	// Compress asks for gzip also where it is not needed.
	Compress bool
	// Platform bounds the size; the zero value does not.
	Platform Platform
	// URL is where what is too large for the platform can be fetched, below it by the name of its file. Empty: nowhere.
	URL string
	// Alone: the payload is of one node, and a directory is that node's root.
	Alone bool
}

// Made are the files of a payload.
type Made struct {
	Files []Artifact
	// Nodes say what each node got, in the order of the nodes; Ansible has one for all.
	Nodes []Summary
}

// Artifact is a file to write. Owner and Group are empty where they are those of the account that writes it.
type Artifact struct {
	// Path is a slash path.
	Path         string
	Mode         fs.FileMode
	Owner, Group string
	Content      secret.Plain
}

// Summary says what was made for a node.
type Summary struct {
	Node string `json:"node,omitempty"`
	// File is the path of the artifact, or of the directory with several.
	File string `json:"file"`
	// Bytes is its size as the platform counts it.
	Bytes int `json:"bytes"`
	// Encoding is empty, gzip, or gzip+base64.
	Encoding string `json:"encoding,omitempty"`
	// Full is the path of the whole payload where File only points to it.
	Full *Full `json:"full,omitempty"`
}

// Full is the whole payload that a machine fetches.
type Full struct {
	File  string `json:"file"`
	URL   string `json:"url"`
	Bytes int    `json:"bytes"`
	// Hash is as the pointer has it, such as sha256-HEX.
	Hash string `json:"hash"`
}
