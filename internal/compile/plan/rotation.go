package plan

import (
	"strings"

	"github.com/harender/harender/internal/layout"
)

// Public parts of what can be rotated, as extensions of its files below secrets/.
const (
	authorityPart = layout.Certificate
	publicPart    = layout.PublicKey
)

// Bundle is the source of what a node trusts: the certificates of an authority, or the public keys of service accounts.
// While a rotation is under way there are two, that in use first. It is made of the files below secrets/ and is none of
// them.
func Bundle(id, part string) string { return id + ".bundle" + part }

// Rotating is something of the cluster that is replaced in steps, old beside new.
type Rotating struct {
	// ID is that of an authority or of a generated secret.
	ID string
	// Parts are the extensions of its files below secrets/. The first is there whenever the others are.
	Parts []string
}

// Name is what users call it, such as etcd or service-account.
func (r Rotating) Name() string {
	return strings.TrimSuffix(strings.TrimPrefix(r.ID, layout.Cluster), "-ca")
}

// IsAuthority tells an authority from a key.
func (r Rotating) IsAuthority() bool { return r.Parts[0] == authorityPart }

// Command is how users rotate it, but for the phase.
func (r Rotating) Command() string {
	if r.IsAuthority() {
		return "harender certs rotate-ca " + r.Name()
	}
	return "harender certs rotate-key " + r.Name()
}

// Step is the command for one phase, such as promote. What is encrypted with a key that retires is lost, and so that takes
// a word more.
func (r Rotating) Step(phase string) string {
	step := r.Command() + " --" + phase
	if r.ID == encryption && phase == "retire" {
		return step + " --rewritten"
	}
	return step
}

// Rotating is the authority as something to rotate.
func (a Authority) Rotating() Rotating {
	return Rotating{a.ID, []string{authorityPart, layout.Adopted, layout.Elsewhere, layout.Key}}
}

// Rotating are the authorities and keys of the plan that can be rotated.
func (p Plan) Rotating() []Rotating {
	var out []Rotating
	for _, a := range p.Authorities {
		out = append(out, a.Rotating())
	}
	for _, g := range p.Generated {
		switch g.Kind {
		case ServiceAccountKey:
			out = append(out, Rotating{g.ID, []string{publicPart, layout.Adopted, layout.Key}})
		case EncryptionConfig, LegacyEncryptionConfig:
			out = append(out, Rotating{g.ID, []string{layout.Config}})
		}
	}
	return out
}

// MadeOf are the sources of material that a rotation changes: the bundle, what the authority signed, and copies of the key.
func (p Plan) MadeOf(of Rotating) map[string]bool {
	out := map[string]bool{Bundle(of.ID, of.Parts[0]): true}
	for _, c := range p.Certificates {
		if c.Authority == of.ID {
			out[c.ID+authorityPart], out[c.ID+layout.Key] = true, true
		}
	}
	for _, c := range p.Copies {
		if c.Source == of.ID {
			out[c.ID+of.Parts[len(of.Parts)-1]] = true
		}
	}
	return out
}

// NodeNames are in the order of the spec.
func (p Plan) NodeNames() []string {
	var out []string
	for _, n := range p.Nodes {
		out = append(out, n.Cluster.Name)
	}
	return out
}
