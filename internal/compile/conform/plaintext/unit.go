package plaintext

import (
	"path"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/diag"
)

// unitType is the ending of the unit that a file is, or is a drop-in of: service, timer. Other files have none.
func unitType(name string) string {
	dir := path.Dir(name)
	if path.Ext(name) == ".conf" && strings.HasSuffix(dir, ".d") {
		name, dir = strings.TrimSuffix(dir, ".d"), path.Dir(dir)
	}
	if !slices.Contains([]string{"etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system", "usr/local/lib/systemd/system"}, dir) {
		return ""
	}
	kind := strings.TrimPrefix(path.Ext(name), ".")
	if !slices.Contains([]string{"service", "socket", "mount", "automount", "swap", "target", "path", "timer", "slice", "scope"}, kind) {
		return ""
	}
	return kind
}

// ownSection of a type; targets have none.
func ownSection(kind string) string {
	if kind == "target" {
		return ""
	}
	return strings.ToUpper(kind[:1]) + kind[1:]
}

// unitFile is what is read of a unit.
type unitFile struct {
	kind, section string
	words         release.Words
	found         []Finding
	// starts are the lines of ExecStart= since the last empty one.
	starts   []int
	oneshot  bool
	commands bool
	// reset: an empty ExecStart= takes back what other files said; typed: there is a Type=.
	reset, typed bool
}

// Starts is what a unit, or a drop-in of one, says of the commands that the service starts.
type Starts struct {
	// Lines of ExecStart= from 1 on, after the last empty one, if there is one: Reset.
	Lines []int
	Reset bool
	// Type of the service, where the file has it.
	Typed, Oneshot bool
}

// StartsOf a file of a service.
func StartsOf(name, content string) Starts {
	u := readUnit(name, content, release.Words{})
	return Starts{u.starts, u.reset, u.typed, u.oneshot}
}

// unit parses as systemd does (systemd.syntax(7)): what it ignores is a warning, what it does not load an error.
func unit(name, content string, words release.Words) []Finding {
	u := readUnit(name, content, words)
	if len(u.starts) > 1 && !u.oneshot {
		u.add(fault(u.starts[1], "ExecStart", "there is more than one ExecStart=, which only Type=oneshot takes", "remove one, or write an empty ExecStart= before it"))
	}
	if whole := path.Ext(name) == ".service"; whole && !u.commands {
		u.add(fault(0, "[Service]", "the service starts nothing: it has no ExecStart=", "add ExecStart= with the absolute path of a program"))
	}
	return u.found
}

func readUnit(name, content string, words release.Words) *unitFile {
	u := &unitFile{kind: unitType(name), words: words}
	start, joined := 0, ""
	for n, line := range lines(content) {
		line = strings.TrimSpace(line)
		if joined == "" {
			start = n
		}
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue // Comments also stand between continued lines.
		}
		if rest, continued := strings.CutSuffix(line, "\\"); continued {
			joined += rest + " "
			continue
		}
		u.line(start, joined+line)
		joined = ""
	}
	return u
}

func (u *unitFile) add(f Finding) { u.found = append(u.found, f) }

func (u *unitFile) line(n int, line string) {
	if line == "" {
		return
	}
	if strings.HasPrefix(line, "[") {
		u.head(n, line)
		return
	}
	key, value, assigned := strings.Cut(line, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	switch {
	case !assigned:
		u.add(fault(n, key, diag.Quote(line)+" is no assignment, and systemd ignores it", "write KEY=VALUE"))
	case u.section == "":
		u.add(fault(n, key, key+"= stands before the first section, and systemd ignores it", "put it below ["+ownSection(u.kind)+"] or [Unit]"))
	case strings.HasPrefix(u.section, "X-") || strings.HasPrefix(key, "X-"):
	default:
		u.key(n, key)
		u.value(n, key, value)
	}
}

func (u *unitFile) head(n int, line string) {
	name, closed := strings.CutSuffix(strings.TrimPrefix(line, "["), "]")
	if !closed {
		u.add(fault(n, line, diag.Quote(line)+" is no head of a section, and systemd does not load the unit", "close it with ]"))
		return
	}
	u.section = name
	known := []string{"Unit", "Install"}
	if own := ownSection(u.kind); own != "" {
		known = append(known, own)
	}
	if !slices.Contains(known, name) && !strings.HasPrefix(name, "X-") {
		f := unknown(n, name, "the section of a "+u.kind, known)
		f.Severity = diag.Error
		f.Summary += ", and systemd ignores all that is in it"
		u.add(f)
	}
}

// key looks for a directive. Of a section that is not known, this has been said.
func (u *unitFile) key(n int, key string) {
	known, ok := u.words.Sections[u.section]
	if !ok || slices.Contains(known, key) {
		return
	}
	f := unknown(n, key, "the directive of ["+u.section+"]", known)
	for _, other := range []string{"Unit", "Install", ownSection(u.kind)} {
		if slices.Contains(u.words.Sections[other], key) {
			f.Severity, f.Hint = diag.Error, "put it below ["+other+"]"
		}
	}
	f.Summary += ", and systemd ignores it"
	u.add(f)
}

func (u *unitFile) value(n int, key, value string) {
	u.badValue(n, key, value)
	if u.section != "Service" {
		return
	}
	switch {
	case key == "Type":
		u.oneshot, u.typed = value == "oneshot", true
	case key == "SuccessAction" || key == "ExecStop":
		u.commands = true
	case key == "ExecStart" && value == "":
		u.starts, u.reset = nil, true
	case key == "ExecStart":
		u.starts, u.commands = append(u.starts, n), true
	}
	if strings.HasPrefix(key, "Exec") && value != "" {
		u.command(n, key, value)
	}
}

// command wants the path of what a directive runs to begin at the root.
func (u *unitFile) command(n int, key, value string) {
	if !slices.Contains(u.words.Sections["Service"], key) || key == "ExecSearchPath" || key == "ExecPaths" {
		return
	}
	word, _, _ := strings.Cut(strings.TrimLeft(value, "@-:+!|"), " ")
	word = strings.Trim(word, `"'`)
	if strings.Contains(word, "/") && !strings.HasPrefix(word, "/") && !strings.HasPrefix(word, "%") {
		u.add(fault(n, word, key+"= names "+diag.Quote(word)+", which is no absolute path", "write the path from / on"))
	}
}
