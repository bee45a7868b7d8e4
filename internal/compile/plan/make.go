package plan

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/layout"
)

// IDs of the authorities and the generated secrets, below secrets/.
const (
	KubernetesCA = layout.Cluster + "kubernetes-ca"
	EtcdCA       = layout.Cluster + "etcd-ca"
	FrontProxyCA = layout.Cluster + "front-proxy-ca"
	serviceKey   = layout.Cluster + "service-account"
	encryption   = layout.Cluster + "encryption"
)

// Names of the static pods, which are folders of base/, and of the units.
const (
	podEtcd              = "etcd"
	podAPIServer         = "kube-apiserver"
	podControllerManager = "kube-controller-manager"
	podScheduler         = "kube-scheduler"
	podProxy             = "kube-proxy"
	unitKubelet          = "kubelet.service"
	unitEtcd             = "etcd.service"
	unitSnapshot         = "etcd-snapshot.timer"
)

const (
	modeKey      = 0o600
	modeGroupKey = 0o640
	modePublic   = 0o644
)

// Make plans a cluster. It cannot fail: whatever could be wrong was refused when the cluster was resolved.
func Make(c cluster.Cluster) Plan {
	p := Plan{
		Cluster:     c,
		Authorities: authorities(c),
		Addons:      addons(c),
		Generated: []Generated{
			{ID: serviceKey, Kind: ServiceAccountKey, Recipe: recipe("service-account")},
			{ID: encryption, Kind: encryptionKind(c.Version)},
		},
	}
	p.Generated = append(p.Generated, credentials(c)...)
	for _, n := range c.Nodes {
		s := shareOf(c, n)
		out := Node{Cluster: n, Pods: s.pods, Units: s.units, Kubeadm: s.kubeadm, Material: s.material}
		for _, l := range s.leaves {
			p.Certificates = append(p.Certificates, l.certificate(c, n))
			out.Material = append(out.Material, l.material(n)...)
		}
		for _, cp := range s.copies {
			p.Copies = append(p.Copies, Copy{ID: nodeID(n, cp.name), Source: cp.source, Rows: cp.rows, Recipients: n.Recipients, Field: n.Field})
			out.Material = append(out.Material, SecretFile{
				Path: cp.path, Source: nodeID(n, cp.name) + cp.extension, Sealed: true, Mode: modeKey, Restarts: cp.restarts,
			})
		}
		for i, m := range out.Material {
			out.Material[i].Restarts = present(m.Restarts, s)
		}
		slices.SortFunc(out.Material, func(a, b SecretFile) int { return strings.Compare(a.Path, b.Path) })
		p.Nodes = append(p.Nodes, out)
	}
	return p
}

// present keeps what runs on the node.
func present(restarts []string, s nodeParts) []string {
	var out []string
	for _, name := range restarts {
		if slices.Contains(s.pods, name) || slices.Contains(s.units, name) || slices.Contains(s.foreign, name) {
			out = append(out, name)
		}
	}
	return out
}

func authorities(c cluster.Cluster) []Authority {
	names := map[string]string{KubernetesCA: "kubernetes", EtcdCA: "etcd", FrontProxyCA: "front-proxy"}
	var out []Authority
	for _, id := range []string{EtcdCA, FrontProxyCA, KubernetesCA} {
		out = append(out, Authority{
			ID:         id,
			Recipe:     recipe(strings.TrimPrefix(id, layout.Cluster)),
			CommonName: c.Name + " " + names[id] + " CA",
			Validity:   c.Certificates.CAValidity,
		})
	}
	return out
}

// encryptionKind: later versions read the legacy form too, so what exists need not be made again at an upgrade.
func encryptionKind(v cluster.Version) string {
	if v.Before(13) {
		return LegacyEncryptionConfig
	}
	return EncryptionConfig
}

func recipe(name string) string { return "csr/" + name + ".json" }

func nodeID(n cluster.Node, name string) string { return layout.NodeID(n.Name, name) }

// nodeParts is what one duty adds to a node.
type nodeParts struct {
	pods     []string
	units    []string
	leaves   []leaf
	copies   []sealedCopy
	material []SecretFile
	// foreign are the static pods that kubeadm writes, where kubeadm brings the node up.
	foreign []string
	kubeadm bool
}

