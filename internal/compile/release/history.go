package release

import (
	"io/fs"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/diag"
)

// History is what came and went in minors that there is no data for, from lib/versions/history/. Keys are those of the
// files of a minor.
type History struct {
	// Flags by component and flag.
	Flags map[string]map[string]Change
	// Gates by component and gate.
	Gates map[string]map[string]Change
	// Admission plugins of kube-apiserver by name.
	Admission map[string]Change
	// APIs of configuration files, by kind and apiVersion.
	APIs map[string]map[string]Change
	// Objects of the API, by kind and apiVersion.
	Objects map[string]map[string]Change
}

// Change is the life of a thing, in minors such as 1.19 (of etcd, 3.4); empty where that is not known or has not been.
type Change struct {
	Since      string `json:"since,omitempty"`
	Deprecated string `json:"deprecated,omitempty"`
	Removed    string `json:"removed,omitempty"`
	// Instead is what to do, in the imperative.
	Instead string `json:"instead,omitempty"`
	// Source says where the entry comes from.
	Source string `json:"source,omitempty"`
}

// ReadHistory reads all of it. A file that is not there has nothing to say.
func ReadHistory(layers fs.FS) (History, diag.List) {
	var h History
	var list diag.List
	for _, file := range []struct {
		name string
		into any
	}{{"flags", &h.Flags}, {"gates", &h.Gates}, {"admission", &h.Admission}, {"apis", &h.APIs}, {"objects", &h.Objects}} {
		name := dir + "/history/" + file.name + ".json"
		if err := decode(layers, name, file.into); err != nil {
			list = append(list, broken(name, bounded.JSONWords(err)))
		}
	}
	return h, list
}
