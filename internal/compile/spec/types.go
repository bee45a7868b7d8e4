// Package spec reads the one file that describes a cluster, cluster.yaml, cluster.jsonnet or cluster.json, and keeps
// for every field where it stands.
//
// The gate is strict: what is not known, not of its type, given twice, or read differently by different parsers is
// refused, all of it at once and each with its place. Nothing is defaulted and nothing is resolved here.
package spec

// The API that a cluster document declares.
const (
	APIVersion = "harender.io/v1alpha1"
	Kind       = "Cluster"
)

// Of the struct tags, json names a key, and omitempty or omitzero makes it optional; jsonschema and example go to the
// JSON Schema, and example also to the hint about a key that is missing. sample is the whole example for the schema where the
// hint's is cut.

// Cluster is the document as the user wrote it: nothing defaulted, nothing resolved.
type Cluster struct {
	// Schema names the JSON Schema for an editor, and means nothing to harender.
	Schema string `json:"$schema,omitempty" example:"cluster.schema.json"`
	// APIVersion is harender.io/v1alpha1.
	APIVersion string `json:"apiVersion" jsonschema:"enum=harender.io/v1alpha1" example:"harender.io/v1alpha1"`
	// Kind is Cluster.
	Kind string `json:"kind" jsonschema:"enum=Cluster" example:"Cluster"`
	// Metadata names the cluster.
	Metadata Metadata `json:"metadata" example:"{name: prod}"`
	// Spec is what the cluster shall be.
	Spec Spec `json:"spec" example:"{endpoint: ..., networks: ..., nodes: ...}" sample:"{endpoint: {host: 10.0.0.10}, networks: {nodes: [10.0.0.0/24]}, nodes: [{name: m1, address: 10.0.0.11, roles: [etcd, control-plane]}]}"`
}

// Metadata names the cluster.
type Metadata struct {
	// Name of the cluster, a DNS-1123 label of at most 40 characters. It is in the subject of the CAs and in every kubeconfig.
	Name string `json:"name" jsonschema:"pattern=^[a-z0-9]([-a-z0-9]*[a-z0-9])?$,maxLength=40" example:"prod"`
}

// Spec is what the cluster shall be.
type Spec struct {
	// KubernetesVersion is MAJOR.MINOR.PATCH. The default is the newest that this harender knows. Roles, pools and nodes may
	// pin another one; the addons follow this one.
	KubernetesVersion string `json:"kubernetesVersion,omitempty" jsonschema:"pattern=^[0-9]+[.][0-9]+[.][0-9]+$" example:"1.37.2"`
	// Endpoint is where clients reach the apiservers.
	Endpoint Endpoint `json:"endpoint" example:"{host: 10.0.0.10}"`
	// LoadBalancer stands at the endpoint and spreads connections over the apiservers.
	LoadBalancer LoadBalancer `json:"loadBalancer,omitzero" example:"{kind: keepalived}"`
	// Networks are the address blocks of nodes, pods and services.
	Networks Networks `json:"networks" example:"{nodes: [10.0.0.0/24]}"`
	// Bootstrap says what brings up control plane nodes and workers: staticPods, of which harender renders the manifests,
	// or kubeadm, of which it renders the configuration, with the certificates where kubeadm looks for them.
	Bootstrap string `json:"bootstrap,omitempty" jsonschema:"enum=staticPods,enum=kubeadm,default=staticPods" example:"kubeadm"`
	// APIServer holds the settings of kube-apiserver that others depend on.
	APIServer APIServer `json:"apiServer,omitzero" example:"{port: 6443}"`
	// Etcd holds the settings of etcd.
	Etcd Etcd `json:"etcd,omitzero" example:"{runAs: systemd}"`
	// Kubelet holds the settings of every kubelet.
	Kubelet Kubelet `json:"kubelet,omitzero" example:"{apiServer: loadBalancer}"`
	// KubeProxy holds the settings of kube-proxy.
	KubeProxy KubeProxy `json:"kubeProxy,omitzero" example:"{mode: nftables}"`
	// DNS holds the settings of the cluster's DNS.
	DNS DNS `json:"dns,omitzero" example:"{preset: large}"`
	// LeaderElection holds the durations by which kube-controller-manager, kube-scheduler and cluster-autoscaler elect a leader.
	LeaderElection LeaderElection `json:"leaderElection,omitzero" example:"{leaseDuration: 15s}"`
	// CloudProvider says whose machines the nodes are.
	CloudProvider CloudProvider `json:"cloudProvider,omitzero" example:"{kind: external, name: aws}"`
	// ClusterAutoscaler adds and removes nodes of a cloud as pods need them. The default is none.
	ClusterAutoscaler ClusterAutoscaler `json:"clusterAutoscaler,omitzero" example:"{cloudProvider: aws, nodeGroups: [{name: workers, max: 10}]}"`
	// Storage holds the classes and the volumes that pods claim their storage of.
	Storage Storage `json:"storage,omitzero" example:"{classes: [{name: fast, driver: awsEBS, default: true}]}"`
	// Certificates holds their lifetimes.
	Certificates Certificates `json:"certificates,omitzero" example:"{validity: 43800h}"`
	// Acknowledge are the classes of risk that the change at hand may have, for pipelines that ask with harender diff --require-ack:
	// irreversible, identity, data-at-rest, quorum, endpoint and restart. Take it out with the next change.
	Acknowledge []string `json:"acknowledge,omitempty" jsonschema:"enum=irreversible,enum=identity,enum=data-at-rest,enum=quorum,enum=endpoint,enum=restart" example:"[restart, quorum]"`
	// Overlays apply to every node, in this order, each a folder of overlays/ (built-in or the repository's own). The default is none.
	Overlays []string `json:"overlays,omitempty" jsonschema:"pattern=^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" example:"[hardened]"`
	// ExtraArgs are flags by component (etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kube-proxy, kubelet)
	// and by flag name without dashes. A value is a scalar, a list for a flag that repeats, or null to leave the flag out.
	ExtraArgs ExtraArgs `json:"extraArgs,omitempty" example:"{kube-apiserver: {event-ttl: 2h}}"`
	// Roles adds overlays, flags, labels and taints to every node with the role (etcd, control-plane, load-balancer, worker).
	Roles map[string]Group `json:"roles,omitempty" example:"{worker: {labels: {example.org/rack: a1}}}"`
	// Pools adds them to every node of the pool. A pool that has nothing to add need not be here.
	Pools map[string]Group `json:"pools,omitempty" example:"{gpu: {taints: [{key: gpu, effect: NoSchedule}]}}"`
	// Nodes are the machines of the cluster.
	Nodes []Node `json:"nodes" jsonschema:"minItems=1" example:"[{name: m1, address: 10.0.0.11, roles: [etcd, control-plane]}]"`
}

