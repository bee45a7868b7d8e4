package issue

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/layout"
)

// users plans a token for each user, and the file of all of them on m1. groups are those of the first.
func (w *world) users(groups string, names ...string) {
	w.plan.Generated = slices.DeleteFunc(w.plan.Generated, func(g plan.Generated) bool { return g.Kind == plan.Token })
	w.plan.Copies = slices.DeleteFunc(w.plan.Copies, func(c plan.Copy) bool { return len(c.Rows) > 0 })
	file := plan.Copy{ID: knownTokens, Recipients: w.plan.Copies[0].Recipients, Field: "spec.nodes.m1"}
	for i, name := range names {
		w.plan.Generated = append(w.plan.Generated, plan.Generated{ID: layout.Tokens + "/" + name, Kind: plan.Token})
		row := plan.Row{Source: layout.Tokens + "/" + name, Fields: []string{name, name}}
		if i == 0 {
			row.Fields = append(row.Fields, groups)
		}
		file.Rows = append(file.Rows, row)
	}
	if len(names) > 0 {
		w.plan.Copies = append(w.plan.Copies, file)
	}
}

const knownTokens = "nodes/m1/known-tokens"

func actionsOf(r Result, ids ...string) []Action {
	var out []Action
	for _, id := range ids {
		for _, e := range r.Events {
			if e.ID == id {
				out = append(out, e.Action)
			}
		}
	}
	return out
}

// TestCredentials follows the tokens of three users who come and go.
func TestCredentials(t *testing.T) {
	const alice, bob, carol = "cluster/tokens/alice", "cluster/tokens/bob", "cluster/tokens/carol"
	w := newWorld(t)
	w.users("ops,dev", "alice", "bob")
	w.build(t)
	first, err := w.open(t, knownTokens+".csv.sops", w.nodes["m1"])
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^([-_A-Za-z0-9]{43}),alice,alice,"ops,dev"\n([-_A-Za-z0-9]{43}),bob,bob\n$`).Match(first) {
		t.Errorf("the file is not as planned: %d bytes", len(first))
	}
	if _, err := w.open(t, alice+".token.sops", w.nodes["m1"]); err == nil {
		t.Error("a node opens a user's token itself")
	}

	w.sealed = true
	if got := w.build(t); got.Counts.Kept != len(got.Events) {
		t.Errorf("a second build did %v", got.Counts)
	}
	w.sealed = false
	w.users("ops,dev", "alice", "bob", "carol")
	if got := actionsOf(w.build(t), alice, bob, carol, knownTokens); !slices.Equal(got, []Action{Kept, Kept, Issued, Resealed}) {
		t.Errorf("a third user: %v", got)
	}
	second, _ := w.open(t, knownTokens+".csv.sops", w.nodes["m1"])
	if !strings.HasPrefix(string(second), string(first)) {
		t.Error("a third user changed the rows of the others")
	}
	w.users("ops", "alice", "bob", "carol")
	if got := actionsOf(w.build(t), alice, bob, carol, knownTokens); !slices.Equal(got, []Action{Kept, Kept, Kept, Resealed}) {
		t.Errorf("another group: %v", got)
	}

	w.users("ops", "alice", "carol")
	gone := w.files[bob+".token.sops"].Data
	result := w.build(t)
	w.remove(result.Remove...)
	if got := actionsOf(result, alice, bob, carol, knownTokens); !slices.Equal(got, []Action{Kept, Retired, Kept, Resealed}) || result.Counts.Retired != 1 {
		t.Errorf("a user who left: %v", got)
	}
	kept := slices.ContainsFunc(result.Write, func(name string) bool {
		return strings.HasPrefix(name, "retired/"+bob+"-") && string(result.Files[name]) == string(gone)
	})
	if !kept || !slices.Equal(result.Remove, []string{bob + ".token.sops"}) {
		t.Errorf("the token was not moved away: writes %v, removes %v", result.Write, result.Remove)
	}
	w.users("ops", "alice", "bob", "carol")
	if got := actionsOf(w.build(t), bob); !slices.Equal(got, []Action{Issued}) || string(w.files[bob+".token.sops"].Data) == string(gone) {
		t.Error("a user who comes back has their old token")
	}
}

// TestLastUserReturns: with the last user the file is planned no more, but lies there still when a user of that name returns,
// and must not pass for a copy of a lost secret.
func TestLastUserReturns(t *testing.T) {
	const alice = "cluster/tokens/alice"
	w := newWorld(t)
	w.users("ops", "alice")
	w.build(t)
	first, _ := w.open(t, knownTokens+".csv.sops", w.nodes["m1"])
	w.users("ops")
	w.remove(w.build(t).Remove...)
	w.users("ops", "alice")
	if got := actionsOf(w.build(t), alice, knownTokens); !slices.Equal(got, []Action{Issued, Resealed}) {
		t.Errorf("did %v", got)
	}
	second, err := w.open(t, knownTokens+".csv.sops", w.nodes["m1"])
	if err != nil || len(first) == 0 || string(second) == string(first) {
		t.Errorf("the old token came back, or none: %v", err)
	}
}

// TestGroupsAreNoProvenance: what a group is called does not make a file a copy of another user's secret.
func TestGroupsAreNoProvenance(t *testing.T) {
	w := newWorld(t)
	w.users("x cluster/tokens/zed y", "alice")
	w.build(t)
	w.users("x cluster/tokens/zed y", "alice", "zed")
	if got := actionsOf(w.build(t), "cluster/tokens/zed"); !slices.Equal(got, []Action{Issued}) {
		t.Errorf("did %v", got)
	}
}

// TestCredentialsRefused: a lost token would lock its user out unnoticed, and a locked build moves nothing.
func TestCredentialsRefused(t *testing.T) {
	w := newWorld(t)
	w.users("ops", "alice", "bob")
	w.build(t)
	w.users("ops", "alice")
	w.locked = true
	if _, list := w.issue(t); !strings.Contains(describe(list), "cluster/tokens/bob would have to be retired") {
		t.Errorf("locked:\n%s", describe(list))
	}
	w.locked = false
	w.users("ops", "alice", "bob")
	delete(w.files, "cluster/tokens/alice.token.sops")
	if _, list := w.issue(t); !strings.Contains(describe(list), "cluster/tokens/alice is gone, but nodes have copies of it") || strings.Contains(describe(list), "tokens/bob is gone") {
		t.Errorf("lost:\n%s", describe(list))
	}
}
