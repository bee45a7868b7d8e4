package conform_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/release"
)

var update = flag.Bool("update", false, "write the golden files again")

// TestObjects holds lib/versions/history/objects.json to what the published types of the API say of themselves: when each
// came, and when it went. Run with -update, and review the difference.
func TestObjects(t *testing.T) {
	got := gone()
	for gvk := range scheme.Scheme.AllKnownTypes() {
		if gvk.Version == "__internal" || strings.HasSuffix(gvk.Kind, "List") {
			continue
		}
		o, err := scheme.Scheme.New(gvk)
		if err != nil {
			t.Fatal(err)
		}
		change := release.Change{}
		if v, ok := o.(interface{ APILifecycleIntroduced() (int, int) }); ok {
			change.Since = minor(v.APILifecycleIntroduced())
		}
		if v, ok := o.(interface{ APILifecycleDeprecated() (int, int) }); ok {
			change.Deprecated = minor(v.APILifecycleDeprecated())
		}
		if v, ok := o.(interface{ APILifecycleRemoved() (int, int) }); ok {
			change.Removed = minor(v.APILifecycleRemoved())
		}
		if v, ok := o.(interface {
			APILifecycleReplacement() schema.GroupVersionKind
		}); ok {
			change.Instead = instead(gvk, v.APILifecycleReplacement())
		}
		if change == (release.Change{}) {
			continue
		}
		if got[gvk.Kind] == nil {
			got[gvk.Kind] = map[string]release.Change{}
		}
		got[gvk.Kind][gvk.GroupVersion().String()] = change
	}
	compare(t, "../../../lib/versions/history/objects.json", got)
}

// gone are objects of which nothing is published any more, from the deprecation guide of Kubernetes.
func gone() map[string]map[string]release.Change {
	const guide = "Kubernetes deprecated API migration guide"
	return map[string]map[string]release.Change{
		"PodSecurityPolicy": {
			"extensions/v1beta1": {Removed: "1.16", Instead: "remove it: Pod Security admission goes by labels of namespaces", Source: guide},
			"policy/v1beta1":     {Deprecated: "1.21", Removed: "1.25", Instead: "remove it: Pod Security admission goes by labels of namespaces", Source: guide},
		},
	}
}

func minor(major, minor int) string { return fmt.Sprintf("%d.%d", major, minor) }

func instead(old, successor schema.GroupVersionKind) string {
	version := successor.GroupVersion().String()
	if successor.Kind == old.Kind {
		return "write apiVersion: " + version
	}
	return "write kind: " + successor.Kind + " of apiVersion: " + version
}

// compare has an object of the file a line, for the review.
func compare(t *testing.T, file string, got any) {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(got); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file) // #nosec G304 -- the repository's own
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, b.Bytes()) {
		t.Errorf("%s is not what the published types say; run with -update, and review", file)
	}
}

// TestStaticReferences: kubelets refuse static pods that name objects of the API by a gate, and from some minor on without one.
func TestStaticReferences(t *testing.T) {
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web\n    image: example.org/web:1\n    envFrom: [{secretRef: {name: a}}]\n"
	known, list := release.Known(harender.Assets)
	if len(list) > 0 {
		t.Fatal(list)
	}
	for minor := range known {
		v, ok := cluster.ParseVersion(minor + ".0")
		if !ok {
			t.Fatal(minor)
		}
		t.Run(minor, func(t *testing.T) {
			got := checkFor(v, "etc/kubernetes/manifests/web.yaml", pod)
			refused := len(got) == 1 && strings.Contains(got[0].Summary, "names an object of the API")
			if want := !v.Before(34); refused != want || got.HasErrors() != want {
				t.Errorf("refused %t, want %t: %v", refused, want, got)
			}
		})
	}
}

// TestGatesOfRules: a rule whose gate no component of its versions has would never hold.
func TestGatesOfRules(t *testing.T) {
	known, list := release.Known(harender.Assets)
	if len(list) > 0 {
		t.Fatal(list)
	}
	for minor := range known {
		rules, list := release.ReadRules(harender.Assets, minor)
		facts, more := release.ReadFacts(harender.Assets, minor)
		if len(list)+len(more) > 0 {
			t.Fatal(list, more)
		}
		for _, r := range rules {
			has := func(component string) bool {
				_, ok := facts.Gates[component][strings.TrimPrefix(r.Gate, "!")]
				return ok
			}
			if r.Gate != "" && facts.Types != nil && !slices.ContainsFunc(slices.Collect(maps.Keys(facts.Gates)), has) {
				t.Errorf("%s: no component has the gate %s, of %s", minor, r.Gate, r.Name)
			}
		}
	}
}
