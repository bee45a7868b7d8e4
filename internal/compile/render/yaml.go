package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

// jsonString is a string of JSON as it stands in the text.
var jsonString = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// toYAML is the one encoder of objects: what jsonnet gave, and what kustomize shaped. The library reads JSON as YAML, which takes some characters within strings for
// ends of lines, and it writes words bare that mean something to readers. Such strings stand aside, and come back as strings of JSON, which
// are strings of YAML, too.
func toYAML(source []byte) ([]byte, error) {
	mark := "quoted"
	for bytes.Contains(source, []byte(mark)) {
		mark += "-"
	}
	var aside []string
	source = jsonString.ReplaceAllFunc(source, func(literal []byte) []byte {
		var text string
		if err := json.Unmarshal(literal, &text); err != nil || !readOtherwise(text) {
			return literal
		}
		aside = append(aside, mark+strconv.Itoa(len(aside))+"q", escapeRunes(string(literal)))
		return []byte(`"` + aside[len(aside)-2] + `"`)
	})
	text, err := yaml.JSONToYAML(source)
	if err != nil || len(aside) == 0 {
		return text, err
	}
	return []byte(strings.NewReplacer(aside...).Replace(string(text))), nil
}

// asYAML is a resource of kustomize, which has its own encoder with the same faults.
func asYAML(r json.Marshaler) ([]byte, error) {
	source, err := r.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return toYAML(source)
}

// readOtherwise are the keys of YAML 1.1 for merging and for a default, and what has a character that ends a line for YAML, or none at all.
func readOtherwise(text string) bool {
	return text == "<<" || text == "=" || strings.ContainsFunc(text, yamlEscaped)
}

func yamlEscaped(r rune) bool {
	return r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\ufeff'
}

func escapeRunes(literal string) string {
	var b strings.Builder
	for _, r := range literal {
		if yamlEscaped(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
