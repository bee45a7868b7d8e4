package tree

import (
	"fmt"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// Obstacle is something that harender did not make and that lies where it has to write.
type Obstacle struct {
	// Path from the repository.
	Path string
	// What it is, such as "a symbolic link".
	What string
}

// ObstructedError says that nothing was changed, and why.
type ObstructedError struct{ Obstacles []Obstacle }

// Error names every obstacle.
func (e *ObstructedError) Error() string {
	var b strings.Builder
	b.WriteString("foreign objects are in the way and nothing was changed; move them away and run again")
	for _, o := range e.Obstacles {
		fmt.Fprintf(&b, "\n%s: %s", o.Path, o.What)
	}
	return b.String()
}

// Diagnostics has one error for each obstacle.
func (e *ObstructedError) Diagnostics() diag.List {
	var l diag.List
	for _, o := range e.Obstacles {
		l = append(l, diag.Diagnostic{
			Severity: diag.Error,
			Summary:  fmt.Sprintf("%s is in the way: %s", o.Path, o.What),
			Detail:   "harender overwrites and deletes only what it wrote itself, as the index files say. Nothing was changed.",
			Hint:     "Move it out of this directory, then run again.",
			Pos:      diag.Pos{File: o.Path},
		})
	}
	return l
}
