package adopt

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/secret"
)

// document is as much of a kubeconfig, or of an EncryptionConfiguration, as is looked at.
type document struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Users      []struct {
		User struct {
			Certificate string `yaml:"client-certificate-data"`
			Key         string `yaml:"client-key-data"`
		}
	}
	Resources []resource
}

// readDocument takes the key pairs out of a kubeconfig, such as kubeadm's scheduler.conf.
func (found *Found) readDocument(f File) diag.List {
	var doc document
	if err := yaml.Unmarshal(f.Content.Reveal(), &doc); err != nil {
		found.unread(f.Name, "it is neither PEM nor a configuration")
		return nil
	}
	switch doc.Kind {
	case "Config":
		return found.readUsers(f.Name, doc)
	case "EncryptionConfiguration", "EncryptionConfig":
		found.Encryptions = append(found.Encryptions, Encryption{secret.NewPlain(bytes.Clone(f.Content.Reveal())), doc.Kind == "EncryptionConfig", f.Name})
		return doc.faults(f.Name)
	}
	found.unread(f.Name, "it is neither PEM nor a configuration with keys")
	return nil
}

func (found *Found) readUsers(name string, doc document) diag.List {
	var list diag.List
	embedded := false
	for _, u := range doc.Users {
		for _, data := range []string{u.User.Certificate, u.User.Key} {
			text, err := base64.StdEncoding.DecodeString(data)
			block, _ := pem.Decode(text)
			switch {
			case data == "":
			case err != nil || block == nil:
				list = append(list, diag.Diagnostic{
					Summary: "a user's certificate or key is not PEM in base64", Hint: "correct it, or leave the file out", Pos: diag.Pos{File: name},
				})
			default:
				embedded = true
				list = append(list, found.readPEM(name, text)...)
			}
			clear(text)
		}
	}
	if !embedded && len(list) == 0 {
		found.unread(name, "a kubeconfig without keys; import the files that it names")
	}
	return list
}

// resource is an entry of an EncryptionConfiguration (k8s.io/apiserver/pkg/apis/apiserver/v1).
type resource struct {
	Resources []string
	Providers []map[string]struct {
		Keys []struct {
			Name, Secret string
		}
		Endpoint string
	}
}

// keySizes are in bytes (k8s.io/apiserver/pkg/apis/apiserver/validation).
func keySizes() map[string][]int {
	return map[string][]int{"aesgcm": {16, 24, 32}, "aescbc": {16, 24, 32}, "secretbox": {32}, "identity": nil, "kms": nil}
}

// faults are what would keep the apiserver from starting. No message shows a key.
func (d document) faults(name string) diag.List {
	var list diag.List
	fault := func(summary string) {
		list = append(list, diag.Diagnostic{
			Summary: summary, Hint: "correct it where it is in use first: the apiserver would not start with it",
			Pos: diag.Pos{File: name}, Confidential: true,
		})
	}
	if want := map[string]string{"EncryptionConfiguration": "apiserver.config.k8s.io/v1", "EncryptionConfig": "v1"}[d.Kind]; d.APIVersion != want {
		fault("an " + d.Kind + " has the apiVersion " + want)
	}
	if len(d.Resources) == 0 {
		fault("the " + d.Kind + " has no resources")
	}
	for _, r := range d.Resources {
		if len(r.Resources) == 0 || len(r.Providers) == 0 {
			fault("an entry of resources names no resources or no providers")
		}
		for _, what := range r.wrong() {
			fault(what)
		}
	}
	return list
}

func (r resource) wrong() []string {
	var out []string
	for _, provider := range r.Providers {
		if len(provider) != 1 {
			out = append(out, "an entry of providers is not one provider")
		}
		for kind, p := range provider {
			sizes, known := keySizes()[kind]
			switch {
			case !known:
				out = append(out, "there is no provider "+diag.Quote(kind))
			case kind == "kms" && p.Endpoint == "":
				out = append(out, "a kms provider has no endpoint")
			case sizes != nil && len(p.Keys) == 0:
				out = append(out, "the provider "+kind+" has no keys")
			}
			for _, key := range p.Keys {
				if !fits(key.Secret, sizes) {
					out = append(out, "the provider "+kind+" has a key of another length, or not in base64: "+diag.Quote(key.Name))
				}
			}
		}
	}
	return out
}

func fits(encoded string, sizes []int) bool {
	raw, err := base64.StdEncoding.DecodeString(encoded)
	defer clear(raw)
	for _, n := range sizes {
		if err == nil && len(raw) == n {
			return true
		}
	}
	return false
}

// Equal reports whether two configurations are the same text.
func (e Encryption) Equal(text []byte) bool {
	return bytes.Equal(bytes.TrimSpace(e.Text.Reveal()), bytes.TrimSpace(text))
}