// Endpoint is the apiserver's address for its clients.
type Endpoint struct {
	// Host is a DNS name or an IP address, and a subject alternative name of every apiserver. With keepalived, lvs and kube-vip
	// it is the virtual IP or a name of it, with haproxy a name of the balancers. With nodeLocal the cluster's nodes use their
	// own loopback address, and host is what clients elsewhere use, at the apiservers' own port.
	Host string `json:"host" jsonschema:"minLength=1" example:"api.example.org"`
	// Port that the load balancer listens on. The default is 8443 where haproxy shares a host with an apiserver, the apiservers'
	// own port with lvs and kube-vip, which cannot change it, and else 6443.
	Port int `json:"port,omitempty" jsonschema:"minimum=1,maximum=65535" example:"8443"`
}

// LoadBalancer says what balances the apiservers. Its nodes are those with the role load-balancer or, where no node has it,
// those of the control plane.
type LoadBalancer struct {
	// Kind is haproxy (on the balancer's nodes, found by a DNS name), keepalived (haproxy and a virtual IP that moves between
	// them), lvs (keepalived and IPVS on nodes with the role load-balancer), kube-vip (a virtual IP that moves between the
	// apiservers), nodeLocal (haproxy on every node, listening on loopback), cloud (a balancer of the cloud, made from
	// rendered/cloud/load-balancer.tfvars.json) or external (a balancer that the user runs). The default is keepalived where
	// virtualIP is given or endpoint.host is an address in networks.nodes, and else external.
	Kind string `json:"kind,omitempty" jsonschema:"enum=haproxy,enum=keepalived,enum=lvs,enum=kube-vip,enum=nodeLocal,enum=cloud,enum=external" example:"keepalived"`
	// RunAs is how the balancer's nodes run haproxy and keepalived: staticPod, or systemd for the units of the distribution's
	// packages, which need no kubelet. Kinds other than haproxy, keepalived, lvs and nodeLocal have none.
	RunAs string `json:"runAs,omitempty" jsonschema:"enum=staticPod,enum=systemd,default=staticPod" example:"systemd"`
	// VirtualIP is the address that keepalived, lvs or kube-vip moves between the balancer's nodes, of the cluster's primary
	// family and inside networks.nodes. keepalived takes one a family, with a comma between them: "10.0.0.10,fd00:10::10". The
	// default is endpoint.host where that is an IP address. Other kinds have none.
	VirtualIP string `json:"virtualIP,omitempty" example:"10.0.0.10"`
	// VirtualRouterID is the VRRP id, unique in the nodes' network; a second virtual IP has the next one. Kinds other than
	// keepalived and lvs have none.
	VirtualRouterID int `json:"virtualRouterID,omitempty" jsonschema:"minimum=1,maximum=255,default=51" example:"51"`
	// Interface carries the virtual IP; a node may name its own. Without either, eth0 is taken, with a warning. Kinds without a
	// virtual IP have none.
	Interface string `json:"interface,omitempty" jsonschema:"maxLength=15,default=eth0" example:"eth0"`
}

