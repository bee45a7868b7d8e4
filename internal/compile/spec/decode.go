package spec

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/yamlcheck"
)

// decodeDocument fills a Cluster from the root of a document, by the json tags of the types.
func decodeDocument(root *node, into *Cluster) diag.List {
	var d decoder
	if root.kind != mapKind {
		d.add(root, "", "a spec is a mapping, and this is "+root.kind.String(), "begin with apiVersion: "+APIVersion)
		return d.list
	}
	d.value(root, reflect.ValueOf(into).Elem(), place{})
	return d.list
}

// decoder reports every difference between the document and the types. What checkStructure reports it skips.
type decoder struct{ findings }

// place is where a value belongs.
type place struct {
	at diag.Path
	// hint shows what could stand here, where a field of the types knows.
	hint string
	// zero: 0 is a value of its own here, and not the absence of one.
	zero bool
}

func (p place) index(i int) place    { return place{at: p.at.Index(i)} }
func (p place) key(key string) place { return place{at: p.at.Key(key)} }

func (d *decoder) value(n *node, into reflect.Value, p place) {
	switch {
	case n.kind == aliasKind || d.full():
	case into.Type() == reflect.TypeFor[Arg]():
		d.arg(n, into, p)
	case into.Kind() == reflect.Struct:
		d.structure(n, into, p)
	case into.Kind() == reflect.Map:
		d.mapping(n, into, p)
	case into.Kind() == reflect.Slice:
		d.slice(n, into, p)
	case into.Kind() == reflect.Int:
		d.integer(n, into, p)
	case into.Kind() == reflect.Bool:
		d.boolean(n, into, p)
	case into.Kind() == reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		p.zero = true
		d.value(n, into.Elem(), p)
	default:
		d.text(n, into, p)
	}
}

func (d *decoder) structure(n *node, into reflect.Value, p place) {
	if n.kind != mapKind {
		d.mismatch(n, p, "a mapping", "")
		return
	}
	known := fieldsOf(into.Type())
	whole := true // no merge key stands for others
	meant := make(map[string]bool)
	for _, e := range n.entries {
		if problem, _ := badKey(e.key); problem != "" {
			whole = false
			continue
		}
		f, ok := known.named(e.key.text)
		if !ok {
			meant[d.unknown(e.key, p, known)] = true
			continue
		}
		d.value(e.value, into.Field(f.index), place{at: p.at.Key(f.name), hint: "write it like " + f.name + ": " + f.example})
	}
	for _, f := range known {
		if whole && f.required && n.get(f.name) == nil && !meant[f.name] {
			at := p.at.Key(f.name)
			d.add(n, at, string(at)+" is missing", "add "+f.name+": "+f.example)
		}
	}
}

func (d *decoder) mapping(n *node, into reflect.Value, p place) {
	if n.kind != mapKind {
		d.mismatch(n, p, "a mapping", "")
		return
	}
	if d.tooMany(n, p, len(n.entries)) {
		return
	}
	into.Set(reflect.MakeMapWithSize(into.Type(), len(n.entries)))
	for _, e := range n.entries {
		value := reflect.New(into.Type().Elem()).Elem()
		d.value(e.value, value, p.key(e.key.text))
		into.SetMapIndex(reflect.ValueOf(e.key.text), value)
	}
}

func (d *decoder) slice(n *node, into reflect.Value, p place) {
	if n.kind != listKind {
		hint := ""
		if n.scalar() {
			hint = "write [" + quoteScalar(n) + "], or one element a line after a dash"
		}
		d.mismatch(n, p, "a list", hint)
		return
	}
	if d.tooMany(n, p, len(n.items)) {
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		d.value(item, into.Index(i), p.index(i))
	}
}

// Bounds of the entries of a list or mapping. No cluster comes near; without them, what compares each entry with the others
// would take minutes.
const (
	maxEntries = 2000
	maxNodes   = 20_000
)

func (d *decoder) tooMany(n *node, p place, count int) bool {
	most := maxEntries
	if p.at == "spec.nodes" {
		most = maxNodes
	}
	if count > most {
		d.add(n, p.at, fmt.Sprintf("%s has %d entries, more than the %d that it may have", p.at, count, most),
			"a cluster of this size is several: give each a repository of its own")
	}
	return count > most
}

