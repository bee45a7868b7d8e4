package issue

import (
	"crypto"
	"crypto/ed25519"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/adopt"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/layout"
)

// takeAuthority takes the certificate and, if it is there, the key. Without its key, certificates are signed elsewhere.
func (i *importer) takeAuthority(a *authority) {
	o := i.authorityOffer(a)
	if o == nil {
		return
	}
	files := strings.Join(o.files, " and ")
	if a.cert != nil && !a.cert.Equal(o.cert) {
		i.occupied(a.id, a.id+layout.Certificate, "to replace an authority of a running cluster, rotate it; for a new repository, remove "+layout.Secrets+" first", o.files)
		return
	}
	if l := i.unfitAuthority(a, o); l.HasErrors() {
		i.list = append(i.list, l...)
		return
	}
	if i.rootless(a, o) {
		return
	}
	why := i.putAuthority(a, o)
	i.given[keyPrint(o)] = a.id
	if !selfIssued(o) {
		i.list = append(i.list, diag.Diagnostic{
			Severity: diag.Warning, Summary: files + " is not its own issuer: " + diag.Escape(o.cert.Issuer.String()),
			Detail: "Kubernetes and etcd trust it all the same; other programs may want the root", Pos: diag.Pos{File: o.files[0]},
		})
	}
	action := Imported
	if len(a.written) == 0 {
		action = Present
	} else {
		i.touched = append(i.touched, &a.item)
	}
	i.tell(o, action, a.id, why...)
}

// takeNext stages an authority that is to take the place of the one in use, as a step of a rotation would make it.
func (i *importer) takeNext(a *authority) {
	id := a.plan.ID + layout.NextSlot
	if !slices.ContainsFunc(i.offers, func(o *candidate) bool { return o.called(path.Base(id)) }) {
		return
	}
	next := a.other
	if next == nil {
		next = &authority{item: item{id: id, slot: layout.NextSlot, action: Issued}, plan: a.plan, template: a.template}
		i.readSealed(&next.item, id+layout.Key)
	}
	if a.cert == nil || next.id != id {
		i.fail(layout.Secrets+a.plan.ID+layout.Certificate, "nothing can be staged to follow "+a.plan.ID, "it is not there, or a rotation of it is under way", "take the steps one by one: "+a.plan.Rotating().Command())
		return
	}
	if i.takeAuthority(next); next.cert != nil {
		a.other = next
	}
}

// authorityOffer is the one certificate that is offered for the authority; or the key, for one that is there already.
func (i *importer) authorityOffer(a *authority) *candidate {
	role := path.Base(a.id)
	var named []*candidate
	for _, o := range i.offers {
		if o.called(role) {
			o.settled = true
			named = append(named, o)
		}
	}
	if len(named) == 0 && a.cert != nil {
		for _, k := range i.found.Keys {
			if pki.SamePublic(k.Signer, a.cert.PublicKey) {
				named = append(named, &candidate{cert: a.cert, key: k.Signer, files: []string{k.File}})
				break
			}
		}
	}
	named = i.withoutAbove(named)
	if len(named) > 1 {
		i.fail(named[1].files[0], fmt.Sprintf("%s and %s hold different certificates of the %s", named[0].files[0], named[1].files[0], role),
			"one of them can be the cluster's", "import them without the one that is not in use")
		return nil
	}
	for _, k := range i.found.Keys {
		switch {
		case adopt.Role(k.File) != role:
		case len(named) == 0:
			i.fail(k.File, k.File+" has the key of an authority, but its certificate is not there", "", "import it together with "+role+".crt or ca.crt")
		case !pki.SamePublic(k.Signer, named[0].cert.PublicKey):
			i.fail(k.File, k.File+" is not the key of "+named[0].files[0], "", "take both from one host")
			return nil
		}
	}
	if len(named) == 0 {
		return nil
	}
	return named[0]
}

