package cli_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// needles finds parts of secrets in any text: 16 bytes in a row as they are, or as much in another form. It knows each part by
// its first eight bytes.
type needles struct {
	byStart map[uint64][]needle
	known   map[string]bool
}

type needle struct {
	text string
	// whose secret, and in which form.
	whose, form string
}

func newNeedles() *needles {
	return &needles{byStart: map[uint64][]needle{}, known: map[string]bool{}}
}

// form is a way to write a secret: parts of it, of size bytes each, at every step.
type form struct {
	name       string
	text       string
	size, step int
}

// forms are all that a secret is looked for in. base64 knows three alignments, and what stands around a secret changes the
// characters at both ends; in a kubeconfig stands base64 of base64.
func forms(secret []byte) []form {
	lower := hex.EncodeToString(secret)
	out := []form{
		{"raw", string(secret), 16, 1},
		{"hex", lower, 32, 2},
		{"HEX", strings.ToUpper(lower), 32, 2},
		{"decimal", new(big.Int).SetBytes(secret).String(), 24, 1},
		{"%v", strings.Trim(fmt.Sprintf("%d", secret), "[]"), 40, 1},
	}
	for i, once := range aligned(secret, base64.StdEncoding) {
		out = append(out, form{fmt.Sprintf("base64+%d", i), once, 20, 1})
		for j, twice := range aligned([]byte(once), base64.StdEncoding) {
			out = append(out, form{fmt.Sprintf("base64+%d+%d", i, j), twice, 24, 1})
		}
	}
	for i, once := range aligned(secret, base64.URLEncoding) {
		out = append(out, form{fmt.Sprintf("base64url+%d", i), once, 20, 1})
	}
	return out
}

// aligned are the characters that depend on nothing but the secret, after 0, 1 and 2 other bytes.
func aligned(secret []byte, as *base64.Encoding) []string {
	var out []string
	for shift := range 3 {
		text := as.EncodeToString(append(make([]byte, shift), secret...))
		first, last := (shift*8+5)/6, (shift+len(secret))*8/6
		out = append(out, text[first:last])
	}
	return out
}

// add looks for the secret from now on.
func (n *needles) add(whose string, secret []byte) {
	if n.known[string(secret)] {
		return
	}
	n.known[string(secret)] = true
	for _, f := range forms(secret) {
		for i := 0; i+f.size <= len(f.text); i += f.step {
			text := f.text[i : i+f.size]
			at := binary.LittleEndian.Uint64([]byte(text))
			n.byStart[at] = append(n.byStart[at], needle{text, whose, f.name})
		}
	}
}

// in gives the first part of a secret in the text.
func (n *needles) in(text []byte) (found needle, at int) {
	for i := 0; i+8 <= len(text); i++ {
		for _, c := range n.byStart[binary.LittleEndian.Uint64(text[i:])] {
			if bytes.HasPrefix(text[i:], []byte(c.text)) {
				return c, i
			}
		}
	}
	return needle{}, -1
}

// secretParts are the numbers and texts of opened material that must not be seen: of a key what is private in it, and else
// every word that is long enough to be one.
func secretParts(t *testing.T, plain []byte) [][]byte {
	t.Helper()
	block, _ := pem.Decode(plain)
	if block == nil {
		var out [][]byte
		for _, word := range strings.FieldsFunc(string(plain), func(r rune) bool { return strings.ContainsRune(" \n,\"", r) }) {
			if raw, err := base64.StdEncoding.DecodeString(word); err == nil && len(raw) == 32 {
				out = append(out, raw)
			}
		}
		if len(out) == 0 { // A token or a password.
			out = append(out, []byte(strings.Split(strings.TrimSpace(string(plain)), ",")[0]))
		}
		return out
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		scalar, err := k.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return [][]byte{scalar}
	case *rsa.PrivateKey:
		return [][]byte{k.D.Bytes(), k.Primes[0].Bytes(), k.Primes[1].Bytes()}
	case ed25519.PrivateKey:
		return [][]byte{k.Seed()}
	}
	t.Fatalf("a key of %T", key)
	return nil
}

// TestNeedles plants a secret in each form, and at each place in a line.
func TestNeedles(t *testing.T) {
	source := rand.NewChaCha8([32]byte{1})
	for round := range 50 {
		scalar := make([]byte, 32)
		_, _ = source.Read(scalar) // Never fails.
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		sec1, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
		around := bytes.Repeat([]byte{'x'}, round)
		n := newNeedles()
		n.add("it", scalar)
		asJSON, err := json.Marshal(map[string]any{"key": text, "text": string(text)})
		if err != nil {
			t.Fatal(err)
		}
		for name, planted := range map[string][]byte{
			"PEM": text, "SEC 1": pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1}), "DER": der, "raw": scalar,
			"half": scalar[8:24], "JSON": asJSON, "decimal": []byte(key.D.String()), //nolint:staticcheck // how fmt prints it
			"%v": fmt.Append(nil, scalar), "%d": fmt.Appendf(nil, "%d", scalar), "%x": fmt.Appendf(nil, "%x", der), "%X": fmt.Appendf(nil, "%X", der),
			"%q of PEM": fmt.Appendf(nil, "%q", text), "base64 of PEM": encoded(around[:round%3], text), "base64 of DER": encoded(around[:round%3], der),
			"base64url": []byte(base64.RawURLEncoding.EncodeToString(append(around[:round%3:round%3], scalar...))),
		} {
			hay := slices.Concat(around, planted, around)
			if _, at := n.in(hay); at < 0 {
				t.Errorf("round %d: %s is not found in %q", round, name, hay)
			}
		}
		for name, harmless := range map[string][]byte{
			"public": key.X.Bytes(), "15 bytes": scalar[:15], "none": around,
		} {
			if c, at := n.in(harmless); at >= 0 {
				t.Errorf("round %d: %s is taken for a secret in the form %s", round, name, c.form)
			}
		}
	}
}

func encoded(before, text []byte) []byte {
	return []byte(base64.StdEncoding.EncodeToString(slices.Concat(before, text)))
}