var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

// integer takes decimal numbers alone. Zero stands for an absent key, but where the type is a pointer.
func (d *decoder) integer(n *node, into reflect.Value, p place) {
	switch {
	case n.kind == stringKind && decimal.MatchString(n.text):
		d.add(n, p.at, "expected a number and found the string "+diag.Quote(n.text), "take the quotes off")
		return
	case n.kind != intKind:
		d.mismatch(n, p, "a whole number", "")
		return
	case !decimal.MatchString(n.text):
		d.add(n, p.at, "the number "+quoteScalar(n)+" is not the same to every parser", "write it in decimal, without leading zeros")
		return
	}
	i, err := strconv.ParseInt(n.text, 10, 32)
	switch {
	case err != nil:
		d.add(n, p.at, "the number "+quoteScalar(n)+" is out of range", fmt.Sprintf("it must be at most %d", math.MaxInt32))
	case i == 0 && !p.zero:
		d.add(n, p.at, "0 is no value of "+string(p.at), "remove the key to have the default, or give a number from 1 on")
	default:
		into.SetInt(i)
	}
}

func (d *decoder) boolean(n *node, into reflect.Value, p place) {
	if n.kind != boolKind {
		d.mismatch(n, p, "true or false", "")
		return
	}
	into.SetBool(strings.EqualFold(n.text, "true"))
}

func (d *decoder) text(n *node, into reflect.Value, p place) {
	switch {
	case n.kind != stringKind:
		d.mismatch(n, p, "a string", stringHint(n, p.at))
	case n.plain && yamlcheck.IsOldBool(n.text):
		d.ambiguous(n, p)
	default:
		into.SetString(n.text)
	}
}

func stringHint(n *node, at diag.Path) string {
	switch {
	case n.kind == floatKind && strings.HasSuffix(string(at), "kubernetesVersion"):
		return `give the patch release too, as in "` + n.text + `.0"; two numbers and a dot are a fraction to YAML`
	case n.scalar():
		return "put it in quotes: " + diag.Quote(n.text)
	case n.kind == nullKind:
		return ""
	}
	return "it takes one value, without dash, brackets or keys"
}

func (d *decoder) ambiguous(n *node, p place) {
	d.add(n, p.at, n.text+" is a boolean to some YAML parsers and a string to others",
		"put it in quotes: "+strconv.Quote(n.text)+"; or write true or false where a boolean is meant")
}

// arg takes one scalar as written, several, or null, which leaves the flag out.
func (d *decoder) arg(n *node, into reflect.Value, p place) {
	arg := Arg{}
	switch {
	case n.kind == nullKind:
	case n.kind == listKind && len(n.items) == 0:
		d.add(n, p.at, "an empty list gives the flag no value", "write null to leave the flag out, or remove the key to keep harender's own value")
	case n.kind == listKind:
		for i, item := range n.items {
			arg = append(arg, d.argValue(item, p.index(i)))
		}
	default:
		arg = append(arg, d.argValue(n, p))
	}
	into.Set(reflect.ValueOf(arg))
}

func (d *decoder) argValue(n *node, p place) string {
	switch {
	case n.kind == aliasKind:
	case !n.scalar():
		d.add(n, p.at, "expected the value of a flag and found "+n.kind.String(),
			"write a string, a number or a boolean; a list of them for a flag that repeats; or null alone to leave the flag out")
	case n.plain && yamlcheck.IsOldBool(n.text):
		d.ambiguous(n, p)
	}
	return n.text
}

// mismatch says what was expected and what is there.
func (d *decoder) mismatch(n *node, p place, want, hint string) {
	found := n.kind.String()
	if n.scalar() {
		found = strings.Replace(found, "a ", "the ", 1) + " " + quoteScalar(n)
	}
	if n.kind == nullKind {
		hint = "give it a value, or remove it"
	}
	d.add(n, p.at, "expected "+want+" and found "+found, cmp.Or(hint, p.hint, "harender schema tells what belongs here"))
}

// quoteScalar is the scalar as a user would write it.
func quoteScalar(n *node) string {
	if n.kind == stringKind {
		return diag.Quote(n.text)
	}
	return strings.Trim(diag.Quote(n.text), `"`)
}
