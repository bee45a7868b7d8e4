package bounded

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// ErrTrailing is wrapped where something follows the first value.
var ErrTrailing = errors.New("there is something after the end of the value")

// JSONError says how many bytes before the mistake were read. Its words are those of the mistake.
type JSONError struct {
	Offset int64
	Err    error
}

// Error is what is wrong.
func (e *JSONError) Error() string { return e.Err.Error() }

// Unwrap is what encoding/json says.
func (e *JSONError) Unwrap() error { return e.Err }

// JSON reads a text that holds one value, without a key that nobody reads.
func JSON(text []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return &JSONError{dec.InputOffset(), err}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return &JSONError{dec.InputOffset(), ErrTrailing}
	}
	return nil
}

// JSONWords says what is wrong in the words of the document, and not of Go.
func JSONWords(err error) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return cmp.Or(wrong.Field, "it") + " is a " + wrong.Value
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// RepeatedKey finds a key that stands twice in one object of valid JSON.
func RepeatedKey(text []byte) (key string, offset int64) {
	dec := json.NewDecoder(bytes.NewReader(text))
	var open []map[string]bool // nil for an array
	expectKey := false
	for {
		token, err := dec.Token()
		if err != nil {
			return "", 0
		}
		switch t := token.(type) {
		case json.Delim:
			switch t {
			case '{':
				open = append(open, map[string]bool{})
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
			expectKey = len(open) > 0 && open[len(open)-1] != nil
			continue
		case string:
			if expectKey {
				if open[len(open)-1][t] {
					return t, dec.InputOffset()
				}
				open[len(open)-1][t] = true
				expectKey = false
				continue
			}
		}
		expectKey = len(open) > 0 && open[len(open)-1] != nil
	}
}