// Networks are CIDR blocks, one a family, the primary family first.
type Networks struct {
	// Nodes hold the private addresses of all nodes; there may be several blocks of a family.
	Nodes []string `json:"nodes" jsonschema:"minItems=1" example:"[10.0.0.0/24]"`
	// Pods have one block a family, with room for a /24 (IPv4) or /64 (IPv6) a node. The default is 10.244.0.0/16 and
	// fd00:10:244::/56, of the families that services have or, where these are not given either, nodes.
	Pods []string `json:"pods,omitempty" jsonschema:"maxItems=2" example:"[10.244.0.0/16]"`
	// Services have one block a family, the families of the pods. The default is 10.96.0.0/12 and fd00:10:96::/112.
	Services []string `json:"services,omitempty" jsonschema:"maxItems=2" example:"[10.96.0.0/12]"`
	// DNSDomain ends the names of services.
	DNSDomain string `json:"dnsDomain,omitempty" jsonschema:"default=cluster.local" example:"cluster.local"`
}

// APIServer holds the settings of kube-apiserver that others depend on.
type APIServer struct {
	// Port that each apiserver listens on.
	Port int `json:"port,omitempty" jsonschema:"minimum=1,maximum=65535,default=6443" example:"6443"`
	// CertSANs are further DNS names and IP addresses in the serving certificates. The default is none: the endpoint,
	// the nodes and the names of the service are there without.
	CertSANs []string `json:"certSANs,omitempty" jsonschema:"uniqueItems=true" example:"[api.example.org]"`
	// Tokens log their users in with a bearer token each, which harender makes (/srv/kubernetes/known_tokens.csv). They never
	// expire: prefer certificates. The default is none.
	Tokens []Account `json:"tokens,omitempty" example:"[{user: monitoring, groups: [readers]}]"`
	// BasicAuth logs its users in with a password each, which harender makes (/srv/kubernetes/basic_auth.csv). Kubernetes
	// before 1.19 alone has it. The default is none.
	BasicAuth []Account `json:"basicAuth,omitempty" example:"[{user: admin}]"`
}

// Account is a user who logs in to the apiserver by a secret.
type Account struct {
	// User is the name that the apiserver takes the client for, once in the list.
	User string `json:"user" jsonschema:"pattern=^[a-z0-9]([-a-z0-9._:]*[a-z0-9])?$,maxLength=63" example:"monitoring"`
	// UID tells the user from others of that name. The default is the name.
	UID string `json:"uid,omitempty" example:"monitoring"`
	// Groups of the user, for RBAC. The default is none.
	Groups []string `json:"groups,omitempty" example:"[readers]"`
}

// Etcd holds the settings of etcd.
type Etcd struct {
	// InitialClusterState of members. Without it, each keeps what rendered/ says that it began with, and one that is not there yet
	// joins those that are. With new, all begin together, whatever rendered/ says; with existing, the first build joins
	// an etcd that runs already.
	InitialClusterState string `json:"initialClusterState,omitempty" jsonschema:"enum=new,enum=existing" example:"existing"`
	// RunAs is what keeps the members running: staticPod (the kubelet), or systemd (etcd.service, with the programs that the
	// host brings). A node with the role etcd alone then has no kubelet, and is no node of Kubernetes.
	RunAs string `json:"runAs,omitempty" jsonschema:"enum=staticPod,enum=systemd,default=staticPod" example:"systemd"`
	// QuotaBackend is how large the database may become before etcd takes no more writes, a Kubernetes quantity.
	QuotaBackend string `json:"quotaBackend,omitempty" jsonschema:"default=8Gi" example:"8Gi"`
	// AutoCompaction makes etcd forget old revisions by itself. The default is not to: kube-apiserver compacts every five minutes.
	AutoCompaction *AutoCompaction `json:"autoCompaction,omitempty" example:"{mode: periodic, retention: 1h}"`
	// Snapshots of the members by a timer. The default is none.
	Snapshots *Snapshots `json:"snapshots,omitempty" example:"{schedule: hourly}"`
}

