package plaintext

import (
	"regexp"
	"strings"

	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/diag"
)

// entries are the lines that are no comments.
func entries(content string) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		for n, line := range lines(content) {
			line = strings.TrimSpace(line)
			if line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, ";") && !yield(n, line) {
				return
			}
		}
	}
}

var sysctlName = regexp.MustCompile(`^-?[A-Za-z0-9_./*?\[\]!:@-]+$`)

// sysctl holds lines to sysctl.d(5). A name after - may stand alone: it is left out of a pattern.
func sysctl(_, content string, _ release.Words) []Finding {
	var found []Finding
	for n, line := range entries(content) {
		name, _, assigned := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		switch {
		case !assigned && !strings.HasPrefix(line, "-"):
			found = append(found, fault(n, name, diag.Quote(line)+" is no assignment", "write NAME = VALUE"))
		case !sysctlName.MatchString(name):
			found = append(found, fault(n, name, diag.Quote(name)+" is no name of a kernel parameter", "write it with dots, such as net.ipv4.ip_forward"))
		}
	}
	return found
}

// modules holds lines to modules-load.d(5).
func modules(_, content string, _ release.Words) []Finding {
	var found []Finding
	for n, line := range entries(content) {
		if strings.ContainsAny(line, " \t,/=") {
			found = append(found, fault(n, line, diag.Quote(line)+" is no name of a module", "write one name a line; parameters belong in modprobe.d"))
		}
	}
	return found
}

var (
	tmpfileType = regexp.MustCompile(`^[fFwdDevqQpLcbCxXrRzZtThHaA][+!=~^$?-]*$`)
	tmpfileMode = regexp.MustCompile(`^([:~]*[0-7]{1,4}|-)$`)
)

// tmpfiles holds lines to tmpfiles.d(5).
func tmpfiles(_, content string, _ release.Words) []Finding {
	var found []Finding
	for n, line := range entries(content) {
		fields := strings.Fields(line)
		at := ""
		if len(fields) > 1 {
			at = strings.Trim(fields[1], `"'`)
		}
		switch {
		case !tmpfileType.MatchString(fields[0]):
			found = append(found, fault(n, fields[0], diag.Quote(fields[0])+" is no type of a line", "write d for a directory, f for a file, or another of tmpfiles.d(5)"))
		case !strings.HasPrefix(at, "/") && !strings.HasPrefix(at, "%"):
			found = append(found, fault(n, fields[0], diag.Quote(line)+" has no absolute path", "write TYPE PATH MODE USER GROUP"))
		case len(fields) > 2 && !tmpfileMode.MatchString(fields[2]):
			found = append(found, fault(n, fields[2], diag.Quote(fields[2])+" is no mode", "write octal digits such as 0755, or -"))
		}
	}
	return found
}

var sysuserType = regexp.MustCompile(`^(u!?|g|m|r)$`)

// sysusers holds lines to sysusers.d(5).
func sysusers(_, content string, _ release.Words) []Finding {
	var found []Finding
	for n, line := range entries(content) {
		fields := strings.Fields(line)
		switch {
		case !sysuserType.MatchString(fields[0]):
			found = append(found, fault(n, fields[0], diag.Quote(fields[0])+" is no type of a line", "write u for a user, g for a group, m for a member or r for a range"))
		case len(fields) < 2:
			found = append(found, fault(n, fields[0], diag.Quote(line)+" names nobody", "write TYPE NAME ID"))
		case fields[0] == "m" && len(fields) < 3:
			found = append(found, fault(n, fields[1], diag.Quote(line)+" names no group", "write m USER GROUP"))
		}
	}
	return found
}
