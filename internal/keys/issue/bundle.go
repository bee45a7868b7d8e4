package issue

import (
	"bytes"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/layout"
)

// bundles are what nodes trust: the certificates of each authority, and the public keys of service accounts, those in use
// first. kubeadm and others take the first of a file for the issuer of what lies beside it.
func (r *holdings) bundles() map[string][]byte {
	out := map[string][]byte{}
	for _, a := range r.authorities {
		var texts [][]byte
		for _, each := range a.trusted() {
			texts = append(texts, each.text)
		}
		out[plan.Bundle(a.plan.ID, layout.Certificate)] = lines(texts)
	}
	for _, g := range r.generated {
		if g.plan.Kind != plan.ServiceAccountKey {
			continue
		}
		var texts [][]byte
		for _, each := range g.accepted() {
			texts = append(texts, each.text)
		}
		out[plan.Bundle(g.plan.ID, layout.PublicKey)] = lines(texts)
	}
	return out
}

// lines puts texts one after the other, each with a line's end.
func lines(texts [][]byte) []byte {
	if len(texts) == 1 {
		return texts[0]
	}
	var out []byte
	for _, t := range texts {
		out = append(append(out, bytes.TrimRight(t, "\n")...), '\n')
	}
	return out
}
