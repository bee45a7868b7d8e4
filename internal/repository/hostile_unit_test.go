package repository_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// unitLines are the lines of a unit as systemd takes them: a carriage return ends one as well, a backslash at the end continues it, and
// comments are none (systemd.syntax(7), read_line in src/basic/fileio.c).
func unitLines(text string) []string {
	text = strings.NewReplacer("\r\n", "\n", "\n\r", "\n", "\r", "\n", "\x00", "\n").Replace(text)
	var out []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.ContainsRune("#;", rune(line[0])) {
			out = append(out, line)
		}
	}
	return out
}

// unitWords are the words of a command line as systemd gives them to the program, with variables as they are (systemd.service(5)).
func unitWords(value string) []string {
	var out []string
	var word strings.Builder
	quote, inWord := rune(0), false
	end := func() {
		if inWord {
			out = append(out, strings.NewReplacer("%%", "%", "$$", "$").Replace(word.String()))
		}
		word.Reset()
		inWord = false
	}
	runes := []rune(value)
	for i := 0; i < len(runes); i++ {
		switch c := runes[i]; {
		case c == '\\' && i+1 < len(runes):
			text, used := unitEscape(string(runes[i+1:]))
			word.WriteString(text)
			inWord = true
			i += used
		case quote == 0 && (c == '"' || c == '\'') && !inWord:
			quote, inWord = c, true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == ' ' || c == '\t'):
			end()
		default:
			word.WriteRune(c)
			inWord = true
		}
	}
	end()
	return out
}

// unitEscape is what follows a backslash, and how many characters of it are used.
func unitEscape(rest string) (text string, used int) {
	if i := strings.IndexByte(`abfnrtv\"'s`, rest[0]); i >= 0 {
		return string("\a\b\f\n\r\t\v\\\"' "[i]), 1
	}
	for sign, digits := range map[byte]int{'x': 2, 'u': 4, 'U': 8} {
		if rest[0] == sign && len(rest) > digits {
			if n, err := strconv.ParseInt(rest[1:1+digits], 16, 32); err == nil {
				return string(rune(n)), 1 + digits
			}
		}
	}
	return `\` + rest[:1], 1
}

// TestUnitWords holds the reader of the tests to what systemd's manual says.
func TestUnitWords(t *testing.T) {
	for value, want := range map[string][]string{
		`a "b c" 'd e'`: {"a", "b c", "d e"}, `"a\"b\\\n\x41\u2028" $$x ${X} 100%%`: {"a\"b\\\nA\u2028", "$x", "${X}", "100%"}, `a"b`: {`a"b`},
	} {
		if got := unitWords(value); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
}
