package rules

import (
	"regexp"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

var (
	percent   = regexp.MustCompile(`^\d+%$`)
	iqn       = regexp.MustCompile(`^(iqn\.\d{4}-\d{2}\.([[:alnum:]-.]+)(:[^,;*&$|\s]+)|eui\.[[:xdigit:]]{16}|naa\.[[:xdigit:]]{32})$`)
	csiDriver = regexp.MustCompile(`^[a-zA-Z0-9]([-a-zA-Z0-9.]{0,61}[a-zA-Z0-9])?$`)
	volumeRef = regexp.MustCompile(`^metadata\.(name|namespace|uid|labels|annotations|(labels|annotations)\['[^']+'\])$`)
)

// objectFormats are those of the names and values of objects of the API.
func objectFormats() map[string]format {
	return map[string]format{
		"annotation":    {"a name such as example.org/name", func(s string) bool { return isOf(validation.IsQualifiedName)(strings.ToLower(s)) }},
		"namePrefix":    {"lower case letters, digits, - and .", prefixOf(validation.IsDNS1123Subdomain)},
		"servicePrefix": {"lower case letters, digits and -", prefixOf(validation.IsDNS1123Label)},
		"serviceName":   {"at most 63 lower case letters, digits and -, a letter first", isOf(validation.IsDNS1035Label)},
		"pathSegment":   {"a name without / and %", func(s string) bool { return s != "." && s != ".." && !strings.ContainsAny(s, "/%") }},
		"notSystem":     {"a name that does not begin with system-, but those that Kubernetes has itself", isPriorityName},
		"finalizer":     {"a name such as example.org/name", isFinalizer},
		"groupVersion":  {"GROUP/VERSION", func(s string) bool { return strings.Count(s, "/") < 2 }},
		"configKey":     {"letters, digits, -, _ and .", isOf(validation.IsConfigMapKey)},
		"searchDomain": {"a domain", func(s string) bool {
			return s == "." || len(validation.IsDNS1123SubdomainWithUnderscore(strings.TrimSuffix(s, "."))) == 0
		}},
		"qualifiedLower":  {"a name such as example.org/name", func(s string) bool { return isOf(validation.IsQualifiedName)(strings.ToLower(s)) }},
		"qualifiedDomain": {"a domain of three parts at least, such as pods.example.org", isOf(fullyQualified)},
		"wildcard":        {"a domain, with *. before it at most", isHost},
		"volumeField":     {"a field such as metadata.labels", volumeRef.MatchString},
		"portOrName":      {"a port from 1 to 65535, or the name of one", isPortOrName},
		"intOrPercent":    {"a whole number from 0 on, or a percentage", isIntOrPercent},
		"percent100":      {"at most 100%", isAtMostWhole},
		"iqn":             {"a name such as iqn.2001-04.org.example:disk", iqn.MatchString},
		"csiDriver":       {"the name of a driver such as csi.example.org", csiDriver.MatchString},
		"cron":            {"five fields such as 30 2 * * *, or @daily", isCron},
	}
}

func fullyQualified(s string) []string {
	if problems := validation.IsDNS1123Subdomain(s); len(problems) > 0 {
		return problems
	}
	if strings.Count(s, ".") < 2 {
		return []string{"too few parts"}
	}
	return nil
}

// prefixOf fits what becomes a name when something is added to it.
func prefixOf(problems func(string) []string) func(string) bool {
	return func(s string) bool { return len(problems(strings.TrimRight(s, "-.")+"a")) == 0 }
}

func isPriorityName(s string) bool {
	return !strings.HasPrefix(s, "system-") || s == "system-node-critical" || s == "system-cluster-critical"
}

// isFinalizer takes names of a domain, and the three that Kubernetes has itself.
func isFinalizer(s string) bool {
	return strings.Contains(s, "/") || s == "kubernetes" || s == "orphan" || s == "foregroundDeletion"
}

func isHost(s string) bool {
	return len(validation.IsDNS1123Subdomain(strings.TrimPrefix(s, "*."))) == 0
}

func isPortOrName(s string) bool {
	if n, err := strconv.Atoi(s); err == nil {
		return n > 0 && n <= 65535
	}
	return len(validation.IsValidPortName(s)) == 0
}

func isIntOrPercent(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0 || percent.MatchString(s)
}

// isAtMostWhole leaves what is no percentage to others.
func isAtMostWhole(s string) bool {
	n, err := strconv.Atoi(strings.TrimSuffix(s, "%"))
	return !percent.MatchString(s) || err == nil && n <= 100
}
