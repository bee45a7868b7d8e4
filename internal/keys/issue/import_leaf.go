package issue

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/adopt"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/layout"
)

// takeLeaf finds the place of a certificate that is no authority's.
func (i *importer) takeLeaf(o *candidate) {
	if o.settled {
		return
	}
	q := i.requests[keyPrint(o)]
	switch {
	case o.cert.IsCA:
		i.tell(o, Unused, "", cmp.Or(adopt.Layout(o.files[0]), "an authority; one of the cluster's is known by the name kubernetes-ca.crt, etcd-ca.crt or front-proxy-ca.crt of its file"))
	case i.held(o) != nil:
		i.tell(o, Present, i.held(o).id)
	case q != nil:
		i.takeAnswer(q, o)
	case o.key == nil:
		i.tell(o, Unused, "", "its key is in none of the files")
	case i.given[keyPrint(o)] != "":
		i.tell(o, Unused, i.given[keyPrint(o)], "it has the same key as "+i.given[keyPrint(o)])
	case weak(o.cert.PublicKey) != "":
		i.tell(o, Unused, "", weak(o.cert.PublicKey))
	default:
		i.place(o)
	}
}

func keyPrint(o *candidate) string { return certificate.Pin(o.cert.PublicKey) }

// held is where the certificate lies already.
func (i *importer) held(o *candidate) *leaf {
	for _, l := range i.leaves {
		if l.cert != nil && l.cert.Equal(o.cert) {
			return l
		}
	}
	return nil
}

// place takes the certificate as the first of the planned ones that it can be and that has none yet.
func (i *importer) place(o *candidate) {
	all := i.meant(o)
	if len(all) == 0 {
		i.tell(o, Unused, "", "the plan has no certificates")
		return
	}
	fits := func(l *leaf) bool {
		return l.plan.CommonName == o.cert.Subject.CommonName && len(l.lacking(o.cert)) == 0
	}
	free := slices.IndexFunc(all, func(l *leaf) bool { return l.cert == nil && l.sealed == nil && fits(l) })
	if free >= 0 {
		if l := all[free]; i.put(&l.item, o.key) {
			i.install(l, o)
		}
		return
	}
	switch taken := slices.IndexFunc(all, fits); {
	case taken >= 0:
		i.tell(o, Unused, all[taken].id, "another one is there: it is not overwritten; move it to "+layout.Secrets+"retired/ if this one is to take its place")
	default:
		l := slices.MinFunc(all, func(a, b *leaf) int { return len(a.lacking(o.cert)) - len(b.lacking(o.cert)) })
		i.tell(o, Unused, l.id, l.lacking(o.cert)...)
	}
}

// meant are the planned certificates that it may be: of the node that a folder of its files is called after, if there is
// one, and those of its files' name, if there are any.
func (i *importer) meant(o *candidate) []*leaf {
	var out []*leaf
	for _, l := range i.leaves {
		if l.ca != nil && (i.node == "" || layout.NodeOf(l.id) == i.node) {
			out = append(out, l)
		}
	}
	for _, hint := range []func(l *leaf, file string) bool{
		func(l *leaf, file string) bool { return slices.Contains(strings.Split(file, "/"), layout.NodeOf(l.id)) },
		func(l *leaf, file string) bool { return adopt.Called(file, path.Base(l.id)) },
	} {
		hinted := slices.DeleteFunc(slices.Clone(out), func(l *leaf) bool {
			return !slices.ContainsFunc(o.files, func(file string) bool { return hint(l, file) })
		})
		if len(hinted) > 0 {
			out = hinted
		}
	}
	return out
}

// lacking are the reasons against a certificate, by the authority as it is now.
func (l *leaf) lacking(cert *x509.Certificate) []string { return l.want.by(l.ca.cert).lacks(cert) }

// install writes the certificate, beside a key that is sealed, and in which ways it is not what harender makes.
func (i *importer) install(l *leaf, o *candidate) {
	i.write(&l.item, l.id+layout.Certificate, pki.EncodeCertificate(o.cert))
	l.cert = o.cert
	differences := l.want.by(l.ca.cert).differs(o.cert)
	i.excuse(&l.item, o.cert.Raw, differences)
	i.given[keyPrint(o)] = l.id
	i.touched = append(i.touched, &l.item)
	i.tell(o, Imported, l.id, differences...)
}

// leaveRest tells of what nothing was made.
func (i *importer) leaveRest() {
	for _, k := range i.found.Keys {
		owned := slices.ContainsFunc(i.offers, func(o *candidate) bool { return o.key != nil && pki.SamePublic(k.Signer, o.cert.PublicKey) })
		told := slices.ContainsFunc(i.taken, func(t Outcome) bool { return slices.Contains(t.Files, k.File) })
		if !owned && !told && adopt.Role(k.File) == "" {
			i.taken = append(i.taken, Outcome{Files: []string{k.File}, Action: Unused, Why: []string{"a key that belongs to no certificate here"}})
		}
	}
	for _, p := range i.found.Publics {
		if !i.hasKey(p) && !i.list.HasErrors() {
			i.taken = append(i.taken, Outcome{Files: []string{p.File}, Action: Unused, Why: []string{"a public key without its private key"}})
		}
	}
	for _, u := range i.found.Unread {
		i.taken = append(i.taken, Outcome{Files: []string{u.File}, Action: Unused, Why: []string{u.Why}})
	}
}

func (i *importer) hasKey(p adopt.Public) bool {
	return slices.ContainsFunc(i.found.Keys, func(k adopt.Key) bool { return pki.SamePublic(k.Signer, p.Key) })
}

// refuseAnswer says why an answer is not what was asked for.
func (i *importer) refuseAnswer(l *leaf, o *candidate, why []string) {
	i.list = append(i.list, diag.Diagnostic{
		Summary: fmt.Sprintf("%s answers the request for %s, but is not what the plan asks for", o.files[0], l.id),
		Detail:  strings.Join(why, "; "),
		Hint:    "have " + layout.Secrets + requestName(l.id) + " signed again, with what it requests; after a change of the spec, run harender certs csr first",
		Pos:     diag.Pos{File: o.files[0]},
	})
	i.tell(o, Unused, l.id, why...)
}
