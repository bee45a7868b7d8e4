package spec

import _ "embed"

// The schema is made from the types and their comments: go test ./internal/compile/spec -run Schema -update
//
//go:embed schema.json
var schema string

// Schema is the JSON Schema (draft 2020-12) of a cluster document, for editors and other checkers.
func Schema() []byte { return []byte(schema) }
