package issue

import (
	"strings"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/layout"
)

// An authority whose certificate is here and whose key is not is one of two: it signs elsewhere, or its key was lost. Both look
// the same, and so the first is said in a file of its own, ID.elsewhere, which holds the hash of the authority's public key.
// An import of the certificate alone writes it, and an import of the key removes it.

// readElsewhere reads the file, and refuses what it cannot mean.
func (a *authority) readElsewhere(r *assessor) {
	name := a.id + layout.Elsewhere
	text := r.read(&a.item, name)
	if text == nil {
		return
	}
	a.present = append(a.present, file{name, text})
	a.away = strings.TrimSpace(string(text)) == certificate.Pin(a.cert.PublicKey)
	pos := diag.Pos{File: layout.Secrets + name}
	switch {
	case !a.away:
		a.fail(diag.Diagnostic{
			Summary: layout.Secrets + name + " is about another key than that of " + layout.Secrets + a.id + layout.Certificate, Detail: "it holds the hash of the public key whose other half is elsewhere",
			Hint: "restore both from version control; or remove it, and import the certificate again: harender certs import " + layout.Secrets + a.id + ".crt", Pos: pos,
		})
	case a.sealed != nil:
		a.fail(diag.Diagnostic{
			Summary: "the key of " + a.id + " is said to be elsewhere, and is here", Detail: "were it lost, nobody would notice",
			Hint: "remove " + layout.Secrets + name + "; or, if the key is not to be here, " + layout.Secrets + a.sealedName, Pos: pos,
		})
	}
}

// lostKey refuses an authority whose key is gone. One that another takes over needs it no more.
func (a *authority) lostKey() {
	if a.away || a.relieved {
		return
	}
	a.fail(diag.Diagnostic{
		Summary: "the key of " + a.id + " is gone",
		Detail:  "its certificate is here and trusted by every node, but nothing can be signed with it any more; and nothing says that the key is elsewhere",
		Hint: "restore " + layout.Secrets + a.sealedName + " from version control; if the key is kept elsewhere, say so: harender certs import " + layout.Secrets + a.id +
			".crt; if it is lost, replace the authority: " + a.plan.Rotating().Step("stage"),
		Pos: diag.Pos{File: layout.Secrets + a.sealedName},
	})
}

// keepElsewhere says that the key of an authority is not to be here, or no longer so.
func (i *importer) keepElsewhere(a *authority, away bool) {
	name := a.id + layout.Elsewhere
	there := i.read(&a.item, name) != nil
	switch {
	case away && !a.away:
		i.write(&a.item, name, []byte(certificate.Pin(a.cert.PublicKey)+"\n"))
	case !away && there:
		i.removed = append(i.removed, name)
	}
}
