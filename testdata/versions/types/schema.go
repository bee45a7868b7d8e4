package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// schema is the content of types.json.
type schema struct {
	// Kinds are the types of "APIVERSION KIND".
	Kinds map[string]string
	// Types have a word for each field.
	Types map[string]map[string]string
	// Enums are the values of strings that take no other.
	Enums map[string][]string
}

// leaveStatus takes no part in what a kind's status may have: nobody writes one.
func (s schema) leaveStatus(kind string) {
	fields := s.Types[kind]
	if status, ok := fields["status"]; ok && strings.HasSuffix(status, "Status") {
		fields["status"] = "any"
	}
}

// text has one line for each kind, type and list of values that a kind reaches, for the review.
func (s schema) text() []byte {
	types, enums := s.reached()
	var b bytes.Buffer
	b.WriteString("{\n")
	section(&b, "kinds", s.Kinds)
	b.WriteString(",\n")
	section(&b, "types", types)
	b.WriteString(",\n")
	section(&b, "enums", enums)
	b.WriteString("\n}\n")
	return b.Bytes()
}

func section[T any](b *bytes.Buffer, name string, values map[string]T) {
	b.WriteString(`  "` + name + `": {`)
	for i, key := range slices.Sorted(maps.Keys(values)) {
		if i > 0 {
			b.WriteByte(',')
		}
		text, _ := json.Marshal(values[key]) // Strings alone.
		b.WriteString("\n    \"" + key + "\": ")
		b.Write(text)
	}
	b.WriteString("\n  }")
}

// reached leaves out what only a status or an embedded type led to.
func (s schema) reached() (types map[string]map[string]string, enums map[string][]string) {
	types, enums = map[string]map[string]string{}, map[string][]string{}
	var follow func(word string)
	follow = func(word string) {
		for strings.HasPrefix(word, "[]") || strings.HasPrefix(word, "map ") {
			word = strings.TrimPrefix(strings.TrimPrefix(word, "[]"), "map ")
		}
		if values, ok := s.Enums[word]; ok {
			enums[word] = values
		}
		fields, ok := s.Types[word]
		if _, done := types[word]; !ok || done {
			return
		}
		types[word] = fields
		for _, w := range fields {
			follow(w)
		}
	}
	for _, word := range s.Kinds {
		follow(word)
	}
	return types, enums
}