// leaf is a certificate of a node, and where its two files lie there. Its name is that of its CSR recipe.
type leaf struct {
	name, authority, profile string
	commonName, organization string
	hosts                    []string
	cert, key                string
	// group that reads the key; empty for root alone.
	group    string
	restarts []string
}

// sealedCopy is a secret of the cluster, or several as rows, that a node gets sealed for itself.
type sealedCopy struct {
	name, source, extension, path string
	rows                          []Row
	restarts                      []string
}

func (l leaf) certificate(c cluster.Cluster, n cluster.Node) Certificate {
	out := Certificate{
		ID:          nodeID(n, l.name),
		Authority:   l.authority,
		Profile:     l.profile,
		Recipe:      recipe(l.name),
		CommonName:  l.commonName,
		Hosts:       l.hosts,
		Validity:    c.Certificates.Validity,
		RenewBefore: c.Certificates.RenewBefore,
		Recipients:  n.Recipients,
		Field:       n.Field,
	}
	if l.organization != "" {
		out.Organization = []string{l.organization}
	}
	return out
}

func (l leaf) material(n cluster.Node) []SecretFile {
	mode := uint32(modeKey)
	if l.group != "" {
		mode = modeGroupKey
	}
	return []SecretFile{
		{Path: l.cert, Source: nodeID(n, l.name) + ".crt", Mode: modePublic, Restarts: l.restarts},
		{Path: l.key, Source: nodeID(n, l.name) + layout.Key, Sealed: true, Mode: mode, Group: l.group, Restarts: l.restarts},
	}
}

// shareOf adds up what the node's roles and the balancer ask for.
func shareOf(c cluster.Cluster, n cluster.Node) nodeParts {
	all := nodeParts{}
	if n.Has(cluster.RoleEtcd) {
		all = all.plus(etcdMember(c, n))
	}
	if n.Has(cluster.RoleEtcd) || n.Has(cluster.RoleControlPlane) {
		all = all.plus(etcdClient())
	}
	if n.Has(cluster.RoleControlPlane) {
		all = all.plus(controlPlane(c, n))
	}
	all = all.plus(balancer(c, n))
	switch {
	case len(all.pods) > 0, n.Has(cluster.RoleControlPlane), n.Has(cluster.RoleWorker):
		all = kubernetesNode(c, n).plus(all)
	case slices.Contains(all.units, unitHAProxy):
		all.material = append(all.material, caFile())
	}
	if c.Kubeadm {
		all = all.forKubeadm(c, n)
	}
	slices.Sort(all.pods)
	slices.Sort(all.units)
	return all
}

func (s nodeParts) plus(o nodeParts) nodeParts {
	return nodeParts{
		pods:     append(s.pods, o.pods...),
		units:    append(s.units, o.units...),
		leaves:   append(s.leaves, o.leaves...),
		copies:   append(s.copies, o.copies...),
		material: append(s.material, o.material...),
	}
}

// kubernetesNode has a kubelet, and kube-proxy where that is no object of the cluster, and the balancer where that is local to each node. A node with units
// alone is none.
func kubernetesNode(c cluster.Cluster, n cluster.Node) nodeParts {
	s := nodeParts{
		units: []string{unitKubelet},
		leaves: []leaf{
			{
				name: "kubelet-client", authority: KubernetesCA, profile: "client",
				commonName: "system:node:" + n.Name, organization: "system:nodes",
				cert: layout.PKI + "kubelet/client.crt", key: layout.PKI + "kubelet/client.key",
				restarts: []string{unitKubelet},
			},
			{
				name: "kubelet-server", authority: KubernetesCA, profile: "serving",
				commonName: "system:node:" + n.Name, organization: "system:nodes", hosts: hosts(nodeNames(n)),
				cert: layout.PKI + "kubelet/server.crt", key: layout.PKI + "kubelet/server.key",
				restarts: []string{unitKubelet},
			},
		},
		material: []SecretFile{caFile()},
	}
	if c.RunsProxy() && !c.ProxyDaemonSet {
		s = s.plus(staticProxy())
	}
	if c.LoadBalancer.Kind == cluster.NodeLocal {
		return s.plus(haproxy(c))
	}
	return s
}

