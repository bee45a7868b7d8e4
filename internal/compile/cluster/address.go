package cluster

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"github.com/harender/harender/internal/diag"
)

// family is 4 or 6.
type family int

func familyOf(a netip.Addr) family {
	if a.Is4() {
		return 4
	}
	return 6
}

func (f family) String() string {
	if f == 4 {
		return "IPv4"
	}
	return "IPv6"
}

// parseAddr reads an address that a host can have. It gives the zero Addr where it reports.
func parseAddr(r *report, field diag.Path, text string) netip.Addr {
	a, err := netip.ParseAddr(text)
	if err != nil {
		r.error(field, diag.Quote(text)+" is no IP address", addrHint(text))
		return netip.Addr{}
	}
	if what, hint := unusable(a); what != "" {
		r.error(field, text+" is "+what, cmp.Or(hint, "write the address that the other nodes reach it at"))
		return netip.Addr{}
	}
	return a
}

func addrHint(text string) string {
	switch {
	case strings.Contains(text, "/"):
		return "write the address alone, without the prefix length"
	case strings.HasPrefix(text, "["):
		return "write the address alone, without brackets and port"
	case strings.Contains(text, ".") && !strings.ContainsFunc(text, unicode.IsLetter):
		return "an IPv4 address is four numbers from 0 to 255, without leading zeros: 10.0.0.11"
	case text == "":
		return "write the node's private address: 10.0.0.11"
	}
	return "write an IPv4 address such as 10.0.0.11 or an IPv6 address such as fd00::11"
}

// unusable names the kind of an address that no host of a cluster can be reached at, and what to write instead where
// the address itself tells.
func unusable(a netip.Addr) (what, hint string) {
	switch {
	case a.Is4In6():
		return "an IPv4 address in IPv6 form", "write " + a.Unmap().String()
	case a.Zone() != "":
		return "an address with a zone", "write it without %" + a.Zone() + "; link-local addresses are of no use here"
	case a.IsUnspecified():
		return "the unspecified address", ""
	case a.IsLoopback():
		return "a loopback address", ""
	case a.IsLinkLocalUnicast():
		return "a link-local address", ""
	case a.IsMulticast(), a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "a multicast or broadcast address", ""
	}
	return "", ""
}

// lastAddr is the highest address of a block: of an IPv4 block its broadcast address.
func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < len(b)*8; bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	a, _ := netip.AddrFromSlice(b) // as long as the address that it came from
	return a
}

// blockOf is the block that holds the address.
func blockOf(a netip.Addr, blocks []netip.Prefix) (netip.Prefix, bool) {
	for _, b := range blocks {
		if b.Contains(a) {
			return b, true
		}
	}
	return netip.Prefix{}, false
}

// checkHostAddr holds an address to the network that it must lie in.
func checkHostAddr(r *report, field diag.Path, a netip.Addr, nets Networks) {
	block, ok := blockOf(a, nets.Nodes)
	switch {
	case !ok:
		r.error(field, a.String()+" lies outside spec.networks.nodes ("+join(nets.Nodes)+")",
			"choose an address inside, or add its block to spec.networks.nodes")
	case a == block.Masked().Addr() && block.Bits() < a.BitLen()-1:
		r.error(field, a.String()+" is the address of the network "+block.String()+" itself", "choose another address of the block")
	case a.Is4() && a == lastAddr(block) && block.Bits() < a.BitLen()-1:
		r.error(field, a.String()+" is the broadcast address of "+block.String(), "choose another address of the block")
	}
}

func join[T interface{ String() string }](items []T) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = item.String()
	}
	return strings.Join(texts, ", ")
}

// HostPort is a host, by name or address, and a port as URLs have them: an IPv6 address stands in brackets.
func HostPort(host string, port int) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(port)
}
