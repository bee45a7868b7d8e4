package issue

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/adopt"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/keys/pki"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/keys/sums"
	"github.com/harender/harender/internal/layout"
)

// What becomes of something that is offered for import.
const (
	Imported Action = "imported"
	Present  Action = "present"
	Unused   Action = "unused"
)

// Outcome says what became of something that was offered, and why. ID is what it is in the plan or, for what is unused, what
// comes nearest to it there, if anything does.
type Outcome struct {
	Files    []string  `json:"files"`
	ID       string    `json:"id,omitempty"`
	Action   Action    `json:"action"`
	Why      []string  `json:"why,omitempty"`
	NotAfter time.Time `json:"notAfter,omitzero"`
}

// Content is a file below secrets/.
type Content struct {
	Path string
	Data []byte
}

// ImportResult is what an import makes of secrets/.
type ImportResult struct {
	Write  []Content
	Remove []string
	// Taken has an entry for each thing that was offered.
	Taken []Outcome
}

// Import takes what was found into secrets/: authorities, the service account key and the configuration of encryption by
// the names of their files, certificates by what they say, and answers to requests by their keys. Everything is checked and
// sealed; nothing that exists is replaced, but by an answer. A node's name keeps certificates to that node. After an error
// among the diagnostics nothing may be written; Taken tells what there is all the same.
func Import(p plan.Plan, in Inputs, found adopt.Found, node string) (ImportResult, diag.List) {
	r, problems := assess(p, in)
	if problems.HasErrors() {
		return ImportResult{}, problems
	}
	i := &importer{run: r, found: found, node: node, given: map[string]string{}, list: problems, balancer: p.Cluster.LoadBalancer.Kind}
	if i.list = append(i.list, i.unknownNode()...); i.list.HasErrors() {
		return ImportResult{}, i.list
	}
	i.list = append(i.list, found.Problems...)
	i.collect()
	i.readRequests()
	for _, a := range r.authorities {
		i.takeAuthority(a)
		i.takeNext(a)
	}
	for _, g := range r.generated {
		i.takeGenerated(g)
	}
	for _, o := range i.offers {
		i.takeLeaf(o)
	}
	i.leaveRest()
	return i.result()
}

// assess compares the plan with what exists. Somebody new among the recipients is refused, as by a build.
func assess(p plan.Plan, in Inputs) (*run, diag.List) {
	r, problems := newRun(p, in)
	if problems.HasErrors() {
		return nil, problems
	}
	r.assess(p)
	return r, slices.Concat(problems, r.relisted(), r.widened(true))
}

// importer is one call of Import.
type importer struct {
	*run
	found  adopt.Found
	node   string
	offers []*candidate
	// balancer is the kind of the cluster's load balancer.
	balancer string
	// given are the IDs that things were taken as, by the public key.
	given   map[string]string
	touched []*item
	removed []string
	taken   []Outcome
	list    diag.List
	// requests are those that wait for an answer, by the pin of their key.
	requests map[string]*request
}

// candidate is a certificate that stands in some of the files, with its key if that is in one.
type candidate struct {
	cert  *x509.Certificate
	key   crypto.Signer
	files []string
	// above are the certificates of those that signed it, as far as they came in a file of the same name.
	above []*x509.Certificate
	// settled: it is told what became of it.
	settled bool
}

// called reports whether one of its files has the name of that role.
func (o *candidate) called(role string) bool {
	return slices.ContainsFunc(o.files, func(name string) bool { return adopt.Role(name) == role })
}

// collect brings certificates and keys together.
func (i *importer) collect() {
	byCert, byKey := map[string]*candidate{}, map[string][]*candidate{}
	for _, c := range i.found.Certificates {
		o := byCert[string(c.Raw)]
		if o == nil {
			o = &candidate{cert: c.Certificate}
			byCert[string(c.Raw)] = o
			byKey[certificate.Pin(c.PublicKey)] = append(byKey[certificate.Pin(c.PublicKey)], o)
			i.offers = append(i.offers, o)
		}
		o.from(c.File)
	}
	for _, k := range i.found.Keys {
		for _, o := range byKey[certificate.Pin(k.Signer.Public())] {
			o.key = k.Signer
			o.from(k.File)
		}
	}
}

func (o *candidate) from(file string) {
	if !slices.Contains(o.files, file) {
		o.files = append(o.files, file)
	}
}

