package release

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"

	"github.com/harender/harender/internal/diag"
)

// Flags is the content of lib/versions/MINOR/flags.json, made from what the real programs say of themselves: the components
// by the names of their programs.
type Flags map[string]Component

// Component is one program.
type Component struct {
	// Version is its MAJOR.MINOR.
	Version string `json:"version"`
	// Flags by name without dashes.
	Flags map[string]Flag `json:"flags"`
}

// Flag is what a program says of a flag of its own.
type Flag struct {
	// Type is the word that its help has for the value, such as string, int32 or duration; bool where it has none.
	Type string `json:"type"`
	// Default as its help words it; empty where it names none.
	Default string `json:"default,omitempty"`
	// Deprecated says why not to use it; empty where nothing is said against it.
	Deprecated string `json:"deprecated,omitempty"`
}

// FlagsFile is where the flags of a minor lie, in the layers.
func FlagsFile(minor string) string { return dir + "/" + minor + "/flags.json" }

// ReadFlags gives the flags of a minor such as 1.36. Without a file there are none, and a warning.
func ReadFlags(layers fs.FS, minor string) (Flags, diag.List) {
	name := FlagsFile(minor)
	data, err := fs.ReadFile(layers, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, diag.List{{
			Severity: diag.Warning, Summary: "which flags the components of Kubernetes " + minor + " have is not known, and not checked",
			Hint: "add " + name + ", with what each program says of its flags; docs/layers.md says in which form",
		}}
	case err != nil:
		return nil, diag.List{broken(name, err.Error())}
	}
	var r Flags
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return nil, diag.List{broken(name, err.Error())}
	}
	return r, nil
}

func broken(name, detail string) diag.Diagnostic {
	return diag.Diagnostic{
		Summary: "cannot read the flags in " + name, Detail: detail, Pos: diag.Pos{File: name},
		Hint: "mend the file after the built-in ones, or remove it",
	}
}
