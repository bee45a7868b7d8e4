package diag

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
)

// What people paste by mistake where a public key belongs, whatever its case.
var (
	ageKey   = regexp.MustCompile(`(?i)AGE-SECRET-KEY-[0-9A-Z-]*`)
	keyBegin = regexp.MustCompile(`(?i)-----BEGIN [0-9A-Z ]*PRIVATE KEY-----`)
	keyEnd   = regexp.MustCompile(`(?i)^-----END [0-9A-Z ]*PRIVATE KEY-----`)
	// keyBody is what can stand in between: lines of base64, also with escaped ends, and the heads of an encrypted key.
	keyBody = regexp.MustCompile(`^(?:Proc-Type: 4,ENCRYPTED|DEK-Info: [A-Z0-9-]+,[0-9A-Fa-f]+|\\[nr]|[A-Za-z0-9+/=\s])*`)
	// keyLine is a line of a key without an end: a word of base64 that is as long as only keys have it. The last may be shorter.
	keyLine = regexp.MustCompile(`^(?:\s|\\[nr])*[A-Za-z0-9+/=]{40,}(?:$|[\r\n\\])`)
	keyRest = regexp.MustCompile(`^(?:\s|\\[nr])*[A-Za-z0-9+/=]+$`)
)

// HoldsKey reports whether text holds a private key in the clear: in PEM, of age, or as the base64 of PEM, as a kubeconfig has it.
func HoldsKey(text []byte) bool {
	signs := append(encodedSigns("PRIVATE KEY-----"), "PRIVATE KEY-----", "AGE-SECRET-KEY-1")
	return slices.ContainsFunc(signs, func(sign string) bool { return bytes.Contains(text, []byte(sign)) })
}

// encodedSigns are what every base64 has in it of text with that sign, by where in three bytes the sign begins.
func encodedSigns(sign string) (out []string) {
	for begin := range 3 {
		whole := (len(sign) - begin) / 3 * 3
		out = append(out, base64.StdEncoding.EncodeToString([]byte(sign[begin:begin+whole])))
	}
	return out
}

// Redact takes private keys out of text that is about to be shown, and nothing else.
func Redact(s string) string { return RedactAs(s, func(string) string { return "REDACTED" }) }

// RedactAs puts something else in the place of each private key.
func RedactAs(s string, as func(key string) string) string {
	upper := strings.ToUpper(s)
	if !strings.Contains(upper, "SECRET-KEY") && !strings.Contains(upper, "PRIVATE KEY") {
		return s
	}
	s = ageKey.ReplaceAllStringFunc(s, as)
	var b strings.Builder
	for {
		at := keyBegin.FindStringIndex(s)
		if at == nil {
			return b.String() + s
		}
		end := at[1] + keyLength(s[at[1]:])
		b.WriteString(s[:at[0]] + as(s[at[0]:end]))
		s = s[end:]
	}
}

// keyLength is how much of a text after the first line of a key belongs to it. What follows a key that has no end is none.
func keyLength(s string) int {
	body := len(keyBody.FindString(s))
	if end := keyEnd.FindString(s[body:]); end != "" {
		return body + len(end)
	}
	length := 0
	for {
		line := keyLine.FindString(s[length:])
		if line == "" && length > 0 {
			return length + len(keyRest.FindString(s[length:]))
		}
		if line == "" {
			return 0
		}
		length += len(strings.TrimRight(line, "\r\n\\"))
	}
}
