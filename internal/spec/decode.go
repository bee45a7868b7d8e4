package spec

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// decodeDocument fills a Cluster from the root of a document, by the json tags of the types.
func decodeDocument(root *node, into *Cluster) diag.List {
	if root.kind != mapKind {
		return diag.List{finding(root, "", "a spec is a mapping, and this is "+root.kind.String(),
			"begin with apiVersion: "+APIVersion)}
	}
	return decodeValue(root, reflect.ValueOf(into).Elem(), "")
}

var argType = reflect.TypeFor[Arg]()

// decodeValue fills a Go value from a node and reports every difference between the two.
func decodeValue(n *node, into reflect.Value, at diag.Path) diag.List {
	if n.kind == aliasKind {
		return nil // reported with the structure
	}
	if into.Type() == argType {
		return decodeArg(n, into, at)
	}
	switch into.Kind() {
	case reflect.Struct:
		return decodeStruct(n, into, at)
	case reflect.Map:
		return decodeMap(n, into, at)
	case reflect.Slice:
		return decodeList(n, into, at)
	case reflect.Int:
		return decodeInt(n, into, at)
	default:
		return decodeString(n, into, at)
	}
}

func decodeStruct(n *node, into reflect.Value, at diag.Path) diag.List {
	if n.kind != mapKind {
		return mismatch(n, at, "a mapping")
	}
	var list diag.List
	merged := false // a merge key may stand for any other
	fields := fieldsOf(into.Type())
	meant := make(map[string]bool)
	for _, e := range n.entries {
		if checkKey(e.key, at) != nil { // reported with the structure
			merged = true
			continue
		}
		field, known := fields.named(e.key.text)
		if !known {
			list = append(list, unknownKey(e.key, at, fields))
			meant[Nearest(e.key.text, fields.names())] = true
			continue
		}
		found := decodeValue(e.value, into.Field(field.index), at.Key(field.name))
		list = append(list, withExample(found, field, at)...)
	}
	if merged {
		return list
	}
	return append(list, missing(n, at, fields, meant)...)
}

// withExample gives the findings about the field itself a hint, where they have none of their own.
func withExample(found diag.List, f field, at diag.Path) diag.List {
	for i := range found {
		if found[i].Hint == "" && found[i].Field == string(at.Key(f.name)) {
			found[i].Hint = "write it like " + f.name + ": " + f.example
		}
	}
	return found
}

// missing finds the required keys that are neither there nor meant by a misspelled one.
func missing(n *node, at diag.Path, fields fields, meant map[string]bool) diag.List {
	var list diag.List
	for _, f := range fields {
		if f.required && n.get(f.name) == nil && !meant[f.name] {
			list = append(list, diag.Diagnostic{
				Summary: string(at.Key(f.name)) + " is missing",
				Hint:    "add " + f.name + ": " + f.example,
				Field:   string(at.Key(f.name)),
				Pos:     diag.Pos{Line: n.line, Col: n.col},
			})
		}
	}
	return list
}

func decodeMap(n *node, into reflect.Value, at diag.Path) diag.List {
	if n.kind != mapKind {
		return mismatch(n, at, "a mapping")
	}
	var list diag.List
	into.Set(reflect.MakeMapWithSize(into.Type(), len(n.entries)))
	for _, e := range n.entries {
		value := reflect.New(into.Type().Elem()).Elem()
		list = append(list, decodeValue(e.value, value, at.Key(e.key.text))...)
		into.SetMapIndex(reflect.ValueOf(e.key.text), value)
	}
	return list
}

