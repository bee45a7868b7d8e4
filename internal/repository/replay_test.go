package repository

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/harender/harender/internal/keys/sums"
	"github.com/harender/harender/internal/proof/testtool"
)

// generation is a state that the repository had.
type generation struct{ secrets, rendered fstest.MapFS }

// specOf is the spec of a state.
func (d diskRepository) specOf(i int) string {
	flag := fmt.Sprintf("extraArgs: {kube-apiserver: {max-requests-inflight: %d}}\n  apiServer:", 401+i)
	return strings.NewReplacer("{PINS}", "{}", "apiServer:", flag).Replace(d.spec)
}

// history builds the repository some times more. Each build has another flag and another token, and renews every certificate.
func history(t *testing.T, e *memoryRepository, d diskRepository, builds int) []generation {
	t.Helper()
	var out []generation
	for i := range builds {
		d.write("cluster.yaml", d.specOf(i))
		o := Options{Users: []string{"monitoring"}}
		o.Renew.Asked = true
		d.build(o)
		e.read(d)
		out = append(out, generation{e.secrets, e.rendered})
	}
	return out
}

// kindOf is the kind of a file, for counting.
func kindOf(name string) string {
	switch {
	case strings.HasSuffix(name, ".index.json"):
		return "index"
	case strings.HasSuffix(name, ".sops"):
		return "sealed"
	case strings.HasSuffix(name, ".crt"):
		return "certificate"
	case strings.Contains(name, "/manifests/"):
		return "manifest"
	}
	return path.Base(name)
}

// TestReplay puts old versions of single files back, each alone, into the newest state of secrets/ and of the output: all are
// found without a key, and named. Then it puts whole old states back, which fit in themselves: a diff with a base shows them.
func TestReplay(t *testing.T) {
	t.Parallel()
	e, d := newDisk(t)
	old := history(t, e, d, 3)
	newest := old[len(old)-1]
	if found := e.verify(e.secrets, e.rendered, true); !found.Same {
		t.Fatal(found.Findings)
	}
	tried := map[string]int{}
	replay := func(folder string, now, then fstest.MapFS) {
		for _, name := range slices.Sorted(maps.Keys(then)) {
			if there, ok := now[name]; ok && bytes.Equal(there.Data, then[name].Data) {
				continue
			}
			back := with(now, map[string][]byte{name: then[name].Data})
			tried[folder+" "+kindOf(name)]++
			e.replayed(folder, name, back, tried[folder+" "+kindOf(name)]%40 == 1)
		}
	}
	for _, g := range old[:len(old)-1] {
		replay(secrets, newest.secrets, g.secrets)
		replay(Output, newest.rendered, g.rendered)
	}
	t.Log(tried)
	for kind, least := range map[string]int{
		"secrets sealed": 50, "secrets certificate": 50, "secrets SHA256SUMS": 2,
		"rendered sealed": 50, "rendered certificate": 40, "rendered manifest": 6, "rendered index": 6,
	} {
		if tried[kind] < least {
			t.Errorf("%s: %d old versions, want %d", kind, tried[kind], least)
		}
	}
	wholeOld(t, d, old)
}

// replayed wants a finding about the file that was put back; in the whole of verify where asked for.
func (e *memoryRepository) replayed(folder, name string, back fstest.MapFS, whole bool) {
	e.t.Helper()
	inSecrets, inOutput, look := e.secrets, back, e.output
	if folder == secrets {
		inSecrets, inOutput, look = back, e.rendered, e.listed
	}
	found := look(back)
	if whole {
		found = e.verify(inSecrets, inOutput, false).Findings
	}
	switch {
	case name != sums.Name:
		wantPaths(e.t, found, folder+"/"+name)
	case len(found) == 0: // The files that it does not fit are named.
		e.t.Errorf("nothing about an old %s", name)
	}
}

// wholeOld commits the newest state, and puts each older one in its place, with the spec of that time.
func wholeOld(t *testing.T, d diskRepository, old []generation) {
	t.Helper()
	testtool.Git(t, d.root, "init", "-q")
	testtool.Git(t, d.root, "add", ".")
	testtool.Git(t, d.root, "commit", "-q", "-m", "newest")
	for i, g := range old[:len(old)-1] {
		put(t, filepath.Join(d.root, secrets), g.secrets)
		put(t, filepath.Join(d.root, Output), g.rendered)
		d.write("cluster.yaml", d.specOf(i))
		verified, list := Verify(d.root, d.env, true)
		if list.HasErrors() || !verified.Same {
			t.Fatal(list, verified.Findings) // The limit that docs/threats.md states.
		}
		review, list := Diff(d.root, d.env, DiffOptions{Base: "HEAD"})
		if list.HasErrors() {
			t.Fatal(list)
		}
		if review.Same || len(review.Resealed) == 0 {
			t.Errorf("generation %d: an old token is not loud: %+v", i, review.Diff)
		}
	}
}

// put makes a folder hold these files alone.
func put(t *testing.T, folder string, files fstest.MapFS) {
	t.Helper()
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(folder, files); err != nil {
		t.Fatal(err)
	}
}
