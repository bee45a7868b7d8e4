package release

// Types are the fields of every kind of file and object that a minor decodes, from types.json, made from the sources.
type Types struct {
	// Kinds are the types of "APIVERSION KIND"; an admission plugin whose configuration has neither stands by its name.
	Kinds map[string]string `json:"kinds"`
	// Types have what each field takes: string, bool, int32, ..., bytes, duration, time, quantity, intOrString, object, any,
	// []WORD, "map WORD", or the name of a type or of an enum.
	Types map[string]map[string]string `json:"types"`
	// Enums are strings that take these values alone.
	Enums map[string][]string `json:"enums"`
}
