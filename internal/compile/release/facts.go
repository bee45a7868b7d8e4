package release

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/diag"
)

// Facts are what the components of a minor take, from the files of lib/versions/MINOR/. What a file is missing for is nil,
// and nothing can be said of it.
type Facts struct {
	// Flags from flags.json.
	Flags Flags
	// Gates from gates.json.
	Gates Gates
	// Admission from admission.json.
	Admission *Admission
	// APIs from apis.json.
	APIs APIs
	// Types from types.json. A version of a user's own need not have it.
	Types *Types
}

// Gates are the feature gates by component and by name.
type Gates map[string]map[string]Gate

// Gate is a feature gate as the version has it.
type Gate struct {
	// Stage is alpha, beta, ga or deprecated.
	Stage string `json:"stage"`
	// Default is its value where nobody sets it.
	Default bool `json:"default"`
	// Locked gates take no other value.
	Locked bool `json:"locked,omitempty"`
}

// Admission has the admission plugins of kube-apiserver.
type Admission struct {
	// Plugins are all, in the order in which they run.
	Plugins []string `json:"plugins"`
	// Default are those that are on without a flag.
	Default []string `json:"default"`
}

// APIs are the API versions that a configuration file may have, by its kind, the preferred first.
type APIs map[string][]string

// ReadFacts gives what is known of a minor such as 1.36. Files that are not there are one warning.
func ReadFacts(layers fs.FS, minor string) (Facts, diag.List) {
	var f Facts
	var missing []string
	var list diag.List
	for _, file := range []struct {
		name string
		into any
	}{{"flags.json", &f.Flags}, {"gates.json", &f.Gates}, {"admission.json", &f.Admission}, {"apis.json", &f.APIs}} {
		name := dir + "/" + minor + "/" + file.name
		err := decode(layers, name, file.into)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, name)
		case err != nil:
			list = append(list, broken(name, bounded.JSONWords(err)))
		}
	}
	if err := decode(layers, dir+"/"+minor+"/types.json", &f.Types); err != nil && !errors.Is(err, fs.ErrNotExist) {
		list = append(list, broken(dir+"/"+minor+"/types.json", bounded.JSONWords(err)))
	}
	if len(missing) > 0 {
		list = append(list, diag.Diagnostic{
			Severity: diag.Warning, Summary: "not all is known of what the components of Kubernetes " + minor + " take, and it is not checked",
			Hint: "add " + strings.Join(missing, ", ") + "; docs/versions.md says in which form",
		})
	}
	return f, list
}

// ReadAPIs gives the API versions of the configuration files of a minor, and nothing where there are no data.
func ReadAPIs(layers fs.FS, minor string) APIs {
	var out APIs
	if decode(layers, dir+"/"+minor+"/apis.json", &out) != nil {
		return nil
	}
	return out
}

func decode(layers fs.FS, name string, into any) error {
	data, err := fs.ReadFile(layers, name)
	if err != nil {
		return err
	}
	return bounded.JSON(data, into)
}

func broken(name, detail string) diag.Diagnostic {
	return diag.Diagnostic{
		Summary: name + " is not the data of a version", Detail: detail, Pos: diag.Pos{File: name},
		Hint: "mend the file after the built-in ones, or remove it",
	}
}
