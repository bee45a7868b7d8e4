package repository

import (
	"strings"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/layout"
)

// lostSecrets finds authorities and shared secrets that would be made again although the output was rendered with others:
// secrets/ was lost, and a build would replace the trust of a running cluster and the key of what it has stored.
func lostSecrets(root string, p plan.Plan, made issue.Result) diag.List {
	fresh := map[string]bool{}
	for _, e := range made.Events {
		if e.Action == issue.Issued && strings.HasPrefix(e.ID, layout.Cluster) {
			fresh[e.ID] = true
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	rendered, list, err := tree.Owned(root, Output)
	if err != nil || list.HasErrors() {
		return nil // Writing the output meets the same obstacle, and says so.
	}
	origin := map[string]string{}
	for _, c := range p.Copies {
		origin[c.ID] = c.Source
	}
	seen := map[string]bool{}
	for _, n := range p.Nodes {
		for _, m := range n.Material {
			id, _, _ := strings.Cut(m.Source, ".")
			if source, ok := origin[id]; ok {
				id = source
			}
			if !fresh[id] || seen[id] || !rendered[n.Cluster.Name+"/"+stored(m)] {
				continue
			}
			seen[id] = true
			list = append(list, diag.Diagnostic{
				Summary: secrets + "/" + id + " is gone, but " + Output + "/ was made with it",
				Detail:  "A new one would cut off a running cluster, or lose what it has stored.",
				Hint:    "restore " + secrets + "/ from version control; to start over with a new cluster, remove " + Output + "/ too",
				Pos:     diag.Pos{File: secrets + "/" + id},
			})
		}
	}
	return list
}

func stored(m plan.SecretFile) string {
	if m.Sealed {
		return m.Path + layout.Sealed
	}
	return m.Path
}
