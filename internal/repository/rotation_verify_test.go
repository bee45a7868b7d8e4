package repository_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// verifier verifies certificates, the same ones once.
type verifier struct {
	now   time.Time
	known map[string]verdict
	count int
}

// verdict is what came of a certificate before authorities.
type verdict struct {
	cert, roots []byte
	usage       x509.ExtKeyUsage
	name        string
	err         error
}

// link verifies both directions of a connection.
func (v *verifier) link(mix map[string]nodeTree, l link) error {
	if l.server.roots != "" && l.client.cert != "" {
		if err := v.verify(mix, l.client, l.server, x509.ExtKeyUsageClientAuth, ""); err != nil {
			return err
		}
	}
	if l.server.cert == "" || l.client.roots == "" {
		return nil
	}
	for _, name := range l.names {
		if err := v.verify(mix, l.server, l.client, x509.ExtKeyUsageServerAuth, name); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) verify(mix map[string]nodeTree, shows, judges end, usage x509.ExtKeyUsage, name string) error {
	v.count++
	d := verdict{cert: mix[shows.node][shows.cert], roots: mix[judges.node][judges.roots], usage: usage, name: name}
	key := fmt.Sprintf("%x %x %d %s", sha256.Sum256(d.cert), sha256.Sum256(d.roots), usage, name)
	if done, ok := v.known[key]; ok {
		d = done
	} else {
		d.err = d.judge(v.now)
		v.known[key] = d
	}
	if d.err != nil {
		return fmt.Errorf("%s on %s shows %s to %s on %s: %w", shows.what, shows.node, shows.cert, judges.what, judges.node, d.err)
	}
	return nil
}

func (d verdict) judge(now time.Time) error {
	block, _ := pem.Decode(d.cert)
	if block == nil {
		return errors.New("it is no certificate")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(d.roots) {
		return errors.New("there are no authorities to know it by")
	}
	_, err = leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: d.name, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{d.usage}})
	return err
}

// second has openssl judge a sample of what is known, and gives how many that were.
func (v *verifier) second(t *testing.T) int {
	t.Helper()
	const sample = 60
	var all []string
	for key := range v.known {
		all = append(all, key)
	}
	slices.Sort(all) // By hashes, so that the sample has something of everything.
	count := 0
	for i := 0; i < len(all); i += max(1, len(all)/sample) {
		d := v.known[all[i]]
		args := []string{"verify", "-CAfile", written(t, "roots.pem", d.roots), "-purpose", "sslclient"}
		if d.usage == x509.ExtKeyUsageServerAuth {
			args[len(args)-1] = "sslserver"
			args = append(args, "-verify_hostname", d.name)
			if _, err := netip.ParseAddr(d.name); err == nil {
				args[len(args)-2] = "-verify_ip"
			}
		}
		out, err := exec.Command("openssl", append(args, written(t, "leaf.pem", d.cert))...).CombinedOutput() // #nosec G204 -- a witness of this test
		if (err == nil) != (d.err == nil) {
			t.Errorf("crypto/x509 says %v, and openssl: %v\n%s", d.err, err, out)
		}
		count++
	}
	return count
}
