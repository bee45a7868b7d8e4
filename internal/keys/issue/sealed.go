package issue

import (
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/secret"
)

// readSealed reads the sealed file and who can open it, and asks the policy who should.
func (r *run) readSealed(it *item, name string) {
	it.sealedName = name
	it.sealed = r.read(it, name)
	var err error
	if it.operators, err = r.in.Vault.Planned(Folder+name, nil); err != nil {
		it.refuse(err)
		return
	}
	it.planned = it.operators
	if len(it.node) > 0 {
		if it.planned, err = r.in.Vault.Planned(Folder+name, it.node); err != nil {
			it.refuse(err)
			return
		}
	}
	if it.sealed == nil {
		return
	}
	label, to, err := r.in.Vault.Read(it.sealed)
	if err != nil {
		it.fail(damaged(name, err.Error()))
		return
	}
	if label != "" && label != it.label() {
		it.fail(swapped(name, label, it.label()))
	}
	it.sealedTo = to
}

// swapped is about a sealed file that lies where another item's should.
func swapped(name, label, id string) diag.Diagnostic {
	return diag.Diagnostic{
		Summary: Folder + name + " is another secret's file",
		Detail:  "it is labelled " + diag.Quote(label) + ", not " + id,
		Hint:    "restore it from version control",
		Pos:     diag.Pos{File: Folder + name},
	}
}

// seal replaces the item's sealed file.
func (r *run) seal(it *item, plain secret.Plain) bool {
	sealed, err := r.in.Vault.Seal(Folder+it.sealedName, it.label(), plain, it.node)
	if err != nil {
		it.refuse(err)
		return false
	}
	it.written = append(it.written, file{it.sealedName, sealed})
	return true
}

// open opens the item's sealed file.
func (r *run) open(it *item) (secret.Plain, bool) {
	plain, err := r.in.Vault.Open(Folder+it.sealedName, it.label(), it.sealed)
	if err != nil {
		it.refuse(err)
		return secret.Plain{}, false
	}
	return plain, true
}
