package topology

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// Measures of the drawing, in user units.
const (
	margin     = 16
	groupWidth = 808
	least      = 960 // width of the whole
	boxGap     = 10
	lineHeight = 16
	header     = 26
	gap        = 46 // between groups, for links from one to the next
	lane       = 36 // on the right, for links that pass groups by
)

// Letters in boxes have one width in all fonts of the list, 0.6 of their height of 12 or a little more.
const tenLetters = 73

// style has each colour as a value: programs that show a picture need not know variables, nor the dark that it has for screens.
const style = `text{font:13px system-ui,sans-serif}.m{font:12px ui-monospace,Menlo,'DejaVu Sans Mono',monospace}.t{fill:#1b1f24;font-weight:600}.s,.a{fill:#57606a}` +
	`.p{fill:#fff}.g{fill:#f6f8fa;stroke:#8c959f}.b{fill:#fff;stroke:#8c959f}.l{stroke:#57606a;fill:none;stroke-width:1.5}.c{paint-order:stroke;stroke:#fff;stroke-width:5px}` +
	`@media screen and (prefers-color-scheme:dark){.t{fill:#e6edf3}.s,.a{fill:#9da7b3}.p{fill:#0d1117}.g{fill:#161b22;stroke:#6e7681}.b{fill:#0d1117;stroke:#6e7681}.l{stroke:#9da7b3}.c{stroke:#0d1117}}`

// rect is where a group was put.
type rect struct{ x, y, w, h int }

// SVG is the graph as a picture that stands alone. Its text is text.
func (g Graph) SVG() string {
	places, bottom := g.place()
	straight, around := g.routes()
	width := max(least, margin+groupWidth+margin+len(around)*lane+margin)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">`, width, bottom, escaped(g.Title))
	fmt.Fprintf(&b, `<title>%s</title><style>%s</style>`, escaped(g.Title), style)
	b.WriteString(`<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path class="a" d="M0 0L10 5L0 10z"/></marker></defs>`)
	fmt.Fprintf(&b, `<rect class="p" width="%d" height="%d"/>`, width, bottom)
	for _, group := range g.Groups {
		group.draw(&b, places[group.ID], g.within(group.ID))
	}
	drawStraight(&b, straight, places)
	drawAround(&b, around, places, bottom)
	b.WriteString("</svg>\n")
	return b.String()
}

// escaped is text of XML, which knows no control characters, not even escaped.
func escaped(s string) string { return html.EscapeString(diag.Escape(s)) }

// place puts the groups below each other.
func (g Graph) place() (map[string]rect, int) {
	places := map[string]rect{}
	y := margin
	for _, group := range g.Groups {
		r := rect{margin, y, groupWidth, group.height()}
		places[group.ID] = r
		y += r.h + gap
	}
	return places, y - gap + margin
}

// perRow is how many boxes stand side by side: fewer where names are long.
func (group Group) perRow() int {
	for _, box := range group.Boxes {
		if len([]rune(box.Title)) > 23 {
			return 3
		}
	}
	return 4
}

func (group Group) rows() int { return (len(group.Boxes) + group.perRow() - 1) / group.perRow() }

// boxWidth fills the row, and leaves one or two boxes at the width of three.
func (group Group) boxWidth() int {
	columns := min(max(len(group.Boxes), 3), group.perRow())
	return (groupWidth - 2*boxGap - (columns-1)*boxGap) / columns
}

// letters is how many letters a line of a box takes.
func (group Group) letters() int { return (group.boxWidth() - 18) * 10 / tenLetters }

func (group Group) boxHeight() int {
	most := 0
	for _, box := range group.Boxes {
		lines := len(wrapped(box.Title, group.letters()))
		for _, line := range box.Lines {
			lines += len(wrapped(line, group.letters()))
		}
		most = max(most, lines)
	}
	return 10 + most*lineHeight + 4
}

func (group Group) height() int { return header + group.rows()*(group.boxHeight()+boxGap) + 4 }

// wrapped breaks a line behind a sign that names have between their parts, or anywhere.
func wrapped(line string, most int) []string {
	rest := []rune(line)
	var out []string
	for len(rest) > most {
		at := most
		for i := most; i > most/2; i-- {
			if strings.ContainsRune(" .-:/", rest[i-1]) {
				at = i
				break
			}
		}
		out = append(out, strings.TrimRight(string(rest[:at]), " "))
		rest = rest[at:]
	}
	return append(out, string(rest))
}

