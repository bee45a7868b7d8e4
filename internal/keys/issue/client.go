package issue

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/layout"
)

// User is whom an apiserver is to recognise by a client certificate.
type User struct {
	// Name is the common name of a certificate of the plan, or the certificate's own, such as kubecfg; or any other
	// user's, for whom a certificate is signed.
	Name string
	// Node narrows a name down where several nodes have such a certificate; empty is the first.
	Node string
	// New: the plan has no such user. Groups and Validity are theirs.
	New      bool
	Groups   []string
	Validity time.Duration
}

// ClientCredential is a client certificate with its key, both in PEM. The key is in the clear: the caller wipes it.
type ClientCredential struct {
	User     string
	Groups   []string
	NotAfter time.Time
	Cert     []byte
	Key      secret.Plain
}

// Client opens the certificate that the plan has for a person, or signs one for a person of whom it has none. Nothing is
// kept of what is signed.
func Client(p plan.Plan, in Inputs, who User) (ClientCredential, diag.List) {
	if who.New {
		return issueUserCertificate(p, in, who)
	}
	c, problems := choose(p, who)
	if problems.HasErrors() {
		return ClientCredential{}, problems
	}
	return known(in, c)
}

// isClient tells the certificates that an apiserver takes from a client.
func isClient(c plan.Certificate) bool {
	return c.Authority == plan.KubernetesCA && c.Profile == "client"
}

// ofNode is the node in a certificate's ID.
func ofNode(c plan.Certificate) string { return path.Base(path.Dir(c.ID)) }

// choose finds the person's certificate in the plan.
func choose(p plan.Plan, who User) (plan.Certificate, diag.List) {
	if who.Node != "" && !slices.ContainsFunc(p.Nodes, func(n plan.Node) bool { return n.Cluster.Name == who.Node }) {
		return plan.Certificate{}, diag.List{noNode(p, who.Node)}
	}
	var fit []plan.Certificate
	var users []string
	for _, c := range p.Certificates {
		if isClient(c) && (c.CommonName == who.Name || path.Base(c.ID) == who.Name) {
			fit = append(fit, c)
			if !slices.Contains(users, c.CommonName) {
				users = append(users, c.CommonName)
			}
		}
	}
	there := slices.DeleteFunc(slices.Clone(fit), func(c plan.Certificate) bool { return who.Node != "" && ofNode(c) != who.Node })
	switch {
	case len(fit) == 0:
		return plan.Certificate{}, diag.List{noUser(p, who.Name)}
	case len(there) == 0:
		return plan.Certificate{}, diag.List{{
			Summary: fmt.Sprintf("%s has no certificate of %s", who.Node, diag.Quote(who.Name)),
			Hint:    "these have: " + diag.Few(nodesOf(fit)),
		}}
	case who.Node == "" && len(users) > 1:
		return plan.Certificate{}, diag.List{{
			Summary: fmt.Sprintf("%s is the certificate of more than one user", diag.Quote(who.Name)),
			Detail:  "they are " + diag.Few(users), Hint: "name the user, or the node with --node",
		}}
	}
	return there[0], nil
}

func nodesOf(all []plan.Certificate) []string {
	var out []string
	for _, c := range all {
		out = append(out, ofNode(c))
	}
	return out
}

func noNode(p plan.Plan, name string) diag.Diagnostic {
	var nodes []string
	for _, n := range p.Nodes {
		nodes = append(nodes, n.Cluster.Name)
	}
	return diag.Diagnostic{Summary: "there is no node " + diag.Quote(name), Hint: diag.DidYouMean(name, nodes, "there are "+strings.Join(nodes, ", "))}
}

func noUser(p plan.Plan, name string) diag.Diagnostic {
	var users []string
	for _, c := range p.Certificates {
		if isClient(c) {
			users = append(users, c.CommonName, path.Base(c.ID))
		}
	}
	slices.Sort(users)
	hint := "a new user needs --group GROUP, or --validity alone to be in none"
	if near := diag.Nearest(name, slices.Compact(users)); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return diag.Diagnostic{
		Summary: "the cluster has no client certificate of " + diag.Quote(name),
		Detail:  "there are those of its components and nodes, kubecfg for its operators, and whom you name with groups", Hint: hint,
	}
}

// known opens what a build has made.
func known(in Inputs, c plan.Certificate) (ClientCredential, diag.List) {
	s := &store{files: in.Secrets}
	it := item{id: c.ID, sealedName: c.ID + layout.Key}
	text := s.read(&it, c.ID+layout.Certificate)
	it.sealed = s.read(&it, it.sealedName)
	if it.findings.HasErrors() {
		return ClientCredential{}, it.findings
	}
	if text == nil || it.sealed == nil {
		return ClientCredential{}, diag.List{{
			Summary: c.ID + " has not been issued, or a file of it is missing", Hint: "run harender build", Pos: diag.Pos{File: layout.Secrets + c.ID + layout.Certificate},
		}}
	}
	cert, err := pki.ParseCertificate(text)
	if err != nil {
		return ClientCredential{}, diag.List{damaged(c.ID+layout.Certificate, err.Error())}
	}
	if !in.Now.Before(cert.NotAfter) {
		return ClientCredential{}, diag.List{{
			Summary: c.ID + " expired at " + stamp(cert.NotAfter), Hint: "run harender build", Pos: diag.Pos{File: layout.Secrets + c.ID + layout.Certificate},
		}}
	}
	plain, ok := (&sealer{&gatekeeper{in: in}}).open(&it)
	if !ok {
		return ClientCredential{}, it.findings
	}
	if err := pki.Match(plain, cert.PublicKey, layout.Secrets+c.ID+layout.Certificate); err != nil {
		plain.Wipe()
		return ClientCredential{}, diag.List{damaged(it.sealedName, err.Error())}
	}
	return clientCredential(pki.Pair{Key: plain, Cert: cert, Text: text}), nil
}

func clientCredential(p pki.Pair) ClientCredential {
	return ClientCredential{
		User: p.Cert.Subject.CommonName, Groups: p.Cert.Subject.Organization, NotAfter: p.Cert.NotAfter, Cert: p.Text, Key: p.Key,
	}
}

// Trusted are the certificates of the authority by which a client knows the apiservers, in PEM. One that the spec does not
// allow is refused.
func Trusted(p plan.Plan, secrets fs.FS) ([]byte, diag.List) {
	s := &store{files: secrets}
	own := &pinning{pins: p.Pins}
	var it item
	own.record, it.findings = readRecord(secrets)
	var texts [][]byte
	for _, slot := range layout.Slots() {
		name := plan.KubernetesCA + slot + layout.Certificate
		text := s.read(&it, name)
		if text == nil {
			continue
		}
		cert, err := pki.ParseCertificate(text)
		if err != nil {
			it.fail(damaged(name, err.Error()))
			continue
		}
		it.findings = append(it.findings, own.unlisted(plan.KubernetesCA, name, pinOf(cert.RawSubjectPublicKeyInfo))...)
		texts = append(texts, text)
	}
	if len(texts) == 0 && !it.findings.HasErrors() {
		it.fail(diag.Diagnostic{Summary: plan.KubernetesCA + " does not exist", Hint: "run harender build", Pos: diag.Pos{File: layout.Secrets + plan.KubernetesCA + layout.Certificate}})
	}
	return lines(texts), it.findings
}
