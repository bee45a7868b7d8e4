package layout

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// What secrets/ holds has an ID: a path below secrets/ without slot and extension. It begins with Cluster for what the
// cluster has, and with Nodes and the node's name for what a node has.
const (
	Cluster = "cluster/"
	Nodes   = "nodes/"
	// Tokens and Passwords are the folders of what users log in with.
	Tokens    = Cluster + "tokens"
	Passwords = Cluster + "passwords"
)

// NodeID is the ID of what the node has under that name.
func NodeID(node, name string) string { return Nodes + node + "/" + name }

// NodeOf is the node whose it is, by its ID or the path of a file of it; empty for the cluster's.
func NodeOf(id string) string {
	rest, found := strings.CutPrefix(id, Nodes)
	node, _, below := strings.Cut(rest, "/")
	if !found || !below {
		return ""
	}
	return node
}

// What is rotated has three slots: ID for what is in use, ID.next for what is staged to follow it, and ID.previous for
// what it followed and what is still trusted. At most one of the latter two is there, and a rotation is at the point
// that this says: there is no other state.
const (
	NextSlot     = ".next"
	PreviousSlot = ".previous"
)

// Slots are what follows the ID in each of the three.
func Slots() []string { return []string{"", NextSlot, PreviousSlot} }

// Extensions of the files below secrets/, after the ID and the slot.
const (
	Certificate = ".crt"
	PublicKey   = ".pub"
	Request     = ".csr"
	// Key is a private key, sealed. The others that are sealed are a configuration, a table, a token and a password.
	Key      = ".key" + Sealed
	Config   = ".yaml" + Sealed
	Table    = ".csv" + Sealed
	Token    = ".token" + Sealed
	Password = ".password" + Sealed
	// Source lies beside a copy: what it was made of.
	Source = ".source"
	// Adopted lies beside what another tool made: how it differs from what harender makes.
	Adopted = ".adopted"
	// Elsewhere lies beside an authority's certificate, and says that its key is not in the repository and is not to
	// be: somebody else signs. Without it, a key that is not there was lost.
	Elsewhere = ".elsewhere"
)

// Extensions are all of them.
func Extensions() []string {
	return []string{Key, Config, Table, Token, Password, Certificate, PublicKey, Source, Adopted, Elsewhere, Request}
}

const (
	retired = "retired/"
	pending = "pending/"
)

// Retired is where a file goes that another one replaces. The mark makes the name unique: a serial number or a hash, in
// hex.
func Retired(id, mark, extension string) string { return retired + id + "-" + mark + extension }

// Pending is where a request, and the key that waits for its certificate, lie.
func Pending(id, extension string) string { return pending + id + extension }

// RetiredPending is where a request and its key go that others replace.
func RetiredPending(id, mark, extension string) string {
	return retired + pending + id + "-" + mark + extension
}

// State is what a file is there for.
type State int

// The states. Waiting is a request without its certificate yet; Replaced lies in retired/.
const (
	Current State = iota
	Next
	Previous
	Waiting
	Replaced
)

// File is what the path of a file below secrets/ says.
type File struct {
	// ID is the plan's.
	ID string
	// Node is empty for what the cluster has.
	Node string
	// Extension is one of [Extensions], or what else the name ends in.
	Extension string
	State     State
}

// Parse takes the path of a file below secrets/ apart.
func Parse(name string) File {
	rest, old := strings.CutPrefix(name, retired)
	rest, waiting := strings.CutPrefix(rest, pending)
	f := File{Extension: extensionOf(rest)}
	f.ID = strings.TrimSuffix(rest, f.Extension)
	switch {
	case old:
		f.State, f.ID = Replaced, withoutMark(f.ID, f.Extension)
	case waiting:
		f.State = Waiting
	case path.Dir(f.ID)+"/" == Cluster:
		f.ID, f.State = slotOf(f.ID)
	}
	f.Node = NodeOf(f.ID)
	return f
}

func extensionOf(name string) string {
	for _, e := range Extensions() {
		if strings.HasSuffix(name, e) {
			return e
		}
	}
	bare := strings.TrimSuffix(name, Sealed)
	return path.Ext(bare) + name[len(bare):]
}

func slotOf(id string) (string, State) {
	if bare, is := strings.CutSuffix(id, NextSlot); is {
		return bare, Next
	}
	if bare, is := strings.CutSuffix(id, PreviousSlot); is {
		return bare, Previous
	}
	return id, Current
}

// mark is what [Retired] sets behind an ID.
var mark = regexp.MustCompile(`-[0-9a-f]+$`)

// sum is a mark that is a SHA-256.
const sum = len("-") + 64

// withoutMark is the ID of a file in retired/. Somebody may have moved it there under the name that it had: then it has
// no mark, and an ID may end in what looks like one. Only certificates and their keys have a serial number, of any
// length; an authority's name ends in -ca.
func withoutMark(id, extension string) string {
	at := mark.FindStringIndex(id)
	if at == nil {
		return id
	}
	bare := id[:at[0]]
	numbered := slices.Contains([]string{Certificate, Key, Adopted}, extension)
	authority := strings.HasPrefix(id, Cluster) && id[at[0]:] == "-ca" && !strings.HasSuffix(bare, "-ca")
	if authority || !numbered && at[1]-at[0] != sum {
		return id
	}
	return bare
}
