package issue

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

const monitoring = layout.Tokens + "/monitoring"

// pinned is a world with a user's token, all of whose authorities and secrets are pinned.
func pinned(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.plan.Generated = append(w.plan.Generated, plan.Generated{ID: monitoring, Kind: plan.Token})
	w.build(t)
	pins, problems := Pins(w.plan, w.inputs(t), true)
	if len(problems) > 0 {
		t.Fatal(describe(problems))
	}
	w.plan.Cluster.Certificates.Pins = cluster.Pins{
		Kubernetes: pins["kubernetes"], Etcd: pins["etcd"], ServiceAccount: pins["serviceAccount"],
		Encryption: pins["encryption"], Credentials: pins["credentials"],
	}
	return w
}

func TestPinned(t *testing.T) {
	w := pinned(t)
	if res := w.build(t); res.Counts != (Counts{Kept: 12}) {
		t.Errorf("%+v", res.Counts)
	}
	closed, problems := Pins(w.plan, w.inputs(t), false)
	if len(problems) > 0 || len(closed) != 3 || !slices.Equal(closed["etcd"], w.plan.Cluster.Certificates.Pins.Etcd) {
		t.Errorf("without a key: %v\n%s", closed, describe(problems))
	}
}

// TestPinIsKubeadms takes the hash with openssl, by the recipe in the documentation of kubeadm join.
func TestPinIsKubeadms(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatal("openssl is needed: install it")
	}
	w := pinned(t)
	run := func(in string, args ...string) string {
		cmd := exec.Command(openssl, args...) // #nosec G204 -- looked up above
		cmd.Stdin = strings.NewReader(in)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	public := run(string(w.files[kubernetesCA+".crt"].Data), "x509", "-pubkey", "-noout")
	for pem, pin := range map[string]string{
		public:                                  w.plan.Cluster.Certificates.Pins.Kubernetes[0],
		string(w.files[serviceKey+".pub"].Data): w.plan.Cluster.Certificates.Pins.ServiceAccount[0],
	} {
		der := run(pem, "pkey", "-pubin", "-outform", "DER")
		if _, sum, _ := strings.Cut(run(der, "dgst", "-sha256"), "= "); "sha256:"+strings.TrimSpace(sum) != pin {
			t.Errorf("%s is not %s", pin, sum)
		}
	}
}

// TestUnpinned replaces each pinned thing by another, as whole as its own, and needs a key only for what has no public half.
func TestUnpinned(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, w, other *world)
		locked bool
		key    string
	}{
		"authority": {func(_ *testing.T, w, other *world) {
			for name, f := range other.files {
				if strings.HasPrefix(name, kubernetesCA) || strings.HasSuffix(name, ".crt") || strings.HasSuffix(name, ".key.sops") {
					w.files[name] = f
				}
			}
			w.plan.Cluster.Certificates.Pins.ServiceAccount = nil
			w.plan.Cluster.Certificates.Pins.Etcd = nil
		}, true, "kubernetes"},
		"service account": {func(_ *testing.T, w, other *world) {
			w.files[serviceKey+".pub"], w.files[serviceKey+".key.sops"] = other.files[serviceKey+".pub"], other.files[serviceKey+".key.sops"]
		}, true, "serviceAccount"},
		"encryption": {func(_ *testing.T, w, other *world) {
			w.files[encryption+".yaml.sops"] = other.files[encryption+".yaml.sops"]
		}, false, "encryption"},
		"gone authority":       {func(_ *testing.T, w, _ *world) { w.empty() }, true, "etcd"},
		"gone encryption":      {func(_ *testing.T, w, _ *world) { w.empty() }, true, "encryption"},
		"gone service account": {func(_ *testing.T, w, _ *world) { w.empty() }, true, "serviceAccount"},
	} {
		t.Run(name, func(t *testing.T) {
			w := pinned(t)
			other := newWorld(t)
			other.root, other.operator, other.operators, other.nodes = w.root, w.operator, w.operators, w.nodes
			other.build(t)
			c.change(t, w, other)
			w.locked, w.sealed = c.locked, c.locked
			_, problems := w.issue(t)
			i := slices.IndexFunc(problems, func(d diag.Diagnostic) bool {
				return d.Severity == diag.Error && d.Field == plan.PinsField+"."+c.key && d.Hint != ""
			})
			if i < 0 {
				t.Errorf("got\n%s", describe(problems))
			}
		})
	}
}

// TestNewUserIsToBePinned: a secret that was made now is said with its pin, and refused until that stands in the spec.
func TestNewUserIsToBePinned(t *testing.T) {
	w := pinned(t)
	w.plan.Generated = append(w.plan.Generated, plan.Generated{ID: layout.Tokens + "/backup", Kind: plan.Token})
	res, problems := w.issue(t)
	if len(problems) != 1 || problems[0].Severity != diag.Warning || problems[0].Field != plan.PinsField+".credentials" {
		t.Fatalf("got\n%s", describe(problems))
	}
	w.write(layout.Tokens+"/backup.token.sops", string(res.Files[layout.Tokens+"/backup.token.sops"]))
	w.plan.Copies = append(w.plan.Copies, plan.Copy{ID: "nodes/m1/known-tokens", Rows: []plan.Row{{Source: layout.Tokens + "/backup", Fields: []string{"backup"}}}})
	if _, problems := w.issue(t); !strings.Contains(describe(problems), "backup.token.sops is not pinned: it is sha256:") {
		t.Errorf("got\n%s", describe(problems))
	}
	pins := &w.plan.Cluster.Certificates.Pins
	*pins = cluster.Pins{Credentials: append(pins.Credentials, strings.TrimPrefix(problems[0].Hint, "add "))}
	if _, problems := w.issue(t); len(problems) > 0 {
		t.Errorf("got\n%s", describe(problems))
	}
}

// TestGuessableHasNoPin: the hash of a password that a person chose would give it away.
func TestGuessableHasNoPin(t *testing.T) {
	w := pinned(t)
	sealed, err := w.vault(t).Seal(layout.Secrets+monitoring+".token.sops", monitoring, newPlain([]byte("hunter2")), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.write(monitoring+".token.sops", string(sealed))
	pins, problems := Pins(w.plan, w.inputs(t), true)
	if len(pins["credentials"]) > 0 || len(problems) != 1 || problems[0].Severity != diag.Warning || !strings.Contains(problems[0].Detail, "guessed") {
		t.Errorf("%v\n%s", pins, describe(problems))
	}
}