// controlPlane is the apiserver with the files it reads, and the two controllers.
func controlPlane(c cluster.Cluster, n cluster.Node) nodeParts {
	// The controllers mount the files one by one, and so see a new one only when they start.
	readers := []string{podAPIServer, podControllerManager, podScheduler}
	return nodeParts{
		pods:   []string{podAPIServer, podControllerManager, podScheduler},
		leaves: controlPlaneLeaves(c, n),
		copies: append([]sealedCopy{
			{name: "service-account", source: serviceKey, extension: layout.Key, path: layout.APIServer + "sa.key", restarts: []string{podAPIServer, podControllerManager}},
			{name: "encryption", source: encryption, extension: layout.Config, path: layout.APIServer + "encryption.yaml", restarts: []string{podAPIServer}},
		}, credentialFiles(c)...),
		material: []SecretFile{
			{Path: layout.APIServer + "ca.crt", Source: Bundle(KubernetesCA, authorityPart), Mode: modePublic, Restarts: readers},
			{Path: layout.APIServer + "front-proxy-ca.crt", Source: Bundle(FrontProxyCA, authorityPart), Mode: modePublic, Restarts: readers},
			{Path: layout.APIServer + "sa.pub", Source: Bundle(serviceKey, publicPart), Mode: modePublic, Restarts: []string{podAPIServer}},
		},
	}
}

// controlPlaneLeaves names no restarts for what kube-apiserver, the controller manager and the scheduler load again
// by themselves when the files change.
func controlPlaneLeaves(c cluster.Cluster, n cluster.Node) []leaf {
	srv := func(name, profile, authority, commonName, organization, cert, key string) leaf {
		return leaf{
			name: name, profile: profile, authority: authority, commonName: commonName, organization: organization,
			cert: layout.APIServer + cert, key: layout.APIServer + key,
		}
	}
	server := srv("apiserver", "serving", KubernetesCA, "kube-apiserver", "", "server.cert", "server.key")
	server.hosts = apiserverHosts(c, n)
	kubelet := srv("apiserver-kubelet-client", "client", KubernetesCA, "kube-apiserver-kubelet-client", "", "apiserver-kubelet-client.crt", "apiserver-kubelet-client.key")
	frontProxy := srv("front-proxy-client", "client", FrontProxyCA, "front-proxy-client", "", "front-proxy-client.crt", "front-proxy-client.key")
	kubecfg := srv("kubecfg", "client", KubernetesCA, "kubecfg", "system:masters", "kubecfg.crt", "kubecfg.key")
	return []leaf{server, kubelet, frontProxy, kubecfg, controller(podControllerManager), controller(podScheduler)}
}

func controller(name string) leaf {
	return leaf{
		name: name, authority: KubernetesCA, profile: "client", commonName: "system:" + name,
		cert: layout.PKI + name + "/client.crt", key: layout.PKI + name + "/client.key",
	}
}

// apiserverHosts are all names under which the apiserver of n is reached: the node's own, the endpoint, the balancer,
// loopback, the kubernetes Service, and what the spec adds.
func apiserverHosts(c cluster.Cluster, n cluster.Node) []string {
	domain := c.Networks.DNSDomain
	service := []string{"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + domain}
	for _, block := range c.Networks.Services {
		service = append(service, block.Masked().Addr().Next().String())
	}
	balancer := []string{c.Endpoint.Host}
	for _, vip := range c.LoadBalancer.VirtualIPs() {
		balancer = append(balancer, vip.String())
	}
	return hosts(nodeNames(n), loopback(), service, balancer, c.APIServer.CertSANs)
}

// nodeNames are the node's name and its addresses, private and public.
func nodeNames(n cluster.Node) []string {
	out := []string{n.Name}
	for _, a := range append(slices.Clone(n.Addresses), n.Public) {
		if a.IsValid() {
			out = append(out, a.String())
		}
	}
	return out
}

func loopback() []string {
	return []string{"localhost", netip.AddrFrom4([4]byte{127, 0, 0, 1}).String(), netip.IPv6Loopback().String()}
}

// hosts merges names, sorted, none twice.
func hosts(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}
