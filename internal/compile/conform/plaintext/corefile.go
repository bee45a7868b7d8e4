package plaintext

import (
	"slices"
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
	var found []Finding
	var block serverBlock
	seen := map[string]serverBlock{}
	depth, opened := 0, 0
	var keys []string
	for n, line := range lines(content) {
		fields := strings.Fields(bare(line))
		if len(fields) == 0 {
			continue
		}
		opens := fields[len(fields)-1] == "{"
		switch {
		case fields[0] == "}":
			if depth--; depth < 0 {
				// CoreDNS takes one at the end.
				f := fault(n, "}", "} closes no block", "remove it, or open the block")
				f.Severity = diag.Warning
				found, depth = append(found, f), 0
			} else if depth == 0 {
				found = append(found, block.record(seen)...)
			}
		case depth == 0:
			keys = append(keys, strings.FieldsFunc(strings.Join(strings.Fields(strings.TrimSuffix(strings.Join(fields, " "), "{")), ","), func(r rune) bool { return r == ',' })...)
			if fields[0] == "import" {
				keys = nil
			}
			if opens {
				block, keys = serverBlock{line: n, zones: keys}, nil
			}
		case depth == 1:
			block.bound = block.bound || fields[0] == "bind" || fields[0] == "view" || fields[0] == "import"
			if !slices.Contains(words.All, fields[0]) && fields[0] != "import" {
				found = append(found, unknown(n, fields[0], "the plugin", words.All))
			}
		}
		if opens {
			if depth++; depth == 1 {
				opened = n
			}
		}
	}
	if depth > 0 {
		found = append(found, fault(opened, "{", "a block of the Corefile is not closed", "add } where it ends"))
	}
	return found
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
