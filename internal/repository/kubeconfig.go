package repository

import (
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/layer"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/keys/kubeconfig"
	"github.com/harender/harender/internal/keys/secret"
	"github.com/harender/harender/internal/keys/vault"
)

// Kubeconfig is the file for one user, with its private key in the clear: the caller wipes Text.
type Kubeconfig struct {
	Text     secret.Plain
	User     string
	Groups   []string
	NotAfter time.Time
	Server   string
}

// MakeKubeconfig opens the key of a user of the cluster at root, or makes a new user one. An empty server is the endpoint of
// the spec. It writes nothing.
func MakeKubeconfig(root string, env Environment, who issue.User, server string) (Kubeconfig, diag.List) {
	dir, list := open(root)
	if list.HasErrors() {
		return Kubeconfig{}, list
	}
	k, list := makeKubeconfig(dir, env, who, server)
	return k, append(list, closeRoot(dir)...)
}

func makeKubeconfig(dir *os.Root, env Environment, who issue.User, server string) (Kubeconfig, diag.List) {
	doc, c, list := settled(dir, env)
	if list.HasErrors() {
		return Kubeconfig{}, list
	}
	p := plan.Make(c)
	if server == "" {
		server = endpointURL(c)
	}
	in, unfit := issueInputs(dir, env)
	trusted, found := issue.Trusted(p, in.Secrets)
	if list = slices.Concat(list, unfit, checkServer(p, server), compile.Complete(dir.FS(), doc, found)); list.HasErrors() {
		return Kubeconfig{}, list
	}
	pass, found := issue.Client(p, in, who)
	defer pass.Key.Wipe()
	if list = slices.Concat(list, found, powers(pass, who)); list.HasErrors() {
		return Kubeconfig{}, list
	}
	return Kubeconfig{
		Text: kubeconfig.Embedded(kubeconfig.Client{
			Cluster: c.Name, User: pass.User, Server: server, Authorities: trusted, Certificate: pass.Cert, Key: pass.Key,
		}),
		User: pass.User, Groups: pass.Groups, NotAfter: pass.NotAfter, Server: server,
	}, list
}

// issueInputs is what opening and signing take.
func issueInputs(dir *os.Root, env Environment) (issue.Inputs, diag.List) {
	own, recipes := layer.Below(layer.Stack{dir.FS()}, secrets), layer.Below(layer.Stack{dir.FS(), env.Builtin}, secrets)
	v, list := vault.Load(dir.Name(), env.Now, env.LookupEnv)
	watch := func(done, of int) { env.watch("issuing", done, of) }
	list = append(list, otherPolicies(dir.FS())...)
	return issue.Inputs{Secrets: own, Recipes: recipes, Vault: v, Now: env.Now(), Rand: env.Rand, Watch: watch}, list
}

// endpointURL is where clients outside of the cluster find an apiserver. With a balancer on each node's loopback, they find
// the apiservers themselves.
func endpointURL(c cluster.Cluster) string {
	host, port := c.Endpoint.Host, c.Endpoint.Port
	if c.LoadBalancer.Kind == cluster.NodeLocal {
		port = c.APIServer.Port
	}
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		host = "[" + host + "]"
	}
	return "https://" + host + ":" + strconv.Itoa(port)
}

// checkServer refuses what is no server, and warns of a name that no apiserver has.
func checkServer(p plan.Plan, server string) diag.List {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return diag.List{{Summary: diag.Quote(server) + " is no server", Hint: "write it as https://HOST:PORT"}}
	}
	host := strings.ToLower(u.Hostname())
	if a, err := netip.ParseAddr(host); err == nil {
		host = a.Unmap().String()
	}
	for _, c := range p.Certificates {
		if strings.HasSuffix(c.ID, "/apiserver") && slices.Contains(c.Hosts, host) {
			return nil
		}
	}
	return diag.List{{
		Severity: diag.Warning, Summary: "no apiserver has a certificate for " + diag.Quote(host), Detail: "a client will not trust the server at " + server,
		Hint: "add it to spec.apiServer.certSANs, build, and bring the masters their files",
	}}
}

// powerful are groups that may do everything.
func powerful(group string) string {
	switch group {
	case "system:masters":
		return "authorization does not apply to it: no rule takes rights away"
	case "kubeadm:cluster-admins":
		return "kubeadm binds it to the role cluster-admin"
	}
	return ""
}

// powers warns of groups that RBAC does not narrow.
func powers(pass issue.ClientCredential, who issue.User) diag.List {
	hint := "for daily work, name a user: harender kubeconfig NAME --group GROUP"
	if who.New {
		hint = "choose a group that a role is bound to"
	}
	var out diag.List
	for _, g := range pass.Groups {
		why := powerful(g)
		if why == "" && who.New && strings.HasPrefix(g, "system:") {
			why = "it is a group of Kubernetes itself"
		}
		if why != "" {
			out = append(out, diag.Diagnostic{
				Severity: diag.Warning,
				Summary:  fmt.Sprintf("%s is in the group %s until %s", diag.Quote(pass.User), diag.Escape(g), pass.NotAfter.UTC().Format(time.RFC3339)),
				Detail:   why + "; and no certificate can be taken back before it ends", Hint: hint,
			})
		}
	}
	return out
}
