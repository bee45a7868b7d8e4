package issue

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"runtime"
	"testing"
	"testing/fstest"

	"github.com/harender/harender/internal/keys/secret"
)

// many is a world with n leaves more, of which the first build makes all.
func many(b *testing.B, n int) *world {
	b.Helper()
	w := newWorld(b)
	template := w.plan.Certificates[4]
	for i := range n {
		c := template
		c.ID = fmt.Sprintf("nodes/n%d/kubelet-client", i)
		w.plan.Certificates = append(w.plan.Certificates, c)
	}
	return w
}

// BenchmarkIssue is the cost of a certificate, on one core.
func BenchmarkIssue(b *testing.B) {
	const n = 1000
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for name, locked := range map[string]bool{"first": false, "second": true} {
		b.Run(name, func(b *testing.B) {
			w := many(b, n)
			if locked {
				w.build(b)
				w.sealed = true
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, problems := w.issue(b); problems.HasErrors() {
					b.Fatal(describe(problems))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/certificate")
		})
	}
}

// BenchmarkPrimitives is the floor: what a certificate costs in cryptography alone. cfssl signs a request and checks
// it; crypto/x509 checks what it signed.
func BenchmarkPrimitives(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	w := newWorld(b)
	v := w.vault(b)
	ca, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	digest := make([]byte, 32)
	signAndVerify := func(b *testing.B, k *ecdsa.PrivateKey) {
		sig, err := ecdsa.SignASN1(rand.Reader, k, digest)
		if err != nil || !ecdsa.VerifyASN1(&k.PublicKey, digest, sig) {
			b.Fatal(err)
		}
	}
	b.Run("key", func(b *testing.B) {
		for b.Loop() {
			if _, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("sign and verify", func(b *testing.B) {
		for b.Loop() {
			signAndVerify(b, ca)
		}
	})
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				b.Fatal(err)
			}
			signAndVerify(b, k)
			signAndVerify(b, k)
			signAndVerify(b, ca)
			der, err := x509.MarshalPKCS8PrivateKey(k)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := v.Seal("secrets/nodes/n/x.key.sops", "nodes/n/x", secret.NewPlain(der), w.plan.Certificates[4].Recipients); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkMemory is what a result of 3,000 certificates holds.
func BenchmarkMemory(b *testing.B) {
	w := many(b, 3000)
	var before, after runtime.MemStats
	for b.Loop() {
		w.files = fstest.MapFS{}
		runtime.GC()
		runtime.ReadMemStats(&before)
		res, _ := w.issue(b)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB/result")
		runtime.KeepAlive(res)
	}
}
