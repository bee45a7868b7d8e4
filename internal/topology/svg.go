package topology

import (
	"fmt"
	"html"
	"strings"
)

// Measures of the drawing, in user units of which a letter has seven and a half at most.
const (
	width      = 960
	margin     = 16
	gutter     = 120 // on the right, for links that pass other groups by
	boxGap     = 10
	perRow     = 4
	lineHeight = 16
	header     = 26
	gap        = 46 // between groups, for links from one to the next
	lane       = 36
)

// style follows the reader's colours, and prints.
const style = `svg{font:13px system-ui,sans-serif;--ink:#1b1f24;--soft:#57606a;--line:#8c959f;--group:#f6f8fa;--box:#ffffff;color:var(--ink)}` +
	`@media(prefers-color-scheme:dark){svg{--ink:#e6edf3;--soft:#9da7b3;--line:#6e7681;--group:#161b22;--box:#0d1117}}` +
	`@media print{svg{--ink:#000;--soft:#333;--line:#555;--group:#fff;--box:#fff}}` +
	`.g{fill:var(--group);stroke:var(--line)}.b{fill:var(--box);stroke:var(--line)}.t{fill:var(--ink);font-weight:600}.s{fill:var(--soft)}` +
	`.l{stroke:var(--soft);fill:none;stroke-width:1.5}.a{fill:var(--soft)}`

// rect is where a group was put.
type rect struct{ x, y, w, h int }

// SVG is the graph as a picture that stands alone. Its text is text.
func (g Graph) SVG() string {
	places, bottom := g.place()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">`, width, bottom, escaped(g.Title))
	fmt.Fprintf(&b, `<title>%s</title><style>%s</style>`, escaped(g.Title), style)
	b.WriteString(`<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="a" d="M0 0L10 5L0 10z"/></marker></defs>`)
	for _, group := range g.Groups {
		group.draw(&b, places[group.ID], g.within(group.ID))
	}
	g.connect(&b, places)
	b.WriteString("</svg>\n")
	return b.String()
}

func escaped(s string) string { return html.EscapeString(s) }

// place puts the groups below each other.
func (g Graph) place() (map[string]rect, int) {
	places := map[string]rect{}
	y := margin
	for _, group := range g.Groups {
		r := rect{margin, y, width - gutter - margin, group.height()}
		places[group.ID] = r
		y += r.h + gap
	}
	return places, y - gap + margin
}

func (group Group) rows() int { return (len(group.Boxes) + perRow - 1) / perRow }

// boxWidth fills the row, and leaves one or two boxes at the width of three.
func (group Group) boxWidth(room int) int {
	columns := min(max(len(group.Boxes), 3), perRow)
	return (room - (columns-1)*boxGap) / columns
}

func (group Group) boxHeight() int {
	most := 0
	for _, box := range group.Boxes {
		most = max(most, len(box.Lines))
	}
	return header + most*lineHeight + 4
}

func (group Group) height() int { return header + group.rows()*(group.boxHeight()+boxGap) + 4 }

// within is what the machines of a group say to each other.
func (g Graph) within(id string) string {
	var out []string
	for _, l := range g.Links {
		if l.From == id && l.To == id {
			out = append(out, l.Caption())
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "among themselves: " + strings.Join(out, "; ")
}

func (group Group) draw(b *strings.Builder, r rect, within string) {
	fmt.Fprintf(b, `<rect class="g" x="%d" y="%d" width="%d" height="%d" rx="8"/>`, r.x, r.y, r.w, r.h)
	text(b, "t", r.x+12, r.y+18, group.Title, r.w/3)
	fmt.Fprintf(b, `<text class="s" text-anchor="end" x="%d" y="%d">%s</text>`, r.x+r.w-12, r.y+18, escaped(within))
	for i, box := range group.Boxes {
		w := group.boxWidth(r.w - 20)
		x := r.x + 10 + i%perRow*(w+boxGap)
		y := r.y + header + i/perRow*(group.boxHeight()+boxGap)
		fmt.Fprintf(b, `<rect class="b" x="%d" y="%d" width="%d" height="%d" rx="5"/>`, x, y, w, group.boxHeight())
		text(b, "t", x+9, y+18, box.Title, w-18)
		for n, line := range box.Lines {
			text(b, "s", x+9, y+18+(n+1)*lineHeight, line, w-18)
		}
	}
}

// text is cut where it would leave its box; a pointer shows all of it.
func text(b *strings.Builder, class string, x, y int, s string, room int) {
	shown := []rune(s)
	if most := room * 2 / 15; len(shown) > most {
		shown = append(shown[:most-1:most-1], '…')
	}
	fmt.Fprintf(b, `<text class="%s" x="%d" y="%d">%s<title>%s</title></text>`, class, x, y, escaped(string(shown)), escaped(s))
}

// connect draws the links: between neighbours in the gap, others through lanes on the right.
func (g Graph) connect(b *strings.Builder, places map[string]rect) {
	order := map[string]int{}
	for i, group := range g.Groups {
		order[group.ID] = i
	}
	lanes := 0
	for _, l := range g.Links {
		from, to := places[l.From], places[l.To]
		if l.From == l.To {
			continue
		}
		if order[l.To] == order[l.From]+1 {
			x := from.x + 120
			fmt.Fprintf(b, `<path class="l" marker-end="url(#tip)" d="M%d %dV%d"/>`, x, from.y+from.h, to.y)
			text(b, "s", x+10, from.y+from.h+gap/2+5, l.Caption(), from.w-150)
			continue
		}
		lanes++
		around(b, from, to, lanes, l)
	}
}

// around leaves a group on its right, and comes back to another.
func around(b *strings.Builder, from, to rect, n int, l Link) {
	right := from.x + from.w
	x := right + 16 + (n-1)*lane
	start, end := from.y+from.h/2+n*5, to.y+to.h/2-n*5
	fmt.Fprintf(b, `<path class="l" marker-end="url(#tip)" d="M%d %dH%dV%dH%d"/>`, right, start, x, end, right)
	middle := (start + end) / 2
	fmt.Fprintf(b, `<text class="s" text-anchor="middle" transform="translate(%d %d) rotate(90)">%s</text>`, x+6, middle, escaped(l.Caption()))
}
