package issue

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/plan"
)

// sealedCopy is a generated secret, sealed for one node. ID.source beside it holds the SHA-256 of the sealed file that
// it was made from, so that anybody can tell whether it is stale.
type sealedCopy struct {
	item
	source *generated
}

func (r *run) assessCopy(c plan.Copy) *sealedCopy {
	out := &sealedCopy{
		item:   item{id: c.ID, field: c.Field, node: c.Recipients, action: Kept},
		source: r.sources[c.Source],
	}
	if out.source == nil {
		out.fail(diag.Diagnostic{Summary: c.ID + ": there is no secret " + c.Source, Field: c.Field})
		return out
	}
	r.readSealed(&out.item, c.ID+extension(out.source.plan.Kind))
	origin := r.read(&out.item, c.ID+".source")
	if out.findings.HasErrors() {
		return out
	}
	out.decide(origin)
	return out
}

func (c *sealedCopy) decide(origin []byte) {
	if c.sealed == nil {
		c.due(Issued, "it does not exist")
		return
	}
	added, removed := c.recipientReasons()
	if len(added)+len(removed) > 0 {
		c.due(Resealed, slices.Concat(added, removed)...)
	}
	switch {
	case origin == nil:
		c.due(Resealed, "its source is not known")
	case c.source.fresh || strings.TrimSpace(string(origin)) != fingerprint(c.source.sealed):
		c.due(Resealed, "its source changed")
	}
	if c.action == Kept {
		c.present = []file{{c.sealedName, c.sealed}, {c.id + ".source", origin}}
	}
}

func fingerprint(sealed []byte) string {
	sum := sha256.Sum256(sealed)
	return hex.EncodeToString(sum[:])
}

// openSources opens the secrets that copies have to be made of, each once.
func (r *run) openSources() {
	for _, c := range r.copies {
		g := c.source
		if c.action == Kept || g.plain.Reveal() != nil || g.findings.HasErrors() {
			continue
		}
		r.openGenerated(g)
	}
}

func (r *run) makeCopy(c *sealedCopy) {
	if c.action == Kept || !r.seal(&c.item, c.source.plain) {
		return
	}
	now := []byte(c.source.sealed)
	if c.source.fresh {
		now = c.source.written[0].data
	}
	c.written = append(c.written, file{c.id + ".source", []byte(fingerprint(now) + "\n")})
}
