package repository_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"
	"k8s.io/apiserver/pkg/storage/value"
	"k8s.io/apiserver/pkg/storage/value/encrypt/secretbox"
	"k8s.io/client-go/util/keyutil"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/keys/vault"
)

// TestRotationOfMixedKeys does for the keys what [TestRotationOfMixedNodes] does for authorities: a token that one master signs is
// good at all of them, and what one of them writes to etcd all of them can read.
func TestRotationOfMixedKeys(t *testing.T) {
	for _, test := range []struct {
		name  string
		check func(t *testing.T, f fleet) func(writer, reader nodeTree) error
	}{
		{"service-account", tokens},
		{"encryption", stored},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFleet(t, 3, 2)
			f.build(t)
			p, check, count := compileRepository(t, os.DirFS(f.dir)).Plan, test.check(t, f), 0
			mixes := f.rotated(t, p, test.name, func(mix map[string]nodeTree) (errs []error) {
				masters := []nodeTree{mix["m1"], mix["m2"], mix["m3"]}
				for _, writer := range masters {
					for _, reader := range masters {
						errs = append(errs, check(writer, reader))
						count++
					}
				}
				return errs
			})
			t.Logf("%d mixes of nodes, %d pairs of masters in them", mixes, count)
		})
	}
}

// tokens signs with the key of one master, and verifies with the public keys of another.
func tokens(t *testing.T, f fleet) func(signer, verifier nodeTree) error {
	open := f.opener(t)
	digest := sha256.Sum256([]byte("a token"))
	return func(signer, verifier nodeTree) error {
		private, err := keyutil.ParsePrivateKeyPEM(open(signer, "srv/kubernetes/sa.key"))
		if err != nil {
			return err
		}
		public, err := keyutil.ParsePublicKeysPEM(verifier["srv/kubernetes/sa.pub"])
		if err != nil {
			return err
		}
		key, ok := private.(crypto.Signer)
		if !ok {
			return fmt.Errorf("a key of the type %T", private)
		}
		signature, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(public, func(p any) bool { return verified(p, digest[:], signature) }) {
			return fmt.Errorf("none of %d public keys verifies the token", len(public))
		}
		return nil
	}
}

func verified(public any, digest, signature []byte) bool {
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(key, digest, signature)
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest, signature) == nil
	}
	return false
}

// stored writes as the apiserver of one master does, and reads as that of another.
func stored(t *testing.T, f fleet) func(writer, reader nodeTree) error {
	open := f.opener(t)
	context, key := context.Background(), value.DefaultContext("registry/secrets/default/kept")
	return func(writer, reader nodeTree) error {
		to, err := transformer(open(writer, "srv/kubernetes/encryption.yaml"))
		if err != nil {
			return err
		}
		from, err := transformer(open(reader, "srv/kubernetes/encryption.yaml"))
		if err != nil {
			return err
		}
		sealed, err := to.TransformToStorage(context, []byte("kept"), key)
		if err != nil {
			return err
		}
		plain, _, err := from.TransformFromStorage(context, sealed, key)
		if err == nil && string(plain) != "kept" {
			err = errors.New("something else was read than written")
		}
		return err
	}
}

// transformer is what the apiserver makes of a configuration: the first key writes, all of them read.
func transformer(text []byte) (value.Transformer, error) {
	var config apiserverv1.EncryptionConfiguration
	if err := yaml.UnmarshalStrict(text, &config); err != nil {
		return nil, err
	}
	first := config.Resources[0].Providers[0].Secretbox
	if first == nil {
		return nil, errors.New("the first provider is not secretbox")
	}
	var all []value.PrefixTransformer
	for _, k := range first.Keys {
		raw, err := base64.StdEncoding.DecodeString(k.Secret)
		if err != nil || len(raw) != 32 {
			return nil, fmt.Errorf("a key of %d bytes: %w", len(raw), err)
		}
		all = append(all, value.PrefixTransformer{
			Prefix: []byte("k8s:enc:secretbox:v1:" + k.Name + ":"), Transformer: secretbox.NewSecretboxTransformer([32]byte(raw)),
		})
	}
	return value.NewPrefixTransformers(errors.New("no key for what is stored"), all...), nil
}

// opener opens sealed files of nodes with the operator's key, each of them once.
func (f fleet) opener(t *testing.T) func(from nodeTree, path string) []byte {
	t.Helper()
	v, list := vault.Load(f.dir, time.Now, f.env.LookupEnv)
	if list.HasErrors() {
		t.Fatal(list)
	}
	opened := map[string][]byte{}
	return func(from nodeTree, path string) []byte {
		sealed := from[path+".sops"]
		plain, done := opened[string(sealed)]
		if !done {
			id, _, err := vault.Read(sealed)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			p, err := v.Open("secrets/"+id, id, sealed)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			plain = p.Reveal()
			opened[string(sealed)] = plain
		}
		return plain
	}
}
