package machine

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// accounts reads passwd(5) or group(5), which have name and ID in the same places. Of lines with the same name the first
// counts; what is no account is passed over, as the C library does.
func accounts(r io.Reader) (map[string]int, error) {
	out := map[string]int{}
	lines := bufio.NewScanner(io.LimitReader(r, mostRead))
	lines.Buffer(nil, mostRead) // A group names all of its members in a line.
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) < 3 || fields[0] == "" {
			continue
		}
		id, err := strconv.Atoi(fields[2])
		if _, known := out[fields[0]]; err == nil && !known {
			out[fields[0]] = id
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading accounts: %w", err)
	}
	return out, nil
}

// Is reports whether the account has that name, by the accounts that the node has; where these are not known, root is 0. The second
// result reports whether that can be told at all.
func (a Account) Is(name string, known map[string]int) (same, told bool) {
	if a.Name != "" {
		return a.Name == name, true
	}
	if id, found := known[name]; found {
		return a.ID == id, true
	}
	if name == "root" || a.ID == 0 || known != nil {
		return name == "root" && a.ID == 0, true
	}
	return false, false
}

// String is the name, else that of the ID.
func (a Account) String() string {
	switch {
	case a.Name != "":
		return a.Name
	case a.ID == 0:
		return "root"
	}
	return strconv.Itoa(a.ID)
}
