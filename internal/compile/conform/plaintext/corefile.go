package plaintext

import (
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/diag"
)

// serverBlock of a Corefile.
type serverBlock struct {
	line  int
	zones []string
	bound bool
}

// corefile parses server blocks and the plugins in them, as CoreDNS does (coremain and its Caddyfile).
func corefile(_, content string, words release.Words) []Finding {
	r := corefileReader{words: words, seen: map[string]serverBlock{}}
	for n, line := range lines(content) {
		if fields := strings.Fields(bare(line)); len(fields) > 0 {
			r.line(n, fields)
		}
	}
	if r.depth > 0 {
		r.found = append(r.found, fault(r.opened, "{", "a block of the Corefile is not closed", "add } where it ends"))
	}
	return r.found
}

// corefileReader goes through a Corefile line by line.
type corefileReader struct {
	words release.Words
	found []Finding
	block serverBlock
	seen  map[string]serverBlock
	// depth of blocks within blocks, and the line of the outermost that is open.
	depth, opened int
	// keys of the server block that is to open.
	keys []string
}

func (r *corefileReader) line(n int, fields []string) {
	opens := fields[len(fields)-1] == "{"
	switch {
	case fields[0] == "}":
		r.close(n)
	case r.depth == 0:
		r.key(n, fields, opens)
	case r.depth == 1:
		r.plugin(n, fields[0])
	}
	if opens {
		if r.depth++; r.depth == 1 {
			r.opened = n
		}
	}
}

func (r *corefileReader) close(n int) {
	switch r.depth--; {
	case r.depth < 0:
		// CoreDNS takes one at the end.
		f := fault(n, "}", "} closes no block", "remove it, or open the block")
		f.Severity = diag.Warning
		r.found, r.depth = append(r.found, f), 0
	case r.depth == 0:
		r.found = append(r.found, r.block.record(r.seen)...)
	}
}

// key reads the zones of a server block, which blanks and commas separate.
func (r *corefileReader) key(n int, fields []string, opens bool) {
	text := strings.TrimSuffix(strings.Join(fields, ","), "{")
	r.keys = append(r.keys, strings.FieldsFunc(text, func(c rune) bool { return c == ',' })...)
	if fields[0] == "import" {
		r.keys = nil
	}
	if opens {
		r.block, r.keys = serverBlock{line: n, zones: r.keys}, nil
	}
}

func (r *corefileReader) plugin(n int, name string) {
	r.block.bound = r.block.bound || name == "bind" || name == "view" || name == "import"
	if name == "import" {
		return
	}
	if !slices.Contains(r.words.All, name) {
		f := unknown(n, name, "the plugin", r.words.All)
		if r.words.Version != "" {
			f.Severity, f.Summary = diag.Error, "CoreDNS "+r.words.Version+" has no plugin "+diag.Quote(name)
		}
		r.found = append(r.found, f)
		return
	}
	if since := r.words.Since[name]; r.words.Version != "" && older(r.words.Version, since) {
		r.found = append(r.found, fault(n, name, "CoreDNS "+r.words.Version+" has no plugin "+diag.Quote(name)+", which came with "+since,
			"remove the line, or take the image of "+since+" or later"))
	}
}

// older compares versions of three numbers.
func older(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		m, _ := strconv.Atoi(x[i])
		n, _ := strconv.Atoi(y[i])
		if m != n {
			return m < n
		}
	}
	return false
}

// record a block, and find those that another has already: CoreDNS tells two of one zone and port apart by where they are bound.
func (b serverBlock) record(seen map[string]serverBlock) []Finding {
	var found []Finding
	for _, zone := range b.zones {
		key := normal(zone)
		if strings.HasPrefix(key, "(") {
			continue // A snippet.
		}
		if first, again := seen[key]; again && !first.bound && !b.bound {
			found = append(found, fault(b.line, zone, "two server blocks are for "+diag.Quote(zone), "join the two, or bind each to an address of its own"))
		}
		seen[key] = b
	}
	return found
}

// normal is a zone with its scheme and port.
func normal(zone string) string {
	scheme, rest, given := strings.Cut(strings.ToLower(zone), "://")
	if !given {
		scheme, rest = "dns", strings.ToLower(zone)
	}
	if at := strings.LastIndexByte(rest, ':'); at < 0 && scheme == "dns" {
		rest += ":53"
	} else if at == 0 {
		rest = "." + rest
	}
	name, port, _ := strings.Cut(rest, ":")
	return scheme + "://" + strings.TrimSuffix(name, ".") + ":" + port
}
