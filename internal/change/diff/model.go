package diff

import "github.com/harender/harender/internal/keys/certificate"

// Action is what becomes of something.
type Action string

// The actions.
const (
	Added   Action = "added"
	Removed Action = "removed"
	Changed Action = "changed"
)

// Kind is how the content of a file was compared.
type Kind string

// The kinds.
const (
	// Manifest of a static pod: flags first, the rest by the path of its keys.
	Manifest Kind = "manifest"
	// Unit of systemd: the flags of what it starts first, the rest line by line.
	Unit Kind = "unit"
	// Document of YAML or JSON: by the path of its keys.
	Document Kind = "document"
	// Certificates and public keys: what they say.
	Certificates Kind = "certificates"
	// Sealed: who can open it.
	Sealed Kind = "sealed"
	// Text: line by line.
	Text Kind = "text"
)

// Diff is what changes from one side to the other. Lists are sorted, and empty rather than absent.
type Diff struct {
	// Recipients who gain or lose the power to open secrets.
	Recipients []Recipient `json:"recipients"`
	// Authorities that change, and the public key of service accounts.
	Authorities []Authority `json:"authorities"`
	// Resealed are the cluster's own secrets, and authorities' keys, whose sealed files are others than before, by ID. Anybody
	// who knows the recipients can seal: only opening reports whether the value is the same.
	Resealed []string `json:"resealed"`
	// Pins that change, of what had pins before.
	Pins []Pin `json:"pins"`
	// Nodes that come and go.
	Nodes []Node `json:"nodes"`
	// Versions of Kubernetes that change.
	Versions []Version `json:"versions"`
	// Changes of files of the nodes that stay, and of the cluster's own objects. Equal ones are one.
	Changes []Change `json:"changes"`
}

// Same tells that nothing changes.
func (d Diff) Same() bool {
	return len(d.Recipients)+len(d.Authorities)+len(d.Resealed)+len(d.Pins)+len(d.Nodes)+len(d.Versions)+len(d.Changes) == 0
}

// Pin says that secrets/ takes another authority or secret as the cluster's own than before, or any.
type Pin struct {
	ID  string   `json:"id"`
	Old []string `json:"old"`
	New []string `json:"new"`
}

// Recipient is somebody who can open other secrets than before.
type Recipient struct {
	Name   string `json:"name"`
	Action Action `json:"action"`
	// Secrets that exist on both sides, by ID, and open to them on one of these only.
	Secrets []string `json:"secrets"`
	// Fresh are secrets that are new, and open to those who could open none before.
	Fresh []string `json:"fresh"`
}

// Authority is something that nodes trust. One of Old and New is nil where it comes or goes.
type Authority struct {
	ID     string                   `json:"id"`
	Action Action                   `json:"action"`
	Old    *certificate.Certificate `json:"old,omitempty"`
	New    *certificate.Certificate `json:"new,omitempty"`
}

// Node comes or goes.
type Node struct {
	Name   string   `json:"name"`
	Action Action   `json:"action"`
	Roles  []string `json:"roles"`
	// Files counts those of the node. What is in them is not part of the difference: the node has no state to compare with.
	Files int `json:"files"`
}

// Version is a change of the release of Kubernetes on some nodes.
type Version struct {
	Nodes []string `json:"nodes"`
	Old   string   `json:"old"`
	New   string   `json:"new"`
}

// Change is one of a file, the same on all of its nodes.
type Change struct {
	// Nodes, or addons, or cloud.
	Nodes  []string `json:"nodes"`
	Path   string   `json:"path"`
	Action Action   `json:"action"`
	Kind   Kind     `json:"kind"`
	// Planned: a build has yet to make it.
	Planned bool     `json:"planned"`
	Details []Detail `json:"details"`
	// Unified is the change line by line, where that is how it is told; of a file that is new, its content.
	Unified string `json:"unified,omitempty"`
	// Restarts names the static pods and units that start, stop, or start again because of it.
	Restarts []string `json:"restarts"`
}

// Detail is one thing of a file.
type Detail struct {
	// What changes: a flag, the path of a key, a property.
	What   string `json:"what"`
	Action Action `json:"action"`
	// Old and New are values. Of several nodes, NODE and ADDRESS in them stand for what each of these has of its own.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
	// Unified is the change line by line, of a text inside of a document.
	Unified string `json:"unified,omitempty"`
	// Note is what there is to know beside it.
	Note string `json:"note,omitempty"`
}