func (group Group) draw(b *strings.Builder, r rect, within string) {
	fmt.Fprintf(b, `<rect class="g" x="%d" y="%d" width="%d" height="%d" rx="8"/>`, r.x, r.y, r.w, r.h)
	fmt.Fprintf(b, `<text class="t" x="%d" y="%d">%s</text>`, r.x+12, r.y+18, escaped(group.Title))
	if within != "" {
		fmt.Fprintf(b, `<text class="s" text-anchor="end" x="%d" y="%d">%s</text>`, r.x+r.w-12, r.y+18, escaped(within))
	}
	w, h := group.boxWidth(), group.boxHeight()
	for i, box := range group.Boxes {
		x := r.x + boxGap + i%group.perRow()*(w+boxGap)
		y := r.y + header + i/group.perRow()*(h+boxGap)
		fmt.Fprintf(b, `<rect class="b" x="%d" y="%d" width="%d" height="%d" rx="5"/>`, x, y, w, h)
		class := "m t"
		for _, line := range append([]string{box.Title}, box.Lines...) {
			for _, part := range wrapped(line, group.letters()) {
				y += lineHeight
				fmt.Fprintf(b, `<text class="%s" x="%d" y="%d">%s</text>`, class, x+9, y+2, escaped(part))
			}
			class = "m s"
		}
	}
}

// route is how a link is drawn between groups.
type route struct {
	from, to []string
	caption  string
}

// routes tells the links from a group to the one below it from those that pass groups by, the short ones first. Links
// within groups are words in these.
func (g Graph) routes() (straight, around []route) {
	order := map[string]int{}
	for i, group := range g.Groups {
		order[group.ID] = i
	}
	for _, l := range g.Links {
		r := route{l.From, l.To, l.Caption()}
		if len(l.From) == 1 {
			r.to = without(l.To, l.From)
		} else {
			r.from = without(l.From, l.To)
		}
		switch {
		case len(r.from) == 0 || len(r.to) == 0:
		case len(r.from) == 1 && len(r.to) == 1 && order[r.to[0]] == order[r.from[0]]+1:
			straight = append(straight, r)
		default:
			around = append(around, r)
		}
	}
	span := func(r route) int {
		var all []int
		for _, id := range slices.Concat(r.from, r.to) {
			all = append(all, order[id])
		}
		return slices.Max(all) - slices.Min(all)
	}
	slices.SortStableFunc(around, func(a, b route) int { return span(a) - span(b) })
	return straight, around
}

func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(some, s) })
}

// drawStraight draws in the gaps, links in one gap side by side.
func drawStraight(b *strings.Builder, routes []route, places map[string]rect) {
	before := map[string]int{}
	for _, r := range routes {
		from, to := places[r.from[0]], places[r.to[0]]
		x := from.x + 120 + before[r.from[0]]*330
		before[r.from[0]]++
		fmt.Fprintf(b, `<path class="l" marker-end="url(#tip)" d="M%d %dV%d"/>`, x, from.y+from.h, to.y)
		fmt.Fprintf(b, `<text class="s" x="%d" y="%d">%s</text>`, x+10, from.y+from.h+gap/2+5, escaped(r.caption))
	}
}

// drawAround gives each route a lane on the right, and its ends places of their own at the groups. Captions stand over all lines.
func drawAround(b *strings.Builder, routes []route, places map[string]rect, bottom int) {
	ends := map[string]int{}
	end := func(id string) int {
		n := ends[id]
		ends[id]++
		return places[id].y + places[id].h/2 + 10*((n+1)/2)*(1-2*(n%2))
	}
	var captions strings.Builder
	for i, r := range routes {
		right := margin + groupWidth
		x := right + 20 + i*lane
		var all []int
		for _, id := range r.from {
			y := end(id)
			all = append(all, y)
			fmt.Fprintf(b, `<path class="l" d="M%d %dH%d"/>`, right, y, x)
		}
		for _, id := range r.to {
			y := end(id)
			all = append(all, y)
			fmt.Fprintf(b, `<path class="l" marker-end="url(#tip)" d="M%d %dH%d"/>`, x, y, right)
		}
		top, low := slices.Min(all), slices.Max(all)
		fmt.Fprintf(b, `<path class="l" d="M%d %dV%d"/>`, x, top, low)
		half := len(r.caption) * 15 / 4
		middle := max(margin+half, min((top+low)/2, bottom-margin-half))
		fmt.Fprintf(&captions, `<text class="s c" text-anchor="middle" transform="translate(%d %d) rotate(90)">%s</text>`, x+6, middle, escaped(r.caption))
	}
	b.WriteString(captions.String())
}
