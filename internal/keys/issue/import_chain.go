package issue

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
)

func selfIssued(o *candidate) bool { return bytes.Equal(o.cert.RawIssuer, o.cert.RawSubject) }

// signed reports whether an authority signed a certificate. SHA-1, which Go does not check any more, has the names alone to say so: what
// a cluster trusts by itself needs no signature.
func signed(by, cert *x509.Certificate) bool {
	err := cert.CheckSignatureFrom(by)
	var weak x509.InsecureAlgorithmError
	return err == nil || errors.As(err, &weak) && bytes.Equal(cert.RawIssuer, by.RawSubject)
}

// withoutAbove leaves the authority that signs for the cluster out of a chain: the others signed it, or one that did. Where a key is of
// one of these alone, nobody can tell, and all stay.
func (i *importer) withoutAbove(named []*candidate) []*candidate {
	above := func(o *candidate) bool {
		return slices.ContainsFunc(named, func(below *candidate) bool {
			return below != o && signed(o.cert, below.cert) && !selfIssued(below)
		})
	}
	signing := slices.DeleteFunc(slices.Clone(named), above)
	if len(named) < 2 || len(signing) != 1 || signing[0].key == nil && slices.ContainsFunc(named, func(o *candidate) bool { return o.key != nil }) {
		return named
	}
	for _, o := range named {
		if o != signing[0] {
			signing[0].above = append(signing[0].above, o.cert)
			i.tell(o, Unused, "", "it stands above "+diag.Escape(signing[0].cert.Subject.String())+", which signs for the cluster")
		}
	}
	return signing
}

// rootless refuses an authority that is not its own issuer where haproxy asks apiservers for their certificates: of a chain, it wants
// the root, and without it, it takes every apiserver for down. What is in Go takes any authority that it is told to trust.
func (i *importer) rootless(a *authority, o *candidate) bool {
	verifying := []string{cluster.HAProxy, cluster.Keepalived, cluster.NodeLocal}
	if selfIssued(o) || a.plan.ID != plan.KubernetesCA || !slices.Contains(verifying, i.balancer) {
		return false
	}
	chain := []string{o.cert.Subject.String()}
	for _, c := range o.above {
		chain = append(chain, c.Subject.String())
	}
	what := " holds an authority that another signed: " + diag.Escape(o.cert.Issuer.String())
	if len(o.above) > 0 {
		what = " is a chain (" + diag.Escape(strings.Join(chain, ", then ")) + ")"
	}
	i.fail(o.files[0], o.files[0]+what, "haproxy, which spreads connections here, wants the root as well, and trusts no part of a chain; the nodes trust one certificate",
		"set spec.loadBalancer.kind to one that does not check certificates (lvs, kube-vip, cloud or external), or rotate the cluster to an authority that is its own issuer first")
	i.tell(o, Unused, a.id, "haproxy would take every apiserver for down")
	return true
}
