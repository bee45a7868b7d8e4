package certificate

import (
	"fmt"
	"strings"
	"time"
)

// Text is one line for each thing that the certificates say, so that git's diff of two texts reads well. It is empty for
// none.
func Text(all []Certificate) string {
	var b strings.Builder
	for i, c := range all {
		if i > 0 {
			b.WriteString("\n")
		}
		c.write(&b)
	}
	return b.String()
}

func (c Certificate) write(b *strings.Builder) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(b, "%s: %s\n", name, value)
		}
	}
	line("subject", c.Subject)
	line("issuer", c.Issuer)
	for _, n := range c.Names {
		line("name", n)
	}
	line("usages", strings.Join(c.Usages, ", "))
	if c.Authority {
		line("authority", "yes")
	}
	line("not before", stamp(c.NotBefore))
	line("not after", stamp(c.NotAfter))
	line("serial", c.Serial)
	line("key", c.Key)
	line("pin", c.Pin)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
