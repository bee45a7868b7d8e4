//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// service is what systemd would start.
type service struct {
	argv []string
	env  []string
}

// readService reads NAME.service, if the root has it, and the drop-ins of NAME.service.d as systemd does: the last
// ExecStart counts, environment files add up, and variables in the command line are put in.
func readService(root, name string) (service, error) {
	dir := filepath.Join(root, "etc/systemd/system")
	paths, err := filepath.Glob(filepath.Join(dir, name+".service.d", "*.conf"))
	if err != nil {
		return service{}, err
	}
	sort.Strings(paths)
	if unit := filepath.Join(dir, name+".service"); exists(unit) {
		paths = append([]string{unit}, paths...)
	}
	var s service
	var start string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return service{}, err
		}
		for _, line := range unitLines(string(text)) {
			key, value, _ := strings.Cut(line, "=")
			switch key {
			case "ExecStart":
				start = value
			case "Environment":
				s.env = append(s.env, words(value)...)
			case "EnvironmentFile":
				env, err := environmentFile(root, value)
				if err != nil {
					return service{}, err
				}
				s.env = append(s.env, env...)
			}
		}
	}
	if start == "" {
		return service{}, fmt.Errorf("no ExecStart for %s in %s", name, dir)
	}
	s.argv = expand(words(strings.TrimLeft(start, "@-:+!")), s.env)
	return s, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// unitLines joins continued lines and drops comments and section headings.
func unitLines(text string) []string {
	var lines []string
	for _, line := range strings.Split(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		line = strings.TrimSpace(line)
		if line != "" && !strings.ContainsRune("#;[", rune(line[0])) {
			lines = append(lines, line)
		}
	}
	return lines
}

// environmentFile reads KEY=VALUE lines. A leading dash in its name means that it may be missing.
func environmentFile(root, name string) ([]string, error) {
	path := filepath.Join(root, strings.TrimPrefix(name, "-"))
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) && strings.HasPrefix(name, "-") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var env []string
	for _, line := range unitLines(string(text)) {
		key, value, found := strings.Cut(line, "=")
		if !found {
			return nil, fmt.Errorf("%s: no assignment: %s", path, line)
		}
		env = append(env, key+"="+strings.Trim(strings.TrimSpace(value), `"'`))
	}
	return env, nil
}

var (
	wordPattern  = regexp.MustCompile(`(?:"[^"]*"|'[^']*'|[^\s"'])+`)
	quotePattern = regexp.MustCompile(`"([^"]*)"|'([^']*)'`)
)

// words splits at blanks outside quotation marks, which it removes.
func words(line string) []string {
	var out []string
	for _, word := range wordPattern.FindAllString(line, -1) {
		out = append(out, quotePattern.ReplaceAllString(word, "$1$2"))
	}
	return out
}

var (
	wholeVariable = regexp.MustCompile(`^\$(\w+)$`)
	partVariable  = regexp.MustCompile(`\$\{(\w+)\}|\$\$`)
)

// expand puts in variables: $NAME as a word of its own becomes any number of words, ${NAME} stays within its word.
func expand(argv, env []string) []string {
	values := map[string]string{"$$": "$"}
	for _, assignment := range env {
		key, value, _ := strings.Cut(assignment, "=")
		values["${"+key+"}"] = value
	}
	var out []string
	for _, word := range argv {
		if m := wholeVariable.FindStringSubmatch(word); m != nil {
			out = append(out, words(values["${"+m[1]+"}"])...)
			continue
		}
		out = append(out, partVariable.ReplaceAllStringFunc(word, func(v string) string { return values[v] }))
	}
	return out
}
