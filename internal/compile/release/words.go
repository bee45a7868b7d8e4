package release

import (
	"io/fs"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/diag"
)

// Words are the keywords of a program's configuration, from the program itself.
type Words struct {
	// Source is which program of which version was asked, and how.
	Source string `json:"source"`
	// Since which version of the program a word is known, where that is later than what the first minor here deploys.
	Since map[string]string `json:"since,omitempty"`
	// Version that reads the file; empty where nobody knows it. The data have none.
	Version string `json:"-"`
	// All of them, or those of each section.
	All      []string            `json:"words,omitempty"`
	Sections map[string][]string `json:"sections,omitempty"`
	// Types are those of each section by what their values are, as the program calls it.
	Types map[string]map[string][]string `json:"types,omitempty"`
}

// ReadWords reads those of systemd, haproxy, keepalived or coredns.
func ReadWords(layers fs.FS, program string) (Words, diag.List) {
	name := dir + "/text/" + program + ".json"
	var w Words
	if err := decode(layers, name, &w); err != nil {
		return w, diag.List{broken(name, bounded.JSONWords(err))}
	}
	return w, nil
}
