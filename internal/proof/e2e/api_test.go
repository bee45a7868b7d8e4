//go:build e2e

package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestRefusals tells the two ways of servers to refuse a client from each other failure.
func TestRefusals(t *testing.T) {
	status := func(code int, auth tls.ClientAuthType) *httptest.Server {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }))
		s.TLS = &tls.Config{ClientAuth: auth, ClientCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
		s.StartTLS()
		t.Cleanup(s.Close)
		return s
	}
	gone := status(http.StatusOK, tls.NoClientCert)
	gone.Close()
	for name, test := range map[string]struct {
		server  *httptest.Server
		refused bool
	}{
		"no such authority": {status(http.StatusOK, tls.RequireAndVerifyClientCert), true},
		"no such user":      {status(http.StatusUnauthorized, tls.NoClientCert), true},
		"not well":          {status(http.StatusServiceUnavailable, tls.NoClientCert), false},
		"nobody there":      {gone, false},
	} {
		config := &tls.Config{RootCAs: x509.NewCertPool(), Certificates: gone.TLS.Certificates, MinVersion: tls.VersionTLS12}
		config.RootCAs.AddCert(test.server.Certificate())
		err := apiOf(test.server.URL, time.Second, func() *tls.Config { return config }).get(t.Context(), "/", nil)
		if err == nil || isRefusal(err) != test.refused {
			t.Errorf("%s: a refusal is %t: %v", name, isRefusal(err), err)
		}
	}
}
