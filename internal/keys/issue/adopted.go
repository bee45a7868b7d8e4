package issue

import (
	"slices"
	"strings"

	"github.com/harender/harender/internal/layout"
)

// adopted is the file ID.adopted of a certificate that came from another tool: the fingerprint of the certificate in the
// first line, and one line for each way in which it differs from what harender makes. These keep it from being replaced at
// once. Any other reason replaces it, and so does one of these after the spec or the recipe asked for something else. Of an
// authority and a service account key, which no build replaces, it tells what needs no warning.
type adopted struct {
	data        []byte
	differences []string
}

// readAdopted reads the item's file, if it is of what is there: a certificate or a public key, in DER.
func (r *store) readAdopted(it *item, der []byte) adopted {
	data := r.read(it, it.id+layout.Adopted)
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if lines[0] != fingerprint(der) {
		return adopted{} // Of another, which is gone.
	}
	return adopted{data, lines[1:]}
}

// adoptedFile is the content of ID.adopted.
func adoptedFile(der []byte, differences []string) []byte {
	return []byte(strings.Join(slices.Concat([]string{fingerprint(der)}, differences), "\n") + "\n")
}

// reasons says in words why the certificate has to be replaced.
func (l *leaf) reasons(w wanted) []string {
	return slices.Concat(w.lacks(l.cert), without(w.differs(l.cert), l.adopted.differences))
}

// keepAdopted keeps the file for as long as its certificate, and retires it with it.
func (l *leaf) keepAdopted() {
	if l.adopted.data != nil && l.action == Reissued {
		l.retireAdopted()
		return
	}
	l.carryAdopted(l.adopted)
}

// carryAdopted keeps the file of what no build replaces.
func (it *item) carryAdopted(a adopted) {
	if a.data != nil {
		it.present = append(it.present, file{it.id + layout.Adopted, a.data})
	}
}

func (l *leaf) retireAdopted() {
	l.removed = l.id + layout.Adopted
	l.retired = append(l.retired, file{retiredName(l.id, l.cert.SerialNumber, layout.Adopted), l.adopted.data})
}
