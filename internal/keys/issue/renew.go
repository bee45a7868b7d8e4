package issue

import (
	"time"

	"github.com/harender/harender/internal/layout"
)

// Renewal asks for certificates that still fit to be reissued. The zero value asks for none.
type Renewal struct {
	// Asked: without it, none.
	Asked bool
	// Authority and Node narrow it to what one authority signed, by its ID, and to what one node has.
	Authority, Node string
	// Before narrows it to what ends within that time; zero does not.
	Before time.Duration
}

func (n Renewal) covers(l *leaf, now time.Time) bool {
	return n.Asked &&
		(n.Authority == "" || l.plan.Authority == n.Authority) &&
		(n.Node == "" || layout.NodeOf(l.id) == n.Node) &&
		(n.Before == 0 || l.cert.NotAfter.Sub(now) <= n.Before)
}
