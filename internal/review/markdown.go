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
const room = 400

// Markdown prints a review as one comment of a pull request, of at most Limit characters. Its first line is a comment that
// nobody sees, the same for every review of the cluster: by that, a job finds the comment that it has to replace.
func Markdown(w io.Writer, r Review) error {
	c := comment{}
	c.put(Marker(r.Cluster) + "\n### harender: " + code(r.Cluster) + "\n\n" + code(r.Summary()) + "\n")
	if r.loud() {
		c.put("\n> [!CAUTION]\n> Who can open secrets, what nodes trust, or the way there asks for your attention.\n")
	}
	c.block("**Recipients**", r.recipientLines())
	c.block("**Trust**", r.authorityLines())
	c.block("**No safe way there**", refusalLines(r.Rollout.Refused))
	c.block("**Nodes**", r.nodeLines())
	c.block("**Impact**", r.impactLines())
	for _, change := range r.Changes {
		c.folded(r.title(change), changeLines(change))
	}
	if !r.Same {
		for i, s := range r.Rollout.Steps {
			c.folded(fmt.Sprintf("Step %d of the rollout: %s", i+1, s.Title), stepLines(s))
		}
	}
	if c.left > 0 {
		c.b.WriteString("\n" + fmt.Sprintf("%s left out here, for want of room: `harender diff` prints all.\n", wasWere(c.left)))
	}
	_, err := io.WriteString(w, c.b.String())
	return err
}

func wasWere(n int) string {
	if n == 1 {
		return "One part was"
	}
	return fmt.Sprintf("%d parts were", n)
}

// Marker is the first line of the comments about a cluster.
func Marker(cluster string) string {
	return "<!-- harender diff " + strings.ReplaceAll(clean(cluster), "--", "- -") + " -->"
}

// comment grows up to the limit; left counts the parts that had no room.
type comment struct {
	b    strings.Builder
	left int
}

// put adds a part whole, or not at all. Bytes are at least as many as characters.
func (c *comment) put(part string) {
	if c.b.Len()+len(part) > Limit-room {
		c.left++
		return
	}
	c.b.WriteString(part)
}

// most is how many lines one part may have.
const most = 300

// block is a head with lines below it.
func (c *comment) block(head string, lines []line) {
	if len(lines) > 0 {
		c.put("\n" + head + "\n\n" + fenced(lines))
	}
}

// folded is a part that opens at a click.
func (c *comment) folded(title string, lines []line) {
	title = html.EscapeString(clean(title))
	if len(lines) == 0 {
		c.put("\n- <code>" + title + "</code>\n")
		return
	}
	c.put("\n<details><summary><code>" + title + "</code></summary>\n\n" + fenced(lines) + "\n</details>\n")
}

// fenced are lines in a block that GitHub colours, with a fence that is longer than any in it.
func fenced(lines []line) string {
	if rest := len(lines) - most; rest > 0 {
		lines = append(lines[:most:most], line{plain, fmt.Sprintf("... and %d lines more", rest)})
	}
	var b strings.Builder
	longest := 2
	for _, l := range lines {
		longest = max(longest, backticks(l.text))
		fmt.Fprintf(&b, "%c %s\n", l.mark, l.text)
	}
	fence := strings.Repeat("`", longest+1)
	return fence + "diff\n" + b.String() + fence + "\n"
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
