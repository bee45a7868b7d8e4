// Package sums is the list of what harender keeps below secrets/: a file of the format that sha256sum -c takes.
//
// It finds what was changed, lost or added by accident, without any key and also where nothing else is known of a file: in
// retired/, and of nodes that left. It proves no origin, as anyone who changes a file can change the list.
package sums

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// Name of the list below secrets/.
const Name = "SHA256SUMS"

// Pins is the file below secrets/ that says which authorities and secrets are the cluster's own.
const Pins = "pins.json"

// Sums are SHA-256 in lower case hex, by slash path below secrets/.
type Sums map[string]string

// Of gives the SHA-256 of a file's bytes in lower case hex.
func Of(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Ours reports whether harender writes files of such a path below secrets/. Recipes and whatever else lies there are their
// users'.
func Ours(name string) bool {
	if strings.HasPrefix(name, "csr/") || strings.ContainsAny(name, "\\\r\n") {
		return false
	}
	return name == Pins || path.Ext(name) == layout.Sealed || slices.Contains(layout.Extensions(), path.Ext(name))
}

// Encode gives the list's bytes, sorted by path.
func (s Sums) Encode() []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(s)) {
		b.WriteString(s[name] + "  " + name + "\n")
	}
	return b.Bytes()
}

// Parse reads a list. It takes nothing that Encode could not have written.
func Parse(text []byte) (Sums, error) {
	s := Sums{}
	n := 0
	if diag.Conflict(text) > 0 {
		return nil, diag.ErrConflict
	}
	for line := range strings.Lines(string(text)) {
		n++
		sum, name, found := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if raw, err := hex.DecodeString(sum); err != nil || !found || len(raw) != sha256.Size || !Ours(name) {
			return nil, fmt.Errorf("line %d is not a SHA-256, two blanks and a path", n)
		}
		s[name] = strings.ToLower(sum)
	}
	if !bytes.Equal(s.Encode(), text) {
		return nil, fmt.Errorf("its lines are not sorted, or a path stands twice")
	}
	return s, nil
}
