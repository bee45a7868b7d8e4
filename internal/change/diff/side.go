// Package diff compares two states of a cluster's output, and says what changes, for those who have to judge it:
// flags, certificates, recipients, keys of a configuration. It is handed both states and reads nothing else.
package diff

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/keys/certificate"
)

// Side is one state of a cluster: the output, and what is public of its secrets.
type Side struct {
	// Directories by the name of a node, or [tree.Addons] and [tree.Cloud].
	Directories map[string]Directory
	// Recipients are who can open each secret, sorted, by the secret's ID.
	Recipients map[string][]string
	// Sealed are the hashes of the sealed files of the cluster's own secrets and of its authorities' keys, by ID.
	Sealed map[string]string
	// Pins are what secrets/ says of the authorities and the cluster's own secrets, by ID.
	Pins map[string][]string
	// Authorities are what nodes trust: the authorities and the public key of service accounts, by ID. The ID of what is
	// staged ends in .next, and that of what is not yet retired in .previous.
	Authorities map[string]certificate.Certificate
}

// Directory are the files of one node, or of the cluster itself.
type Directory struct {
	// Kubernetes is the release, such as 1.36.3; empty where the index does not say.
	Kubernetes string
	// Pool of the node, if the index names one.
	Pool string
	// Machine is the word for the machine behind the node's name, if it has one.
	Machine string
	// Etcd says how the node's member of etcd begins, where the index does.
	Etcd *tree.Start
	// Files by path from the node's root.
	Files map[string]File
}

// File is one file of a node.
type File struct {
	tree.IndexFile
	// Content are the bytes in the output; of a sealed file, the sops file.
	Content []byte
	// Planned stands in for Content where a build has yet to make it.
	Planned *Planned
	// Recipients of a sealed file, sorted.
	Recipients []string
	// Public is the certificate or public key that goes with a sealed private key, or what names the content of another sealed file
	// without telling it. Equal ones mean equal contents; without any, nothing is known.
	Public string
}

// sameContent reports whether both are sealed and have the same in them.
func sameContent(was, is *File) bool {
	return was != nil && is != nil && was.Sealed && is.Sealed && was.Public != "" && was.Public == is.Public
}

// Planned is content that a build would make.
type Planned struct {
	// Why it is made.
	Why []string
	// Certificate is nil where it is none.
	Certificate *certificate.Certificate
}

// Has reports whether the directory has one of the files.
func (d Directory) Has(paths ...string) bool {
	for _, p := range paths {
		if _, found := d.Files[p]; found {
			return true
		}
	}
	return false
}

// sum is a name for content, the same for equal content.
func (f *File) sum() string {
	if f == nil {
		return ""
	}
	if f.Planned != nil {
		return "planned"
	}
	sum := sha256.Sum256(f.Content)
	return hex.EncodeToString(sum[:])
}
