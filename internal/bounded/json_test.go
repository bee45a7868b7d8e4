package bounded_test

import (
	"errors"
	"testing"

	"github.com/harender/harender/internal/bounded"
)

func TestJSON(t *testing.T) {
	type doc struct {
		A int `json:"a"`
	}
	for text, want := range map[string]struct {
		words  string
		offset int64
	}{
		`{"a": 1}`:         {},
		`{"a": 1} `:        {},
		`{"a": 1, "b": 2}`: {`unknown field "b"`, 16},
		`{"a": "x"}`:       {"a is a string", 10},
		`{"a": 1} {}`:      {"there is something after the end of the value", 10},
		`{"a": 1`:          {"unexpected EOF", 0},
	} {
		var into doc
		err := bounded.JSON([]byte(text), &into)
		if want.words == "" {
			if err != nil || into.A != 1 {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		at, is := errors.AsType[*bounded.JSONError](err)
		if !is || bounded.JSONWords(err) != want.words || at.Offset != want.offset {
			t.Errorf("%s: %v at %+v", text, err, at)
		}
	}
}

func TestRepeatedKey(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": 1, "b": {"a": [{"a": 1}, {"a": 1}]}}`: "",
		`{"a": {"b": 1, "c": "b", "b": 2}}`:          "b",
		`[{"a": 1}, {"x": ["a", "a"], "x": 1}]`:      "x",
	} {
		if got, _ := bounded.RepeatedKey([]byte(text)); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}
