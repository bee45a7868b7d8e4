//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// old is what was handed out before anything was rotated.
type old struct {
	// operator is a certificate of the cluster's first authority.
	operator []tls.Certificate
	// etcd is a folder with a client certificate of etcd's first authority, and the authority.
	etcd string
	// token is signed with the first service account key.
	token string
	// key is the name of the first encryption key.
	key string
}

const (
	defaultToken = "/api/v1/namespaces/default/serviceaccounts/default/token"
	keptSecret   = "/api/v1/namespaces/default/secrets/kept"
	secrets      = "/api/v1/namespaces/default/secrets"
	namespaces   = "/api/v1/namespaces"
	etcdPKI      = "etc/kubernetes/pki/etcd"
)

// keepOld notes what there is before anything is rotated.
func (r *rotation) keepOld() (string, error) {
	first := r.masters[0].root
	r.old.etcd = filepath.Join(r.work, "old-etcd")
	if err := os.CopyFS(r.old.etcd, os.DirFS(filepath.Join(first, etcdPKI))); err != nil {
		return "", err
	}
	r.old.operator = r.operator.config.Load().Certificates
	var err error
	if r.old.token, err = r.newToken(); err != nil {
		return "", err
	}
	if r.old.key, err = writingKey(first); err != nil {
		return "", err
	}
	return "", r.admin.create(r.ctx, secrets, map[string]any{
		"apiVersion": "v1", "kind": "Secret", "metadata": map[string]string{"name": "kept"}, "stringData": map[string]string{"value": "kept"},
	})
}

// newToken asks for a token of the account that every pod has without asking.
func (r *rotation) newToken() (string, error) {
	const request = `{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}`
	var given struct{ Status struct{ Token string } }
	err := r.eventually(func(ctx context.Context) error {
		text, err := r.admin.do(ctx, "POST", defaultToken, []byte(request))
		if err != nil {
			return err
		}
		return yaml.Unmarshal(text, &given)
	})
	return given.Status.Token, err
}

// writingKey is the name of the key that an apiserver encrypts with.
func writingKey(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, "srv/kubernetes/encryption.yaml"))
	if err != nil {
		return "", err
	}
	var config struct {
		Resources []struct {
			Providers []struct {
				Secretbox struct{ Keys []struct{ Name string } }
			}
		}
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		return "", err
	}
	if len(config.Resources) == 0 || len(config.Resources[0].Providers) == 0 || len(config.Resources[0].Providers[0].Secretbox.Keys) == 0 {
		return "", errors.New("encryption.yaml does not begin with a key")
	}
	return config.Resources[0].Providers[0].Secretbox.Keys[0].Name, nil
}

// expect says which of the old is still good. What is newest always is.
type expect struct {
	operator, etcd, token bool
	// key tells that apiservers still write with the first encryption key.
	key bool
}

// holds asks every apiserver and every member of etcd itself.
func (r *rotation) holds(want expect) error {
	token, err := r.newToken()
	if err != nil {
		return err
	}
	var errs []error
	for _, h := range r.masters {
		key, err := writingKey(h.root)
		if err == nil && (key == r.old.key) != want.key {
			err = fmt.Errorf("%s encrypts with %s, and its first key was %s", h.node.Name, key, r.old.key)
		}
		base := r.direct(h).base
		anyone := r.operator.with(nil).api(base, adminTimeout)
		errs = append(errs, err,
			r.accepted(true, "the operator's certificate at "+base, getting(r.direct(h), namespaces)),
			r.accepted(want.operator, "the operator's first certificate at "+base, getting(r.operator.with(r.old.operator).api(base, adminTimeout), namespaces)),
			r.accepted(true, "a new token at "+base, anyone.as(token).whoAmI),
			r.accepted(want.token, "the first token at "+base, anyone.as(r.old.token).whoAmI),
			r.accepted(true, "the Secret at "+base, getting(r.direct(h), keptSecret)),
			r.accepted(true, "etcd's client on "+h.node.Name, askingEtcd(h, filepath.Join(h.root, etcdPKI))),
			r.accepted(want.etcd, "etcd's first client on "+h.node.Name, askingEtcd(h, r.old.etcd)),
		)
	}
	return errors.Join(errs...)
}

// accepted asks until there is an answer, and is wrong where something is refused or accepted that should not be.
func (r *rotation) accepted(want bool, what string, ask func(context.Context) error) error {
	var answer error
	err := r.eventually(func(ctx context.Context) error {
		if answer = ask(ctx); isRefusal(answer) {
			return nil
		}
		return answer
	})
	switch {
	case err != nil:
		return fmt.Errorf("%s has no answer: %w", what, err)
	case want && answer != nil:
		return fmt.Errorf("%s is refused: %w", what, answer)
	case !want && answer == nil:
		return fmt.Errorf("%s is still accepted", what)
	}
	return nil
}

func getting(a api, path string) func(context.Context) error {
	return func(ctx context.Context) error { return a.get(ctx, path, nil) }
}

func (a api) as(token string) api {
	a.token = token
	return a
}

func (a api) whoAmI(ctx context.Context) error {
	_, err := a.do(ctx, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", []byte(`{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}`))
	return err
}

// askingEtcd asks one member with a client certificate that lies in a folder, and believes whom the host does.
func askingEtcd(h *host, pki string) func(context.Context) error {
	return func(ctx context.Context) error {
		files := credentials{ca: "ca.pem", cert: "client.pem", key: "client-key.pem"}
		_, pair, err := files.load(pki)
		if err != nil {
			return err
		}
		roots, _, err := files.load(filepath.Join(h.root, etcdPKI))
		if err != nil {
			return err
		}
		config := &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots, MinVersion: tls.VersionTLS12}
		member := apiOf(fmt.Sprintf("https://%s:2379", h.node.Address), adminTimeout, func() *tls.Config { return config })
		defer member.client.CloseIdleConnections()
		return member.get(ctx, "/health", nil)
	}
}

// storedWith gives the name of the key that the kept Secret is encrypted with.
func (r *rotation) storedWith() (string, error) {
	stored, err := run(etcdctl(r.ctx, r.programs.Etcd, r.masters, "get", "--print-value-only", "/registry/secrets/default/kept"))
	if err != nil {
		return "", err
	}
	fields := strings.SplitN(stored, ":", 6)
	if len(fields) < 6 || fields[0] != "k8s" || fields[1] != "enc" {
		return "", errors.New("the Secret is not encrypted in etcd")
	}
	return fields[4], nil
}
