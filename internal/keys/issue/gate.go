package issue

import (
	"maps"
	"path"
	"slices"
	"sync"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/layout"
)

// gatekeeper admits those to whom something is sealed.
type gatekeeper struct {
	*holdings
	*pinning
	in   Inputs
	gate *gate
}

// gate knows who may open what is to be sealed.
//
// The list of recipients in a sealed file is under no code, and anyone who knows the recipients can seal a file with a label of
// their own. So a file vouches for a recipient by its label alone, and only if it opens, its code holds, and it holds what
// somebody else could not have put there. What is sealed again is for those of its own label. A new secret is for those of
// the files that are nearest to it: nobody gains a secret by what they may have written themselves.
type gate struct {
	// founding: nothing was ever sealed here. Young: authorities alone were, as by an import, and there is nothing yet that
	// nodes share.
	founding, young bool
	// cluster are the authorities and the cluster's own secrets, by ID; leaves are the certificates' keys, by node.
	cluster map[string][]*voucher
	leaves  map[string][]*voucher
	copies  map[string]*sealedCopy
	byID    map[string]*leaf
	// weighty are the keys of all certificates that no worker has.
	weighty []*voucher
	// heavy are the nodes that have more than workers have.
	heavy map[string]bool
}

// voucher is a sealed file as a witness of who could open secrets before.
type voucher struct {
	*item
	// from is the node, or the ID of what belongs to the cluster.
	from string
	leaf *leaf
	// firm: it has a public half, or is pinned, so that nobody else's can lie there unseen.
	firm bool
	// genuine opens the file, and sees whether it holds what it should.
	genuine func() bool
}

// says reports whether the recipient is one of those that the file is good for, if it is genuine. Without a key, what its
// list says has to do.
func (it *item) says(who string, keyless bool) bool {
	return slices.Contains(it.said.Recipients, who) || keyless && slices.Contains(it.sealedTo, who)
}

// vouches reports whether the file proves that the recipient could open it.
func (v *voucher) vouches(who string, keyless bool) bool {
	return v.says(who, keyless) && (keyless || v.genuine())
}

func (r *gatekeeper) newGate() *gate {
	g := &gate{
		founding: true, young: true, cluster: map[string][]*voucher{}, leaves: map[string][]*voucher{}, copies: map[string]*sealedCopy{},
		byID: map[string]*leaf{}, heavy: map[string]bool{},
	}
	for _, it := range r.items() {
		g.founding = g.founding && it.sealed == nil
		g.young = g.young && (it.sealed == nil || r.byID[it.label()] != nil)
	}
	r.vouchOfCluster(g)
	r.vouchOfNodes(g)
	return g
}

func (r *gatekeeper) vouchOfCluster(g *gate) {
	for _, a := range r.everyAuthority() {
		if a.cert != nil && a.sealed != nil {
			g.vouch(&a.item, true, func() bool { return r.provesPair(&a.item, a.cert.PublicKey) })
		}
	}
	for _, s := range r.everySecret() {
		if s.sealed != nil {
			g.vouch(&s.item, s.public != nil || r.pinnedAt(s.plan.ID), func() bool { return r.provesSecret(s) })
		}
	}
}

func (r *gatekeeper) vouchOfNodes(g *gate) {
	for _, l := range r.leaves {
		g.byID[l.id] = l
		node := layout.NodeOf(l.id)
		g.heavy[node] = g.heavy[node] || heavy(l.plan)
		if l.cert != nil && l.sealed != nil && l.ca != nil {
			genuine := sync.OnceValue(func() bool { return l.ca.signed(l.cert) && r.provesPair(&l.item, l.cert.PublicKey) })
			v := &voucher{&l.item, node, l, true, genuine}
			g.leaves[node] = append(g.leaves[node], v)
			if heavy(l.plan) {
				g.weighty = append(g.weighty, v)
			}
		}
	}
	for _, c := range r.copies {
		g.copies[c.id], g.heavy[layout.NodeOf(c.id)] = c, true
	}
}

func (g *gate) vouch(it *item, firm bool, genuine func() bool) {
	g.cluster[it.label()] = append(g.cluster[it.label()], &voucher{it, it.label(), nil, firm, sync.OnceValue(genuine)})
}

// heavy are the certificates that no worker has. What a worker's key can write vouches for none of them.
func heavy(c plan.Certificate) bool {
	return !slices.Contains([]string{"kubelet-client", "kubelet-server", "kube-proxy"}, path.Base(c.ID))
}

// newcomers are those to whom the item would be sealed, and who could open nothing before that vouches for them. Claimed
// are those among them whom some file names that should prove it, and does not.
func (r *gatekeeper) newcomers(it *item, keyless bool) (strangers, claimed []string) {
	if r.in.AcceptRecipients || r.gate.founding {
		return nil, nil
	}
	for _, who := range it.intended(r.gate) {
		known, named := r.gate.knows(it, who, keyless)
		if known {
			continue
		}
		strangers = append(strangers, who)
		if named {
			claimed = append(claimed, who)
		}
	}
	return strangers, claimed
}

