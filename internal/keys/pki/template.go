package pki

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cloudflare/cfssl/config"
	"github.com/cloudflare/cfssl/csr"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

const configName = "ca-config.json"

// Templates are the files of secrets/ that shape certificates.
type Templates struct {
	profiles map[string]Profile
	policy   *config.Signing
	keys     map[string]Template
}

// Profile is one of the signing profiles.
type Profile struct {
	usages []string
	// Validity is that of a certificate for which the plan has none.
	Validity time.Duration
}

// Profile is the one of that name.
func (t Templates) Profile(name string) Profile { return t.profiles[name] }

// Template is the one in the file of that name.
func (t Templates) Template(name string) Template { return t.keys[name] }

// AuthorityValidity is that of an authority for which the plan has none.
func (t Templates) AuthorityValidity() time.Duration { return t.policy.Default.Expiry }

// Template is a CSR template: the key, and the names of the subject beside CN and the plan's O.
type Template struct {
	key   csr.KeyRequest
	names []csr.Name
}

// Kind is the key that cfssl makes of the recipe, in the words of events; empty if Kubernetes takes no such key.
func (r Template) Kind() string {
	switch r.key {
	case csr.KeyRequest{A: "ecdsa", S: 256}:
		return "ECDSA P-256"
	case csr.KeyRequest{A: "ecdsa", S: 384}:
		return "ECDSA P-384"
	case csr.KeyRequest{A: "rsa", S: 2048}:
		return "RSA 2048"
	case csr.KeyRequest{A: "rsa", S: 3072}:
		return "RSA 3072"
	case csr.KeyRequest{A: "rsa", S: 4096}:
		return "RSA 4096"
	case csr.KeyRequest{A: "ed25519", S: 0}, csr.KeyRequest{A: "ed25519", S: 32}:
		return "Ed25519"
	}
	return ""
}

// WithoutNames has the key alone: an organization is a group, and a certificate of a person has none but those asked
// for.
func (r Template) WithoutNames() Template { return Template{key: r.key} }

func (r Template) isRSA() bool { return r.key.A == "rsa" }

// ReadTemplates reads what the plan needs of the profiles and templates, and finds what it asks of them that they do
// not have.
func ReadTemplates(p plan.Plan, files fs.FS) (Templates, diag.List) {
	out := Templates{keys: map[string]Template{}}
	var problems diag.List
	out.profiles, problems = readProfiles(files)
	for _, name := range templateNames(p) {
		r, l := readTemplate(files, name)
		problems = append(problems, l...)
		out.keys[name] = r
	}
	if problems.HasErrors() {
		return out, problems
	}
	problems = append(problems, unfit(p, out)...)
	out.policy = out.signing()
	return out, problems
}

