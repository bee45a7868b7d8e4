package conform

import (
	"fmt"
	"strings"
	"testing"
)

// TestAliases: a text of a mixin whose aliases stand for billions of values is not expanded; one with a few is read.
func TestAliases(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x]\n")
	for i := range 40 {
		fmt.Fprintf(&bomb, "a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	for text, want := range map[string]int{bomb.String(): 0, "a: &a [*a]\n": 0, "a: &a [b]\nc: *a\n": 1, "a: b\n---\nc: d\n": 2} {
		if got := documents([]byte(text)); len(got) != want {
			t.Errorf("%.40q: %d documents, not %d", text, len(got), want)
		}
	}
}
