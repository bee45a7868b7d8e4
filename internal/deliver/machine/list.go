package machine

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// List reads what sha256sum prints, of which the names are absolute or from the node's root.
func List(r io.Reader, asked Query) (Machine, error) {
	m := Machine{Files: map[string]File{}, HashesOnly: true}
	lines := bufio.NewScanner(r)
	n := 0
	for lines.Scan() {
		n++
		name, sum, ok := parseSum(lines.Text())
		if !ok {
			return Machine{}, fmt.Errorf("line %d is not what sha256sum prints: a SHA-256, two blanks and a path", n)
		}
		if name = clean(name); asked.has(name) {
			if err := m.add(name, File{SHA256: sum}, asked); err != nil {
				return Machine{}, err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return Machine{}, fmt.Errorf("after line %d: %w", n, err)
	}
	if n == 0 {
		return Machine{}, fmt.Errorf("it is empty")
	}
	return m, nil
}

// parseSum takes a line apart. One that begins with a backslash has these and ends of lines escaped in its name.
func parseSum(line string) (name, sum string, ok bool) {
	line, escaped := strings.CutPrefix(line, `\`)
	const hexed = 2 * sha256.Size
	if len(line) < hexed+3 || strings.Contains(line, "\x00") || line[hexed] != ' ' || line[hexed+1] != ' ' && line[hexed+1] != '*' {
		return "", "", false
	}
	sum, name = strings.ToLower(line[:hexed]), line[hexed+2:]
	if escaped {
		name = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r").Replace(name)
	}
	_, err := hex.DecodeString(sum)
	return name, sum, err == nil
}
