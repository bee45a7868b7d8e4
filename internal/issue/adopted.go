package issue

import (
	"slices"
	"strings"
)

// adopted is the file ID.adopted of a certificate that came from another tool: the fingerprint of the certificate in the
// first line, and one line for each way in which it differs from what harender makes. These keep it from being replaced at
// once. Any other reason replaces it, and so does one of these after the spec or the recipe asked for something else.
type adopted struct {
	data        []byte
	differences []string
}

func (r *run) readAdopted(l *leaf) adopted {
	data := r.read(&l.item, l.id+".adopted")
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if lines[0] != fingerprint(l.cert.Raw) {
		return adopted{} // Of another certificate, which is gone.
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

// carryAdopted keeps the file for as long as its certificate, and retires it with it.
func (l *leaf) carryAdopted() {
	if l.action == Reissued {
		l.retireAdopted()
		return
	}
	l.present = append(l.present, file{l.id + ".adopted", l.adopted.data})
}

func (l *leaf) retireAdopted() {
	l.removed = l.id + ".adopted"
	l.retired = append(l.retired, file{retiredName(l.id, l.cert.SerialNumber, ".adopted"), l.adopted.data})
}
