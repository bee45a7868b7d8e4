// Package scaffold makes the files of a new cluster repository.
package scaffold

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"net/netip"
	"strings"
	"text/template"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/spec"
)

// Options say what the repository starts with.
type Options struct {
	Name         string
	ControlPlane int
	Workers      int
	// KubernetesVersion is MAJOR.MINOR.PATCH.
	KubernetesVersion string
	// LoadBalancer is one of the kinds of the spec.
	LoadBalancer string
	// Interface carries the virtual IP; empty is eth0. Kinds without a virtual IP must have none.
	Interface string
	// FirstAddress is the first control plane node's; the others follow.
	FirstAddress netip.Addr
	// Recipient of the operator: an age public key.
	Recipient string
	// Recipients of nodes, by name: see ReadRecipients.
	Recipients map[string][]string
}

//go:embed cluster.yaml.tmpl
var clusterTemplate string

//go:embed README.md.tmpl
var readmeTemplate string

const sopsTemplate = `# Who can open the cluster's secrets. harender seals to these recipients, and each node's files to the node's own as well.
# To let fewer operators open the keys of the authorities, put a rule for them above the other, with two keys at least:
#  - path_regex: '^secrets/cluster/[a-z-]+-ca[.]'
#    age: RECIPIENT,RECIPIENT
creation_rules:
  - path_regex: ^secrets/
    age: {{.Recipient}}
`

// gitignore keeps out what a killed build leaves for the next one to clear away, and keys that were opened in place.
const gitignore = `/.rendered.harender-*
/.secrets.harender-*
/.harender.lock
/rendered/**/*.key
/rendered/**/*-key.pem
/rendered/**/encryption.yaml
`

// gitattributes keeps git from changing the bytes that nodes get and indexes hash, keeps its markers of conflicts out of sealed
// files and indexes, and names who makes sealed files and certificates
// readable. git takes the program's name from its configuration alone: a repository cannot choose what runs on a reader's
// machine.
const gitattributes = `# What nodes get is made of these to the byte: no line end in them may depend on the machine.
cluster.* text eol=lf
.sops.yaml text eol=lf
lib/** text=auto eol=lf
base/** text=auto eol=lf
overlays/** text=auto eol=lf
# What harender makes is whole or not at all: after a merge, take one side and build again.
rendered/** -text -merge linguist-generated
secrets/** -text -merge linguist-generated
# For a git diff that says who can open a file and what a certificate says, each clone needs once:
#   git config diff.harender.textconv "harender textconv"
*.sops diff=harender
*.crt diff=harender
*.cert diff=harender
*.pub diff=harender
rendered/**/*.pem diff=harender
`

// Files are the repository's files by name.
func Files(o Options) (map[string][]byte, error) {
	l, err := layOut(o)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{".gitattributes": []byte(gitattributes), ".gitignore": []byte(gitignore), "cluster.schema.json": spec.Schema()}
	for name, text := range map[string]string{"cluster.yaml": clusterTemplate, "README.md": readmeTemplate, ".sops.yaml": sopsTemplate} {
		t, err := template.New(name).Funcs(template.FuncMap{"join": strings.Join}).Parse(text)
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
		var b bytes.Buffer
		if err := t.Execute(&b, l); err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
		files[name] = b.Bytes()
	}
	return files, nil
}

// layout is what the templates show.
type layout struct {
	Options
	Host      string
	Port      int
	VirtualIP string
	// VirtualRouterID is 0 where there is no virtual IP.
	VirtualRouterID int
	NodeBlock       netip.Prefix
	PodBlock        netip.Prefix
	ServiceNet      netip.Prefix
	Nodes           []node
}

type node struct {
	Name    string
	Address netip.Addr
	Roles   []string
}

func layOut(o Options) (layout, error) {
	l := layout{Options: o, Host: "api." + o.Name + ".example", Port: 6443}
	address := o.FirstAddress
	for i := range o.ControlPlane + o.Workers {
		n := node{Name: fmt.Sprintf("m%d", i+1), Address: address, Roles: []string{string(cluster.RoleEtcd), string(cluster.RoleControlPlane)}}
		if i >= o.ControlPlane {
			n = node{Name: fmt.Sprintf("w%d", i-o.ControlPlane+1), Address: address, Roles: []string{string(cluster.RoleWorker)}}
		}
		l.Nodes = append(l.Nodes, n)
		address = address.Next()
		if !address.IsValid() {
			return layout{}, fmt.Errorf("there are no %d addresses from %s on", o.ControlPlane+o.Workers, o.FirstAddress)
		}
	}
	l.networks(address)
	switch o.LoadBalancer {
	case cluster.Keepalived:
		l.Host, l.Port, l.VirtualRouterID = l.VirtualIP, 8443, 51
		l.Interface = cmp.Or(o.Interface, "eth0")
	case cluster.KubeVIP, cluster.LVS:
		l.Host, l.Interface = l.VirtualIP, cmp.Or(o.Interface, "eth0")
	case cluster.NodeLocal, cluster.HAProxy:
		l.Port = 8443
	}
	return l, nil
}

// networks chooses blocks that hold all nodes and do not overlap. after is the first address that no node has.
func (l *layout) networks(after netip.Addr) {
	vip := l.FirstAddress.Prev()
	l.NodeBlock = enclosing(l.FirstAddress, after)
	if !vip.IsValid() || vip == l.NodeBlock.Addr() || !l.NodeBlock.Contains(vip) {
		vip = after
	}
	l.VirtualIP = vip.String()
	pods, services := []string{"10.244.0.0", "10.128.0.0", "172.16.0.0", "100.64.0.0"}, []string{"10.96.0.0/12", "172.24.0.0/16", "192.168.0.0/16"}
	widest, perNode := 16, 24
	if l.FirstAddress.Is6() {
		pods, services = []string{"fd00:10:244::", "fd00:10:128::"}, []string{"fd00:10:96::/112", "fd00:10:97::/112"}
		widest, perNode = 56, 64
	}
	for len(l.Nodes) > 1<<(perNode-widest) {
		widest--
	}
	for _, text := range pods {
		block := netip.PrefixFrom(netip.MustParseAddr(text), widest)
		if block.Masked() == block && !block.Overlaps(l.NodeBlock) {
			l.PodBlock = block
			break
		}
	}
	for _, text := range services {
		block := netip.MustParsePrefix(text)
		if !block.Overlaps(l.NodeBlock) && !block.Overlaps(l.PodBlock) {
			l.ServiceNet = block
			break
		}
	}
}

// enclosing is the block of at least a /24 (/64 of IPv6) that holds both, and neither as its last address.
func enclosing(first, after netip.Addr) netip.Prefix {
	bits := 24
	if first.Is6() {
		bits = 64
	}
	for ; bits > 0; bits-- {
		block := netip.PrefixFrom(first, bits).Masked()
		if block.Contains(after) && block.Contains(after.Next()) {
			return block
		}
	}
	return netip.PrefixFrom(first, 0).Masked()
}
