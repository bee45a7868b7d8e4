package diag

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Path names a field of a document: keys joined by dots, list elements as [0], and a key that is no plain word in
// brackets and quotes, as in spec.nodes[2].labels["example.org/rack"]. The empty path is the document itself.
type Path string

// Key is the path of a key of the mapping at p.
func (p Path) Key(key string) Path {
	if !Plain(key) {
		return p + Path("["+strconv.Quote(key)+"]")
	}
	if p == "" {
		return Path(key)
	}
	return p + "." + Path(key)
}

// Index is the path of an element of the list at p.
func (p Path) Index(i int) Path { return p + Path("["+strconv.Itoa(i)+"]") }

// Step is one key or one index of a path.
type Step struct {
	Key string
	// Index counts from 0, and is -1 where the step is a key.
	Index int
}

// step matches one step at the start of a path, after the dot. An element of a list may have its name in brackets, as people write it.
var step = regexp.MustCompile(`^(?:([A-Za-z_][A-Za-z0-9_-]*)|\[(\d{1,9})\]|\[("(?:[^"\\]|\\.)*")\]|\[([A-Za-z_][A-Za-z0-9_.-]*)\])`)

// Steps takes the path apart, and reports text that is no path.
func (p Path) Steps() ([]Step, error) {
	var steps []Step
	for rest := string(p); rest != ""; rest = strings.TrimPrefix(rest, ".") {
		m := step.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("field path %q: unexpected %q", string(p), rest)
		}
		s, err := parseStep(m)
		if err != nil {
			return nil, fmt.Errorf("field path %q: %w", string(p), err)
		}
		steps = append(steps, s)
		rest = rest[len(m[0]):]
	}
	return steps, nil
}

func parseStep(m []string) (Step, error) {
	switch {
	case m[2] != "":
		i, err := strconv.Atoi(m[2])
		return Step{Index: i}, err
	case m[3] != "":
		key, err := strconv.Unquote(m[3])
		return Step{Key: key, Index: -1}, err
	case m[4] != "":
		return Step{Key: m[4], Index: -1}, nil
	default:
		return Step{Key: m[1], Index: -1}, nil
	}
}

// Plain reports whether a path shows the key without brackets and quotes.
func Plain(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		if !letter && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}
