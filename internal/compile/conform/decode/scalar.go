package decode

import (
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/harender/harender/internal/diag"
)

// scalar is what a word asks for: in words, and whether a value is one.
type scalar struct {
	takes string
	fits  func(v any) bool
}

func scalars() map[string]scalar {
	integer := func(word string) scalar {
		return scalar{"a whole number", func(v any) bool { return isInteger(word, v) }}
	}
	return map[string]scalar{
		"string":   {"a string", isText(func(string) bool { return true })},
		"bool":     {"true or false", isBool},
		"int":      integer("int"),
		"int32":    integer("int32"),
		"int64":    integer("int64"),
		"uint32":   integer("uint32"),
		"float32":  {"a number", isNumber},
		"float64":  {"a number", isNumber},
		"bytes":    {"base64", isText(isBase64)},
		"duration": {"a duration such as 30s", isText(parses(time.ParseDuration))},
		"time":     {"a time such as 2026-01-02T15:04:05Z", isText(isTime)},
		"quantity": {"a quantity such as 64Mi", either(isNumber, isText(parses(resource.ParseQuantity)))},
		"intOrString": {"a whole number or a string", either(
			isText(func(string) bool { return true }), integer("int32").fits,
		)},
	}
}

// scalar reports whether a value is what a word asks for, and what that is.
func (d *decoder) scalar(word string, v any) (takes string, ok bool) {
	if kind, known := d.scalars[word]; known {
		return kind.takes, kind.fits(v)
	}
	values, closed := d.types.Enums[word]
	if !closed {
		return "", true // A word of a later harender.
	}
	return anyOf(values), isText(func(s string) bool { return s == "" || slices.Contains(values, s) })(v)
}

func either(a, b func(any) bool) func(any) bool {
	return func(v any) bool { return a(v) || b(v) }
}

// isText asks more of what is a string.
func isText(fits func(string) bool) func(any) bool {
	return func(v any) bool {
		s, ok := text(v)
		return ok && fits(s)
	}
}

// text is a string, or a day, which YAML reads as one and JSON does not.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case time.Time:
		return v.Format(time.RFC3339), true
	}
	return "", false
}

func isBool(v any) bool {
	_, ok := v.(bool)
	return ok
}

func isInteger(word string, v any) bool {
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	switch word {
	case "int32":
		low, high = math.MinInt32, math.MaxInt32
	case "uint32":
		low, high = 0, math.MaxUint32
	}
	switch n := v.(type) {
	case int:
		return int64(n) >= low && int64(n) <= high
	case float64:
		return n == math.Trunc(n) && n >= float64(low) && n <= float64(high)
	}
	return false
}

func isNumber(v any) bool {
	switch v.(type) {
	case int, int64, uint64, float64:
		return true
	}
	return false
}

func isBase64(s string) bool {
	_, err := base64.StdEncoding.DecodeString(s)
	return err == nil
}

func isTime(s string) bool {
	_, err := time.Parse(time.RFC3339, s)
	return err == nil
}

func parses[T any](parse func(string) (T, error)) func(string) bool {
	return func(s string) bool {
		_, err := parse(strings.TrimSpace(s))
		return err == nil
	}
}

// anyOf names values, but not dozens of them.
func anyOf(values []string) string {
	const many = 12
	var named []string
	for _, v := range values {
		if v != "" {
			named = append(named, v)
		}
	}
	if len(named) > many {
		named = append(named[:many], "...")
	}
	if len(named) == 1 {
		return named[0]
	}
	return strings.Join(named[:len(named)-1], ", ") + " or " + named[len(named)-1]
}

// describe says what stands there, but not what may be secret.
func (d *decoder) describe(v any) string {
	confidential := slices.Contains([]string{"Secret", "Config", "EncryptionConfiguration"}, d.of.Kind)
	switch v := v.(type) {
	case string:
		if confidential {
			return "another string"
		}
		return diag.Quote(v)
	case []any:
		return "a list"
	case map[string]any, map[any]any:
		return "a mapping"
	case bool:
		return fmt.Sprint(v)
	}
	if confidential {
		return "a number"
	}
	return fmt.Sprint(v)
}
