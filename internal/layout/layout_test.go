package layout_test

import (
	"strings"
	"testing"

	"github.com/harender/harender/internal/layout"
)

func TestParse(t *testing.T) {
	hash := strings.Repeat("0f", 32)
	for name, want := range map[string]layout.File{
		"cluster/etcd-ca.crt":                        {ID: "cluster/etcd-ca", Extension: ".crt"},
		"cluster/etcd-ca.next.crt":                   {ID: "cluster/etcd-ca", Extension: ".crt", State: layout.Next},
		"cluster/encryption.previous.yaml.sops":      {ID: "cluster/encryption", Extension: ".yaml.sops", State: layout.Previous},
		"cluster/tokens/jo.next.token.sops":          {ID: "cluster/tokens/jo.next", Extension: ".token.sops"},
		"nodes/m1/etcd-peer.key.sops":                {ID: "nodes/m1/etcd-peer", Node: "m1", Extension: ".key.sops"},
		"nodes/m1.next/etcd-peer.crt":                {ID: "nodes/m1.next/etcd-peer", Node: "m1.next", Extension: ".crt"},
		"nodes/m1/basic-auth.csv.sops":               {ID: "nodes/m1/basic-auth", Node: "m1", Extension: ".csv.sops"},
		"pending/nodes/m1/etcd-peer.csr":             {ID: "nodes/m1/etcd-peer", Node: "m1", Extension: ".csr", State: layout.Waiting},
		"nodes/m1.example.com/known-tokens.csv.sops": {ID: "nodes/m1.example.com/known-tokens", Node: "m1.example.com", Extension: ".csv.sops"},
		"SHA256SUMS":           {ID: "SHA256SUMS"},
		"other/thing.txt.sops": {ID: "other/thing", Extension: ".txt.sops"},

		// What was retired, with a serial number or a hash, and by hand.
		layout.Retired("nodes/m1/etcd-peer", "1", ".key.sops"):        {ID: "nodes/m1/etcd-peer", Node: "m1", Extension: ".key.sops", State: layout.Replaced},
		layout.Retired("nodes/m1/etcd-peer", hash, ".key.sops"):       {ID: "nodes/m1/etcd-peer", Node: "m1", Extension: ".key.sops", State: layout.Replaced},
		layout.RetiredPending("nodes/m1/etcd-peer", hash, ".csr"):     {ID: "nodes/m1/etcd-peer", Node: "m1", Extension: ".csr", State: layout.Replaced},
		layout.Retired("cluster/etcd-ca", "ca", ".crt"):               {ID: "cluster/etcd-ca", Extension: ".crt", State: layout.Replaced},
		layout.Retired("cluster/tokens/ada-bee", hash, ".token.sops"): {ID: "cluster/tokens/ada-bee", Extension: ".token.sops", State: layout.Replaced},
		layout.Retired("cluster/encryption", hash, ".yaml.sops"):      {ID: "cluster/encryption", Extension: ".yaml.sops", State: layout.Replaced},
		layout.Retired("cluster/passwords/x", hash, ".password.sops"): {ID: "cluster/passwords/x", Extension: ".password.sops", State: layout.Replaced},
		layout.Retired("nodes/a-1/etcd-peer", "4da1ef", ".key.sops"):  {ID: "nodes/a-1/etcd-peer", Node: "a-1", Extension: ".key.sops", State: layout.Replaced},
		"retired/nodes/m1/etcd-peer.key.sops":                         {ID: "nodes/m1/etcd-peer", Node: "m1", Extension: ".key.sops", State: layout.Replaced},
		"retired/cluster/etcd-ca.key.sops":                            {ID: "cluster/etcd-ca", Extension: ".key.sops", State: layout.Replaced},
		"retired/cluster/tokens/ada-bee.token.sops":                   {ID: "cluster/tokens/ada-bee", Extension: ".token.sops", State: layout.Replaced},
		"retired/pending/nodes/m1/etcd-peer.key.sops":                 {ID: "nodes/m1/etcd-peer", Node: "m1", Extension: ".key.sops", State: layout.Replaced},
	} {
		if got := layout.Parse(name); got != want {
			t.Errorf("%s: %+v, not %+v", name, got, want)
		}
	}
}

func TestNodeOf(t *testing.T) {
	for id, want := range map[string]string{
		"nodes/m1/etcd-peer": "m1", "nodes/m1.example.org/x.crt": "m1.example.org", "cluster/etcd-ca": "", "nodes/m1": "", "": "",
	} {
		if got := layout.NodeOf(id); got != want {
			t.Errorf("%s: %q, not %q", id, got, want)
		}
	}
}
