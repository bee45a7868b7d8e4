package access

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

// Capability is what somebody can do with a secret in their hands.
type Capability struct {
	// As is whom they can pass for, or what they can read.
	As    string
	Means string
	// Until is when it ends by itself; zero: not before the secret is replaced.
	Until time.Time
	// By is the file that gives the power, from the repository's root.
	By string
	// Ends is the ID of the authority or the secret that has to be replaced to end it, and Over what kind that is.
	Ends string
	Over Kind
}

// trusted are the certificates that the cluster's components trust, by the authority's ID: in a rotation, two.
type trusted map[string][]*x509.Certificate

func trust(p plan.Plan, secrets fs.FS) trusted {
	out := trusted{}
	for _, a := range p.Authorities {
		for _, slot := range layout.Slots() {
			if cert, err := readCertificate(secrets, a.ID+slot+layout.Certificate); err == nil {
				out[a.ID] = append(out[a.ID], cert)
			}
		}
	}
	return out
}

// signer is the authority that signed the certificate; empty if it is none that is trusted.
func (t trusted) signer(cert *x509.Certificate) string {
	for id, all := range t {
		if slices.ContainsFunc(all, func(ca *x509.Certificate) bool { return cert.CheckSignatureFrom(ca) == nil }) {
			return id
		}
	}
	return ""
}

func readCertificate(secrets fs.FS, name string) (*x509.Certificate, error) {
	text, err := bounded.ReadFile(secrets, name, bounded.File)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("it is no certificate in PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}

// certificatePowers are those of a key whose certificate lies beside it. What expired, or what nobody trusts any more, has
// none.
func (t trusted) certificatePowers(secrets fs.FS, f File, now time.Time) ([]Capability, diag.List) {
	name := strings.TrimSuffix(strings.TrimPrefix(f.Path, layout.Secrets), layout.Key) + layout.Certificate
	cert, err := readCertificate(secrets, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, diag.List{{Summary: layout.Secrets + name + " is damaged", Detail: err.Error(), Hint: "restore it from version control", Pos: diag.Pos{File: layout.Secrets + name}}}
	}
	authority := t.signer(cert)
	if authority == "" || !now.Before(cert.NotAfter) {
		return nil, nil
	}
	var out []Capability
	add := func(as, means string) {
		out = append(out, Capability{As: as, Means: means, Until: cert.NotAfter, By: layout.Secrets + name, Ends: authority, Over: Authority})
	}
	if allows(cert, x509.ExtKeyUsageClientAuth) {
		as, means := asClient(authority, cert)
		add(as, means)
	}
	if allows(cert, x509.ExtKeyUsageServerAuth) {
		as, means := asServer(authority, cert)
		add(as, means)
	}
	return out, nil
}

func allows(cert *x509.Certificate, usage x509.ExtKeyUsage) bool {
	return slices.Contains(cert.ExtKeyUsage, usage) || slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageAny)
}

// asClient says what a client certificate is worth. etcd takes any that its authority signed, since harender gives it no
// users; the apiserver takes its authority's by user and groups, and the front proxy's by its name alone.
func asClient(authority string, cert *x509.Certificate) (as, means string) {
	switch authority {
	case plan.EtcdCA:
		return "a client of etcd", "reads and writes everything that the cluster stores, past the apiserver"
	case plan.FrontProxyCA:
		if cert.Subject.CommonName != "front-proxy-client" {
			return cert.Subject.CommonName, "nothing: the apiservers take front-proxy-client alone"
		}
		return "any user of any group", "by the headers of an authenticating proxy, at every apiserver"
	}
	name, groups := cert.Subject.CommonName, cert.Subject.Organization
	return titled(name, groups), userMeans(name, groups)
}

// userMeans goes by the roles that Kubernetes makes by itself (plugin/pkg/auth/authorizer in k8s.io/kubernetes), and those
// of harender's and kubeadm's own.
func userMeans(name string, groups []string) string {
	node, isNode := strings.CutPrefix(name, "system:node:")
	switch {
	case slices.Contains(groups, "system:masters"):
		return "anything: no authorization is asked, and none can take it back"
	case slices.Contains(groups, "kubeadm:cluster-admins"):
		return "anything, by the ClusterRoleBinding kubeadm:cluster-admins"
	case isNode && slices.Contains(groups, "system:nodes"):
		return "reads the Secrets and ConfigMaps, and makes the tokens, of pods that are bound to " + node
	}
	switch name {
	case "system:kube-controller-manager":
		return "reads every object, Secrets too, and makes tokens of every service account"
	case "system:kube-scheduler":
		return "binds pods to nodes, and deletes pods"
	case "system:kube-proxy":
		return "reads nodes, Services and their endpoints"
	case "kube-apiserver-kubelet-client":
		return "asks every kubelet for logs, and to run commands in any pod"
	case "kube-vip":
		return "takes the virtual IP's Lease"
	}
	return "what RBAC lets it do"
}

func asServer(authority string, cert *x509.Certificate) (as, means string) {
	names := slices.Clone(cert.DNSNames)
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	switch {
	case authority == plan.EtcdCA:
		means = "passes for a member of etcd, to apiservers and to other members"
	case slices.Contains(names, "kubernetes.default.svc"):
		means = "passes for the apiserver, and gets the tokens that clients send"
	default:
		means = "passes for this machine to the apiservers"
	}
	return "server " + diag.First(names, 4, "names"), means
}

// secretPowers are those of a file that holds no certificate's key.
func secretPowers(p plan.Plan, f File) []Capability {
	kinds := map[string]Kind{f.ID: f.Kind}
	rows := []plan.Row{{Source: f.ID}}
	if f.Kind == Copy {
		rows = copied(p, f.ID)
		for _, g := range p.Generated {
			kinds[g.ID] = generatedKind(g.Kind)
		}
	}
	var out []Capability
	for _, row := range rows {
		power := Capability{By: f.Path, Ends: row.Source, Over: kinds[row.Source]}
		switch power.Over {
		case Authority:
			power.As, power.Means = "anybody that "+row.Source+" can certify", "signs certificates for any name, user and group"
		case ServiceAccount:
			power.As, power.Means = "any service account", "signs tokens of service accounts"
		case Encryption:
			power.As, power.Means = "a reader of etcd's disks and snapshots", "decrypts the Secrets and ConfigMaps in them"
		case Token, Password:
			name, groups := account(p, row.Source)
			power.As, power.Means = titled(name, groups), userMeans(name, groups)+", by its "+string(power.Over)
		default:
			continue
		}
		out = append(out, power)
	}
	return out
}

// copied are the secrets that a copy was made of.
func copied(p plan.Plan, id string) []plan.Row {
	for _, c := range p.Copies {
		if c.ID == id && c.Source != "" {
			return []plan.Row{{Source: c.Source}}
		}
		if c.ID == id {
			return c.Rows
		}
	}
	return nil
}

// account is the user whose token or password it is, and its groups, as the rows of the plan have them.
func account(p plan.Plan, source string) (name string, groups []string) {
	for _, c := range p.Copies {
		for _, r := range c.Rows {
			if r.Source == source && len(r.Fields) > 2 {
				groups = strings.Split(r.Fields[2], ",")
			}
		}
	}
	return p.Users()[source], groups
}

func titled(name string, groups []string) string {
	if len(groups) == 0 {
		return "user " + name
	}
	return "user " + name + " in " + strings.Join(groups, ", ")
}
