package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// lines is the JSON of a value with objects and lists down to that depth over several lines, and what is deeper on one.
func lines(value any, depth int, indent string) ([]byte, error) {
	text, err := compact(value)
	if err != nil || depth == 0 {
		return text, err
	}
	var members map[string]json.RawMessage
	var elements []json.RawMessage
	var b bytes.Buffer
	next := func(prefix string, value any) error {
		inner, err := lines(value, depth-1, indent+"  ")
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString("\n  " + indent + prefix)
		b.Write(inner)
		return err
	}
	switch {
	case json.Unmarshal(text, &members) == nil && len(members) > 0:
		b.WriteByte('{')
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if err := next(`"`+name+`": `, members[name]); err != nil {
				return nil, err
			}
		}
		b.WriteString("\n" + indent + "}")
	case json.Unmarshal(text, &elements) == nil && len(elements) > 0:
		b.WriteByte('[')
		for _, e := range elements {
			if err := next("", e); err != nil {
				return nil, err
			}
		}
		b.WriteString("\n" + indent + "]")
	default:
		return text, nil
	}
	return b.Bytes(), nil
}

func compact(value any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(value)
	return bytes.TrimSpace(b.Bytes()), err
}
