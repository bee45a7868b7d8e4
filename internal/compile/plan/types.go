// Package plan says what must exist, node by node, before anything is rendered, signed or sealed. A plan is pure data:
// it names files, certificates and secrets, and holds no key.
package plan

import (
	"time"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/layout"
)

// Plan is all that a build has to bring about.
type Plan struct {
	Cluster cluster.Cluster
	// Authorities are the certificate authorities.
	Authorities []Authority
	// Certificates are the leaf certificates with their keys.
	Certificates []Certificate
	// Generated are secrets that belong to the cluster, made once from randomness and sealed to operators alone.
	Generated []Generated
	// Copies are the cluster's secrets sealed again, each for one node.
	Copies []Copy
	// Addons are sets of the cluster's own objects, by the name of their folder in base/addons/, sorted.
	Addons []string
	// Nodes in the order of the spec.
	Nodes []Node
}

// Authority is a certificate authority. Its certificate is ID+".crt" below secrets/, its key ID+".key.sops", sealed to
// operators alone.
type Authority struct {
	// ID is a slash path, such as cluster/etcd-ca.
	ID string
	// Recipe is the CSR template, such as csr/etcd-ca.json below secrets/: key algorithm and further subject names.
	Recipe     string
	CommonName string
	Validity   time.Duration
}

// Certificate is a key pair with a certificate signed by one of the authorities; the same two files below secrets/.
type Certificate struct {
	// ID is a slash path: nodes/NODE/NAME.
	ID string
	// Authority is the ID of the issuer.
	Authority string
	// Profile of the cfssl signing configuration: server, client, peer or serving.
	Profile string
	// Recipe is the CSR template below secrets/: key algorithm and further subject names.
	Recipe       string
	CommonName   string
	Organization []string
	// Hosts are the subject alternative names, DNS names and IP addresses, sorted, none twice.
	Hosts []string
	// Validity zero: what the profile says.
	Validity time.Duration
	// RenewBefore is the renewal window before NotAfter.
	RenewBefore time.Duration
	// Recipients open the key, beside the operators.
	Recipients []string
	// Field of the spec that this certificate comes from.
	Field string
}

// Kinds of generated secrets.
const (
	// ServiceAccountKey is a key pair: ID+".pub" (PEM, PKIX) and ID+".key.sops" (PEM).
	ServiceAccountKey = "service-account-key"
	// EncryptionConfig is an apiserver.config.k8s.io/v1 EncryptionConfiguration with a random key: ID+".yaml.sops".
	EncryptionConfig = "encryption-config"
	// LegacyEncryptionConfig is the same in the form that Kubernetes before 1.13 reads: EncryptionConfig of v1.
	LegacyEncryptionConfig = "legacy-encryption-config"
)

// Kinds of secrets of one user: text from randomness alone, of one line.
const (
	// Token is ID+".token.sops".
	Token = "token"
	// Password is ID+".password.sops".
	Password = "password"
)

// Folders of the secrets of users, below secrets/: whatever lies there and is not planned belongs to a user who is gone.
const (
	TokenFolder    = layout.Tokens
	PasswordFolder = layout.Passwords
)

// Generated is a secret that belongs to the cluster.
type Generated struct {
	ID   string
	Kind string
	// Recipe is the CSR template whose key algorithm a ServiceAccountKey has.
	Recipe string
}

// Copy is made of Generated secrets and sealed for one node: either one of them as it is, or several as the rows of a CSV
// file.
type Copy struct {
	// ID is nodes/NODE/NAME; the file's extension is the source's, or .csv.sops.
	ID string
	// Source is the ID of the one secret; empty where there are Rows.
	Source string
	Rows   []Row
	// Recipients open it, beside the operators.
	Recipients []string
	Field      string
}

// Row is the plaintext of a secret, then fields that are none.
type Row struct {
	Source string
	Fields []string
}

// Node is the directory of one node, as far as it is known before rendering.
type Node struct {
	Cluster cluster.Node
	// Pods are the static pods, by the name of their folder in base/.
	Pods []string
	// Units are the systemd units that harender writes or extends, such as kubelet.service.
	Units []string
	// Kubeadm brings the node up: what it writes itself, such as the manifests of a control plane, is in none of these.
	Kubeadm bool
	// Material are the files that come from secrets/, by their path from the node's root.
	Material []SecretFile
}

// SecretFile places a file of secrets/ in a node's directory.
type SecretFile struct {
	// Path from the node's root, without .sops.
	Path string
	// Source is the file below secrets/, such as nodes/m1/server.crt or nodes/m1/server.key.sops.
	Source string
	// Sealed files keep their ciphertext, and the suffix .sops.
	Sealed bool
	// Mode of the opened file, such as 0o600.
	Mode uint32
	// Group that the opened file belongs to; empty for that of its owner, root.
	Group string
	// Restarts names the static pods and units that read the file only when they start.
	Restarts []string
}
