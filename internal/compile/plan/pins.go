package plan

import (
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
)

// PinsField is where the pins are in the spec.
const PinsField = "spec.certificates.pins"

// Pins gives what the spec allows for the authority or the generated secret of that ID, and the key of the spec below
// [PinsField]. Where it allows nothing, the ID is not pinned.
func (p Plan) Pins(id string) (pins []string, key string) {
	return pinsOf(p.Cluster.Certificates.Pins, id)
}

func pinsOf(all cluster.Pins, id string) (pins []string, key string) {
	switch {
	case id == KubernetesCA:
		return all.Kubernetes, "kubernetes"
	case id == EtcdCA:
		return all.Etcd, "etcd"
	case id == FrontProxyCA:
		return all.FrontProxy, "frontProxy"
	case id == serviceKey:
		return all.ServiceAccount, "serviceAccount"
	case id == encryption:
		return all.Encryption, "encryption"
	case strings.HasPrefix(id, TokenFolder+"/"), strings.HasPrefix(id, PasswordFolder+"/"):
		return all.Credentials, "credentials"
	}
	return nil, ""
}
