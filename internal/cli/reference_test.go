package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/harender/harender/internal/cli"
	"github.com/harender/harender/internal/compile/spec"
)

const reference = "../../docs/reference.md"

// TestReference keeps docs/reference.md in step with the commands and the spec's schema. With -update it writes it.
func TestReference(t *testing.T) {
	var schema schemaType
	if err := json.Unmarshal(spec.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# Reference\n\nMade from the program itself by `make docs`; a test compares.\n\n## Commands\n")
	for _, command := range append([]string{""}, leaves(t, nil)...) {
		fmt.Fprintf(&b, "\n### %s\n\n```text\n%s```\n", strings.TrimSpace("harender "+command), help(t, command))
	}
	b.WriteString("\n## The spec\n\nA type in bold has a table of its own below. Fields marked * are required.\n")
	schema.write(&b, "Cluster")
	for _, name := range schema.order() {
		schema.Defs[name].write(&b, name)
	}
	if *update {
		if err := os.WriteFile(reference, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	written, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != b.String() {
		t.Errorf("%s is not what the program says: run make docs", reference)
	}
}

func help(t *testing.T, command string) string {
	t.Helper()
	var out bytes.Buffer
	args := append(strings.Fields(command), "--help")
	if code := cli.Run(context.Background(), args, cli.Environment{Out: &out, Err: &out}); code != 0 {
		t.Fatalf("%s --help: exit code %d\n%s", command, code, &out)
	}
	return out.String()
}

// schemaType is as much of a JSON Schema as the spec's uses.
type schemaType struct {
	Type, Description    string
	Ref                  string                `json:"$ref"`
	Defs                 map[string]schemaType `json:"$defs"`
	Properties           map[string]schemaType
	Required             []string
	Items                *schemaType
	AdditionalProperties json.RawMessage
	Examples             []any
	Default              any
}

// order is that in which the types come up, from the document down.
func (s schemaType) order() []string {
	var names []string
	var visit func(schemaType)
	visit = func(t schemaType) {
		for _, field := range slices.Sorted(maps.Keys(t.Properties)) {
			for _, name := range t.Properties[field].refs() {
				if !slices.Contains(names, name) {
					names = append(names, name)
					visit(s.Defs[name])
				}
			}
		}
	}
	visit(s)
	return names
}

// refs are the types that a field names.
func (s schemaType) refs() []string {
	var names []string
	for _, t := range []schemaType{s, s.element(), s.values()} {
		if t.Ref != "" {
			names = append(names, path.Base(t.Ref))
		}
	}
	return names
}

func (s schemaType) element() schemaType {
	if s.Items == nil {
		return schemaType{}
	}
	return *s.Items
}

// values is the type of a mapping's values, empty for an object with fields.
func (s schemaType) values() schemaType {
	var t schemaType
	if err := json.Unmarshal(s.AdditionalProperties, &t); err != nil {
		return schemaType{}
	}
	return t
}

func (s schemaType) write(b *strings.Builder, name string) {
	fmt.Fprintf(b, "\n### %s\n", name)
	if s.Description != "" {
		fmt.Fprintf(b, "\n%s\n", s.Description)
	}
	if len(s.Properties) == 0 {
		return
	}
	b.WriteString("\n| field | type | what it is |\n|---|---|---|\n")
	for _, field := range slices.Sorted(maps.Keys(s.Properties)) {
		f := s.Properties[field]
		mark := ""
		if slices.Contains(s.Required, field) {
			mark = "*"
		}
		fmt.Fprintf(b, "| `%s`%s | %s | %s |\n", field, mark, f.kind(), f.text())
	}
}

func (s schemaType) kind() string {
	switch element, values := s.element(), s.values(); {
	case s.Ref != "":
		return "**" + path.Base(s.Ref) + "**"
	case s.Items != nil:
		return "list of " + element.kind()
	case values.Type != "" || values.Ref != "":
		return "mapping to " + values.kind()
	case s.Type == "":
		return "any"
	}
	return s.Type
}

func (s schemaType) text() string {
	out := strings.ReplaceAll(s.Description, "|", `\|`)
	if s.Default != nil {
		out += fmt.Sprintf(" Default: `%v`.", s.Default)
	}
	if len(s.Examples) == 1 {
		if example, err := json.Marshal(s.Examples[0]); err == nil {
			out += fmt.Sprintf(" Example: `%s`.", example)
		}
	}
	return out
}
