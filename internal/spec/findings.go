package spec

import "github.com/harender/harender/internal/diag"

// maxFindings is far more than anybody reads; without it a document of a million mistakes takes minutes to judge.
const maxFindings = 200

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
	f.list = append(f.list, diag.Diagnostic{
		Summary: summary,
		Detail:  detail,
		Hint:    hint,
		Field:   string(at),
		Pos:     diag.Pos{Line: n.line, Col: n.col},
	})
	if f.full() {
		f.list = append(f.list, diag.Diagnostic{
			Summary: "there are more mistakes than these",
			Hint:    "mend these first",
			Pos:     diag.Pos{Line: n.line, Col: n.col},
		})
	}
}
