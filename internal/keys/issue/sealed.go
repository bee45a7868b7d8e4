package issue

import (
	"fmt"
	"slices"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/layout"
)

// readSealed reads the sealed file and who can open it, and asks the policy who should.
func (r *assessor) readSealed(it *item, name string) {
	it.sealedName = name
	it.sealed = r.read(it, name)
	var err error
	if it.operators, err = r.recipients.RecipientsFor(layout.Secrets+name, nil); err != nil {
		it.refuse(err)
		return
	}
	it.planned = it.operators
	if len(it.node) > 0 {
		if it.planned, err = r.recipients.RecipientsFor(layout.Secrets+name, it.node); err != nil {
			it.refuse(err)
			return
		}
	}
	if it.sealed == nil {
		return
	}
	label, to, err := r.recipients.Read(it.sealed)
	if err != nil {
		it.fail(damaged(name, err.Error()))
		return
	}
	if label.ID != "" && label.ID != it.label() {
		it.fail(swapped(name, label.ID, it.label()))
		label.Public = "" // Whose key it is has been said.
	}
	it.said, it.listed = label, to
	it.sealedTo = slices.Concat(to, without(label.Recipients, to))
}

// relisted reports whether somebody edited the list of its recipients.
func (it *item) relisted() bool { return it.said.Relisted(it.listed) }

// matches wants the sealed key to be that of a public key, or of a certificate's, which lies in the file of that name. A key
// that was sealed before labels said so is taken: opening it tells.
func (it *item) matches(public any, name, remedy string) {
	pin := certificate.Pin(public)
	if it.said.Public == "" || it.said.Public == pin {
		return
	}
	it.fail(diag.Diagnostic{
		Summary: fmt.Sprintf("%s%s and %s%s are halves of two pairs", layout.Secrets, name, layout.Secrets, it.sealedName),
		Detail:  fmt.Sprintf("the key does not belong to the first: that is of %s, and the key of %s; a merge does that", pin, diag.Escape(it.said.Public)),
		Hint:    "take both files from the same side of the merge: git checkout --ours, or --theirs, and both names" + remedy,
		Pos:     diag.Pos{File: layout.Secrets + it.sealedName},
	})
}

// swapped is about a sealed file that lies where another item's should.
func swapped(name, label, id string) diag.Diagnostic {
	return diag.Diagnostic{
		Summary: layout.Secrets + name + " is another secret's file",
		Detail:  "it is labelled " + diag.Quote(label) + ", not " + id,
		Hint:    "restore it from version control",
		Pos:     diag.Pos{File: layout.Secrets + name},
	}
}

// sealer opens and seals with the keys at hand. Whatever is sealed passes the gate.
type sealer struct{ *gatekeeper }

// seal replaces the item's sealed file.
func (r *sealer) seal(it *item, plain secret.Plain) bool {
	if !r.admit(it) {
		return false
	}
	sealed, err := r.in.Vault.Seal(layout.Secrets+it.sealedName, it.label(), plain, it.node)
	if err != nil {
		it.refuse(err)
		return false
	}
	it.written = append(it.written, file{it.sealedName, sealed})
	return true
}

// open opens the item's sealed file.
func (r *sealer) open(it *item) (secret.Plain, bool) {
	plain, err := r.in.Vault.Open(layout.Secrets+it.sealedName, it.label(), it.sealed)
	if err != nil {
		it.refuse(err)
		return secret.Plain{}, false
	}
	return plain, true
}
