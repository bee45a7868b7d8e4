// Package work lists what one first build of harender brings about, so that other programs can do the same amount of it:
// directories, files of these sizes, keys, certificates and sealed files.
package work

import (
	"bufio"
	"crypto/x509"
	"encoding/gob"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// List is the work of a build. Paths are slash paths from the repository.
type List struct {
	// Dirs has every directory after its parent.
	Dirs []string
	// Certificates has every authority before what it signs.
	Certificates []Certificate
	Sealed       []Sealed
	Plain        []Plain
	Copies       []Copy
}

// Certificate is a new key pair with a certificate, stored as Path.crt and, sealed, Path.key.sops.
type Certificate struct {
	Path string
	// Authority is the Path of the issuer, or empty for an authority.
	Authority    string
	CommonName   string
	Organization []string
	DNSNames     []string
	IPAddresses  []net.IP
	KeyUsage     x509.KeyUsage
	ExtKeyUsage  []x509.ExtKeyUsage
	Validity     time.Duration
	Recipients   []string
}

// Sealed is a sealed file with a plaintext of that size, in bytes, which is no certificate's key.
type Sealed struct {
	Path       string
	Size       int
	Recipients []string
}

// Plain is a file of that size, in bytes, whose content does not matter.
type Plain struct {
	Path string
	Size int
}

// Copy is a file with the bytes of another one.
type Copy struct{ Path, Of string }

// Write stores the list for [Read], in a form that costs little to read.
func Write(name string, l List) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(f)
	if err := errors.Join(gob.NewEncoder(out).Encode(l), out.Flush(), f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// Read gives back what [Write] stored.
func Read(name string) (l List, err error) {
	f, err := os.Open(name)
	if err != nil {
		return List{}, err
	}
	defer func() { _ = f.Close() }()
	if err := gob.NewDecoder(bufio.NewReader(f)).Decode(&l); err != nil {
		return List{}, fmt.Errorf("reading %s: %w", name, err)
	}
	return l, nil
}
