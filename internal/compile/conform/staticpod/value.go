package staticpod

import (
	"maps"
	"slices"
)

// object is a mapping, or an empty one.
func object(v any) map[string]any {
	o, _ := v.(map[string]any)
	return o
}

// objects of a list.
func objects(v any) []map[string]any {
	list, _ := v.([]any)
	out := make([]map[string]any, 0, len(list))
	for _, element := range list {
		out = append(out, object(element))
	}
	return out
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func keys(o map[string]any) []string { return slices.Sorted(maps.Keys(o)) }

// set are those of the keys that an object has, and not as null.
func set(o map[string]any, known []string) []string {
	var out []string
	for _, key := range known {
		if o[key] != nil {
			out = append(out, key)
		}
	}
	return out
}
