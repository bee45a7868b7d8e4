package diag_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/harender/harender/internal/diag"
)

func TestFirst(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{diag.Few(nil), ""},
		{diag.Few([]string{"a", "b", "c", "d", "e"}), "a, b, c, d, e"},
		{diag.Few([]string{"a", "b", "c", "d", "e", "f", "g"}), "a, b, c, d, e and 2 more"},
		{diag.First([]string{"a", "b"}, 1, "nodes"), "a and 1 more nodes"},
		{diag.First([]string{"a", "b"}, 2, "nodes"), "a, b"},
	} {
		if c.got != c.want {
			t.Errorf("%q, not %q", c.got, c.want)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	for word, want := range map[string]string{
		"masters": "did you mean master?",
		"MASTER":  "did you mean master?",
		"amster":  "did you mean master?",
		"balloon": "there are others",
	} {
		if got := diag.DidYouMean(word, []string{"worker", "master"}, "there are others"); got != want {
			t.Errorf("%s: %q, not %q", word, got, want)
		}
	}
}

func TestCauseLeavesThePathOut(t *testing.T) {
	refused := errors.New("refused")
	for _, err := range []error{
		refused,
		&fs.PathError{Op: "open", Path: "/x", Err: refused},
		fmt.Errorf("again: %w", &fs.PathError{Op: "open", Path: "/x", Err: refused}),
	} {
		if got := diag.Cause(err); !errors.Is(got, refused) || got.Error() != "refused" {
			t.Errorf("%v: %v", err, got)
		}
	}
}
