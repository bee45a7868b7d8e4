package diag_test

import (
	"strings"
	"testing"

	"github.com/harender/harender/internal/diag"
)

// TestExcerpt: of a long line there is what stands around its column, and of a private key nothing.
func TestExcerpt(t *testing.T) {
	long := strings.Repeat("é", 5000) + "here" + strings.Repeat("x", 5000)
	source := "a: b\r\n" + long + "\n-----BEGIN PRIVATE KEY-----\nMIIsecret\n-----END PRIVATE KEY-----\nc: d"
	lines := diag.Lines([]byte(source))
	for _, c := range []struct {
		pos   diag.Pos
		want  string
		caret int
	}{
		{diag.Pos{Line: 1, Col: 4}, "a: b", 4},
		{diag.Pos{Line: 2, Col: 5001}, strings.Repeat("é", 40) + "here" + strings.Repeat("x", 76), 41},
		{diag.Pos{Line: 4, Col: 1}, "REDACTED", 1},
		{diag.Pos{Line: 6, Col: 9}, "c: d", 5},
		{diag.Pos{Line: 7, Col: 1}, "", 0},
		{diag.Pos{}, "", 0},
	} {
		if got, caret := diag.Excerpt(lines, c.pos); got != c.want || caret != c.caret {
			t.Errorf("%+v: %q, %d", c.pos, got, caret)
		}
	}
}