// intended are the recipients to be judged. A worker that is new brings its own key, and gets nothing that exists; nor do the
// nodes of a cluster that is to be.
func (it *item) intended(g *gate) []string {
	node := layout.NodeOf(it.id)
	if worker := !g.heavy[node] && len(g.leaves[node]) == 0; node != "" && it.sealed == nil && (worker || g.young) {
		return it.operators
	}
	return it.planned
}

// knows reports whether something vouches for the recipient of an item; and whether a file names it that could.
func (g *gate) knows(it *item, who string, keyless bool) (known, named bool) {
	vouches := func(v *voucher) bool { return v.vouches(who, keyless) }
	if it.action == Resealed && g.copies[it.id] == nil { // Its own label holds, or it does not open.
		own := it.says(who, keyless) && (!g.loose(it) || several(g.firm(), vouches))
		return own, slices.Contains(it.sealedTo, who)
	}
	near := g.near(it)
	if g.gainless(it, who, keyless) || slices.ContainsFunc(near, vouches) {
		return true, true
	}
	others := g.others(it)
	if several(others, vouches) {
		return true, true
	}
	names := func(v *voucher) bool { return slices.Contains(v.sealedTo, who) }
	return false, slices.ContainsFunc(near, names) || slices.ContainsFunc(others, names)
}

// gainless reports whether the recipient opens what the item is made of, and so gains nothing by it. Who is to open what is made
// now was judged there.
func (g *gate) gainless(it *item, who string, keyless bool) bool {
	if c := g.copies[it.id]; c != nil {
		return !slices.ContainsFunc(c.sources, func(s *generated) bool { return !g.opens(s, who, keyless) })
	}
	l := g.byID[it.id]
	return l != nil && l.ca != nil && l.ca.action == Issued && slices.Contains(l.ca.planned, who)
}

// opens reports whether the recipient opens a secret, as it is or as it will be.
func (g *gate) opens(s *generated, who string, keyless bool) bool {
	if s.sealed == nil {
		return slices.Contains(s.planned, who)
	}
	return slices.ContainsFunc(g.cluster[s.label()], func(v *voucher) bool {
		return v.item == &s.item && v.firm && v.vouches(who, keyless)
	})
}

// several wants two places that vouch, or the only one there is: who holds one place can have written what lies there.
func several(all []*voucher, vouches func(*voucher) bool) bool {
	places, vouching := map[string]bool{}, map[string]bool{}
	for _, v := range all {
		places[v.from] = true
		if !vouching[v.from] && vouches(v) {
			vouching[v.from] = true
		}
		if len(vouching) > 1 {
			return true
		}
	}
	return len(vouching) == 1 && len(places) == 1
}

// near are the files each of which vouches for the recipients of a new secret.
func (g *gate) near(it *item) []*voucher {
	if l := g.byID[it.id]; l != nil {
		return g.nearLeaf(l)
	}
	if g.copies[it.id] != nil {
		return slices.DeleteFunc(slices.Clone(g.leaves[layout.NodeOf(it.id)]), func(v *voucher) bool { return !heavy(v.leaf.plan) })
	}
	return g.cluster[it.label()]
}

// others are the files of which it takes several, where none of the near ones vouches.
func (g *gate) others(it *item) []*voucher {
	if l := g.byID[it.id]; l != nil {
		return g.otherLeaves(l)
	}
	if g.copies[it.id] == nil && len(g.cluster[it.label()]) > 0 {
		return nil
	}
	firm := g.firm()
	if len(firm) == 0 && g.copies[it.id] == nil {
		return g.weighty // The authorities' keys are elsewhere, and this is the first that nodes share.
	}
	return firm
}

// loose: nothing says that it is a secret of the cluster's own and not another's.
func (g *gate) loose(it *item) bool {
	return slices.ContainsFunc(g.cluster[it.label()], func(v *voucher) bool { return v.item == it && !v.firm })
}

// firm are the cluster's own secrets in whose place nobody else's can lie unseen.
func (g *gate) firm() []*voucher {
	var out []*voucher
	for _, id := range slices.Sorted(maps.Keys(g.cluster)) {
		out = append(out, slices.DeleteFunc(slices.Clone(g.cluster[id]), func(v *voucher) bool { return !v.firm })...)
	}
	return out
}

// nearLeaf are the keys of the authority, of the certificates that no worker has and, for what workers have, the node's own.
func (g *gate) nearLeaf(l *leaf) []*voucher {
	var near []*voucher
	if l.ca != nil {
		near = append(near, g.cluster[l.ca.label()]...)
	}
	near = append(near, g.weighty...)
	if !heavy(l.plan) {
		near = append(near, g.leaves[layout.NodeOf(l.id)]...)
	}
	return near
}

// otherLeaves are those of the other workers, for what workers have.
func (g *gate) otherLeaves(l *leaf) []*voucher {
	if heavy(l.plan) {
		return nil
	}
	var out []*voucher
	for _, name := range slices.Sorted(maps.Keys(g.leaves)) {
		for _, v := range g.leaves[name] {
			if name != layout.NodeOf(l.id) && !heavy(v.leaf.plan) {
				out = append(out, v)
			}
		}
	}
	return out
}
