package topology

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/proof/testtool"
)

// TestHostileText puts text that acts into every place of a graph: it is text in the picture and in Mermaid's language, and nothing else.
func TestHostileText(t *testing.T) {
	plain := hostileGraph("x")
	for name, text := range testtool.Hostile("/CANARY") {
		g := hostileGraph(text)
		svg := g.SVG()
		if elements(t, plain.SVG(), "x") != elements(t, svg, text) {
			t.Errorf("%s: other elements: %s", name, svg)
		}
		if diag.Escape(svg) != svg {
			t.Errorf("%s: it acts on a terminal: %q", name, svg)
		}
		checkMermaid(t, name, text, g.Mermaid(), strings.Count(plain.Mermaid(), "\n"))
	}
}

func hostileGraph(text string) Graph {
	return Graph{
		Title:  text,
		Groups: []Group{{ID: "a", Title: text, Boxes: []Box{{Title: text, Lines: []string{text}}}}, {ID: "b", Title: "b", Boxes: []Box{{Title: "b"}}}},
		Links:  []Link{{From: []string{"a"}, To: []string{"b"}, Label: text}},
	}
}

// elements are the names of a picture's elements and attributes, but of text, which breaks its lines. The title is read back.
func elements(t *testing.T, svg, title string) string {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	var out strings.Builder
	in := ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out.String()
		}
		if err != nil {
			t.Fatalf("%v: %s", err, svg)
		}
		switch v := token.(type) {
		case xml.StartElement:
			in = v.Name.Local
			if in == "text" || in == "tspan" || in == "rect" {
				continue
			}
			out.WriteString("<" + in)
			for _, a := range v.Attr {
				out.WriteString(" " + a.Name.Local)
			}
		case xml.CharData:
			if in == "title" && string(v) != diag.Escape(title) {
				t.Errorf("the title is %q, not %q", v, title)
			}
		}
		if _, ends := token.(xml.EndElement); ends {
			in = ""
		}
	}
}

var (
	mermaidEntity = regexp.MustCompile(`#(35|quot|lt|gt|96|37|92);`)
	mermaidString = regexp.MustCompile(`"[^"]*"`)
)

// checkMermaid: as many lines as without, no directive, and the title is the text again once the entities are put back.
func checkMermaid(t *testing.T, name, text, got string, lines int) {
	t.Helper()
	if strings.Contains(got, "%%") || strings.Count(got, "\n") != lines || diag.Escape(got) != got {
		t.Errorf("%s: %s", name, got)
	}
	for _, s := range mermaidString.FindAllString(got, -1) {
		if strings.ContainsAny(mermaidEntity.ReplaceAllString(strings.ReplaceAll(s[1:len(s)-1], "<br/>", ""), ""), "<>`%\\#\"") {
			t.Errorf("%s: %s", name, s)
		}
	}
	head, _, _ := strings.Cut(strings.TrimPrefix(got, "---\n"), "\n---\n")
	var front map[string]string
	if err := yaml.Unmarshal([]byte(head), &front); err != nil || len(front) != 1 {
		t.Fatalf("%s: %v: %s", name, err, head)
	}
	back := mermaidEntity.ReplaceAllStringFunc(strings.ReplaceAll(front["title"], "<br/>", "\n"), func(entity string) string {
		return map[string]string{"#35;": "#", "#quot;": `"`, "#lt;": "<", "#gt;": ">", "#96;": "`", "#37;": "%", "#92;": `\`}[entity]
	})
	if back != diag.Escape(text) {
		t.Errorf("%s: the title is %q, not %q", name, back, text)
	}
}