func decodeList(n *node, into reflect.Value, at diag.Path) diag.List {
	if n.kind != listKind {
		d := mismatch(n, at, "a list")
		if n.scalar() {
			d[0].Hint = "write [" + n.text + "], or one element a line after a dash"
		}
		return d
	}
	var list diag.List
	into.Set(reflect.MakeSlice(into.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		list = append(list, decodeValue(item, into.Index(i), at.Index(i))...)
	}
	return list
}

var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

// decodeInt takes decimal numbers alone. No field has zero as a value of its own, so it can stand for an absent key.
func decodeInt(n *node, into reflect.Value, at diag.Path) diag.List {
	if n.kind == stringKind && decimal.MatchString(n.text) {
		return diag.List{finding(n, at, "expected a number and found the string "+diag.Quote(n.text), "take the quotes off")}
	}
	if n.kind != intKind {
		return mismatch(n, at, "a whole number")
	}
	if !decimal.MatchString(n.text) {
		return diag.List{finding(n, at, "the number "+n.text+" is not the same to every parser", "write it in decimal, without leading zeros")}
	}
	i, err := strconv.ParseInt(n.text, 10, 32)
	switch {
	case err != nil:
		return diag.List{finding(n, at, "the number "+n.text+" is out of range", fmt.Sprintf("it must be at most %d", math.MaxInt32))}
	case i == 0:
		return diag.List{finding(n, at, "0 is no value of "+string(at), "remove the key to have the default, or give a number from 1 on")}
	}
	into.SetInt(i)
	return nil
}

func decodeString(n *node, into reflect.Value, at diag.Path) diag.List {
	if n.kind != stringKind {
		d := mismatch(n, at, "a string")
		if n.scalar() {
			d[0].Hint = stringHint(n, at)
		}
		return d
	}
	if n.plain && switchWord(n.text) {
		return diag.List{ambiguous(n, at)}
	}
	into.SetString(n.text)
	return nil
}

func stringHint(n *node, at diag.Path) string {
	if n.kind == floatKind && strings.HasSuffix(string(at), "kubernetesVersion") {
		return `give the patch release too, as in "` + n.text + `.0"; two numbers and a dot are a fraction to YAML`
	}
	return "put it in quotes: " + strconv.Quote(n.text)
}

func ambiguous(n *node, at diag.Path) diag.Diagnostic {
	return finding(n, at, n.text+" is a boolean to some YAML parsers and a string to others",
		"put it in quotes: "+strconv.Quote(n.text)+"; or write true or false where a boolean is meant")
}

// switchWord tells whether YAML 1.1 reads the bare word as a boolean and YAML 1.2 as a string.
func switchWord(s string) bool {
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off":
		return true
	}
	return false
}

// decodeArg takes one scalar as written, several, or null, which leaves the flag out.
func decodeArg(n *node, into reflect.Value, at diag.Path) diag.List {
	switch {
	case n.kind == nullKind:
		into.Set(reflect.ValueOf(Arg{}))
		return nil
	case n.scalar():
		return decodeArgList([]*node{n}, into, func(int) diag.Path { return at })
	case n.kind == listKind && len(n.items) == 0:
		return diag.List{finding(n, at, "an empty list gives the flag no value", "write null to leave the flag out, or remove the key to keep harender's own value")}
	case n.kind == listKind:
		return decodeArgList(n.items, into, at.Index)
	default:
		return argMismatch(n, at)
	}
}

func decodeArgList(items []*node, into reflect.Value, at func(int) diag.Path) diag.List {
	var list diag.List
	arg := make(Arg, 0, len(items))
	for i, item := range items {
		switch {
		case item.kind == aliasKind: // reported with the structure
		case !item.scalar():
			list = append(list, argMismatch(item, at(i))...)
		case item.plain && switchWord(item.text):
			list = append(list, ambiguous(item, at(i)))
		default:
			arg = append(arg, item.text)
		}
	}
	into.Set(reflect.ValueOf(arg))
	return list
}

func argMismatch(n *node, at diag.Path) diag.List {
	return diag.List{finding(n, at, "expected the value of a flag and found "+n.kind.String(),
		"write a string, a number or a boolean; a list of them for a flag that repeats; or null alone to leave the flag out")}
}

// mismatch says what was expected and what is there.
func mismatch(n *node, at diag.Path, want string) diag.List {
	found, hint := n.kind.String(), ""
	if n.scalar() {
		found = strings.Replace(found, "a ", "the ", 1) + " " + quoteScalar(n)
	}
	switch {
	case n.kind == nullKind:
		hint = "give it a value, or remove it"
	case want == "a string" && n.kind == listKind:
		hint = "it takes one value, without a dash or brackets"
	}
	return diag.List{finding(n, at, "expected "+want+" and found "+found, hint)}
}

func quoteScalar(n *node) string {
	if n.kind == stringKind {
		return diag.Quote(n.text)
	}
	return strings.Trim(diag.Quote(n.text), `"`)
}
