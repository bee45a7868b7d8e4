package diag

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// DidYouMean is the hint for a word that is not among those known: the nearest of them or, where none is near, another
// hint.
func DidYouMean(word string, known []string, otherwise string) string {
	if near := Nearest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	return otherwise
}

// Nearest is the candidate that a misspelled word most likely means, or nothing.
func Nearest(word string, candidates []string) string {
	best, distance := "", max(1, min(len(word)/3, 3))+1
	for _, c := range candidates {
		// Each letter more or less is one step, and to compare the rest is slow.
		if apart := utf8.RuneCountInString(c) - utf8.RuneCountInString(word); max(apart, -apart) >= distance {
			continue
		}
		if strings.EqualFold(c, word) || sameLetters(c, word) {
			return c
		}
		if d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(c)); d < distance {
			best, distance = c, d
		}
	}
	return best
}

// sameLetters finds letters in the wrong order.
func sameLetters(a, b string) bool {
	return slices.Equal(slices.Sorted(slices.Values([]byte(a))), slices.Sorted(slices.Values([]byte(b))))
}

// Few names the first five of many words, and counts the rest.
func Few(words []string) string { return First(words, 5) }

// First names the first of many words, and counts the rest, in a unit if there is one.
func First(words []string, most int, unit ...string) string {
	if len(words) <= most {
		return strings.Join(words, ", ")
	}
	rest := append([]string{strings.Join(words[:most], ", "), "and", strconv.Itoa(len(words) - most), "more"}, unit...)
	return strings.Join(rest, " ")
}

// Cause is why the system refused, without the call and the path, which the summary has in the reader's words.
func Cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
