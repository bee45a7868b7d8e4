package access

import (
	"testing"

	"github.com/harender/harender/internal/keys/secret"
)

// TestRelisted warns of a list that is not the label's.
func TestRelisted(t *testing.T) {
	for _, c := range []struct {
		labelled, listed []string
		warns            bool
	}{{nil, []string{"a"}, false}, {[]string{"a"}, []string{"a"}, false}, {[]string{"a"}, []string{"a", "b"}, true}, {[]string{}, []string{"a"}, true}} {
		if found := relisted("secrets/x", secret.Label{Recipients: c.labelled}, c.listed); (len(found) > 0) != c.warns || found.HasErrors() {
			t.Errorf("%v, %v: %v", c.labelled, c.listed, found)
		}
	}
}
