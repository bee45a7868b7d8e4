package release

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
