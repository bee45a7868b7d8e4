package certificate

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
)

// Pin is the hash of a public key as SubjectPublicKeyInfo in DER, in the form of kubeadm's discovery-token-ca-cert-hash
// (k8s.io/kubernetes, cmd/kubeadm/app/util/pubkeypin). It is empty for a key of a kind that has no such form.
func Pin(public any) string {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return ""
	}
	return pinOf(der)
}

func pinOf(der []byte) string {
	sum := sha256.Sum256(der)
	return "sha256:" + hex.EncodeToString(sum[:])
}