// AutoCompaction says which revisions etcd forgets by itself.
type AutoCompaction struct {
	// Mode is periodic (by age) or revision (by number).
	Mode string `json:"mode" jsonschema:"enum=periodic,enum=revision" example:"periodic"`
	// Retention is what is kept: with periodic a Go duration such as 1h, with revision a number of revisions in quotes.
	Retention string `json:"retention" jsonschema:"minLength=1" example:"1h"`
}

// Snapshots are copies of etcd's database, made on each member.
type Snapshots struct {
	// Schedule is when, as OnCalendar of systemd: hourly, daily, or an expression such as "*-*-* 00/6:00:00".
	Schedule string `json:"schedule" jsonschema:"minLength=1" example:"hourly"`
	// Retain is how many a member keeps.
	Retain int `json:"retain,omitempty" jsonschema:"minimum=1,maximum=10000,default=24" example:"24"`
	// Directory on the member that holds them.
	Directory string `json:"directory,omitempty" jsonschema:"default=/var/lib/etcd-snapshots,pattern=^(/[A-Za-z0-9._-]+)+$" example:"/var/lib/etcd-snapshots"`
}

// Kubelet holds the settings of every kubelet.
type Kubelet struct {
	// APIServer that the kubelets of control plane nodes talk to: loadBalancer, or local for the one on their own node.
	APIServer string `json:"apiServer,omitempty" jsonschema:"enum=loadBalancer,enum=local,default=loadBalancer" example:"loadBalancer"`
	// Unit says who brings kubelet.service: packaged (the distribution's package, which harender's drop-in extends) or
	// rendered (harender, for hosts that have the program alone). kubeadm's kubelets have the unit of the package.
	Unit string `json:"unit,omitempty" jsonschema:"enum=packaged,enum=rendered,default=packaged" example:"rendered"`
	// Package says how hosts get the kubelet's program, for the steps of an upgrade: apt or dnf, which install the package kubelet
	// of that version. The default is none: who follows the plan puts the program there, and the plan looks.
	Package string `json:"package,omitempty" jsonschema:"enum=none,enum=apt,enum=dnf" example:"apt"`
}

// Certificates holds lifetimes, as Go durations such as 43800h.
type Certificates struct {
	// Validity of leaf certificates, at most caValidity. The default is what the cfssl profile in secrets/ says (43800h).
	Validity string `json:"validity,omitempty" jsonschema:"pattern=^([0-9]+([.][0-9]+)?(h|m|s|ms))+$" example:"43800h"`
	// CAValidity of certificate authorities.
	CAValidity string `json:"caValidity,omitempty" jsonschema:"pattern=^([0-9]+([.][0-9]+)?(h|m|s|ms))+$,default=87600h" example:"87600h"`
	// RenewBefore is how long before its end a certificate is reissued, less than validity.
	RenewBefore string `json:"renewBefore,omitempty" jsonschema:"pattern=^([0-9]+([.][0-9]+)?(h|m|s|ms))+$,default=720h" example:"720h"`
	// Pins say which authorities and secrets this cluster has: others are refused. harender certs pins prints them.
	Pins Pins `json:"pins,omitzero" example:"{etcd: [\"sha256:...\"]}" sample:"{etcd: [\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"]}"`
}

