package repository

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"slices"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/layout"
)

// sealedSums are the hashes of the sealed files of the cluster's own secrets and of its authorities' keys, by ID. The keys of
// leaves are not among them: their certificates say whether they are others.
func sealedSums(p plan.Plan, expected []issue.Expected, secrets fs.FS) map[string]string {
	own := map[string]bool{}
	for _, a := range p.Authorities {
		own[a.ID] = true
	}
	for _, g := range p.Generated {
		own[g.ID] = true
	}
	out := map[string]string{}
	for _, e := range expected {
		if !slices.ContainsFunc(layout.Slots(), func(slot string) bool { return own[strings.TrimSuffix(e.ID, slot)] }) || e.Sealed == "" {
			continue
		}
		if text, err := bounded.ReadFile(secrets, e.Sealed, bounded.File); err == nil {
			sum := sha256.Sum256(text)
			out[e.ID] = hex.EncodeToString(sum[:])
		}
	}
	return out
}
