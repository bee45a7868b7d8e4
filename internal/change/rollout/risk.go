package rollout

import (
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/layout"
)

// Risk is a class that a change has, with what it has it for.
type Risk struct {
	Class string   `json:"class"`
	What  []string `json:"what"`
}

// NoRisk is the class of a change that has no other.
const NoRisk = "none"

// risks collects classes.
type risks map[string][]string

func (r risks) add(what string, classes ...string) {
	for _, c := range classes {
		if !slices.Contains(r[c], what) {
			r[c] = append(r[c], what)
		}
	}
}

// list is in the order in which classes are told, with none for none.
func (r risks) list() []Risk {
	out := []Risk{}
	for _, c := range cluster.Risks() {
		if len(r[c]) > 0 {
			out = append(out, Risk{c, r[c]})
		}
	}
	if len(out) == 0 {
		return []Risk{{NoRisk, []string{}}}
	}
	return out
}

func (r risks) classes() []string {
	var out []string
	for _, x := range r.list() {
		out = append(out, x.Class)
	}
	return out
}

// risks of the whole change.
func (t planner) risks(i Impact) []Risk {
	all := risks{}
	t.trustRisks(all)
	for _, d := range i.Dangers {
		all.add(d.What, d.Classes...)
	}
	for _, c := range t.diff.Changes {
		t.changeRisks(all, c)
	}
	for _, r := range i.Restarts {
		all.add(r.Name, t.restartClass(r.Name, r.Happens)...)
	}
	for _, n := range slices.Concat(i.Members.Added, i.Members.Removed) {
		all.add("member "+n, cluster.RiskQuorum)
	}
	for _, n := range i.Replaced {
		all.add("the machine of "+n, cluster.RiskIrreversible)
	}
	for _, n := range t.diff.Nodes {
		if n.Action == diff.Removed {
			all.add("node "+n.Name, cluster.RiskIrreversible)
		}
	}
	if to, upgrades := t.reaches(); upgrades {
		all.add("Kubernetes "+to.Series(), cluster.RiskIrreversible)
	}
	if len(t.clients(func(was, is string) bool { return was != is })) > 0 {
		all.add("the address at which nodes ask", cluster.RiskEndpoint)
	}
	return all.list()
}

// trustRisks are those of what nodes trust, and of who can open secrets.
func (t planner) trustRisks(all risks) {
	for _, r := range t.diff.Recipients {
		all.add("recipient "+r.Name, cluster.RiskIdentity)
	}
	for _, a := range t.diff.Authorities {
		all.add(a.ID, cluster.RiskIdentity)
	}
	ids := slices.Clone(t.diff.Resealed)
	for _, p := range t.diff.Pins {
		ids = append(ids, p.ID)
	}
	for _, id := range ids {
		all.add(id, cluster.RiskIdentity)
		if strings.HasPrefix(id, layout.Cluster+"encryption") {
			all.add(id, cluster.RiskData)
		}
	}
}

// changeRisks are those of a file, beside those of what restarts for it.
func (t planner) changeRisks(all risks, c diff.Change) {
	if c.Kind == diff.Sealed && len(c.Restarts) == 0 {
		return // It has the same content.
	}
	for _, class := range fileClasses(c.Path) {
		all.add(c.Path, class)
	}
	for _, d := range c.Details {
		all.add(d.What, detailClasses(c.Path, d)...)
	}
}

// fileRisk is the class of files whose name begins, in some folder, as it says, and of flags and fields in them.
type fileRisk struct{ name, class string }

