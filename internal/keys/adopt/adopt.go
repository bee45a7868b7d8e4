// Package adopt reads the PKI files of other tools: kubeadm's, cfssl's, openssl's and harender's own. It knows formats and
// names of files; what becomes of what it found is the business of others.
package adopt

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"strings"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/secret"
)

// File is a file as the user has it. Name is the slash path by which they call it.
type File struct {
	Name    string
	Content secret.Plain
}

// Certificate is one of the certificates of a file.
type Certificate struct {
	*x509.Certificate
	File string
}

// Key is one of the private keys of a file.
type Key struct {
	Signer crypto.Signer
	File   string
}

// Public is a public key in a file of its own.
type Public struct {
	Key  crypto.PublicKey
	File string
}

// Encryption is the apiserver's configuration of encryption at rest: apiserver.config.k8s.io/v1, or the EncryptionConfig
// of v1 if Legacy.
type Encryption struct {
	Text   secret.Plain
	Legacy bool
	File   string
}

// Unread is a file in which there is nothing to adopt.
type Unread struct{ File, Why string }

// Found is what there is in some files, in their order. A file may hold several things.
type Found struct {
	Certificates []Certificate
	Keys         []Key
	Publics      []Public
	Encryptions  []Encryption
	Unread       []Unread
	// Problems are errors: keys that do not open, configurations that the apiserver would refuse.
	Problems diag.List
}

// Read looks into each file, of whose bytes it keeps none. What it does not know is unread. No message repeats a file's
// content.
func Read(files []File) Found {
	var out Found
	for _, f := range files {
		out.Problems = append(out.Problems, out.read(f)...)
	}
	return out
}

func (found *Found) read(f File) diag.List {
	text := f.Content.Reveal()
	if block, _ := pem.Decode(text); block != nil {
		return found.readPEM(f.Name, text)
	}
	if cert, err := x509.ParseCertificate(bytes.Clone(text)); err == nil {
		found.Certificates = append(found.Certificates, Certificate{cert, f.Name})
		return nil
	}
	return found.readDocument(f)
}

func (found *Found) readPEM(name string, text []byte) diag.List {
	var list diag.List
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		list = append(list, found.readBlock(name, block)...)
	}
	return list
}

func (found *Found) readBlock(name string, block *pem.Block) diag.List {
	broken := func(what string) diag.List {
		return diag.List{{Summary: what + " does not parse", Hint: "take it again from where it came from, or leave it out", Pos: diag.Pos{File: name}}}
	}
	switch {
	case block.Type == "CERTIFICATE":
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil && strings.Contains(err.Error(), "negative serial number") {
			return diag.List{{
				Summary: "a certificate has a negative serial number", Detail: "Kubernetes and etcd, and all that is built with Go 1.23 or newer, refuse it",
				Hint: "have it signed again with a positive one (RFC 5280), or leave it out", Pos: diag.Pos{File: name},
			}}
		}
		if err != nil {
			return broken("a certificate")
		}
		found.Certificates = append(found.Certificates, Certificate{cert, name})
	case block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "":
		return diag.List{{
			Summary: "the key is locked with a passphrase", Detail: "harender asks for none",
			Hint: "open it where no one else reads, with openssl pkey -in FILE -out FILE, and import that", Pos: diag.Pos{File: name},
		}}
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		key := PrivateKey(block)
		clear(block.Bytes)
		if key == nil {
			return broken("a private key")
		}
		found.Keys = append(found.Keys, Key{key, name})
	case block.Type == "PUBLIC KEY" || block.Type == "RSA PUBLIC KEY":
		key := publicKey(block)
		if key == nil {
			return broken("a public key")
		}
		found.Publics = append(found.Publics, Public{key, name})
	case block.Type == "EC PARAMETERS": // openssl writes them before the key, which has them too.
	default:
		found.unread(name, "a "+diag.Escape(block.Type)+" is none of the things that are adopted")
	}
	return nil
}

func (found *Found) unread(name, why string) {
	found.Unread = append(found.Unread, Unread{name, why})
}

// PrivateKey reads a key in the forms that kubeadm, cfssl and openssl write: PKCS #8, SEC 1 and PKCS #1. It is nil for
// anything else.
func PrivateKey(block *pem.Block) crypto.Signer {
	if k, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		signer, _ := k.(crypto.Signer)
		return signer
	}
	if k, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return k
	}
	if k, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return k
	}
	return nil
}

func publicKey(block *pem.Block) crypto.PublicKey {
	if k, err := x509.ParsePKIXPublicKey(block.Bytes); err == nil {
		return k
	}
	if k, err := x509.ParsePKCS1PublicKey(block.Bytes); err == nil {
		return k
	}
	return nil
}
