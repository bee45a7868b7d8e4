package repository

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/harender/harender/internal/change/diff"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/keys/issue"
	"github.com/harender/harender/internal/keys/sums"
	"github.com/harender/harender/internal/proof/testtool"
)

// TestWhatFinds puts values of a stranger's choice into a repository, sealed to its recipients and with all that depends on
// them, and notes which command finds them: with the pins that builds keep, and where the stranger removed those, too. This is
// the table of docs/threats.md.
func TestWhatFinds(t *testing.T) {
	t.Parallel()
	f := forger{memoryRepository: newEstate(t), sops: testtool.Build(t, "github.com/getsops/sops/v3/cmd/sops"), labels: true}
	const key = plan.KubernetesCA + ".key.sops"
	honest, claiming := f, f
	own, text := newKey(t)
	honest.public, claiming.public = certificate.Pin(own.Public()), certificate.Pin(f.certificate(plan.KubernetesCA).PublicKey)
	encryption := strings.Replace(string(f.plain("cluster/encryption.yaml.sops")), "secret: ", "secret: AAAA", 1)
	for _, c := range []struct {
		what    string
		changed map[string][]byte
		// pinned and bare are the commands that find it, with pins and without.
		pinned, bare string
	}{
		{"a token, in all copies", f.token("monitoring"), "verify --open, diff", "diff"},
		{"the encryption key, in all copies", f.everywhere("encryption.yaml.sops", []byte(encryption)), "verify --open, diff", "diff"},
		{"a CA's key alone", map[string][]byte{key: honest.seal(key, text)}, "check, build --locked, verify, verify --open, diff", "check, build --locked, verify, verify --open, diff"},
		{"a CA's key alone, labelled as the one before", map[string][]byte{key: claiming.seal(key, text)}, "verify --open, diff", "verify --open, diff"},
		{"a CA with all that it signed", f.resigned(plan.KubernetesCA), "check, build --locked, verify, verify --open, diff", "diff"},
		{"the service account key pair", f.tokenKey(), "check, build --locked, verify, verify --open, diff", "diff"},
	} {
		for pins, want := range map[string]string{"with pins": c.pinned, "without": c.bare} {
			f.withoutPins(func() {
				inSecrets, inOutput := f.consistent(c.changed)
				if pins == "without" {
					unpinned(inSecrets)
				}
				if got := f.finding(inSecrets, inOutput); got != want {
					t.Errorf("%s, %s: found by %s; not by %s", c.what, pins, got, want)
				}
				t.Logf("%-45s %-10s %s", c.what, pins, want)
			})
		}
	}
}

// unpinned takes the pins away, and makes the list fit.
func unpinned(inSecrets fstest.MapFS) {
	delete(inSecrets, sums.Pins)
	list := sums.Sums{}
	for name, f := range inSecrets {
		if sums.Ours(name) {
			list[name] = sums.Of(f.Data)
		}
	}
	inSecrets[sums.Name] = &fstest.MapFile{Data: list.Encode()}
}

// finding names the commands that find something in an estate: diff, with what it was before as the base.
func (e *memoryRepository) finding(inSecrets, inOutput fstest.MapFS) string {
	e.t.Helper()
	var out []string
	note := func(command string, found bool) {
		if found {
			out = append(out, command)
		}
	}
	in := e.inputs(inSecrets)
	note("check", issue.Judge(e.compiled.Plan, in).HasErrors())
	in.Locked = true
	_, problems := issue.Issue(e.compiled.Plan, in)
	note("build --locked", problems.HasErrors())
	note("verify", !e.verify(inSecrets, inOutput, false).Same)
	note("verify --open", !e.verify(inSecrets, inOutput, true).Same)
	d := diff.Compare(e.side(e.secrets), e.side(inSecrets), func(string, string, string) string { return "" })
	note("diff", len(d.Resealed)+len(d.Authorities)+len(d.Pins) > 0)
	return strings.Join(out, ", ")
}

// side is what diff reads of the secrets.
func (e *memoryRepository) side(inSecrets fstest.MapFS) diff.Side {
	var expected []issue.Expected
	for _, name := range slices.Sorted(maps.Keys(inSecrets)) {
		if id, _, found := strings.Cut(name, "."); found && strings.HasSuffix(name, ".sops") {
			expected = append(expected, issue.Expected{Event: issue.Event{ID: id}, Sealed: name})
		}
	}
	return diff.Side{
		Authorities: heldAuthorities(e.compiled.Plan, inSecrets), Pins: issue.ReadRecord(inSecrets),
		Sealed: sealedSums(e.compiled.Plan, expected, inSecrets),
	}
}
