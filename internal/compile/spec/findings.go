package spec

import (
	"regexp"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// maxFindings is far more than anybody reads; without it a document of a million mistakes takes minutes to judge.
const maxFindings = 200

// secretField is where somebody may have written a secret, although none belongs in a spec.
var secretField = regexp.MustCompile(`(?i)^spec\.clusterAutoscaler\.env|^spec\.apiServer\.(tokens|basicAuth)|(passw|secret|token|api[-_]?key|credential)[^.\]]*$`)

// findings gathers what is wrong with a document.
type findings struct{ list diag.List }

func (f *findings) full() bool { return len(f.list) >= maxFindings }

// add reports an error at a node.
func (f *findings) add(n *node, at diag.Path, summary, hint string) {
	f.addDetail(n, at, summary, "", hint)
}

func (f *findings) addDetail(n *node, at diag.Path, summary, detail, hint string) {
	if f.full() {
		return
	}
	d := diag.Diagnostic{
		Summary: summary,
		Detail:  detail,
		Hint:    hint,
		Field:   string(at),
		Pos:     diag.Pos{Line: n.line, Col: n.col},
	}
	if secretField.MatchString(string(at)) {
		d.Confidential = true
		if n.scalar() && !strings.HasSuffix(string(at), n.text) {
			d.Summary, d.Hint = strings.ReplaceAll(summary, n.text, "..."), strings.ReplaceAll(hint, n.text, "...")
		}
	}
	f.list = append(f.list, d)
	if f.full() {
		f.list = append(f.list, diag.Diagnostic{
			Summary: "there are more mistakes than these",
			Hint:    "mend these first",
			Pos:     diag.Pos{Line: n.line, Col: n.col},
		})
	}
}