func (i *importer) unknownNode() diag.List {
	var names []string
	for _, l := range i.leaves {
		names = append(names, layout.NodeOf(l.id))
	}
	if i.node == "" || slices.Contains(names, i.node) {
		return nil
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return diag.List{{Summary: "there is no node " + diag.Quote(i.node), Hint: diag.DidYouMean(i.node, names, "there are "+strings.Join(names, ", "))}}
}

// tell notes what became of an offer.
func (i *importer) tell(o *candidate, action Action, id string, why ...string) {
	o.settled = true
	i.taken = append(i.taken, Outcome{Files: o.files, ID: id, Action: action, Why: why, NotAfter: o.cert.NotAfter})
}

// put seals a key as the item's.
func (i *importer) put(it *item, key crypto.Signer) bool {
	plain, err := pki.MarshalKey(key)
	if err != nil {
		it.refuse(err)
		i.list = append(i.list, it.findings...)
		return false
	}
	defer plain.Wipe()
	return i.putPlain(it, plain)
}

func (i *importer) putPlain(it *item, plain secret.Plain) bool {
	known := len(it.findings)
	if !i.seal(it, plain) {
		i.list = append(i.list, it.findings[known:]...)
		return false
	}
	return true
}

// write notes a file that is not sealed.
func (i *importer) write(it *item, name string, data []byte) {
	it.written = append(it.written, file{name, data})
}

// excuse notes in which ways something is not what harender would make. der is that of the certificate or the public key.
func (i *importer) excuse(it *item, der []byte, differences []string) {
	if len(differences) > 0 {
		i.write(it, it.id+layout.Adopted, adoptedFile(der, differences))
	}
}

// occupied refuses what would replace something that exists.
func (i *importer) occupied(id, name, hint string, files []string) {
	i.list = append(i.list, diag.Diagnostic{
		Summary: fmt.Sprintf("%s%s is there already, and is not that of %s", layout.Secrets, name, strings.Join(files, " and ")),
		Detail:  "nothing that exists is overwritten",
		Hint:    hint,
		Pos:     diag.Pos{File: layout.Secrets + name},
	})
	i.taken = append(i.taken, Outcome{Files: files, ID: id, Action: Unused, Why: []string{"another is there already"}})
}

func (i *importer) fail(file, summary, detail, hint string) {
	i.list = append(i.list, diag.Diagnostic{Summary: summary, Detail: detail, Hint: hint, Pos: diag.Pos{File: file}})
}

// result is what there is to write; after an error only what there is to tell.
func (i *importer) result() (ImportResult, diag.List) {
	out := ImportResult{Taken: i.taken}
	useful := slices.ContainsFunc(i.taken, func(t Outcome) bool { return t.Action != Unused })
	if !useful && !i.list.HasErrors() {
		i.list = append(i.list, diag.Diagnostic{
			Summary: "there is nothing to import",
			Hint:    "name a directory such as /etc/kubernetes, or files such as ca.crt and ca.key",
		})
	}
	if i.list.HasErrors() {
		return out, i.list.Distinct()
	}
	for _, it := range i.touched {
		for _, f := range slices.Concat(it.retired, it.written) {
			out.Write = append(out.Write, Content{f.name, f.data})
		}
	}
	if text := i.keepRecord(); text != nil {
		out.Write = append(out.Write, Content{sums.Pins, text})
	}
	out.Remove = i.removed
	return out, append(i.list, i.shared()...).Distinct()
}

// give notes whose key it is. Two that share one are told.
func (i *importer) give(public any, id string) {
	mark := certificate.Pin(public)
	if other, shared := i.given[mark]; shared && other != id {
		i.list = append(i.list, diag.Diagnostic{
			Severity: diag.Warning, Summary: other + " and " + id + " have the same key",
			Detail: "anyone who has one has the other", Hint: "give each its own",
		})
	}
	i.given[mark] = id
}

// weak says why Kubernetes would not take a key, or nothing.
func weak(public any) string {
	kinds := []string{"ECDSA P-256", "ECDSA P-384", "ECDSA P-521", "RSA 2048", "RSA 3072", "RSA 4096", "Ed25519"}
	kind := certificate.KeyOf(public)
	var bits int
	if _, err := fmt.Sscanf(kind, "RSA %d", &bits); slices.Contains(kinds, kind) || err == nil && bits >= 2048 {
		return ""
	}
	return "its key is " + kind + ", which is too weak"
}
