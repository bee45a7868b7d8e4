package cli

import (
	"os"
	"strconv"

	"golang.org/x/term"

	"github.com/harender/harender/internal/change/review"
)

// Screen is what f is shown on. Its width is what COLUMNS says, or else that of the terminal.
func Screen(f *os.File, lookup func(string) (string, bool)) review.Screen {
	out := review.Screen{Color: Colorful(f, lookup)}
	columns, _ := lookup("COLUMNS")
	if n, err := strconv.Atoi(columns); err == nil && n > 0 {
		out.Width = n
		return out
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil {
		out.Width = width
	}
	return out
}
