package diag

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// maxQuoted is how many characters of a value a message repeats.
const maxQuoted = 100

// Quote is a value from the input as a message shows it: in quotes, escaped, shortened, and without private keys.
func Quote(s string) string {
	return strconv.Quote(shorten(Redact(s)))
}

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= maxQuoted {
		return s
	}
	return string([]rune(s)[:maxQuoted]) + "…"
}

// Escape makes text safe for a terminal: control, bidirectional and invisible characters and broken UTF-8 become Go
// escapes. The line feed stays.
func Escape(s string) string {
	if strings.IndexFunc(s, unsafeRune) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[i]), 16))
		case unsafeRune(r):
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// EscapeJSON makes JSON safe for a terminal, and leaves it the same to its reader: what encoding/json writes raw within strings, and a
// terminal would obey or hide, becomes an escape of JSON.
func EscapeJSON(text []byte) []byte {
	if !bytes.ContainsFunc(text, unsafeRune) {
		return text
	}
	out := make([]byte, 0, len(text)+len(text)/8)
	for _, r := range string(text) {
		if !unsafeRune(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}

// unsafeRune reports whether a terminal obeys a character, or shows nothing for it.
func unsafeRune(r rune) bool {
	const blankBraille = 0x2800
	if r == blankBraille || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
		return true
	}
	return r != '\n' && r != ' ' && !unicode.IsGraphic(r) || r != ' ' && unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp)
}