func templateNames(p plan.Plan) []string {
	names := map[string]bool{}
	for _, a := range p.Authorities {
		names[a.Recipe] = true
	}
	for _, c := range p.Certificates {
		names[c.Recipe] = true
	}
	for _, g := range p.Generated {
		if g.Kind == plan.ServiceAccountKey {
			names[g.Recipe] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// unfit finds what the plan asks of the recipes and they do not have.
func unfit(p plan.Plan, r Templates) diag.List {
	var out diag.List
	for _, c := range p.Certificates {
		prof, ok := r.profiles[c.Profile]
		if !ok {
			out = append(out, diag.Diagnostic{
				Summary: "there is no signing profile " + diag.Quote(c.Profile),
				Detail:  "the certificates with the recipe " + c.Recipe + " need it; there are " + strings.Join(slices.Sorted(maps.Keys(r.profiles)), ", "),
				Hint:    "add it under signing.profiles",
				Pos:     diag.Pos{File: layout.Secrets + configName},
			})
			continue
		}
		if validity := cmp.Or(c.Validity, prof.Validity); c.RenewBefore >= validity {
			out = append(out, diag.Diagnostic{
				Summary: fmt.Sprintf("the renewal window of %s is no shorter than the validity of %s", c.RenewBefore, validity),
				Detail:  "every build would issue such a certificate again",
				Hint:    "lower spec.certificates.renewBefore, or raise the validity",
				Field:   "spec.certificates.renewBefore",
			})
		}
	}
	for _, g := range p.Generated {
		if g.Kind == plan.ServiceAccountKey && r.keys[g.Recipe].key.A == "ed25519" {
			out = append(out, diag.Diagnostic{
				Summary: "a service account key cannot be Ed25519",
				Detail:  "kube-apiserver signs tokens with RSA and ECDSA keys only",
				Hint:    `use {"algo": "ecdsa", "size": 256}`,
				Pos:     diag.Pos{File: layout.Secrets + g.Recipe},
			})
		}
	}
	return out.Distinct()
}

// signing is cfssl's policy. Each profile stands there twice, because only an RSA key can encipher keys (RFC 8813,
// section 3, forbids the usage for ECDSA).
func (t Templates) signing() *config.Signing {
	out := &config.Signing{Profiles: map[string]*config.SigningProfile{}, Default: config.DefaultConfig()}
	for name, p := range t.profiles {
		for _, rsaKey := range []bool{true, false} {
			usages := p.usagesFor(rsaKey)
			out.Profiles[profileName(name, rsaKey)] = &config.SigningProfile{
				Usage: usages, Expiry: p.Validity, ExpiryString: p.Validity.String(),
			}
		}
	}
	return out
}

func profileName(name string, rsaKey bool) string {
	if rsaKey {
		return name + "\x00rsa" // no name in JSON ends like this by chance
	}
	return name
}

func (p Profile) usagesFor(rsaKey bool) []string {
	if rsaKey {
		return p.usages
	}
	return slices.DeleteFunc(slices.Clone(p.usages), func(u string) bool { return u == "key encipherment" || u == "data encipherment" })
}

// Usages are what a certificate of this profile says of its key.
func (p Profile) Usages(rsaKey bool) (x509.KeyUsage, []x509.ExtKeyUsage) {
	ku, eku, _ := (&config.SigningProfile{Usage: p.usagesFor(rsaKey)}).Usages()
	return ku, eku
}

func readProfiles(files fs.FS) (map[string]Profile, diag.List) {
	type section struct {
		Usages []string `json:"usages"`
		Expiry string   `json:"expiry"`
	}
	var doc struct {
		Signing struct {
			Default  section            `json:"default"`
			Profiles map[string]section `json:"profiles"`
		} `json:"signing"`
	}
	problems := readStrict(files, configName, &doc, "signing", "default", "profiles", "usages", "expiry")
	out := map[string]Profile{}
	for _, name := range slices.Sorted(maps.Keys(doc.Signing.Profiles)) {
		s := doc.Signing.Profiles[name]
		if s.Expiry == "" {
			s.Expiry = doc.Signing.Default.Expiry
		}
		if len(s.Usages) == 0 {
			s.Usages = doc.Signing.Default.Usages
		}
		expiry, err := time.ParseDuration(s.Expiry)
		if err != nil || expiry <= 0 {
			problems = append(problems, diag.Diagnostic{
				Summary: fmt.Sprintf("profile %s: expiry %s is not a duration", name, diag.Quote(s.Expiry)),
				Hint:    "write it in hours, such as 43800h for five years",
				Pos:     diag.Pos{File: layout.Secrets + configName},
			})
		}
		problems = append(problems, unknownUsages(name, s.Usages)...)
		out[name] = Profile{usages: s.Usages, Validity: expiry}
	}
	return out, problems
}

func unknownUsages(profile string, usages []string) diag.List {
	known := slices.Concat(slices.Sorted(maps.Keys(config.KeyUsage)), slices.Sorted(maps.Keys(config.ExtKeyUsage)))
	known = slices.DeleteFunc(known, func(u string) bool { return u == "cert sign" || u == "crl sign" }) // an authority's
	var out diag.List
	extended := false
	for _, u := range usages {
		_, isExtended := config.ExtKeyUsage[u]
		extended = extended || isExtended
		if !slices.Contains(known, u) {
			out = append(out, diag.Diagnostic{
				Summary: fmt.Sprintf("profile %s: no certificate of a server or client has the usage %s", profile, diag.Quote(u)),
				Hint:    diag.DidYouMean(u, known, "there are "+strings.Join(known, ", ")),
				Pos:     diag.Pos{File: layout.Secrets + configName},
			})
		}
	}
	if !extended && len(out) == 0 {
		out = append(out, diag.Diagnostic{
			Summary: "profile " + profile + " is neither for servers nor for clients",
			Hint:    `add "server auth", "client auth" or both to its usages`,
			Pos:     diag.Pos{File: layout.Secrets + configName},
		})
	}
	return out
}

func readTemplate(files fs.FS, name string) (Template, diag.List) {
	var doc struct {
		CN    string          `json:"CN"`
		Hosts []string        `json:"hosts"`
		Key   *csr.KeyRequest `json:"key"`
		Names []struct {
			C  string `json:"C"`
			ST string `json:"ST"`
			L  string `json:"L"`
			O  string `json:"O"`
			OU string `json:"OU"`
		} `json:"names"`
	}
	problems := readStrict(files, name, &doc, "key", "algo", "size", "names", "C", "ST", "L", "O", "OU")
	if problems.HasErrors() {
		return Template{}, problems
	}
	pos := diag.Pos{File: layout.Secrets + name}
	if doc.CN != "" || len(doc.Hosts) > 0 {
		problems = append(problems, diag.Diagnostic{
			Summary: "a recipe sets neither CN nor hosts", Detail: "one recipe serves many nodes; both come from the spec",
			Hint: "remove them; further names of the apiserver are spec.apiServer.certSANs", Pos: pos,
		})
	}
	out := Template{key: *csr.NewKeyRequest()}
	if doc.Key != nil {
		out.key = *doc.Key
	}
	if out.Kind() == "" {
		problems = append(problems, diag.Diagnostic{
			Summary: fmt.Sprintf("no key of algorithm %s and size %d", diag.Quote(out.key.A), out.key.S),
			Hint:    "use ecdsa with 256 or 384, rsa with 2048, 3072 or 4096, or ed25519 with 0", Pos: pos,
		})
	}
	for _, n := range doc.Names {
		if strings.HasPrefix(n.O, "system:") {
			problems = append(problems, diag.Diagnostic{
				Summary: "a recipe cannot set the organization " + diag.Quote(n.O), Detail: "to Kubernetes it is a group, with the rights of the group",
				Hint: "remove it; the plan sets the groups of each certificate", Pos: pos,
			})
		}
		out.names = append(out.names, csr.Name{C: n.C, ST: n.ST, L: n.L, O: n.O, OU: n.OU})
	}
	return out, problems
}