// Pins are SHA-256 hashes, each sha256: and 64 hex digits. Where there are none of a kind, nothing of it is pinned. During a
// rotation both the old and the new one are here.
type Pins struct {
	// Kubernetes are the public keys of the CA (SubjectPublicKeyInfo in DER), as kubeadm's discovery-token-ca-cert-hash.
	Kubernetes []string `json:"kubernetes,omitempty" jsonschema:"pattern=^sha256:[0-9a-f]{64}$" example:"[\"sha256:...\"]" sample:"[\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"]"`
	// Etcd are the public keys of etcd's CA.
	Etcd []string `json:"etcd,omitempty" jsonschema:"pattern=^sha256:[0-9a-f]{64}$" example:"[\"sha256:...\"]" sample:"[\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"]"`
	// FrontProxy are the public keys of the front proxy's CA.
	FrontProxy []string `json:"frontProxy,omitempty" jsonschema:"pattern=^sha256:[0-9a-f]{64}$" example:"[\"sha256:...\"]" sample:"[\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"]"`
	// ServiceAccount are the public keys that verify the tokens of service accounts.
	ServiceAccount []string `json:"serviceAccount,omitempty" jsonschema:"pattern=^sha256:[0-9a-f]{64}$" example:"[\"sha256:...\"]" sample:"[\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"]"`
	// Encryption are commitments to the configurations of encryption at rest. Only who opens these can compare.
	Encryption []string `json:"encryption,omitempty" jsonschema:"pattern=^sha256:[0-9a-f]{64}$" example:"[\"sha256:...\"]" sample:"[\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"]"`
	// Credentials are commitments to tokens and passwords of users. Only who opens these can compare.
	Credentials []string `json:"credentials,omitempty" jsonschema:"pattern=^sha256:[0-9a-f]{64}$" example:"[\"sha256:...\"]" sample:"[\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"]"`
}

// Group is what a role or a pool adds to its nodes. Of what the cluster, the roles (etcd, control-plane, load-balancer,
// worker), the pool and the node say, the later wins, and overlays add up in that order.
type Group struct {
	// KubernetesVersion that the group's nodes run, such as workers that are upgraded later. The default is the cluster's.
	KubernetesVersion string `json:"kubernetesVersion,omitempty" jsonschema:"pattern=^[0-9]+[.][0-9]+[.][0-9]+$" example:"1.35.4"`
	// Overlays apply to the group's nodes, in this order. The default is none.
	Overlays []string `json:"overlays,omitempty" jsonschema:"pattern=^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" example:"[hardened]"`
	// ExtraArgs are flags by component and by flag name. The default is none.
	ExtraArgs ExtraArgs `json:"extraArgs,omitempty" example:"{kubelet: {v: 4}}"`
	// Labels that the kubelets give their nodes. The default is none.
	Labels map[string]string `json:"labels,omitempty" example:"{example.org/rack: a1}"`
	// Taints that the kubelets register their nodes with. The default is none.
	Taints []Taint `json:"taints,omitempty" example:"[{key: gpu, effect: NoSchedule}]"`
	// Storage is what the group's nodes make of their disks. The default is none.
	Storage Disks `json:"storage,omitzero" example:"{mounts: [{device: /dev/nvme1n1, path: /var/lib/etcd, type: ext4}]}"`
}

// Node is one machine.
type Node struct {
	// Name is the host name, a DNS-1123 subdomain of at most 52 characters.
	Name string `json:"name" jsonschema:"pattern=^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$,maxLength=52" example:"m1"`
	// Address is the private address, of the cluster's primary family and inside networks.nodes.
	Address string `json:"address" jsonschema:"minLength=1" example:"10.0.0.11"`
	// SecondaryAddress is the private address of the other family; required in a dual stack cluster, and in no other.
	SecondaryAddress string `json:"secondaryAddress,omitempty" example:"fd00:10::11"`
	// PublicAddress is a further address under which clients may reach the node. The default is none.
	PublicAddress string `json:"publicAddress,omitempty" example:"203.0.113.11"`
	// Interface that carries the virtual IP on this node. The default is loadBalancer.interface.
	Interface string `json:"interface,omitempty" jsonschema:"maxLength=15" example:"eth0"`
	// Roles are any of etcd, control-plane, load-balancer and worker. A node that is no worker has a taint against workloads.
	Roles []string `json:"roles" jsonschema:"enum=etcd,enum=control-plane,enum=load-balancer,enum=worker,minItems=1,uniqueItems=true" example:"[etcd, control-plane]"`
	// KubernetesVersion that the node runs: all of its components, and etcd of that version. The default is that of its pool,
	// of its roles, or the cluster's.
	KubernetesVersion string `json:"kubernetesVersion,omitempty" jsonschema:"pattern=^[0-9]+[.][0-9]+[.][0-9]+$" example:"1.35.4"`
	// Machine is a word for the machine behind the name, such as a serial number. Another word than before says that the machine
	// was replaced: the new one begins on empty disks, and its member of etcd joins the others. The default is none.
	Machine string `json:"machine,omitempty" jsonschema:"pattern=^[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?$,maxLength=63" example:"SN-4711"`
	// Pool groups nodes that are alike. The default is none.
	Pool string `json:"pool,omitempty" jsonschema:"pattern=^[a-z0-9]([-a-z0-9]*[a-z0-9])?$,maxLength=63" example:"gpu"`
	// Labels that the kubelet gives its node. The default is none.
	Labels map[string]string `json:"labels,omitempty" example:"{example.org/rack: a1}"`
	// Taints that the kubelet registers its node with. The default is none but those of the roles.
	Taints []Taint `json:"taints,omitempty" example:"[{key: gpu, effect: NoSchedule}]"`
	// Overlays apply to this node, in this order. The default is none.
	Overlays []string `json:"overlays,omitempty" jsonschema:"pattern=^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" example:"[hardened]"`
	// ExtraArgs are flags by component and by flag name. The default is none.
	ExtraArgs ExtraArgs `json:"extraArgs,omitempty" example:"{kubelet: {v: 4}}"`
	// Storage is what the node makes of its disks. The default is none.
	Storage Disks `json:"storage,omitzero" example:"{mounts: [{device: /dev/nvme1n1, path: /var/lib/etcd, type: ext4}]}"`
	// Recipients open the node's sealed files: age recipients or SSH ed25519 public keys of the node.
	// Without any, the files are sealed to the operators alone.
	Recipients []string `json:"recipients,omitempty" jsonschema:"pattern=^(age1|ssh-ed25519 ),uniqueItems=true" example:"[age1...]" sample:"[age127cfsqdg75k7lup4ua6nc27hcndna380l026cdmsltzvspa4uyes22mtzq]"`
}

