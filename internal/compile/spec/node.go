package spec

// kind of a node of the document.
type kind int

const (
	nullKind kind = iota
	boolKind
	intKind
	floatKind
	stringKind
	listKind
	mapKind
	// aliasKind is a YAML alias, which is never followed.
	aliasKind
)

// String names the kind in a message.
func (k kind) String() string {
	return [...]string{"nothing (null)", "a boolean", "a number", "a number", "a string", "a list", "a mapping", "an alias"}[k]
}

// node is a value of the document with its place in the source. YAML, JSON and the result of jsonnet all become nodes,
// so that one decoder serves them.
type node struct {
	kind kind
	// text is a scalar as written, without its quotes.
	text string
	// plain: a YAML scalar without quotes.
	plain bool
	// line and col count from 1; both 0 where jsonnet made the node.
	line, col int
	// tag is an explicit YAML tag.
	tag string
	// items of a list.
	items []*node
	// entries of a mapping in the order of the source.
	entries []entry
}

// entry is a key with its value.
type entry struct{ key, value *node }

// scalar reports whether the node is a string, number or boolean.
func (n *node) scalar() bool { return n.kind >= boolKind && n.kind <= stringKind }

// dropPlace forgets where the node and all below it stand.
func (n *node) dropPlace() {
	n.line, n.col = 0, 0
	for _, item := range n.items {
		item.dropPlace()
	}
	for _, e := range n.entries {
		e.key.dropPlace()
		e.value.dropPlace()
	}
}

// get is the last entry with the key, or nil.
func (n *node) get(key string) *entry {
	for i := len(n.entries) - 1; i >= 0; i-- {
		if n.entries[i].key.text == key {
			return &n.entries[i]
		}
	}
	return nil
}
