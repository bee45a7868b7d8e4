//go:build e2e

package e2e

import (
	"crypto/tls"
	"sync/atomic"
	"time"
)

// identity is a client whose certificate and authorities are replaced while it works, as those of a person or a program that
// lives through a rotation.
type identity struct{ config atomic.Pointer[tls.Config] }

// take makes the identity the administrator's that lies on a master. Connections that are made from now on have it.
func (i *identity) take(masterRoot string) error {
	roots, pair, err := adminFiles(masterRoot).load(masterRoot)
	if err != nil {
		return err
	}
	i.config.Store(&tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots, MinVersion: tls.VersionTLS12})
	return nil
}

func (i *identity) api(base string, timeout time.Duration) api {
	return apiOf(base, timeout, i.config.Load)
}

// with is what i is now, with the certificates of another: an old one, or none.
func (i *identity) with(certificates []tls.Certificate) *identity {
	config := i.config.Load().Clone()
	config.Certificates = certificates
	out := &identity{}
	out.config.Store(config)
	return out
}
