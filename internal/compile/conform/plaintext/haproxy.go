package plaintext

import (
	"maps"
	"slices"
	"strings"

	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/diag"
)

// sections of haproxy's configuration (cfgparse.c and the files that register more, up to 3.2).
func sections() []string {
	return []string{"global", "defaults", "frontend", "backend", "listen", "peers", "userlist", "resolvers", "mailers", "cache", "program", "http-errors", "ring",
		"fcgi-app", "crt-store", "log-forward", "log-profile", "traces", "acme", "dynamic-update"}
}

// proxies are haproxy's configuration as far as its parts name each other.
type proxies struct {
	found []Finding
	// section and name that the lines belong to.
	section, name string
	// fronts and backs are the lines of the proxies, servers those of the section.
	fronts, backs, servers map[string]int
	uses                   []Finding
}

// haproxy parses line by line, as cfgparse.c does: the first word of a section opens it, whatever the indentation.
func haproxy(_, content string, words release.Words) []Finding {
	p := proxies{fronts: map[string]int{}, backs: map[string]int{}, servers: map[string]int{}}
	if content != "" && !strings.HasSuffix(content, "\n") {
		p.found = append(p.found, fault(strings.Count(content, "\n")+1, "", "the last line does not end, and haproxy takes the file for a truncated one", "end it with a newline"))
	}
	for n, line := range lines(content) {
		fields := strings.Fields(bare(line))
		if len(fields) == 0 || strings.HasPrefix(fields[0], ".") {
			continue
		}
		if slices.Contains(sections(), fields[0]) && (p.section != "global" || fields[0] != "cache") {
			p.open(n, fields)
			continue
		}
		p.keyword(n, fields, words)
	}
	for _, use := range p.uses {
		if _, there := p.backs[use.Word]; there {
			continue
		}
		if near := diag.Nearest(use.Word, slices.Sorted(maps.Keys(p.backs))); near != "" {
			use.Hint = "did you mean " + near + "?"
		}
		p.found = append(p.found, use)
	}
	return p.found
}

// open a section. A frontend and a backend may have one name; a listen is both.
func (p *proxies) open(n int, fields []string) {
	p.section, p.name, p.servers = fields[0], "", map[string]int{}
	if len(fields) > 1 {
		p.name = fields[1]
	}
	front, back := p.section == "frontend" || p.section == "listen", p.section == "backend" || p.section == "listen"
	if (front || back) && p.name == "" {
		p.found = append(p.found, fault(n, p.section, "a "+p.section+" without a name", "write "+p.section+" NAME"))
		return
	}
	summary := "there are two proxies called " + diag.Quote(p.name)
	if front {
		p.found = append(p.found, twice(p.fronts, n, p.name, summary)...)
	}
	if back && (!front || p.fronts[p.name] == n) {
		p.found = append(p.found, twice(p.backs, n, p.name, summary)...)
	}
}

func (p *proxies) keyword(n int, fields []string, words release.Words) {
	if p.section == "" {
		f := unknown(n, fields[0], "the section", sections())
		f.Severity = diag.Error
		p.found = append(p.found, f)
		p.section = fields[0]
		return
	}
	if (fields[0] == "no" || fields[0] == "default") && len(fields) > 1 {
		fields = fields[1:]
	}
	word := fields[0]
	if !slices.Contains(words.All, word) {
		p.found = append(p.found, unknown(n, word, "the keyword of "+p.section, slices.Concat(words.All, sections())))
		return
	}
	if len(fields) < 2 {
		return
	}
	switch word {
	case "mode":
		if known := []string{"tcp", "http", "log", "spop", "haterm", "health"}; !slices.Contains(known, fields[1]) && !strings.Contains(fields[1], "$") {
			p.found = append(p.found, unknown(n, fields[1], "the mode", known))
		}
	case "server":
		p.found = append(p.found, twice(p.servers, n, fields[1], "there are two servers called "+diag.Quote(fields[1])+" in "+p.section+" "+p.name)...)
	case "default_backend", "use_backend":
		if !strings.ContainsAny(fields[1], "%$") {
			p.uses = append(p.uses, fault(n, fields[1], word+" names "+diag.Quote(fields[1])+", and there is no such backend", "add the backend, or mend the name"))
		}
	}
}
