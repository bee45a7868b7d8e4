package sums_test

import (
	"bytes"
	"testing"

	"github.com/harender/harender/internal/keys/sums"
)

// FuzzParse: a list that is taken is written again to the byte.
func FuzzParse(f *testing.F) {
	list := sums.Sums{"cluster/ca.crt": sums.Of(nil), "nodes/m1/a.key.sops": sums.Of([]byte("a"))}
	f.Add(list.Encode())
	f.Add([]byte("\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if s, err := sums.Parse(text); err == nil && !bytes.Equal(s.Encode(), text) {
			t.Errorf("%q became %q", text, s.Encode())
		}
	})
}
