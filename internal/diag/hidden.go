package diag

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Hidden finds the first place in a source text that a person and a parser read differently, and says what stands there.
// A carriage return alone, and the separators of Unicode, end a line and with it a comment for some parsers and for no
// editor; a character that turns the direction of text, or controls a terminal, shows another text than there is. It
// gives -1 where there is none.
func Hidden(source []byte) (offset int, what string) {
	ascii := true
	for i, b := range source {
		switch {
		case b >= utf8.RuneSelf:
			ascii = false
		case b == '\r' && !bytes.HasPrefix(source[i+1:], []byte("\n")):
			return first(source, i, "has a carriage return without a line feed")
		case (b < ' ' || b == 0x7f) && b != '\n' && b != '\t' && b != '\r':
			return first(source, i, fmt.Sprintf("has the control character U+%04X", b))
		}
	}
	if ascii {
		return -1, ""
	}
	return hiddenRune(source)
}

// first is what stands at the offset, but for something that stands before it.
func first(source []byte, offset int, what string) (int, string) {
	if at, before := hiddenRune(source[:offset]); at >= 0 {
		return at, before
	}
	return offset, what
}

func hiddenRune(source []byte) (offset int, what string) {
	for i := 0; i < len(source); {
		r, size := utf8.DecodeRune(source[i:])
		switch {
		case r == utf8.RuneError && size <= 1:
			return i, "is not valid UTF-8"
		case r == '\u0085' || r == '\u2028' || r == '\u2029':
			return i, fmt.Sprintf("has U+%04X, which ends a line for some parsers", r)
		case unicode.Is(unicode.Bidi_Control, r):
			return i, fmt.Sprintf("has U+%04X, which changes the direction of text", r)
		case r >= 0x80 && r < 0xa0:
			return i, fmt.Sprintf("has the control character U+%04X", r)
		}
		i += size
	}
	return -1, ""
}

// Place gives line and column of a byte, by characters.
func Place(source []byte, offset int) Pos {
	before := source[:min(max(offset, 0), len(source))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return Pos{Line: bytes.Count(before, []byte("\n")) + 1, Col: utf8.RuneCount(before[start:]) + 1}
}
