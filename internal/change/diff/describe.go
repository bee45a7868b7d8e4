package diff

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/layout"
)

// describe says what changes in a file. Either of was and is may be nil.
func (c *comparison) describe(name, kubernetes string, was, is *File) described {
	was, is = shown(was), shown(is)
	out := c.content(name, kubernetes, was, is)
	out.details = append(out.details, indexed(was, is)...)
	for i, d := range out.details {
		out.details[i].Note = cmp.Or(d.Note, registration(d.What), redaction(d))
	}
	return out
}

// registration tells of what a kubelet says when its node is new, and never again.
func registration(what string) string {
	switch what {
	case "NODE_LABELS", "kubelet --node-labels":
		return "of nodes that are new; those that are there: kubectl label node"
	case "registerWithTaints", "kubelet --register-with-taints":
		return "of nodes that are new; those that are there: kubectl taint node"
	}
	return ""
}

// redacted stands for a private key, with the first bytes of its hash: that another key is there is no secret.
const redacted = "REDACTED sha256:"

// redaction says that there is something which nobody is shown.
func redaction(d Detail) string {
	if strings.Contains(d.Old+d.New+d.Unified, redacted) {
		return "a private key stands there, which is not shown"
	}
	return ""
}

// shown is the file without private keys: somebody may have put one there.
func shown(f *File) *File {
	if f == nil || f.Sealed {
		return f
	}
	text := string(f.Content)
	without := diag.RedactAs(text, func(key string) string {
		sum := sha256.Sum256([]byte(key))
		return redacted + hex.EncodeToString(sum[:6])
	})
	if without == text {
		return f
	}
	out := *f
	out.Content = []byte(without)
	return &out
}

func (c *comparison) content(name, kubernetes string, was, is *File) described {
	one := is
	if is == nil {
		one = was
	}
	switch {
	case one.Sealed:
		return described{kind: Sealed, details: sealed(was, is)}
	case one.Planned != nil || isPEM(was) && isPEM(is):
		out := described{kind: Certificates, details: certificates(was, is)}
		if one.Planned == nil && (len(out.details) == 0 || !onlyPEM(was) || !onlyPEM(is)) {
			out.unified = unified(bytesOf(was), bytesOf(is))
		}
		return out
	case was != nil && is != nil && bytes.Equal(was.Content, is.Content):
		return described{kind: kindOf(name)}
	case is == nil:
		return described{kind: kindOf(name)} // What it was stands in the base.
	case was == nil:
		return lineByLine(kindOf(name), nil, is.Content)
	}
	return c.text(name, kubernetes, was.Content, is.Content)
}

func bytesOf(f *File) []byte {
	if f == nil {
		return nil
	}
	return f.Content
}

// text compares two texts in the finest way that they allow.
func (c *comparison) text(name, kubernetes string, was, is []byte) described {
	kind := kindOf(name)
	var details []Detail
	ok := false
	deprecated := func(program, flag string) string { return c.deprecated(kubernetes, program, flag) }
	if strings.HasPrefix(name, layout.Units) {
		if details, rest, ok := unit(was, is, deprecated); ok {
			return described{kind: Unit, details: details, unified: rest}
		}
	}
	if kind == Manifest {
		details, ok = manifest(was, is, deprecated)
	}
	if !ok && kind != Text {
		kind = Document
		compare := documents
		if path.Ext(name) == ".env" {
			compare = variables
		}
		details, ok = compare(was, is)
	}
	// What differs in comments alone has no details.
	if ok && len(details) > 0 {
		return described{kind: kind, details: details}
	}
	return lineByLine(Text, was, is)
}

// lineByLine is all of a change. Of what is no text, it says so, and how to see it.
func lineByLine(kind Kind, was, is []byte) described {
	if text := unified(was, is); text != "" || bytes.Equal(was, is) {
		return described{kind: kind, unified: text}
	}
	brief := func(content []byte) string {
		if content == nil {
			return ""
		}
		return fmt.Sprintf("%d bytes, SHA-256 %x", len(content), sha256.Sum256(content))
	}
	return described{kind: kind, details: []Detail{{
		What: "content", Action: actionOf(was != nil, is != nil), Old: brief(was), New: brief(is), Note: "it is no text; after a build, git diff --binary shows it",
	}}}
}

func kindOf(name string) Kind {
	if strings.HasPrefix(name, layout.Manifests) {
		return Manifest
	}
	if path.Base(name) == "kubeconfig" {
		return Document
	}
	switch path.Ext(name) {
	case ".yaml", ".yml", ".json", ".conf", ".env":
		return Document // What is no YAML turns out to be text.
	}
	return Text
}

