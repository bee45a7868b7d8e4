package diff

import "strings"

// unit compares two files of systemd: the flags of what they start, and the rest line by line. ok is false where more changes
// of what they start than values of flags, or where it is not clear which words it has.
func unit(was, is []byte, deprecated func(program, flag string) string) (details []Detail, rest string, ok bool) {
	old, oldRest, ok := starts(string(was))
	now, nowRest, also := starts(string(is))
	if !ok || !also || len(old) != len(now) || len(old) == 0 {
		return nil, "", false
	}
	for i := range old {
		found, whole := flags(old[i], now[i], deprecated)
		if !whole {
			return nil, "", false
		}
		details = append(details, found...)
	}
	if len(details) == 0 {
		return nil, "", false
	}
	if oldRest != nowRest {
		if rest = unified([]byte(oldRest), []byte(nowRest)); rest == "" {
			return nil, "", false
		}
	}
	return details, rest, true
}

// starts are the command lines of a unit, and what is left of it. ok is false for those with quotes or escapes, whose words
// systemd parts otherwise than at blanks.
func starts(text string) (commands []command, rest string, ok bool) {
	var b strings.Builder
	for l := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		line, found := strings.CutPrefix(l, "ExecStart=")
		words := strings.Fields(line)
		if !found || len(words) == 0 {
			b.WriteString(l)
			continue
		}
		if strings.ContainsAny(line, "\"'\\;") {
			return nil, "", false
		}
		c := command{flags: map[string][]string{}}
		for _, w := range words {
			c.add(0, w)
		}
		commands = append(commands, c)
		b.WriteString("ExecStart=" + words[0] + "\n")
	}
	return commands, b.String(), true
}
