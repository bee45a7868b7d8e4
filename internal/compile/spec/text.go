package spec

import (
	"bytes"
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