// unified is the change line by line, without the heads that name files.
func unified(was, is []byte) string {
	if !utf8.Valid(was) || !utf8.Valid(is) {
		return ""
	}
	text := string(diff.Diff("old", was, "new", is))
	if i := strings.Index(text, "\n@@ "); i >= 0 {
		text = text[i+1:]
	}
	return text
}

// variables compares files of KEY=VALUE lines. ok is false for anything else.
func variables(was, is []byte) (out []Detail, ok bool) {
	old, ok := variablesOf(was)
	now, also := variablesOf(is)
	for _, name := range union(old, now) {
		if a, before := old[name]; a != now[name] || !before {
			_, after := now[name]
			out = append(out, Detail{What: name, Action: actionOf(before, after), Old: a, New: now[name]})
		}
	}
	return out, ok && also
}

func variablesOf(text []byte) (map[string]string, bool) {
	out := map[string]string{}
	for l := range strings.Lines(string(text)) {
		l = strings.TrimSuffix(l, "\n")
		name, value, found := strings.Cut(l, "=")
		if _, twice := out[name]; !found || twice || strings.ContainsAny(name, " #") {
			return nil, false
		}
		out[name] = value
	}
	return out, utf8.Valid(text)
}

// indexed are the changes of what git does not keep.
func indexed(was, is *File) []Detail {
	if was == nil || is == nil {
		return nil
	}
	var out []Detail
	add := func(what, was, is string) {
		if was != is {
			out = append(out, Detail{What: what, Action: Changed, Old: was, New: is})
		}
	}
	add("mode", fmt.Sprintf("%04o", uint32(was.Mode)), fmt.Sprintf("%04o", uint32(is.Mode)))
	add("owner", was.Owner+":"+was.Group, is.Owner+":"+is.Group)
	add("sealed", fmt.Sprint(was.Sealed), fmt.Sprint(is.Sealed))
	for _, r := range lacking(is.Restarts, was.Restarts) {
		out = append(out, Detail{What: "a change restarts", Action: Added, New: r})
	}
	for _, r := range lacking(was.Restarts, is.Restarts) {
		out = append(out, Detail{What: "a change restarts", Action: Removed, Old: r})
	}
	return out
}

// lacking are the strings of a that b lacks.
func lacking(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// sealed says who can open the file now and could not before, and the other way round.
func sealed(was, is *File) []Detail {
	var out []Detail
	d := Detail{What: "sealed", Action: Changed, New: "again"}
	if sameContent(was, is) {
		d.New = "again, with the same content"
	}
	if is != nil && is.Planned != nil {
		d.New, d.Note = d.New+", by the next build", strings.Join(is.Planned.Why, "; ")
		out = append(out, d)
	} else if was != nil && is != nil && !bytes.Equal(was.Content, is.Content) {
		out = append(out, d)
	}
	if was == nil || is == nil || !was.Sealed || !is.Sealed {
		return out
	}
	for _, r := range lacking(is.Recipients, was.Recipients) {
		out = append(out, Detail{What: "recipient", Action: Added, New: r})
	}
	for _, r := range lacking(was.Recipients, is.Recipients) {
		out = append(out, Detail{What: "recipient", Action: Removed, Old: r})
	}
	return out
}

// certificates compares what the certificates or public keys of two files say. What cannot be decoded says nothing.
func certificates(was, is *File) []Detail {
	var out []Detail
	if is != nil && is.Planned != nil {
		out = append(out, Detail{What: "issued", Action: Changed, New: "by the next build", Note: strings.Join(is.Planned.Why, "; ")})
	}
	old, now := says(was), says(is)
	if len(old) == 1 && len(now) == 1 {
		return append(out, replaced(old[0], now[0])...)
	}
	for _, c := range now {
		if !holds(old, c) {
			out = append(out, Detail{What: noun(c), Action: Added, New: brief(c)})
		}
	}
	for _, c := range old {
		if !holds(now, c) {
			out = append(out, Detail{What: noun(c), Action: Removed, Old: brief(c)})
		}
	}
	if len(out) == 0 && len(old) > 1 {
		out = append(out, Detail{What: "certificates", Action: Changed, New: "in another order"})
	}
	return out
}

func says(f *File) []certificate.Certificate {
	switch {
	case f == nil:
		return nil
	case f.Planned != nil && f.Planned.Certificate != nil:
		return []certificate.Certificate{*f.Planned.Certificate}
	case f.Planned != nil:
		return nil
	}
	all, err := certificate.Decode(f.Content)
	if err != nil {
		return nil
	}
	return all
}
