package diff

import "strings"

// unit compares two files of systemd: the flags of what they start, and the rest line by line. ok is false where they do not
// start as many programs.
func unit(was, is []byte, deprecated func(program, flag string) string) (details []Detail, rest string, ok bool) {
	old, oldRest := starts(string(was))
	now, nowRest := starts(string(is))
	if len(old) != len(now) || len(old) == 0 {
		return nil, "", false
	}
	for i := range old {
		details = append(details, flags(old[i], now[i], deprecated)...)
	}
	if len(details) == 0 {
		return nil, "", false
	}
	if oldRest != nowRest {
		rest = unified([]byte(oldRest), []byte(nowRest))
	}
	return details, rest, true
}

// starts are the command lines of a unit, and what is left of it. Words are parted at blanks: what systemd joins by quotes is
// compared word by word.
func starts(text string) ([]command, string) {
	var commands []command
	var rest strings.Builder
	for l := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		words := strings.Fields(strings.TrimPrefix(l, "ExecStart="))
		if !strings.HasPrefix(l, "ExecStart=") || len(words) == 0 {
			rest.WriteString(l)
			continue
		}
		commands = append(commands, newCommand(words))
		rest.WriteString("ExecStart=" + words[0] + "\n")
	}
	return commands, rest.String()
}
