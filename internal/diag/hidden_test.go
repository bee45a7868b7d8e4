package diag_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/harender/harender/internal/diag"
)

func TestHidden(t *testing.T) {
	for _, text := range []string{"", "a: b\n", "a: b\r\nc: d\r\n", "# Grüße, שלום, 日本 é\n", "\ta\n", "\ufeff# a mark\n"} {
		if at, what := diag.Hidden([]byte(text)); at >= 0 {
			t.Errorf("%q: %d %s", text, at, what)
		}
	}
	hidden := []rune{0, 7, 8, 0x1b, 0x7f, 0x85, 0x9b, 0x2028, 0x2029, 0x061c}
	for _, span := range [][2]rune{{0x200e, 0x200f}, {0x202a, 0x202e}, {0x2066, 0x2069}} {
		for r := span[0]; r <= span[1]; r++ {
			hidden = append(hidden, r)
		}
	}
	for _, r := range hidden {
		checkHidden(t, "a: b # é "+string(r)+"c: d\n\x01", len("a: b # é "), fmt.Sprintf("U+%04X", r))
	}
	checkHidden(t, "# a\rb: c\n", 3, "carriage return")
	checkHidden(t, "# a\r", 3, "carriage return")
	checkHidden(t, "# é\xff\r", 4, "UTF-8")
	if got := diag.Place([]byte("a\né\rb"), 4); got != (diag.Pos{Line: 2, Col: 2}) {
		t.Errorf("%+v", got)
	}
}

func checkHidden(t *testing.T, text string, offset int, words string) {
	t.Helper()
	if at, what := diag.Hidden([]byte(text)); at != offset || !strings.Contains(what, words) {
		t.Errorf("%q: %d %q, not %d %q", text, at, what, offset, words)
	}
}
