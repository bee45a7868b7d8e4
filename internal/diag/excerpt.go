package diag

import (
	"strings"
	"unicode/utf8"
)

// Lines gives the lines of a source for excerpts, without the private keys that somebody pasted into the file.
func Lines(source []byte) []string {
	lines := strings.Split(string(source), "\n")
	inKey := false
	for i, line := range lines {
		line = strings.TrimSuffix(line, "\r")
		begins, ends := strings.Contains(line, "-----BEGIN ") && strings.Contains(line, "PRIVATE KEY"), strings.Contains(line, "-----END ")
		if inKey && !begins {
			line = "REDACTED"
		}
		inKey = (inKey || begins) && !ends
		lines[i] = Redact(line)
	}
	return lines
}

// Of a line longer than longest, an excerpt shows what is around its column.
const (
	longest = 120
	lead    = 40
)

// Excerpt cuts the line of a position out of the source, and says where in it the position's column is.
func Excerpt(lines []string, pos Pos) (string, int) {
	if pos.Line < 1 || pos.Line > len(lines) {
		return "", 0
	}
	text, start := lines[pos.Line-1], 0
	if len(text) > longest {
		start = max(0, pos.Col-1-lead)
		text = window(text, start, longest)
	}
	return text, min(max(0, pos.Col-start), utf8.RuneCountInString(text)+1)
}

// window is up to length characters of text from the character start on. It does not copy a line that may be huge.
func window(text string, start, length int) string {
	from, count := len(text), 0
	for i := range text {
		if count == start {
			from = i
		}
		if count == start+length {
			return text[from:i]
		}
		count++
	}
	return text[from:]
}
