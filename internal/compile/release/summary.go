package release

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/diag"
)

// Summary is what a minor means, and how much is known of it.
type Summary struct {
	Minor string `json:"minor"`
	// Default is the patch release that the minor alone means.
	Default string `json:"default"`
	// ByName and EndOfLife are those of [Release].
	ByName    bool   `json:"byName,omitempty"`
	EndOfLife string `json:"endOfLife,omitempty"`
	// Images by component: the tags. An image without one is left out.
	Images map[string]string `json:"images"`
	// Flags of all components. A flag counts for each component that has it.
	Flags int `json:"flags"`
	// Gates of all components, each counted once.
	Gates int `json:"gates"`
}

// Summaries are those of all known minors, the newest first.
func Summaries(layers fs.FS) ([]Summary, diag.List) {
	known, list := Known(layers)
	if list.HasErrors() {
		return nil, list
	}
	var out []Summary
	for _, minor := range slices.Backward(slices.SortedFunc(maps.Keys(known), cluster.CompareMinors)) {
		s, found := summarize(layers, minor)
		out, list = append(out, s), append(list, found...)
	}
	return out, list
}

// summarize leaves what the minor's own file says to [Known], which has told it.
func summarize(layers fs.FS, minor string) (Summary, diag.List) {
	r, _ := Read(layers, minor)
	facts, list := ReadFacts(layers, minor)
	s := Summary{Minor: minor, Default: r.Default, ByName: r.ByName, EndOfLife: r.EndOfLife, Images: map[string]string{}}
	for name, image := range r.Images {
		if _, tag, ok := strings.Cut(path.Base(image), ":"); ok {
			s.Images[name] = tag
		}
	}
	for _, c := range facts.Flags {
		s.Flags += len(c.Flags)
	}
	gates := map[string]bool{}
	for _, g := range facts.Gates {
		for name := range g {
			gates[name] = true
		}
	}
	s.Gates = len(gates)
	return s, list
}
