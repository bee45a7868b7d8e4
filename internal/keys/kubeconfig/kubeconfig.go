// Package kubeconfig writes the file that kubectl reads, for a person: with everything in it, the private key too. Those of
// nodes name files by path instead, and are rendered.
package kubeconfig

import (
	"encoding/base64"
	"strconv"

	"github.com/harender/harender/internal/keys/secret"
)

// Client is who talks to which cluster. Authorities, Certificate and Key are PEM.
type Client struct {
	Cluster, User string
	// Server is an https URL.
	Server string
	// Authorities are whom the client trusts to vouch for the server: one or more certificates.
	Authorities, Certificate []byte
	Key                      secret.Plain
}

// Embedded is the file in YAML. Its one context is USER@CLUSTER, as in the files of nodes.
// https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
func Embedded(c Client) secret.Plain {
	cluster, user, context := strconv.Quote(c.Cluster), strconv.Quote(c.User), strconv.Quote(c.User+"@"+c.Cluster)
	head := "apiVersion: v1\nkind: Config\n" +
		"clusters:\n- name: " + cluster + "\n  cluster:\n    server: " + strconv.Quote(c.Server) +
		"\n    certificate-authority-data: " + base64.StdEncoding.EncodeToString(c.Authorities) +
		"\nusers:\n- name: " + user + "\n  user:\n    client-certificate-data: " + base64.StdEncoding.EncodeToString(c.Certificate) +
		"\n    client-key-data: "
	tail := "\ncontexts:\n- name: " + context + "\n  context:\n    cluster: " + cluster + "\n    user: " + user +
		"\ncurrent-context: " + context + "\n"
	key := c.Key.Reveal()
	// What append leaves behind would not be wiped.
	out := make([]byte, 0, len(head)+base64.StdEncoding.EncodedLen(len(key))+len(tail))
	out = append(out, head...)
	out = base64.StdEncoding.AppendEncode(out, key)
	return secret.NewPlain(append(out, tail...))
}
