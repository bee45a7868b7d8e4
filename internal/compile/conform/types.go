package conform

import (
	"encoding/csv"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/harender/harender/internal/compile/release"
)

// kind is what a type of flag takes: how to say it, an example, and whether a value is one. Types are named as pflag names
// them, or as a help does.
type kind struct {
	takes, example string
	fits           func(string) bool
}

// kindOf is the kind of a type; nothing can be said of others.
func kindOf(name string) (kind, bool) {
	switch name {
	case "bool", "tristate":
		return kind{"a bool", "true or false", parses(strconv.ParseBool)}, true
	case "int", "int32", "int64":
		return kind{"an " + name, "a whole number", integer(bits(name))}, true
	case "uint", "uint16", "uint32", "uint64":
		return kind{"a " + name, "a whole number from 0 on", natural(bits(name))}, true
	case "Level":
		return kind{"a level", "a whole number from 0 on", natural(31)}, true
	case "float", "float32", "float64":
		return kind{"a " + name, "a number", func(s string) bool { _, err := strconv.ParseFloat(s, 64); return err == nil }}, true
	case "duration":
		return kind{"a duration", "a duration such as 30s", parses(time.ParseDuration)}, true
	case "quantity":
		return kind{"a quantity", "a quantity such as 64Mi", parses(resource.ParseQuantity)}, true
	case "ip":
		return kind{"an IP address", "an address such as 10.0.0.1", isAddress}, true
	case "ipport":
		return kind{"an address with a port", "an address such as 127.0.0.1:10249", isAddressPort}, true
	case "portRange", "port-range":
		return kind{"a range of ports", "a range such as 30000-32767", isPortRange}, true
	case "int32Slice", "intSlice":
		return kind{"a list of numbers", "whole numbers with commas between them", each(",", integer(64))}, true
	case "strings", "stringSlice":
		return kind{"a list", "values with commas between them, and quotes around none", isList}, true
	}
	return pairKind(name)
}

var (
	eviction = regexp.MustCompile(`^[^<]+<[^<]+$`)
	taint    = regexp.MustCompile(`^[^=:]+(=[^=:]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$`)
	certKey  = regexp.MustCompile(`^[^,:]+,[^,:]+(:.+)?$`)
	reserved = regexp.MustCompile(`^\d+:[^=,:]+=[^=,:]+(,[^=,:]+=[^=,:]+)*$`)
	vmodule  = regexp.MustCompile(`^[^=]+=\d+$`)
	assigned = regexp.MustCompile(`^[^=]*=`)
)

// pairKind are the types of lists of pairs.
func pairKind(name string) (kind, bool) {
	switch name {
	case "mapStringBool":
		return kind{"a list of NAME=true or NAME=false", "NAME=true, with commas between several", each(",", func(pair string) bool {
			_, value, ok := strings.Cut(pair, "=")
			_, err := strconv.ParseBool(strings.TrimSpace(value))
			return ok && err == nil
		})}, true
	case "mapStringString", "stringToString":
		return kind{"a list of NAME=VALUE", "NAME=VALUE, with commas between several", each(",", assigned.MatchString)}, true
	case "eviction":
		return kind{"a list of SIGNAL<QUANTITY", "a threshold such as memory.available<100Mi", each(",", eviction.MatchString)}, true
	case "[]v1.Taint":
		return kind{"a list of taints", "KEY=VALUE:EFFECT, with commas between several", each(",", taint.MatchString)}, true
	case "namedCertKey":
		return kind{"a certificate and its key", "CERTIFICATE,KEY or CERTIFICATE,KEY:NAMES", certKey.MatchString}, true
	case "reserved-memory":
		return kind{"memory of NUMA nodes", "memory such as 0:memory=1Gi;1:memory=2Gi", each(";", reserved.MatchString)}, true
	case "pattern=N,...":
		return kind{"a list of FILE=LEVEL", "FILE=LEVEL, with commas between several", each(",", vmodule.MatchString)}, true
	}
	return kind{}, false
}

// typeOf is the type of a flag, where its name tells more: that a threshold has < for =, and runtime-config needs neither.
func typeOf(flag, declared string) string {
	switch {
	case declared == "mapStringString" && (flag == "eviction-hard" || flag == "eviction-soft"):
		return "eviction"
	case declared == "mapStringString" && flag == "runtime-config", flag == "feature-gates":
		return "" // Gates are judged by name.
	}
	return declared
}

// alone reports whether a flag of the type may stand without a value, and so never takes the next word.
func alone(declared string) bool {
	return declared == "bool" || declared == "tristate" || declared == "version"
}

// fits reports whether a program would take the value. What is filled in at the start, as $(NAME) or ${NAME}, is not judged.
func fits(declared string, a argument) bool {
	if alone(declared) && !a.valued || strings.Contains(a.value, "$") {
		return true
	}
	k, known := kindOf(typeOf(a.name, declared))
	return !known || k.fits(a.value)
}

func takes(flag, declared string) string {
	k, _ := kindOf(typeOf(flag, declared))
	return k.takes
}

func example(flag string, f release.Flag) string {
	k, _ := kindOf(typeOf(flag, f.Type))
	if f.Default != "" {
		return "write " + k.example + "; without the flag it is " + f.Default
	}
	return "write " + k.example
}

func parses[T any](parse func(string) (T, error)) func(string) bool {
	return func(s string) bool {
		_, err := parse(s)
		return err == nil
	}
}

func integer(bits int) func(string) bool {
	return parses(func(s string) (int64, error) { return strconv.ParseInt(s, 0, bits) })
}

func natural(bits int) func(string) bool {
	return parses(func(s string) (uint64, error) { return strconv.ParseUint(s, 0, bits) })
}

// bits of a number type; a plain int has 64 wherever Kubernetes runs.
func bits(kind string) int {
	if n, err := strconv.Atoi(strings.TrimLeft(kind, "uint")); err == nil {
		return n
	}
	return 64
}

// each judges the elements of a list, of which empty ones are passed over.
func each(separator string, fits func(string) bool) func(string) bool {
	return func(s string) bool {
		for element := range strings.SplitSeq(s, separator) {
			if element = strings.TrimSpace(element); element != "" && !fits(element) {
				return false
			}
		}
		return true
	}
}

// isAddress takes no address at all, as the components do.
func isAddress(s string) bool {
	a, err := netip.ParseAddr(strings.TrimSpace(s))
	return s == "" || err == nil && a.Zone() == ""
}

func isAddressPort(s string) bool {
	_, err := netip.ParseAddrPort(s)
	return err == nil || isAddress(s)
}

func isPortRange(s string) bool {
	low, high, isRange := strings.Cut(strings.TrimSpace(s), "-")
	if !isRange {
		if low, high, isRange = strings.Cut(strings.TrimSpace(s), "+"); !isRange {
			high = low
		}
	}
	return s == "" || natural(16)(low) && natural(16)(high)
}

// isList reads a list as pflag does, which is as CSV.
func isList(s string) bool {
	if s == "" {
		return true
	}
	_, err := csv.NewReader(strings.NewReader(s)).Read()
	return err == nil
}
