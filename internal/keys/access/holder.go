package access

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
)

// Holder is a key that sealed files name, or that .sops.yaml and the spec plan for them, and anyone who has it.
type Holder struct {
	// Key as sops names it: age1..., ssh-ed25519 ..., or kms:ARN and the like.
	Key string
	// Nodes that the spec gives it to.
	Nodes []string
	// Rules are the places in .sops.yaml that name it.
	Rules []diag.Pos
	// Former node whose files alone it opens, if neither the spec nor .sops.yaml names the key.
	Former string
	// Alone are the files that it opens; Shared those that take keys of other groups besides.
	Alone, Shared []File
	// Lacks are the files that it is to open, and cannot; Keeps those that it can open, and is not to.
	Lacks, Keeps []File
}

// Title says who has the key: "operator (.sops.yaml:3)", "m1", "formerly m1".
func (h Holder) Title() string {
	var names []string
	if len(h.Rules) > 0 {
		var places []string
		for _, r := range h.Rules {
			places = append(places, r.File+line(r))
		}
		names = append(names, "operator ("+strings.Join(places, ", ")+")")
	}
	names = append(names, h.Nodes...)
	switch {
	case len(names) > 0:
		return strings.Join(names, " and ")
	case h.Former != "":
		return "formerly " + h.Former
	}
	return "formerly an operator"
}

func line(p diag.Pos) string {
	if p.Line == 0 {
		return ""
	}
	return fmt.Sprintf(":%d", p.Line)
}

// Operator reports whether .sops.yaml names the key.
func (h Holder) Operator() bool { return len(h.Rules) > 0 }

// Holders finds who can open which of the files: operators first, then nodes in the order of the spec, then those whom
// nothing names any more.
func Holders(p plan.Plan, files []File, policy Policy) []Holder {
	byKey := map[string]*Holder{}
	holder := func(key string) *Holder {
		if byKey[key] == nil {
			byKey[key] = &Holder{Key: key}
		}
		return byKey[key]
	}
	order := map[string]int{}
	for i, n := range p.Nodes {
		for _, key := range n.Cluster.Recipients {
			h := holder(key)
			h.Nodes = append(h.Nodes, n.Cluster.Name)
			order[key] = i + 1
		}
	}
	for _, f := range files {
		for _, key := range f.Keys.All() {
			h := holder(key)
			if f.Keys.Opens(key) {
				h.Alone = append(h.Alone, f)
			} else {
				h.Shared = append(h.Shared, f)
			}
		}
		for _, key := range f.Planned.All() {
			holder(key).plan(f, policy)
		}
	}
	out := make([]Holder, 0, len(byKey))
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		byKey[key].judge()
		out = append(out, *byKey[key])
	}
	rank := func(h Holder) int {
		switch {
		case h.Operator():
			return 0
		case len(h.Nodes) > 0:
			return order[h.Key]
		}
		return len(p.Nodes) + 1
	}
	slices.SortStableFunc(out, func(a, b Holder) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

// plan notes that the holder is to open the file, by a rule of .sops.yaml or as its node.
func (h *Holder) plan(f File, policy Policy) {
	if !slices.Contains(f.Keys.All(), h.Key) {
		h.Lacks = append(h.Lacks, f)
	}
	if slices.Contains(h.Nodes, f.Node) {
		return
	}
	if r := policy.RuleOf(f.Path); !slices.Contains(h.Rules, r) {
		h.Rules = append(h.Rules, r)
	}
}

// judge finds what the holder can open and is not to, and whose key it was.
func (h *Holder) judge() {
	slices.SortFunc(h.Rules, func(a, b diag.Pos) int { return cmp.Compare(a.Line, b.Line) })
	nodes := map[string]bool{}
	for _, f := range slices.Concat(h.Alone, h.Shared) {
		nodes[f.Node] = true
		if f.Kind.Current() && !slices.Contains(f.Planned.All(), h.Key) {
			h.Keeps = append(h.Keeps, f)
		}
	}
	if len(h.Nodes)+len(h.Rules) == 0 && len(nodes) == 1 {
		for name := range nodes {
			h.Former = name
		}
	}
}

// Drift tells where the files are sealed to others than .sops.yaml and the spec say, and where a single key stands between
// the operators and the loss of an authority.
func Drift(holders []Holder, files []File) diag.List {
	var out diag.List
	for _, h := range holders {
		if len(h.Keeps) > 0 {
			out = append(out, diag.Diagnostic{
				Severity: diag.Warning, Summary: fmt.Sprintf("%s (%s) can open what neither .sops.yaml nor the spec lets it open", h.Title(), h.Key),
				Detail: diag.Few(paths(h.Keeps)), Hint: "run harender build: it issues or seals these again", Pos: diag.Pos{File: ".sops.yaml"},
			})
		}
		if len(h.Lacks) > 0 {
			out = append(out, diag.Diagnostic{
				Severity: diag.Warning, Summary: fmt.Sprintf("%s (%s) cannot open yet what it is to open", h.Title(), h.Key),
				Detail: diag.Few(paths(h.Lacks)), Hint: "run harender build --accept-recipients", Pos: diag.Pos{File: ".sops.yaml"},
			})
		}
	}
	return append(out, sole(files)...)
}

// sole finds authorities that one lost key takes away.
func sole(files []File) diag.List {
	var lonely []File
	for _, f := range files {
		if f.Kind == Authority && len(f.Keys.All()) == 1 {
			lonely = append(lonely, f)
		}
	}
	if len(lonely) == 0 {
		return nil
	}
	return diag.List{{
		Severity: diag.Warning, Summary: "a single key opens the keys of authorities", Detail: diag.Few(paths(lonely)) + ": anyone who loses " + lonely[0].Keys.All()[0] + " cannot sign any more",
		Hint: "name a second operator's key in .sops.yaml, and run harender build --accept-recipients", Pos: diag.Pos{File: ".sops.yaml"},
	}}
}

func paths(files []File) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = f.Path
	}
	return out
}
