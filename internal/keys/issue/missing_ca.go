package issue

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"io/fs"
	"slices"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// missingCA finds what would be made again although it existed once: certificates name the authority, or copies were made of
// the secret. Another authority would cut the cluster in two, another encryption key would lose what is stored.
func (r *reviewer) missingCA() diag.List {
	var out diag.List
	for _, a := range r.authorities {
		if ids := r.signedBy(a); a.action == Issued && len(ids) > 0 {
			out = append(out, diag.Diagnostic{
				Summary: a.id + " is gone, but certificates name it", Detail: diag.Few(ids),
				Hint: "restore it from version control; for a new authority, remove these certificates too",
				Pos:  diag.Pos{File: layout.Secrets + a.id + layout.Certificate},
			})
		}
	}
	for _, a := range r.authorities {
		if ids := r.foreignIssuer(a); len(ids) > 0 {
			out = append(out, r.foreignIssuerFinding(a, ids))
		}
	}
	for _, g := range r.generated {
		if ids := r.copiesOf(g); g.sealed == nil && len(ids) > 0 {
			out = append(out, diag.Diagnostic{
				Summary: g.id + " is gone, but nodes have copies of it", Detail: diag.Few(ids),
				Hint: fmt.Sprintf("restore it from version control, or seal one of the copies as %s; for a new secret, remove these copies too", layout.Secrets+g.sealedName),
				Pos:  diag.Pos{File: layout.Secrets + g.sealedName},
			})
		}
	}
	return out
}

func (r *reviewer) foreignIssuerFinding(a *authority, ids []string) diag.Diagnostic {
	if step := r.in.Step; step != nil && step.Phase == Retire && step.Of.ID == a.plan.ID {
		return diag.Diagnostic{
			Summary: "certificates are still by the authority that " + a.id + " followed", Detail: diag.Few(ids),
			Hint: "have them signed first: harender certs csr, harender certs import, harender build; and bring the nodes their files",
			Pos:  diag.Pos{File: layout.Secrets + a.id + layout.Certificate},
		}
	}
	return diag.Diagnostic{
		Summary: a.id + " is another authority than the one that signed the certificates here", Detail: diag.Few(ids),
		Hint: "restore it from version control, and find out who replaced it; if it is meant, remove these certificates and their keys",
		Pos:  diag.Pos{File: layout.Secrets + a.id + layout.Certificate},
	}
}

// leftBehind: the copy has the secret of a user of that name who left, which is retired and not lost.
func (r *reviewer) leftBehind(c *sealedCopy, g *generated) bool {
	sum, found := c.sealedOf(g)
	if !found {
		return false
	}
	_, err := fs.Stat(r.files, layout.Retired(g.id, sum, extension(g.plan.Kind)))
	return err == nil
}

func (r *reviewer) signedBy(a *authority) []string {
	var ids []string
	for _, l := range r.leaves {
		if l.ca == a && l.cert != nil && l.cert.Issuer.CommonName == a.plan.CommonName {
			ids = append(ids, l.id)
		}
	}
	return ids
}

// foreignIssuer are the certificates planned for an authority which was there before, and signed by none that is there. Those
// that are not to be reissued were found to be signed by it.
func (r *reviewer) foreignIssuer(a *authority) []string {
	if a.cert == nil {
		return nil
	}
	var ids []string
	for _, l := range r.leaves {
		if l.ca == a && l.action == Reissued && l.cert != nil && len(l.want.issuerReasons(l.cert)) > 0 && !r.signedHere(l.cert) {
			ids = append(ids, l.id)
		}
	}
	return ids
}

func (r *reviewer) signedHere(cert *x509.Certificate) bool {
	return slices.ContainsFunc(r.authorities, func(a *authority) bool {
		return slices.ContainsFunc(a.trusted(), func(a *authority) bool {
			return a.cert != nil && bytes.Equal(cert.RawIssuer, a.cert.RawSubject) && cert.CheckSignatureFrom(a.cert) == nil
		})
	})
}

func (r *reviewer) copiesOf(g *generated) []string {
	var ids []string
	for _, c := range r.copies {
		if c.sealed != nil && c.madeOf(g) && !r.leftBehind(c, g) {
			ids = append(ids, c.id)
		}
	}
	return ids
}
