package cluster

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/harender/harender/internal/diag"
)

// Role is a duty of a node.
type Role string

// The roles.
const (
	RoleEtcd         Role = "etcd"
	RoleControlPlane Role = "control-plane"
	RoleLoadBalancer Role = "load-balancer"
	RoleWorker       Role = "worker"
)

// Cluster is a spec in which every default is filled in, every value has its type, and the HA rules hold.
type Cluster struct {
	Name         string
	Version      Version
	Endpoint     Endpoint
	LoadBalancer LoadBalancer
	Networks     Networks
	// Kubeadm: control plane nodes and workers are brought up by kubeadm.
	Kubeadm   bool
	APIServer APIServer
	Etcd      Etcd
	// KubeletLocal: kubelets of control plane nodes talk to their own apiserver.
	KubeletLocal bool
	// KubeletUnit: harender writes kubelet.service itself, not the drop-in alone.
	KubeletUnit bool
	// KubeletPackage is how hosts get the kubelet: apt, dnf, or empty.
	KubeletPackage string `json:",omitempty"`
	ProxyMode      string
	// ProxyDaemonSet: kube-proxy is an object of the cluster, and no static pod of each node.
	ProxyDaemonSet    bool
	IPVS              IPVS
	LeaderElection    LeaderElection
	CloudProvider     CloudProvider
	ClusterAutoscaler Autoscaler
	Storage           Storage
	DNS               DNS
	Certificates      Certificates
	// Acknowledged are classes of risk that a change may have.
	Acknowledged []string `json:",omitempty"`
	// Overlays of the whole cluster; they shape the addons too. Each node's Overlays begin with them.
	Overlays []string
	// Args of the whole cluster, for what is no part of a node. Each node's Args begin with them.
	Args Args
	// Nodes in the order of the spec.
	Nodes []Node
}

// Version of Kubernetes.
type Version struct{ Major, Minor, Patch int }

// String is MAJOR.MINOR.PATCH.
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// Series is MAJOR.MINOR.
func (v Version) Series() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// Before reports whether the version is older than the minor 1.MINOR.
func (v Version) Before(minor int) bool { return v.Major == 1 && v.Minor < minor }

// Releases are the known minors, such as 1.36.
type Releases map[string]Release

// Release is what a minor means that is named without a patch.
type Release struct {
	Patch string
	// ByName: only a cluster that names the minor gets it.
	ByName bool
}

// Newest is the patch release of the newest minor that a cluster gets without a name; empty where there is none.
func (r Releases) Newest() string {
	for _, minor := range slices.Backward(sortedMinors(r)) {
		if !r[minor].ByName {
			return r[minor].Patch
		}
	}
	return ""
}

// Endpoint is where the apiserver is reached through its balancer.
type Endpoint struct {
	Host string
	Port int
}

// LoadBalancer has the fields that its kind has a use for, and the others empty.
type LoadBalancer struct {
	Kind string
	// RunAs is StaticPod or Systemd.
	RunAs string
	// VirtualIP is of the primary family, Secondary of the other one, or the zero Addr.
	VirtualIP netip.Addr
	Secondary netip.Addr `json:",omitzero"`
	// VirtualRouterID is that of VirtualIP; Secondary has the next one.
	VirtualRouterID int
}

// VirtualIPs are one a family, the primary first.
func (b LoadBalancer) VirtualIPs() []netip.Addr {
	var out []netip.Addr
	for _, a := range []netip.Addr{b.VirtualIP, b.Secondary} {
		if a.IsValid() {
			out = append(out, a)
		}
	}
	return out
}

// Networks have one or two families in Pods and Services, the primary first.
type Networks struct {
	Nodes, Pods, Services []netip.Prefix
	DNSDomain             string
}

// APIServer settings.
type APIServer struct {
	Port int
	// CertSANs as in the spec: DNS names and IP addresses.
	CertSANs []string
	// Tokens and BasicAuth are the users with a token and with a password.
	Tokens, BasicAuth []Account
}

// What runs a program of a node.
const (
	StaticPod = "staticPod"
	Systemd   = "systemd"
)

// Etcd settings.
type Etcd struct {
	InitialClusterState string
	// RunAs is StaticPod or Systemd.
	RunAs      string
	QuotaBytes int64
	// AutoCompaction is zero where etcd compacts nothing by itself.
	AutoCompaction AutoCompaction
	// Snapshots is zero where there are none.
	Snapshots Snapshots
}

// AutoCompaction as etcd's flags have it.
type AutoCompaction struct{ Mode, Retention string }

// Snapshots are made where there is a Schedule, an OnCalendar expression of systemd.
type Snapshots struct {
	Schedule  string
	Retain    int
	Directory string
}

// Disks are what a node makes of them.
type Disks struct {
	RAID   []Array
	Mounts []Mount
}

// Array is a software RAID array, /dev/md/NAME.
type Array struct {
	Name  string
	Level int
	// Devices include the Spares.
	Devices []string
	Spares  int
}

// Mount is a file system of a device.
type Mount struct {
	Device, Path, Type string
	Options            []string
}

// Certificates holds lifetimes and pins. Validity zero: what the signing profile says.
type Certificates struct {
	Validity, CAValidity, RenewBefore time.Duration
	Pins                              Pins
}

// Pins are sha256:HEX, of public keys and of secrets. A kind without any is not pinned.
type Pins struct{ Kubernetes, Etcd, FrontProxy, ServiceAccount, Encryption, Credentials []string }

// Node is one machine with all that its roles and pool add to it.
type Node struct {
	Name string
	// Addresses are the private addresses: the primary, then the one of the other family if there is one.
	Addresses []netip.Addr
	// Public is the public address, or the zero Addr.
	Public    netip.Addr
	Interface string
	// Version of Kubernetes that runs on the node, and the field that says so.
	Version      Version
	versionField diag.Path
	// Roles in the order etcd, control-plane, load-balancer, worker.
	Roles []Role
	Pool  string
	// Machine is a word for the machine behind the name: another one is another machine.
	Machine string `json:",omitempty"`
	// Start of the node's member of etcd; zero where none was worked out.
	Start Start `json:",omitzero"`
	// Labels, Taints, Overlays and Args are merged: cluster, roles, pool, node; the later wins.
	Labels   map[string]string
	Taints   []Taint
	Overlays []string
	Args     Args
	// Storage is merged too: of arrays of one name, and of mounts of one path, the later wins.
	Storage Disks
	// Recipients of the node's sealed files, beside the operators.
	Recipients []string
	// Field is the node's path in the spec, such as spec.nodes[0].
	Field string
}

// VersionField is the path in the spec of the field that says which version runs on the node.
func (n Node) VersionField() string { return string(n.versionField) }

// Has reports whether the node has the role.
func (n Node) Has(r Role) bool {
	for _, have := range n.Roles {
		if have == r {
			return true
		}
	}
	return false
}

// Address is the primary private address.
func (n Node) Address() netip.Addr { return n.Addresses[0] }

// Start is what a member of etcd is told for the time when it has no data. With data, etcd looks at neither.
type Start struct {
	// State is that of the cluster which the member begins in: new or existing.
	State string
	// Peers are NAME=URL of the members that it begins with, itself among them.
	Peers []string
}

// Taint is a Kubernetes node taint.
type Taint struct{ Key, Value, Effect string }

// Args are extra flags by component and flag name; an empty list leaves the flag out.
type Args map[string]map[string][]string
