package diag

import (
	"bytes"
	"errors"
)

// ErrConflict is what is wrong with a file that has the markers of a merge conflict.
var ErrConflict = errors.New("it has the markers of a merge conflict")

// HintConflict says what to do where a merge left its markers.
const HintConflict = "finish the merge: choose what each place is to be, remove the lines <<<<<<<, ======= and >>>>>>>, and git add the file; " +
	"or git checkout --ours or --theirs it"

// HintEither says what to do where neither side can be merged with the other.
const HintEither = "take either side whole (git checkout --ours or --theirs), and what belongs to it from the same side: a key and its certificate"

// Conflict is the first line, counted from 1, of the markers that git leaves in a file that it could not merge, or 0. One
// marker alone may be a text: both an opening and a closing one must begin a line.
func Conflict(text []byte) int {
	if !bytes.Contains(text, []byte("<<<<<<< ")) {
		return 0
	}
	first, number := 0, 0
	for line := range bytes.Lines(text) {
		number++
		switch {
		case first == 0 && bytes.HasPrefix(line, []byte("<<<<<<< ")):
			first = number
		case first > 0 && bytes.HasPrefix(line, []byte(">>>>>>> ")):
			return first
		}
	}
	return 0
}

// Conflicted says that a file has the markers of a merge conflict, if it has them.
func Conflicted(name string, text []byte) (Diagnostic, bool) {
	line := Conflict(text)
	return Diagnostic{Summary: name + " has the markers of a merge conflict", Hint: HintConflict, Pos: Pos{File: name, Line: line, Col: 1}}, line > 0
}
