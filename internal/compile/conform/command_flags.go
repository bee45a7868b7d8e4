package conform

import (
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/deliver/tree"
)

// Given is a flag as it stands on a program's command line.
type Given struct {
	// Program is the name of the program, Name that of the flag without dashes.
	Program, Name string
	// Value is "true" for a flag that stands without one.
	Value string
}

// CommandFlags lists the flags of every command line in a manifest or a unit, in their order. The flags of the version tell which of
// them take the next word for their value.
func CommandFlags(f tree.File, known release.Flags) []Given {
	var out []Given
	for _, p := range programsOf(f) {
		for _, a := range arguments(p.name, known[p.name], p.argv) {
			if a.name == "" {
				continue
			}
			g := Given{Program: p.name, Name: a.name, Value: a.value}
			if !a.valued {
				g.Value = "true"
			}
			out = append(out, g)
		}
	}
	return out
}

// programsOf are those that a unit or a static pod starts.
func programsOf(f tree.File) []program {
	if isUnit(f) {
		return unitPrograms(f.Content.Bytes())
	}
	var out []program
	for _, doc := range documents(f.Content.Bytes()) {
		pod, _ := doc.(object)
		spec, _ := pod["spec"].(object)
		out = append(out, containerPrograms(spec)...)
	}
	return out
}
