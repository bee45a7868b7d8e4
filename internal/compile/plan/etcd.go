package plan

import (
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/layout"
)

// etcdGroup reads the keys of a member that does not run as root; etc/sysusers.d makes it.
const etcdGroup = "etcd"

// etcdMember is one member, with a server and a peer certificate of its own.
func etcdMember(c cluster.Cluster, n cluster.Node) nodeParts {
	s := nodeParts{
		pods: []string{podEtcd},
		leaves: []leaf{
			{
				name: "etcd-server", authority: EtcdCA, profile: "server", commonName: n.Name,
				hosts: hosts(nodeNames(n), loopback()),
				cert:  layout.EtcdPKI + "server.pem", key: layout.EtcdPKI + "server-key.pem",
			},
			{
				name: "etcd-peer", authority: EtcdCA, profile: "peer", commonName: n.Name,
				hosts: hosts(nodeNames(n)),
				cert:  layout.EtcdPKI + "peer.pem", key: layout.EtcdPKI + "peer-key.pem",
			},
		},
	}
	if c.Etcd.RunAs == cluster.Systemd {
		s.pods, s.units = nil, []string{unitEtcd}
		for i := range s.leaves {
			s.leaves[i].group = etcdGroup
		}
	}
	if c.Etcd.Snapshots != (cluster.Snapshots{}) {
		s.units = append(s.units, unitSnapshot)
	}
	return s
}

// etcdClient is for the apiserver, and for etcdctl on the members.
func etcdClient() nodeParts {
	return nodeParts{
		leaves: []leaf{{
			name: "etcd-client", authority: EtcdCA, profile: "client", commonName: "client",
			cert: layout.EtcdPKI + "client.pem", key: layout.EtcdPKI + "client-key.pem",
		}},
		material: []SecretFile{
			{Path: layout.EtcdPKI + "ca.pem", Source: Bundle(EtcdCA, authorityPart), Mode: modePublic, Restarts: []string{podEtcd, unitEtcd, podAPIServer}},
		},
	}
}
