package issue

import (
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/parallel"
)

// assessor compares the plan with secrets/. It is handed no key and nothing that opens a file: it reads certificates,
// labels and recipients, and asks whether a key at hand opens a file where that decides.
type assessor struct {
	*store
	*holdings
	in         terms
	templates  pki.Templates
	recipients Recipients
	// opens reports whether a key at hand opens the item's file.
	opens func(*item) bool
}

// assess decides what becomes of each item.
func (r *assessor) assess(p plan.Plan) {
	r.assessAuthorities(p)
	r.sources = make(map[string]*generated, len(p.Generated))
	for _, g := range p.Generated {
		made := r.assessGenerated(g, "")
		if slot := r.slots[g.ID]; slot != "" {
			made.other = r.assessGenerated(g, slot)
		}
		r.generated = append(r.generated, made)
		r.sources[g.ID] = made
	}
	r.leaves = make([]*leaf, len(p.Certificates))
	parallel.Each(len(r.leaves), func(i int) { r.leaves[i] = r.assessLeaf(p.Certificates[i]) })
	r.copies = make([]*sealedCopy, len(p.Copies))
	parallel.Each(len(r.copies), func(i int) { r.copies[i] = r.assessCopy(p.Copies[i]) })
	r.leavers = append(r.leavers, r.assessRemovedUsers()...)
}

// reviewer finds what is wrong with what was assessed as a whole, without any key.
type reviewer struct {
	*store
	*holdings
	*pinning
	in terms
}