// unfitAuthority judges a certificate as a build will. Its warnings are left to the build.
func (i *importer) unfitAuthority(a *authority, o *candidate) diag.List {
	candidate := *a
	candidate.cert = o.cert
	found := candidate.faults(o.files[0], i.in.Now, 0)
	if why := weak(o.cert.PublicKey); why != "" {
		found = append(found, diag.Diagnostic{Summary: o.files[0] + " cannot be used: " + why, Hint: "give the cluster another authority first"})
	}
	for n := range found {
		found[n].Pos = diag.Pos{File: o.files[0]}
	}
	judge := i.unlisted
	if a.slot == layout.NextSlot {
		judge = i.disallowed // The record gets its pin by this import.
	}
	found = append(found, unallowed(judge(a.plan.ID, "", certificate.Pin(o.cert.PublicKey)), o.files[0])...)
	return slices.DeleteFunc(found, func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
}

// unallowed tells of a file that is offered what pins say of it, as the next build would.
func unallowed(found diag.List, file string) diag.List {
	for n := range found {
		found[n].Summary, found[n].Pos = file+" is not pinned", diag.Pos{File: file} // By the spec, or by the record.
		found[n].Hint = "find out which one is the cluster's; if it is this one, pin it"
	}
	return found
}

func (i *importer) putAuthority(a *authority, o *candidate) (why []string) {
	if a.cert == nil {
		a.cert = o.cert
		i.write(&a.item, a.id+layout.Certificate, pki.EncodeCertificate(o.cert))
		why = a.differs()
		i.excuse(&a.item, o.cert.Raw, why)
	}
	switch {
	case a.sealed != nil:
	case o.key != nil:
		i.put(&a.item, o.key)
		i.keepElsewhere(a, false)
	default:
		i.keepElsewhere(a, true)
		why = append(why, "without its key: what it has to sign is requested by harender certs csr")
	}
	return why
}

func (i *importer) takeGenerated(g *generated) {
	switch g.plan.Kind {
	case plan.ServiceAccountKey:
		i.takeServiceAccount(g)
	case plan.EncryptionConfig, plan.LegacyEncryptionConfig:
		i.takeEncryption(g)
	}
}

func (i *importer) takeServiceAccount(g *generated) {
	key, files := i.serviceAccountKey()
	if key == nil {
		return
	}
	held, fault := i.heldPublic(g)
	if fault {
		return
	}
	switch {
	case held != nil && !pki.SamePublic(key, held), held == nil && g.sealed != nil:
		i.occupied(g.id, g.sealedName, "tokens of a running cluster are checked with it; for a new repository, remove "+layout.Secrets+" first", files)
		return
	case held != nil && g.sealed != nil:
		i.taken = append(i.taken, Outcome{Files: files, ID: g.id, Action: Present})
		return
	}
	if l := unallowed(i.unlisted(g.plan.ID, "", certificate.Pin(key.Public())), files[0]); l.HasErrors() {
		i.list = append(i.list, l...)
		return
	}
	public, err := pki.MarshalPublic(key)
	if err != nil || !i.put(&g.item, key) {
		return
	}
	if held == nil {
		i.write(&g.item, g.id+layout.PublicKey, public)
	}
	differences := keyDifference(key.Public(), i.templates.Template(g.plan.Recipe).Kind())
	i.excuse(&g.item, pki.PublicDER(key.Public()), differences)
	g.text, g.pin = public, pemPin(public)
	i.give(key.Public(), g.id)
	i.touched = append(i.touched, &g.item)
	i.taken = append(i.taken, Outcome{Files: files, ID: g.id, Action: Imported, Why: differences})
}

// serviceAccountKey is the one key in files of that name. A public key, or a certificate, of that name has to be of it.
func (i *importer) serviceAccountKey() (crypto.Signer, []string) {
	var key crypto.Signer
	var files []string
	for _, k := range i.found.Keys {
		if adopt.Role(k.File) != adopt.ServiceAccount {
			continue
		}
		if key != nil && !pki.SamePublic(k.Signer, key.Public()) {
			i.fail(k.File, files[0]+" and "+k.File+" are different keys", "all masters have one service account key", "import them without the one that is not in use")
			return nil, nil
		}
		key, files = k.Signer, append(files, k.File)
	}
	if key == nil {
		return nil, nil
	}
	if _, is := key.(ed25519.PrivateKey); is || weak(key.Public()) != "" {
		i.fail(files[0], "a service account key cannot be "+certificate.KeyOf(key.Public()), "kube-apiserver signs tokens with RSA and ECDSA keys", "")
		return nil, nil
	}
	for _, p := range i.found.Publics {
		if adopt.Role(p.File) == adopt.ServiceAccount && !pki.SamePublic(key, p.Key) {
			i.fail(p.File, p.File+" is not the public key of "+files[0], "", "take both from one host")
			return nil, nil
		}
	}
	for _, o := range i.offers {
		o.settled = o.settled || o.called(adopt.ServiceAccount) && pki.SamePublic(key, o.cert.PublicKey)
	}
	return key, files
}

// heldPublic is the public key that is there, if one is.
func (i *importer) heldPublic(g *generated) (key any, fault bool) {
	name := g.id + layout.PublicKey
	text := i.read(&g.item, name)
	if text == nil {
		return nil, false
	}
	key, err := pki.ParsePublic(text)
	if err != nil {
		i.list = append(i.list, damaged(name, err.Error()))
	}
	return key, err != nil
}

func (i *importer) takeEncryption(g *generated) {
	if len(i.found.Encryptions) == 0 {
		return
	}
	e := i.found.Encryptions[0]
	var files []string
	for _, other := range i.found.Encryptions {
		if !other.Equal(e.Text.Reveal()) {
			i.fail(other.File, e.File+" and "+other.File+" are different configurations of encryption", "all masters have one", "import them without the one that is not in use")
			return
		}
		files = append(files, other.File)
	}
	if g.plan.Kind == plan.LegacyEncryptionConfig && !e.Legacy {
		i.fail(e.File, "this version of Kubernetes reads an EncryptionConfig of v1", "EncryptionConfiguration came with 1.13", "write it in that form")
		return
	}
	switch {
	case g.sealed == nil:
		if l := unallowed(i.unlisted(g.plan.ID, "", commitment(g.plan.ID, e.Text)), e.File); l.HasErrors() {
			i.list = append(i.list, l...)
			return
		}
		if !i.putPlain(&g.item, e.Text) {
			return
		}
		i.touched = append(i.touched, &g.item)
		i.taken = append(i.taken, Outcome{Files: files, ID: g.id, Action: Imported})
	case i.sameText(g, e):
		i.taken = append(i.taken, Outcome{Files: files, ID: g.id, Action: Present})
	default:
		i.occupied(g.id, g.sealedName, "what is stored was encrypted with it; for a new repository, remove "+layout.Secrets+" first", files)
	}
}

// sameText opens what is there. Without a key for it, it counts as another.
func (i *importer) sameText(g *generated, e adopt.Encryption) bool {
	plain, err := i.in.Vault.Open(layout.Secrets+g.sealedName, g.id, g.sealed)
	if err != nil {
		return false
	}
	defer plain.Wipe()
	return e.Equal(plain.Reveal())
}
