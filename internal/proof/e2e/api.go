//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// api is one way to the apiserver, with the administrator's certificate.
type api struct {
	base   string
	client *http.Client
	// token is for those who have no certificate.
	token string
}

// credentials are files of a host, by their path on it.
type credentials struct{ ca, cert, key string }

// adminFiles are the administrator's on a master, where kubeadm looks for them or where the static pods do.
func adminFiles(root string) credentials {
	const admin = "/etc/kubernetes/admin/admin"
	if exists(filepath.Join(root, admin+".crt")) {
		return credentials{"/etc/kubernetes/pki/ca.crt", admin + ".crt", admin + ".key"}
	}
	return credentials{"/srv/kubernetes/ca.crt", "/srv/kubernetes/kubecfg.crt", "/srv/kubernetes/kubecfg.key"}
}

// newAPI takes the certificates that lie on a master. Requests use HTTP/1.1, where a connection that has failed is not
// used again, and give up after timeout.
func newAPI(base, masterRoot string, timeout time.Duration) (api, error) {
	roots, pair, err := adminFiles(masterRoot).load(masterRoot)
	if err != nil {
		return api{}, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots, MinVersion: tls.VersionTLS12}
	return apiOf(base, timeout, func() *tls.Config { return config }), nil
}

// load reads the files, which lie below root.
func (c credentials) load(root string) (*x509.CertPool, tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(root, c.cert), filepath.Join(root, c.key))
	if err != nil {
		return nil, tls.Certificate{}, err
	}
	ca, err := os.ReadFile(filepath.Join(root, c.ca))
	if err != nil {
		return nil, tls.Certificate{}, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	return roots, pair, nil
}

// apiOf asks for the configuration with each connection that it makes.
func apiOf(base string, timeout time.Duration, config func() *tls.Config) api {
	transport := &http.Transport{
		DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			dialer := tls.Dialer{NetDialer: &net.Dialer{Timeout: timeout}, Config: config()}
			return dialer.DialContext(ctx, network, address)
		},
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
	return api{base: base, client: &http.Client{Transport: transport, Timeout: timeout}}
}

// get decodes the answer into v, unless v is nil.
func (a api) get(ctx context.Context, path string, v any) error {
	text, err := a.do(ctx, http.MethodGet, path, nil)
	if err != nil || v == nil {
		return err
	}
	return json.Unmarshal(text, v)
}

// create posts an object to a collection.
func (a api) create(ctx context.Context, path string, object any) error {
	body, err := json.Marshal(object)
	if err != nil {
		return err
	}
	_, err = a.do(ctx, http.MethodPost, path, body)
	return err
}

// do takes every status but 2xx for an error.
func (a api) do(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if a.token != "" {
		request.Header.Set("Authorization", "Bearer "+a.token)
	}
	response, err := a.client.Do(request)
	if err != nil {
		a.client.CloseIdleConnections()
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode/100 != 2 {
		return nil, &statusError{response.StatusCode, fmt.Sprintf("%s %s: %s: %.300s", method, path, response.Status, text)}
	}
	return text, nil
}

// statusError is an answer that is no success.
type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string { return e.text }

// isRefusal tells that a server has decided against the client: the TLS alert of one who knows no such authority, or
// Unauthorized.
func isRefusal(err error) bool {
	if status, ok := errors.AsType[*statusError](err); ok {
		return status.code == http.StatusUnauthorized
	}
	alert, ok := errors.AsType[*net.OpError](err)
	return ok && alert.Op == "remote error" // So crypto/tls calls what the other side sends.
}
