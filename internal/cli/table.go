package cli

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// defaultColumns is how wide a line is at most, where nothing says how wide the screen is.
const defaultColumns = 80

// between stands between two columns.
const between = "  "

// grid is a table.
type grid struct {
	// head is over the columns; none if it is empty.
	head []string
	rows [][]string
	// wide keeps each row on one line, however long.
	wide bool
}

// shown is the whole table, a line for each row, or those columns of it that a plain terminal has room for.
func (g grid) shown(all bool, columns ...int) grid {
	if all {
		g.wide = true
		return g
	}
	pick := func(row []string) []string {
		out := make([]string, len(columns))
		for i, c := range columns {
			out[i] = row[c]
		}
		return out
	}
	out := grid{head: pick(g.head)}
	for _, row := range g.rows {
		out.rows = append(out.rows, pick(row))
	}
	return out
}

// printGrid prints a table. Where it is wider than the screen, cells are folded at their blanks; a word is never
// broken. A cell that is a state has its colour.
func (env Environment) printGrid(g grid) error {
	rows := g.rows
	if len(g.head) > 0 {
		rows = append([][]string{g.head}, rows...)
	}
	for _, row := range rows {
		for i, cell := range row {
			row[i] = oneLine(cell)
		}
	}
	widths := longest(rows, utf8.RuneCountInString)
	if !g.wide {
		widths = fit(widths, longest(rows, longestWord), env.columns())
	}
	var b strings.Builder
	for _, row := range rows {
		env.writeRow(&b, row, widths)
	}
	_, err := io.WriteString(env.Out, b.String())
	return err
}

// columns is how wide the screen is.
func (env Environment) columns() int {
	if env.Screen.Width > 0 {
		return env.Screen.Width
	}
	return defaultColumns
}

// longest is the largest size of each column.
func longest(rows [][]string, size func(string) int) []int {
	var out []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(out) {
				out = append(out, 0)
			}
			out[i] = max(out[i], size(cell))
		}
	}
	return out
}

func longestWord(cell string) int {
	n := 0
	for word := range strings.FieldsSeq(cell) {
		n = max(n, utf8.RuneCountInString(word))
	}
	return n
}

// fit takes from the widest columns what is too much for the screen, but for what their longest words need.
func fit(widths, least []int, most int) []int {
	total := len(between) * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for ; total > most; total-- {
		widest := -1
		for i, w := range widths {
			if w > least[i] && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return widths
}

func (env Environment) writeRow(b *strings.Builder, row []string, widths []int) {
	cells, lines := make([][]string, len(row)), 0
	for i, cell := range row {
		cells[i] = foldWords(cell, widths[i])
		lines = max(lines, len(cells[i]))
	}
	for n := range lines {
		blank := 0 // What is owed before the next word: a line ends without blanks.
		for i, cell := range cells {
			text := ""
			if n < len(cell) {
				text = cell[n]
			}
			if text != "" {
				b.WriteString(strings.Repeat(" ", blank) + env.stateColor(text))
				blank = 0
			}
			blank += widths[i] + len(between) - utf8.RuneCountInString(text)
		}
		b.WriteByte('\n')
	}
}

// stateColor gives a word that is a state its colour.
func (env Environment) stateColor(word string) string {
	const green, yellow, red, reset = "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[0m"
	states := map[string]string{
		"ok": green, "renew": yellow, "still": yellow,
		"expired": red, "missing": red, "damaged": red, "changed": red, "foreign": red, "stale": red,
	}
	if color := states[word]; env.Screen.Color && color != "" {
		return color + word + reset
	}
	return word
}

// foldWords breaks text into lines of at most width characters, at blanks alone.
func foldWords(text string, width int) []string {
	if utf8.RuneCountInString(text) <= width {
		return []string{text}
	}
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// reflow folds the paragraphs of a text to a width. Lines that are indented, and those that fit with all of their
// paragraph, stay as they are.
func reflow(text string, width int) string {
	var out, paragraph []string
	flush := func() {
		if slices.ContainsFunc(paragraph, func(l string) bool { return utf8.RuneCountInString(l) > width }) {
			paragraph = foldWords(strings.Join(paragraph, " "), width)
		}
		out, paragraph = append(out, paragraph...), nil
	}
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" || strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			flush()
			out = append(out, line)
			continue
		}
		paragraph = append(paragraph, line)
	}
	flush()
	return strings.Join(out, "\n")
}

// folding is a writer of lines that are prose: each is folded to the width of a screen, and what follows the first
// part is set off.
type folding struct {
	io.Writer
	width int
}

// Write implements io.Writer.
func (f folding) Write(p []byte) (int, error) {
	const indent = "  "
	var b strings.Builder
	for line := range strings.Lines(string(p)) {
		text, ended := strings.CutSuffix(line, "\n")
		parts := []string{text}
		if utf8.RuneCountInString(text) > f.width && !strings.HasPrefix(text, " ") {
			parts = foldWords(text, f.width-len(indent))
		}
		b.WriteString(strings.Join(parts, "\n"+indent))
		if ended {
			b.WriteByte('\n')
		}
	}
	if _, err := io.WriteString(f.Writer, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}
