package repository

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/harender/harender/internal/change/verify"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/keys/sums"
	"github.com/harender/harender/internal/keys/vault"
	"github.com/harender/harender/internal/proof/testtool"
)

// TestUntouched: what a build made is as it should be, and so is what the tests below make of it when nothing was forged.
func TestUntouched(t *testing.T) {
	e := newEstate(t)
	for _, opening := range []bool{false, true} {
		if found := e.verify(e.secrets, e.rendered, opening); !found.Same {
			t.Fatalf("%+v", found.Findings)
		}
	}
	inSecrets, inOutput := e.consistent(nil)
	if found := e.verify(inSecrets, inOutput, true); !found.Same || found.Opened != len(sealed(e.secrets)) || len(inOutput) != len(e.rendered) {
		t.Fatalf("%+v", found)
	}
}

// TestSwaps swaps every pair of sealed files: of the output, of secrets/, and of both with the list and the indexes made
// consistent. All are found, with both paths, without a key. Where the labels are swapped along, it takes a key.
func TestSwaps(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	n := 0
	pairs := func(files fstest.MapFS, try func(a, b string, swapped map[string][]byte)) {
		names := sealed(files)
		for i, a := range names {
			for _, b := range names[:i] {
				try(a, b, map[string][]byte{a: files[b].Data, b: files[a].Data})
				n++
			}
		}
	}
	pairs(e.rendered, func(a, b string, swapped map[string][]byte) {
		wantPaths(t, e.output(with(e.rendered, swapped)), "rendered/"+a, "rendered/"+b)
	})
	pairs(e.secrets, func(a, b string, swapped map[string][]byte) {
		wantPaths(t, e.listed(with(e.secrets, swapped)), "secrets/"+a, "secrets/"+b)
		inSecrets := e.fitting(swapped)
		wantPaths(t, e.examined(inSecrets), "secrets/"+a, "secrets/"+b)
		if n%20 == 0 { // The whole, too.
			wantPaths(t, e.verify(inSecrets, e.render(inSecrets), false).Findings, "secrets/"+a, "secrets/"+b)
		}
	})
	if want := 45*44/2 + 52*51/2; n != want {
		t.Errorf("%d pairs, not %d", n, want)
	}
	names := sealed(e.secrets)
	for i, a := range names {
		b := names[(i+1)%len(names)]
		inSecrets, inOutput := e.consistent(map[string][]byte{a: relabelled(t, e.secrets[b].Data, e.secrets[a].Data), b: relabelled(t, e.secrets[a].Data, e.secrets[b].Data)})
		wantPaths(t, e.verify(inSecrets, inOutput, true).Findings, "secrets/"+a, "secrets/"+b)
	}
}

// relabelled gives a sealed file the label of another.
func relabelled(t *testing.T, file, other []byte) []byte {
	t.Helper()
	from, _, err := vault.Read(file)
	to, _, err2 := vault.Read(other)
	if err != nil || err2 != nil || from == "" || to == "" {
		t.Fatal(err, err2)
	}
	return bytes.Replace(file, []byte(`"id_unencrypted": "`+from+`"`), []byte(`"id_unencrypted": "`+to+`"`), 1)
}

// wantPaths wants a finding about each of the paths.
func wantPaths(t testing.TB, found []verify.Finding, paths ...string) {
	t.Helper()
	for _, p := range paths {
		if !slices.ContainsFunc(found, func(f verify.Finding) bool { return f.Path == p }) {
			t.Errorf("nothing about %s: %+v", p, found)
		}
	}
}

// output, listed and examined are parts of what verify does, for tests that ask often: what a part finds, the whole does.
func (e *memoryRepository) output(files fstest.MapFS) []verify.Finding {
	e.t.Helper()
	found, err := verify.Output(Output, e.entries, nil, files, nil)
	if err != nil {
		e.t.Fatal(err)
	}
	return found
}

func (e *memoryRepository) listed(files fstest.MapFS) []verify.Finding {
	e.t.Helper()
	found, _, err := verify.Secrets(secrets, files, func([]byte) (string, error) { return "", nil }, func(string) bool { return true })
	if err != nil {
		e.t.Fatal(err)
	}
	return found
}

