// Package secret types key material, so that the compiler and the printer keep it from leaking.
package secret

import (
	"fmt"
	"slices"
)

// Plain is key material in the clear. It prints as REDACTED under every verb and in every encoding; only Reveal gives
// the bytes. They stay behind a function, because fmt asks no method of an unexported field or under %p, and prints
// what it finds.
type Plain struct{ reveal func() []byte }

const redacted = "REDACTED"

// NewPlain takes ownership of b.
func NewPlain(b []byte) Plain { return Plain{func() []byte { return b }} }

// Reveal gives the bytes themselves, for a signer, a sealer, or a file that the user asked for.
// The zero Plain has none.
func (p Plain) Reveal() []byte {
	if p.reveal == nil {
		return nil
	}
	return p.reveal()
}

// Wipe overwrites the bytes. Copies that the runtime or a library made stay.
func (p Plain) Wipe() { clear(p.Reveal()) }

// Format hides the bytes under every verb, those too that do not ask for a string, such as %d.
func (p Plain) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, redacted) }

// String hides the bytes.
func (p Plain) String() string { return redacted }

// GoString hides the bytes from printers that ask for Go syntax by themselves.
func (p Plain) GoString() string { return redacted }

// MarshalText hides the bytes in JSON, YAML and every other encoding that asks for text.
func (p Plain) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Sealed is a sops file of binary type.
type Sealed []byte

// Label is what a sealed file says of itself without a key, under the authentication code of its ciphertext. Files of older
// versions of harender have a part of it, and those of other programs none.
type Label struct {
	// ID says whose secret it is.
	ID string
	// Public is the hash of the public key of a private key, as a pin of the spec has it.
	Public string
	// Recipients are those to whom it was sealed, and nil where it does not say. The list in the file's metadata is under no
	// code: anybody can add a name there.
	Recipients []string
}

// Relisted reports whether the list of recipients in the metadata of a file is not the one that it was sealed with.
func (l Label) Relisted(listed []string) bool {
	return l.Recipients != nil && !slices.Equal(l.Recipients, listed)
}
