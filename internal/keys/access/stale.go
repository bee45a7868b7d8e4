package access

import (
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/layout"
)

// StaleSecret is a secret below secrets/ that the spec does not ask for: it was replaced, or its node or duty left.
type StaleSecret struct {
	// ID is what it was, such as nodes/m1/apiserver.
	ID string
	// Node that it was of; empty for the cluster's.
	Node string
	// Kind is Retired, Departed or Unused.
	Kind Kind
	// Serial of its certificate, in hex; empty if it has none.
	Serial string
	// Replaced is when the next certificate of that ID was issued; zero if there is none. Sealed is when its key was sealed.
	Replaced, Sealed time.Time
	// Until is when its certificate ends; zero if it has none. Works: it does not end before now, and the authority that
	// signed it is trusted still.
	Until time.Time
	Works bool
	// Files from the repository's root, sorted, and the SHA-256 of their bytes in hex.
	Files []string
	Sums  []string
}

// Since is how long nothing needs it: since it was replaced or, where that is not known, since it was sealed at the latest.
func (r StaleSecret) Since() time.Time {
	if r.Replaced.IsZero() {
		return r.Sealed
	}
	return r.Replaced
}

// backdate is how long before it was issued a certificate begins.
const backdate = 5 * time.Minute

// StaleSecrets finds them, sorted by kind and file. What harender did not write is no relic: outside of retired/, that takes a sealed
// file with a label, which proves whose secret it is.
func StaleSecrets(p plan.Plan, secrets fs.FS, now time.Time) ([]StaleSecret, diag.List) {
	s := search{
		classes: classify(p), secrets: secrets, found: map[string]*StaleSecret{}, labelled: map[string]bool{},
		certs: map[string][]*x509.Certificate{}, ends: map[string]*x509.Certificate{},
	}
	if err := fs.WalkDir(secrets, ".", s.visit); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, diag.List{{Summary: "cannot read " + layout.Secrets, Detail: err.Error(), Pos: diag.Pos{File: layout.Secrets}}}
	}
	signers := trust(p, secrets)
	var out []StaleSecret
	for stem, r := range s.found {
		if r.Kind != Retired && !s.labelled[stem] {
			continue
		}
		if cert := s.ends[stem]; cert != nil {
			r.Serial, r.Until = cert.SerialNumber.Text(16), cert.NotAfter
			r.Works = now.Before(cert.NotAfter) && signers.signer(cert) != ""
			r.Replaced = successor(cert, s.certs[r.ID])
		}
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b StaleSecret) int {
		return cmp.Or(cmp.Compare(slices.Index(Kinds(), a.Kind), slices.Index(Kinds(), b.Kind)), cmp.Compare(a.Files[0], b.Files[0]))
	})
	return out, nil
}

// successor is when the certificate that followed was issued; zero if none did.
func successor(cert *x509.Certificate, all []*x509.Certificate) time.Time {
	var first time.Time
	for _, c := range all {
		if c.NotBefore.After(cert.NotBefore) && (first.IsZero() || c.NotBefore.Before(first)) {
			first = c.NotBefore
		}
	}
	if first.IsZero() {
		return first
	}
	return first.Add(backdate)
}

// search collects files by what they have in common: their path without the extension.
type search struct {
	classes
	secrets  fs.FS
	found    map[string]*StaleSecret
	labelled map[string]bool
	// certs are all of an ID, also the current one; ends are those of stale.
	certs map[string][]*x509.Certificate
	ends  map[string]*x509.Certificate
}

func (s *search) visit(name string, d fs.DirEntry, err error) error {
	if err != nil || !d.Type().IsRegular() {
		return err
	}
	part := layout.Parse(name).Extension
	if !slices.Contains(layout.Extensions(), part) {
		return nil
	}
	stem := strings.TrimSuffix(name, part)
	f := s.place(name)
	var cert *x509.Certificate
	if part == layout.Certificate {
		if cert, err = readCertificate(s.secrets, name); err == nil {
			s.certs[f.ID] = append(s.certs[f.ID], cert)
		}
	}
	if f.Kind.Current() || f.Kind == Other || f.Kind == Pending || f.Kind == Unused && f.Node == "" {
		return nil // A build retires the secrets of users who left.
	}
	text, err := bounded.ReadFile(s.secrets, name, bounded.File)
	if err != nil {
		return err
	}
	r := s.relic(stem, f)
	sum := sha256.Sum256(text)
	r.Files, r.Sums = append(r.Files, f.Path), append(r.Sums, hex.EncodeToString(sum[:]))
	if cert != nil {
		s.ends[stem] = cert
	}
	if strings.HasSuffix(part, layout.Sealed) {
		r.Sealed = vault.SealedAt(secret.Sealed(text))
		label, _, err := vault.Read(secret.Sealed(text))
		s.labelled[stem] = err == nil && label == f.ID
	}
	return nil
}

func (s *search) relic(stem string, f File) *StaleSecret {
	if s.found[stem] == nil {
		s.found[stem] = &StaleSecret{ID: f.ID, Node: f.Node, Kind: f.Kind}
	}
	return s.found[stem]
}
