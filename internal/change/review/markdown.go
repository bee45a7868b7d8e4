package review

import (
	"fmt"
	"html"
	"io"
	"strings"
)

// Limit is how many characters a comment on GitHub may have.
const Limit = 65536

// room is kept for the note about what is left out.
const room = 3000

// Markdown prints a review as one comment of a pull request, of at most Limit characters. Its first line is a comment that
// nobody sees, the same for every review of the cluster: by that, a job finds the comment that it has to replace.
func Markdown(w io.Writer, r Review) error {
	c := comment{all: r.command() + commandsFlag}
	c.b.WriteString(Marker(r.Cluster) + "\n### harender: " + code(r.Cluster) + "\n\n" + code(r.Summary()) + "\n")
	parts := r.sections(true)
	if loud := heads(parts); len(loud) > 0 {
		c.b.WriteString("\n> [!CAUTION]\n> This asks for attention: " + strings.Join(loud, ", ") + ".\n")
	}
	for _, part := range parts {
		if part.detail {
			c.folded(part)
		} else {
			c.block(part)
		}
	}
	c.note()
	_, err := io.WriteString(w, c.b.String())
	return err
}

// heads of the parts that are loud.
func heads(parts []section) []string {
	var out []string
	for _, p := range parts {
		if p.loud {
			out = append(out, strings.ToLower(p.head))
		}
	}
	return out
}

// note says what had no room, and which command prints it.
func (c *comment) note() {
	if len(c.left) == 0 {
		return
	}
	were := "1 part was"
	if n := len(c.left); n > 1 {
		were = fmt.Sprintf("%d parts were", n)
	}
	text := fmt.Sprintf("\n%s left out here, for want of room; %s prints all:\n\n", were, code(c.all))
	const end = 100
	for i, head := range c.left {
		item := "- " + code(head) + "\n"
		if len(text)+len(item) > room-end {
			text += fmt.Sprintf("- and %d more\n", len(c.left)-i)
			break
		}
		text += item
	}
	c.b.WriteString(text)
}

// Marker is the first line of the comments about a cluster.
func Marker(cluster string) string {
	return "<!-- harender diff " + strings.ReplaceAll(clean(cluster), "--", "- -") + " -->"
}

// comment grows up to the limit. all is the command that prints what has no room, and left are the heads of parts that have none.
type comment struct {
	b    strings.Builder
	all  string
	left []string
}

// put adds a part whole, or not at all. Bytes are at least as many as characters.
func (c *comment) put(head, part string) {
	if c.b.Len()+len(part) > Limit-room {
		c.left = append(c.left, head)
		return
	}
	c.b.WriteString(part)
}

// Lines and bytes that one part may have, so that there is room for all that are not folded.
const (
	mostLines = 300
	mostBytes = 12000
)

// block is a head with lines below it.
func (c *comment) block(s section) {
	if len(s.lines) == 0 {
		c.put(s.head, "\n**"+s.head+"**\n")
		return
	}
	c.put(s.head, "\n**"+s.head+"**\n\n"+c.fenced(s.lines))
}

// folded is a part that opens at a click.
func (c *comment) folded(s section) {
	if len(s.lines) == 0 {
		c.put(s.head, "\n- "+code(s.head)+"\n") // Within HTML, links and emphasis of Markdown would act.
		return
	}
	c.put(s.head, "\n<details><summary><code>"+html.EscapeString(s.head)+"</code></summary>\n\n"+c.fenced(s.lines)+"\n</details>\n")
}

// fenced are lines in a block that GitHub colours, with a fence that is longer than any in it.
func (c *comment) fenced(lines []line) string {
	var b strings.Builder
	longest := 2
	for _, l := range first(lines, mostLines, mostBytes, c.all) {
		longest = max(longest, backticks(l.text))
		fmt.Fprintf(&b, "%c %s\n", l.mark, l.text)
	}
	fence := strings.Repeat("`", longest+1)
	return fence + "diff\n" + b.String() + fence + "\n"
}

// first are lines up to a number of them and of bytes, and a last one that counts the rest and names the command that prints it.
func first(lines []line, most, bytes int, all string) []line {
	for i, l := range lines {
		if bytes -= len(l.text) + len("+ \n"); i == most || bytes < 0 {
			return append(lines[:i:i], line{mark: plain, text: fmt.Sprintf("... and %s more: %s", counted(len(lines)-i, "line"), all)})
		}
	}
	return lines
}

// code is text in a line, with quotes that are longer than any in it.
func code(s string) string {
	s = clean(s)
	quote := strings.Repeat("`", backticks(s)+1)
	if strings.Contains(s, "`") {
		return quote + " " + s + " " + quote
	}
	return quote + s + quote
}

// backticks is the length of the longest run of them.
func backticks(s string) int {
	longest, run := 0, 0
	for _, r := range s {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
