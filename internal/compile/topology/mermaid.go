package topology

import (
	"fmt"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// Mermaid is the graph as text that Mermaid draws (https://mermaid.js.org), as do the viewers of Markdown of code hosts.
func (g Graph) Mermaid() string {
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: %s\n---\nflowchart TB\n", quoted(g.Title))
	for _, group := range g.Groups {
		fmt.Fprintf(&b, "  subgraph %s[%s]\n", group.ID, quoted(group.Title))
		for i, box := range group.Boxes {
			fmt.Fprintf(&b, "    %s-%d[%s]\n", group.ID, i+1, quoted(strings.Join(append([]string{box.Title}, box.Lines...), "\n")))
		}
		b.WriteString("  end\n")
	}
	for _, l := range g.Links {
		fmt.Fprintf(&b, "  %s -->|%s| %s\n", strings.Join(l.From, " & "), quoted(l.Caption()), strings.Join(l.To, " & "))
	}
	return b.String()
}

// quoted is text that Mermaid takes as it is: it knows entities of its own, begun by a #, and takes %%{ for a directive wherever it stands.
// The title is a string of YAML, too, where a backslash means something.
func quoted(s string) string {
	return `"` + strings.NewReplacer(
		"#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;", "%", "#37;", `\`, "#92;", "\n", "<br/>",
	).Replace(diag.Escape(s)) + `"`
}
