package release

import (
	"io/fs"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/diag"
)

// Steps are facts about the way from one version to the next, from lib/versions/steps/.
type Steps struct {
	// Etcd by the minor of etcd that a member goes to.
	Etcd map[string]EtcdStep
	// Kubernetes by the minor of Kubernetes that a node reaches or passes.
	Kubernetes map[string][]Fact
}

// EtcdStep is what one minor of etcd asks of the members before the first of them starts it.
type EtcdStep struct {
	// AtLeast is the oldest patch of the minor before that every member may run, such as 3.5.26.
	AtLeast string `json:"atLeast"`
	Detail  string `json:"detail"`
	// Source says where the entry comes from.
	Source string `json:"source"`
}

// Fact is what a minor of Kubernetes asks of its hosts or has by default, and the minor before did not.
type Fact struct {
	// Component whose configuration file decides whether it matters: kubelet or kube-proxy.
	Component string `json:"component"`
	// Field of that file. With Becomes, the fact matters where the field gets that value and did not have it; with Unless,
	// where it has another value than that.
	Field   string `json:"field,omitempty"`
	Becomes string `json:"becomes,omitempty"`
	Unless  string `json:"unless,omitempty"`
	Summary string `json:"summary"`
	Detail  string `json:"detail"`
	Hint    string `json:"hint"`
	// Source says where the entry comes from.
	Source string `json:"source"`
}

// ReadSteps reads all of them.
func ReadSteps(layers fs.FS) (Steps, diag.List) {
	var s Steps
	var list diag.List
	for _, file := range []struct {
		name string
		into any
	}{{"etcd", &s.Etcd}, {"kubernetes", &s.Kubernetes}} {
		name := dir + "/steps/" + file.name + ".json"
		if err := decode(layers, name, file.into); err != nil {
			list = append(list, broken(name, bounded.JSONWords(err)))
		}
	}
	return s, list
}
