package issue

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/proof/testtool"
)

// TestForesee holds the preview to what a build then does, and lets it touch no key.
func TestForesee(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, w *world){
		"nothing":         func(*testing.T, *world) {},
		"a new cluster":   func(_ *testing.T, w *world) { w.empty() },
		"a name":          func(_ *testing.T, w *world) { w.plan.Certificates[0].Hosts = []string{"10.0.0.2", "k8s.example.org"} },
		"a subject":       func(_ *testing.T, w *world) { w.plan.Certificates[1].Organization = []string{"a", "b"} },
		"a key":           func(_ *testing.T, w *world) { w.recipe("csr/apiserver.json", `{"key": {"algo": "rsa", "size": 2048}}`) },
		"an operator":     func(t *testing.T, w *world) { w.operators = append(w.operators, testtool.Age(t).Recipient().String()) },
		"time":            func(_ *testing.T, w *world) { w.now = w.now.Add(43800*time.Hour - 24*time.Hour) },
		"a lost key":      func(_ *testing.T, w *world) { delete(w.files, "nodes/m1/etcd-peer.key.sops") },
		"a lost .pub":     func(_ *testing.T, w *world) { delete(w.files, serviceKey+".pub") },
		"a former worker": func(_ *testing.T, w *world) { w.plan.Certificates = w.plan.Certificates[:4] },
		"a staged authority": func(t *testing.T, w *world) {
			w.step = &Step{Of: w.plan.Rotating()[0], Phase: Stage}
			w.build(t)
			w.step = nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.build(t)
			change(t, w)
			w.accept = true
			w.sealed, w.noKey = true, true
			in := w.inputs(t)
			w.sealed, w.noKey = false, false
			previewFile, problems := DryRun(w.plan, in)
			if problems.HasErrors() {
				t.Fatal(describe(problems))
			}
			checkForecast(t, w, previewFile, w.build(t))
		})
	}
}

func checkForecast(t *testing.T, w *world, previewFile Preview, made Result) {
	t.Helper()
	if len(previewFile.Expected) != len(made.Events) {
		t.Fatalf("%d previewFile, %d came", len(previewFile.Expected), len(made.Events))
	}
	for i, e := range made.Events {
		f := previewFile.Expected[i]
		if f.ID != e.ID || f.Action != e.Action || !slices.Equal(f.Why, e.Why) || !f.NotAfter.Equal(e.NotAfter) {
			t.Errorf("previewFile %+v, came %+v", f.Event, e)
		}
		if f.Sealed != "" && f.After != nil {
			if _, to, err := w.vault(t).Read(made.Files[f.Sealed]); err != nil || !slices.Equal(to, f.After) {
				t.Errorf("%s opens for %v, previewFile %v: %v", f.ID, to, f.After, err)
			}
		}
		if f.Certificate == nil {
			continue
		}
		c := certificate.Of(w.certificate(t, f.ID))
		c.Pin, c.Serial = "", ""
		if have, want := certificate.Text([]certificate.Certificate{*f.Certificate}), certificate.Text([]certificate.Certificate{c}); have != want {
			t.Errorf("%s: previewFile\n%scame\n%s", f.ID, have, want)
		}
	}
	for name, data := range previewFile.Files {
		if !bytes.Equal(made.Files[name], data) {
			t.Errorf("%s was to stay", name)
		}
	}
	for name, data := range previewFile.Bundles {
		if !bytes.Equal(made.Bundles[name], data) {
			t.Errorf("%s was to stay", name)
		}
	}
}
