package issue

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/layout"
)

// maxName bounds a common name and an organization, in characters: ub-common-name and ub-organization-name of RFC 5280,
// appendix A.1.
const maxName = 64

// issueUserCertificate signs a certificate for somebody whom the plan does not know. It has the key of the recipe for kubecfg, and none
// of its names: an organization is a group.
func issueUserCertificate(p plan.Plan, in Inputs, who User) (ClientCredential, diag.List) {
	if problems := checkUser(p, who); problems.HasErrors() {
		return ClientCredential{}, problems
	}
	c := plan.Certificate{
		ID: who.Name, Authority: plan.KubernetesCA, Profile: "client", Recipe: "csr/kubecfg.json",
		CommonName: who.Name, Organization: who.Groups, Validity: who.Validity,
	}
	i := slices.IndexFunc(p.Authorities, func(a plan.Authority) bool { return a.ID == c.Authority })
	templates, problems := pki.ReadTemplates(plan.Plan{Authorities: p.Authorities[i : i+1], Certificates: []plan.Certificate{c}}, in.Recipes)
	if problems.HasErrors() {
		return ClientCredential{}, problems
	}
	r := compose(in, p.Pins, templates)
	ca := r.assessAuthority(p.Authorities[i], "", 0)
	r.openAuthority(ca)
	if ca.findings.HasErrors() {
		return ClientCredential{}, ca.findings
	}
	out, err := r.credentialFor(c, ca)
	if err != nil {
		return ClientCredential{}, diag.List{{Summary: "cannot sign a certificate for " + diag.Quote(who.Name), Detail: err.Error()}}
	}
	return out, lifetimeWarning(out, r.in.Now.Add(who.Validity))
}

// checkUser finds what makes a name or a group another than it looks, or another's.
func checkUser(p plan.Plan, who User) diag.List {
	var out diag.List
	refuse := func(summary, detail, hint string) {
		out = append(out, diag.Diagnostic{Summary: summary, Detail: detail, Hint: hint})
	}
	for _, name := range append([]string{who.Name}, who.Groups...) {
		if n := utf8.RuneCountInString(name); n == 0 || n > maxName || strings.ContainsFunc(name, unprintable) {
			refuse(diag.Quote(name)+" can be neither a user nor a group", "a certificate takes names of 1 to 64 characters, and harender takes those that can be seen", "choose another name")
		}
	}
	switch {
	case slices.ContainsFunc(p.Certificates, func(c plan.Certificate) bool { return c.CommonName == who.Name }):
		refuse(diag.Quote(who.Name)+" is a user of the cluster already", "its certificate says its groups and when it ends", "leave out --group and --validity, or choose another name")
	case strings.HasPrefix(who.Name, "system:"):
		refuse(diag.Quote(who.Name)+" is a name of Kubernetes itself", "anyone who bears it has the rights of a component or a node", "choose a name without system: and bind it to a role")
	}
	return out
}

func unprintable(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }

// openAuthority opens the key of an authority that is to sign, whatever a build would do about it.
func (r *authorityMaker) openAuthority(a *authority) {
	switch {
	case a.cert == nil && !a.findings.HasErrors():
		a.fail(diag.Diagnostic{Summary: a.id + " does not exist", Hint: "run harender build", Pos: diag.Pos{File: layout.Secrets + a.id + layout.Certificate}})
	case a.sealed == nil:
		a.fail(diag.Diagnostic{
			Summary: "the key of " + a.id + " is not in the repository, and a new user needs its signature",
			Hint:    "take a user whom the cluster has, or have a certificate signed where the key is", Pos: diag.Pos{File: layout.Secrets + a.sealedName},
		})
	case !a.findings.HasErrors():
		r.openSigner(a)
	}
}

// credentialFor signs for the time from now, not from the moment to which the start is put back.
func (r *run) credentialFor(c plan.Certificate, ca *authority) (ClientCredential, error) {
	w := r.want(c, ca)
	end := r.in.Now.Add(c.Validity).UTC().Truncate(time.Second)
	if end.After(ca.cert.NotAfter) {
		end = ca.cert.NotAfter
	}
	req := w.request
	req.Template, req.Hosts, req.From, req.To = req.Template.WithoutNames(), nil, w.from, end
	made, err := ca.signer.Sign(req)
	if err != nil {
		return ClientCredential{}, err
	}
	return clientCredential(made), nil
}

// lifetimeWarning tells that the authority ends first.
func lifetimeWarning(p ClientCredential, asked time.Time) diag.List {
	if asked.Sub(p.NotAfter) < time.Second {
		return nil
	}
	return diag.List{{
		Severity: diag.Warning, Summary: "the certificate of " + diag.Quote(p.User) + " ends at " + stamp(p.NotAfter),
		Detail: "no certificate can outlive its authority, and " + plan.KubernetesCA + " ends then",
	}}
}
