package spec

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/harender/harender/internal/diag"
)

const byteOrderMark = "\xef\xbb\xbf"

// checkText refuses what no editor shows as text, and takes the byte order mark off.
func checkText(name string, source []byte) ([]byte, diag.List) {
	source = bytes.TrimPrefix(source, []byte(byteOrderMark))
	if d, is := diag.Conflicted(name, source); is {
		return nil, diag.List{d}
	}
	at, what := firstBad(source)
	hint := "save the file as UTF-8 text"
	if at < 0 {
		at, what = diag.Hidden(source)
		hint = "remove the character: people and parsers read the line differently; in a string, write it as an escape"
	}
	if at < 0 {
		return source, nil
	}
	pos := position(source, at)
	pos.File = name
	return nil, diag.List{{Summary: name + " " + what, Hint: hint, Pos: pos}}
}

// firstBad finds the first byte that is no text, or gives -1.
func firstBad(source []byte) (int, string) {
	if i := bytes.IndexByte(source, 0); i >= 0 {
		return i, "holds a NUL byte: it is no text, or UTF-16"
	}
	if utf8.Valid(source) {
		return -1, ""
	}
	for i := 0; ; {
		r, size := utf8.DecodeRune(source[i:])
		if r == utf8.RuneError && size <= 1 {
			return i, "is not valid UTF-8"
		}
		i += size
	}
}

// position gives line and column of a byte.
func position(source []byte, offset int) diag.Pos { return diag.Place(source, offset) }

// splitLines gives the lines for excerpts, without the private keys that somebody pasted into the file.
func splitLines(source []byte) []string {
	lines := strings.Split(string(source), "\n")
	inKey := false
	for i, line := range lines {
		line = strings.TrimSuffix(line, "\r")
		begins, ends := strings.Contains(line, "-----BEGIN ") && strings.Contains(line, "PRIVATE KEY"), strings.Contains(line, "-----END ")
		if inKey && !begins {
			line = "REDACTED"
		}
		inKey = (inKey || begins) && !ends
		lines[i] = diag.Redact(line)
	}
	return lines
}

// Of a line longer than longest, an excerpt shows what is around its column.
const (
	longest = 120
	lead    = 40
)

// excerpt cuts the line of a position out of the source, and says where in it the position's column is.
func excerpt(lines []string, pos diag.Pos) (string, int) {
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
