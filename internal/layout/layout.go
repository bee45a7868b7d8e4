// Package layout says where things lie: below secrets/ and rendered/ in a repository, and on a node. It makes these
// paths and takes them apart, and nobody else spells them. It knows no file system and no plan.
package layout

// Folders of a repository, from its root.
const (
	Secrets  = "secrets/"
	Rendered = "rendered"
)

const (
	// Sealed is what the name of a sealed file ends in: without it, it is the name of what was sealed.
	Sealed = ".sops"
	// Index makes the name of a directory's index, which lies beside the directory in rendered/.
	Index = ".index.json"
)

// Folders of a node, from its root. What lies there bears the names that its reader has for it.
const (
	// Manifests are the static pods.
	Manifests = "etc/kubernetes/manifests/"
	// PKI has a folder per component, and EtcdPKI is that of etcd.
	PKI     = "etc/kubernetes/pki/"
	EtcdPKI = PKI + "etcd/"
	// APIServer is what kube-apiserver alone reads.
	APIServer = "srv/kubernetes/"
	// Units are those of systemd, and Presets say which of them are enabled.
	Units   = "etc/systemd/system/"
	Presets = "etc/systemd/system-preset/"
)
