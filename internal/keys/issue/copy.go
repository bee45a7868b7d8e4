package issue

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/layout"
)

// sealedCopy is made of generated secrets, and sealed for one node. ID.source beside it holds the SHA-256 of each sealed file
// that it was made of, with the fields of its row, so that anybody can report whether it is stale.
type sealedCopy struct {
	item
	plan    plan.Copy
	sources []*generated
	// origin is the content of ID.source as it is.
	origin []byte
}

func (r *assessor) assessCopy(c plan.Copy) *sealedCopy {
	out := &sealedCopy{item: item{id: c.ID, field: c.Field, node: c.Recipients, action: Kept}, plan: c}
	for _, id := range sourceIDs(c) {
		g := r.sources[id]
		if g == nil {
			out.fail(diag.Diagnostic{Summary: c.ID + ": there is no secret " + id, Field: c.Field})
			return out
		}
		out.sources = append(out.sources, g)
		if out.merged() && g.other != nil {
			out.sources = append(out.sources, g.other)
		}
	}
	r.readSealed(&out.item, c.ID+out.extension())
	out.origin = r.read(&out.item, c.ID+layout.Source)
	if out.findings.HasErrors() {
		return out
	}
	out.decide(r)
	return out
}

// merged reports whether the copy is one of several configurations. Other copies are of what is in use alone.
func (c *sealedCopy) merged() bool {
	return len(c.plan.Rows) == 0 && mergeable(c.sources[0].plan.Kind)
}

func sourceIDs(c plan.Copy) []string {
	if len(c.Rows) == 0 {
		return []string{c.Source}
	}
	var out []string
	for _, row := range c.Rows {
		out = append(out, row.Source)
	}
	return out
}

func (c *sealedCopy) extension() string {
	if len(c.plan.Rows) > 0 {
		return layout.Table
	}
	return extension(c.sources[0].plan.Kind)
}

func (c *sealedCopy) decide(r *assessor) {
	if c.sealed == nil {
		c.due(Issued, "it does not exist")
		return
	}
	added, removed := r.recipientReasons(&c.item, c.sources...)
	if len(added)+len(removed) > 0 {
		c.due(Resealed, slices.Concat(added, removed)...)
	}
	fresh := slices.ContainsFunc(c.sources, func(g *generated) bool { return g.fresh })
	switch {
	case c.origin == nil:
		c.due(Resealed, "its source is not known")
	case fresh || strings.TrimSpace(string(c.origin)) != strings.TrimSpace(c.provenance()):
		c.due(Resealed, "its source changed")
	}
	if public := c.sources[0].public; c.action == Kept && public != nil {
		c.matches(public, c.sources[0].id+layout.PublicKey, "; or remove the second, and run harender build")
	}
	if c.action == Kept {
		c.present = []file{{c.sealedName, c.sealed}, {c.id + layout.Source, c.origin}}
	}
}

// provenance is the content of ID.source for the sources as they are or, once they are made, as they will be.
func (c *sealedCopy) provenance() string {
	var b strings.Builder
	for i, g := range c.sources {
		sealed := []byte(g.sealed)
		if g.fresh && len(g.written) > 0 {
			sealed = g.written[0].data
		}
		b.WriteString(fingerprint(sealed))
		if len(c.plan.Rows) > 0 {
			b.WriteString(" " + g.id + " " + Fields(c.plan.Rows[i]))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// madeOf reports whether the copy as it is was made of the secret.
func (c *sealedCopy) madeOf(g *generated) bool {
	if len(c.plan.Rows) == 0 {
		return c.sources[0] == g
	}
	_, made := c.sealedOf(g)
	return made
}

// sealedOf is the fingerprint of the sealed secret that a table has a row of.
func (c *sealedCopy) sealedOf(g *generated) (sum string, found bool) {
	for line := range strings.Lines(string(c.origin)) {
		if words := strings.Fields(line); len(words) > 1 && words[1] == g.id {
			return words[0], true
		}
	}
	return "", false
}

func fingerprint(sealed []byte) string {
	sum := sha256.Sum256(sealed)
	return hex.EncodeToString(sum[:])
}

// openSources opens the secrets that copies have to be made of, each once.
func (r *secretMaker) openSources() {
	for _, c := range r.copies {
		for _, g := range c.sources {
			if c.action != Kept && g.plain.Reveal() == nil && !g.findings.HasErrors() {
				r.openGenerated(g)
			}
		}
	}
}

func (r *secretMaker) makeCopy(c *sealedCopy) {
	plain, err := c.composed()
	if err != nil {
		c.refuse(err)
		return
	}
	defer plain.Wipe()
	if r.seal(&c.item, plain) {
		c.written = append(c.written, file{c.id + layout.Source, []byte(c.provenance())})
	}
}

// composed is the plaintext that the copy has to hold, of the opened sources.
func (c *sealedCopy) composed() (secret.Plain, error) {
	switch {
	case len(c.plan.Rows) > 0:
		return c.table(), nil
	case len(c.sources) > 1:
		return mergeEncryption(c.sources[0].plain, c.sources[1].plain)
	}
	return secret.NewPlain(bytes.Clone(c.sources[0].plain.Reveal())), nil
}

// table is a CSV file with the secret first in each row. Secrets need no quotes.
func (c *sealedCopy) table() secret.Plain {
	size := 0
	for i, g := range c.sources {
		size += len(g.plain.Reveal()) + len(","+Fields(c.plan.Rows[i])+"\n")
	}
	out := make([]byte, 0, size) // What append leaves behind would not be wiped.
	for i, g := range c.sources {
		out = append(out, g.plain.Reveal()...)
		out = append(out, ","+Fields(c.plan.Rows[i])+"\n"...)
	}
	return secret.NewPlain(out)
}

// Fields are the parts of a row that are no secret, quoted where they must be (RFC 4180).
func Fields(row plan.Row) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(row.Fields) // a strings.Builder takes whatever comes
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}