func (e *memoryRepository) examined(files fstest.MapFS) []verify.Finding {
	e.t.Helper()
	examined, list := issue.Examine(e.compiled.Plan, e.inputs(files), false)
	if list.HasErrors() {
		e.t.Fatal(list)
	}
	found, _ := verify.Told(examined.Findings)
	return found
}

// TestFlips changes one bit of one byte of the output or of secrets/, 10,000 times: all are found without a key.
func TestFlips(t *testing.T) {
	t.Parallel()
	const flips = 10000
	e := newEstate(t)
	type place struct {
		files fstest.MapFS
		name  string
		at    int
	}
	var places []place
	for _, files := range []fstest.MapFS{e.secrets, e.rendered} {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			for at := range files[name].Data {
				places = append(places, place{files, name, at})
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- the same places every time
	counts := map[string]int{}
	for i := range flips {
		p := places[random.IntN(len(places))]
		data := bytes.Clone(p.files[p.name].Data)
		data[p.at] ^= 1 << random.IntN(8)
		changed := with(p.files, map[string][]byte{p.name: data})
		folder, look := Output, e.output
		if _, ok := e.secrets[p.name]; ok {
			folder, look = secrets, e.listed
		}
		found := look(changed)
		if i%100 == 0 { // The whole, too.
			inSecrets, inOutput := e.secrets, changed
			if folder == secrets {
				inSecrets, inOutput = changed, e.rendered
			}
			found = e.verify(inSecrets, inOutput, false).Findings
		}
		if p.name != sums.Name { // There, what it says of a file is wrong, and the file is named.
			wantPaths(t, found, folder+"/"+p.name)
		} else if len(found) == 0 {
			t.Errorf("nothing about byte %d of %s", p.at, p.name)
		}
		counts[folder]++
	}
	t.Log(counts, "of", len(places), "bytes")
	if counts[Output] < 1000 || counts[secrets] < 1000 {
		t.Error("a part was hardly touched")
	}
}

// TestRolledBack puts back what a renewal replaced. As long as it lies in retired/, no key is needed; after that a key finds a
// half of a pair. A whole pair fits again: only the history of the repository knows better.
func TestRolledBack(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	const cert, key = "nodes/m1/apiserver.crt", "nodes/m1/apiserver.key.sops"
	f := forger{memoryRepository: e, sops: testtool.Build(t, "github.com/getsops/sops/v3/cmd/sops"), labels: true}
	block, _ := pem.Decode(e.plain(plan.KubernetesCA + ".key.sops"))
	parsedKey, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	ca, ok := parsedKey.(crypto.Signer)
	if !ok {
		t.Fatal(err)
	}
	renewed := f.leaf("nodes/m1/apiserver", f.certificate(plan.KubernetesCA), ca)
	old := map[string][]byte{"retired/nodes/m1/apiserver-0a.crt": e.secrets[cert].Data, "retired/nodes/m1/apiserver-0a.key.sops": e.secrets[key].Data}
	for name, c := range map[string]struct {
		back            []string
		closed, retired bool
		opened          bool
	}{
		"nothing":         {nil, true, true, true},
		"key":             {[]string{key}, false, true, false},
		"certificate":     {[]string{cert}, false, true, false},
		"pair":            {[]string{cert, key}, false, true, false},
		"only the key":    {[]string{key}, false, false, false},
		"only the half":   {[]string{cert}, true, false, false},
		"an unknown pair": {[]string{cert, key}, true, false, true},
	} {
		changed := maps.Clone(renewed)
		for _, name := range c.back {
			changed[name] = e.secrets[name].Data
		}
		if c.retired {
			maps.Copy(changed, old)
		}
		inSecrets, inOutput := e.consistent(changed)
		if found := e.verify(inSecrets, inOutput, false); found.Same != c.closed {
			t.Errorf("%s, without a key: %+v", name, found.Findings)
		}
		if found := e.verify(inSecrets, inOutput, true); found.Same != c.opened {
			t.Errorf("%s, with a key: %+v", name, found.Findings)
		}
	}
}