// fileClasses are those of a file whatever changes in it.
func fileClasses(file string) []string {
	var out []string
	base := path.Base(file)
	for _, k := range []fileRisk{
		{"authentication", cluster.RiskIdentity}, {"authorization", cluster.RiskIdentity}, {"admission", cluster.RiskIdentity},
		{"known_tokens", cluster.RiskIdentity}, {"basic_auth", cluster.RiskIdentity}, {"ca.", cluster.RiskIdentity}, {"front-proxy-ca.", cluster.RiskIdentity},
		{"sa.", cluster.RiskIdentity}, {"clusterrole", cluster.RiskIdentity}, {"role", cluster.RiskIdentity}, {"serviceaccount-", cluster.RiskIdentity},
		{"encryption.", cluster.RiskData}, {"persistentvolume-", cluster.RiskData}, {"storageclass-", cluster.RiskData},
		{"harender-makefs-", cluster.RiskData}, {"harender-raid-", cluster.RiskData}, {"makefs-", cluster.RiskData}, {"raid-", cluster.RiskData},
		{"haproxy.", cluster.RiskEndpoint}, {"keepalived.", cluster.RiskEndpoint}, {"check-apiservers", cluster.RiskEndpoint}, {"load-balancer.", cluster.RiskEndpoint},
		{"kube-vip.", cluster.RiskEndpoint},
	} {
		if strings.HasPrefix(base, k.name) {
			out = append(out, k.class)
		}
	}
	if strings.HasSuffix(base, ".mount") {
		out = append(out, cluster.RiskData)
	}
	return out
}

// detailClasses are those of a flag, of a field, or of what a certificate says.
func detailClasses(file string, d diff.Detail) []string {
	program, flag, isFlag := strings.Cut(d.What, " --")
	words := []fileRisk{
		{"authentication", cluster.RiskIdentity}, {"authorization", cluster.RiskIdentity}, {"anonymous", cluster.RiskIdentity}, {"oidc", cluster.RiskIdentity},
		{"token-", cluster.RiskIdentity}, {"basic-auth", cluster.RiskIdentity}, {"client-c", cluster.RiskIdentity}, {"service-account", cluster.RiskIdentity},
		{"requestheader", cluster.RiskIdentity}, {"enable-admission", cluster.RiskIdentity}, {"disable-admission", cluster.RiskIdentity}, {"admission", cluster.RiskIdentity},
		{"peer-client-cert", cluster.RiskIdentity}, {"trusted-ca", cluster.RiskIdentity}, {"peer-trusted-ca", cluster.RiskIdentity}, {"root-ca", cluster.RiskIdentity},
		{"cluster-signing", cluster.RiskIdentity}, {"use-service-account", cluster.RiskIdentity}, {"tls-cert", cluster.RiskIdentity}, {"tls-private", cluster.RiskIdentity},
		{"encryption", cluster.RiskData}, {"data-dir", cluster.RiskData}, {"wal-dir", cluster.RiskData}, {"storage-", cluster.RiskData}, {"etcd-prefix", cluster.RiskData},
		{"etcd-servers", cluster.RiskQuorum}, {"initial-", cluster.RiskQuorum}, {"secure-port", cluster.RiskEndpoint}, {"bind-address", cluster.RiskEndpoint}, {"advertise-address", cluster.RiskEndpoint},
	}
	var out []string
	for _, k := range words {
		field := strings.Contains(file, "kubelet") && strings.HasPrefix(d.What, k.name)
		if isFlag && program != "" && strings.HasPrefix(flag, k.name) || field {
			out = append(out, k.class)
		}
	}
	if d.What == "subject" || d.What == "usage" {
		out = append(out, cluster.RiskIdentity)
	}
	return out
}

// restartClass is that of a pod or a unit that restarts, starts or stops.
func (t planner) restartClass(name, happens string) []string {
	out := []string{cluster.RiskRestart}
	switch strings.TrimSuffix(name, ".service") {
	case "etcd":
		out = append(out, cluster.RiskQuorum)
	case "keepalived", "kube-vip", "haproxy", "apiserver-vip":
		out = append(out, cluster.RiskEndpoint)
	case "kube-apiserver":
		if happens != starts && len(t.those(t.now, diff.Directory.APIServer)) == 1 {
			out = append(out, cluster.RiskEndpoint)
		}
	}
	return out
}
