package rules

import (
	"regexp"
	"strconv"
	"strings"
)

// label is a flag with its dashes, or the path of a field in its document.
func (s set) label(name string) string {
	name, value, valued := strings.Cut(name, "=")
	if s.dashes == "" {
		name = strings.TrimPrefix(s.path+"."+name, ".")
	}
	if valued && !strings.ContainsAny(value, "*!") {
		return s.dashes + name + "=" + value
	}
	return s.dashes + name
}

func (s set) named(name string) string { return s.label(name) + " of " + s.of }

// subject is what needs something: the program, or the object.
func (s set) subject() string {
	if s.path == "" {
		return s.of
	}
	return s.path + " of " + s.of
}

var index = regexp.MustCompile(`\[[^\]]*\]`)

// key is the last part of a path that stands in the layers by name.
func key(name string) string {
	name = index.ReplaceAllString(name, "")
	return name[strings.LastIndex(name, ".")+1:]
}

// manyValues are too many to name in a message.
const manyValues = 20

func listed(values []string) string {
	if len(values) > manyValues {
		return "one of the " + strconv.Itoa(len(values)) + " values that it knows"
	}
	if len(values) == 1 {
		return values[0]
	}
	return strings.Join(values[:len(values)-1], ", ") + " or " + values[len(values)-1]
}
