package plaintext

import (
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/diag"
)

// lists are blocks whose lines are values and no keywords (keepalived.conf(5)).
func lists() []string {
	return []string{"virtual_ipaddress", "virtual_ipaddress_excluded", "virtual_routes", "virtual_rules", "unicast_peer", "track_interface", "track_script",
		"track_process", "track_file", "track_bfd", "group", "notification_email", "static_ipaddress", "static_routes", "static_rules", "linkbeat_interfaces", "virtual_server_group"}
}

// bounds of numbers: what is out of them, keepalived does not take.
func bounds() map[string][2]int {
	return map[string][2]int{"virtual_router_id": {1, 255}, "priority": {1, 255}, "vrrp_version": {2, 3}}
}

// blocks are what is open in a keepalived.conf.
type blocks struct {
	found   []Finding
	open    []string
	at      []int
	names   map[string]int
	scripts map[string]bool
	uses    []Finding
}

// keepalived parses blocks in braces, one word a line first.
func keepalived(_, content string, words release.Words) []Finding {
	b := blocks{names: map[string]int{}, scripts: map[string]bool{}}
	for n, line := range lines(content) {
		if at := strings.IndexAny(line, "#!"); at >= 0 && !strings.ContainsAny(line[:at], `"'`) {
			line = line[:at]
		}
		fields := strings.Fields(line)
		for len(fields) > 0 && fields[0] == "}" {
			b.close(n)
			fields = fields[1:]
		}
		if len(fields) == 0 || strings.HasPrefix(fields[0], "@") || strings.HasPrefix(fields[0], "$") {
			continue
		}
		b.line(n, fields, words)
	}
	for i, name := range b.open {
		b.found = append(b.found, fault(b.at[i], name, "the block "+name+" is not closed", "add } where it ends"))
	}
	for _, use := range b.uses {
		if !b.scripts[use.Word] {
			b.found = append(b.found, use)
		}
	}
	return b.found
}

func (b *blocks) close(n int) {
	if len(b.open) == 0 {
		b.found = append(b.found, fault(n, "}", "} closes no block", "remove it, or open the block"))
		return
	}
	b.open, b.at = b.open[:len(b.open)-1], b.at[:len(b.at)-1]
}

func (b *blocks) line(n int, fields []string, words release.Words) {
	word := strings.TrimSuffix(fields[0], "{")
	inList := len(b.open) > 0 && slices.Contains(lists(), b.open[len(b.open)-1])
	switch {
	case word == "":
		b.push(n, "{")
		return
	case inList:
		if b.open[len(b.open)-1] == "track_script" {
			b.uses = append(b.uses, fault(n, word, "track_script names "+diag.Quote(word)+", and there is no such vrrp_script", "add the vrrp_script, or mend the name"))
		}
	case !slices.Contains(words.All, word):
		b.found = append(b.found, unknown(n, word, "the keyword", words.All))
	default:
		b.keyword(n, word, fields)
	}
	b.braces(n, word, fields)
}

// braces of a line that opens a block, or both opens and closes it.
func (b *blocks) braces(n int, word string, fields []string) {
	for i, f := range fields {
		if strings.HasSuffix(f, "{") && !strings.HasPrefix(f, `"`) {
			b.push(n, word)
		}
		if f == "}" && i > 0 {
			b.close(n)
		}
	}
}

func (b *blocks) push(n int, word string) {
	b.open, b.at = append(b.open, word), append(b.at, n)
}

func (b *blocks) keyword(n int, word string, fields []string) {
	if len(fields) < 2 {
		return
	}
	value := strings.Trim(fields[1], `"'{`)
	if limits, ok := bounds()[word]; ok {
		number, err := strconv.Atoi(value)
		if (err != nil || number < limits[0] || number > limits[1]) && !strings.HasPrefix(value, "$") {
			b.found = append(b.found, fault(n, word, word+" takes "+strconv.Itoa(limits[0])+" to "+strconv.Itoa(limits[1])+", not "+diag.Quote(value), "write a number of these"))
		}
	}
	switch word {
	case "vrrp_script":
		b.scripts[value] = true
		fallthrough
	case "vrrp_instance", "vrrp_sync_group":
		b.found = append(b.found, twice(b.names, n, word+" "+value, "there are two of "+word+" "+value)...)
	}
}