// Disks are arrays, and file systems with the places where they are mounted. Of the levels of the spec, the later has an
// array of the same name and a mount of the same path for itself.
type Disks struct {
	// RAID are arrays of disks, made by mdadm where the disks are empty. The default is none.
	RAID []Array `json:"raid,omitempty" example:"[{name: etcd, level: 1, devices: [/dev/nvme1n1, /dev/nvme2n1]}]"`
	// Mounts are file systems, made where the device is empty. The default is none.
	Mounts []Mount `json:"mounts,omitempty" example:"[{device: /dev/md/etcd, path: /var/lib/etcd, type: ext4}]"`
}

// Array is a software RAID array.
type Array struct {
	// Name of the array, whose device is /dev/md/NAME.
	Name string `json:"name" jsonschema:"pattern=^[a-z][a-z0-9_]*$,maxLength=32" example:"etcd"`
	// Level of redundancy: 1, 5, 6 or 10.
	Level int `json:"level" jsonschema:"enum=1,enum=5,enum=6,enum=10" example:"1"`
	// Devices are the disks or partitions, spares included, by their paths below /dev.
	Devices []string `json:"devices" jsonschema:"pattern=^/dev/,minItems=2,uniqueItems=true" example:"[/dev/nvme1n1, /dev/nvme2n1]"`
	// Spares is how many of the devices wait for another to fail. The default is none.
	Spares int `json:"spares,omitempty" jsonschema:"minimum=1,maximum=8" example:"1"`
}

// Mount is a file system and where it is mounted.
type Mount struct {
	// Device is a disk, a partition or an array, by its path below /dev.
	Device string `json:"device" jsonschema:"pattern=^/dev/" example:"/dev/md/etcd"`
	// Path where it is mounted, of letters, digits, _ and . in each part.
	Path string `json:"path" jsonschema:"pattern=^(/[A-Za-z0-9_.]+)+$" example:"/var/lib/etcd"`
	// Type of the file system.
	Type string `json:"type" jsonschema:"enum=ext4,enum=xfs" example:"ext4"`
	// Options of the mount. The default is noatime alone.
	Options []string `json:"options,omitempty" jsonschema:"uniqueItems=true,minItems=1" example:"[noatime]"`
}

// Taint is a Kubernetes node taint.
type Taint struct {
	// Key of the taint, such as example.org/dedicated.
	Key string `json:"key" jsonschema:"minLength=1" example:"example.org/dedicated"`
	// Value of the taint. The default is none.
	Value string `json:"value,omitempty" jsonschema:"maxLength=63" example:"storage"`
	// Effect is NoSchedule, PreferNoSchedule or NoExecute.
	Effect string `json:"effect" jsonschema:"enum=NoSchedule,enum=PreferNoSchedule,enum=NoExecute" example:"NoSchedule"`
}

// ExtraArgs are flags by component, then by flag name without dashes.
type ExtraArgs map[string]map[string]Arg

// Arg is the value of a flag: one value, several for a flag that repeats, or none (a list of no elements) to leave the
// flag out. Numbers and booleans stand as they are written.
type Arg []string
