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
	// first are commands that end before the service starts.
	first [][]string
	argv  []string
	env   []string
	// before are units that start later.
	before []string
}

// unitDir has the units of a host that no package brought.
const unitDir = "etc/systemd/system"

// readService reads a unit, if the root has it, and its drop-ins as systemd does: the last ExecStart counts, environment
// files add up, and variables in the command lines are put in.
func readService(root, name string) (service, error) {
	dir := filepath.Join(root, unitDir)
	paths, err := filepath.Glob(filepath.Join(dir, name+".d", "*.conf"))
	if err != nil {
		return service{}, err
	}
	sort.Strings(paths)
	if unit := filepath.Join(dir, name); exists(unit) {
		paths = append([]string{unit}, paths...)
	}
	var s service
	var first []string
	var start string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return service{}, err
		}
		for _, line := range unitLines(string(text)) {
			key, value, _ := strings.Cut(line, "=")
			switch key {
			case "ExecStartPre":
				first = append(first, value)
			case "ExecStart":
				start = value
			case "Before":
				s.before = append(s.before, words(value)...)
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
	s.argv = commandLine(start, s.env)
	for _, line := range first {
		s.first = append(s.first, commandLine(line, s.env))
	}
	return s, nil
}

// commandLine takes off what says how systemd runs a command.
func commandLine(value string, env []string) []string {
	return expand(words(strings.TrimLeft(value, "@-:+!")), env)
}

// required are the units without which another one does not start, by the links that enabling has made.
func required(root, name string) ([]string, error) {
	links, err := filepath.Glob(filepath.Join(root, unitDir, name+".requires", "*"))
	for i, link := range links {
		links[i] = filepath.Base(link)
	}
	return links, err
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
