//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// makeTmpfiles makes the folders that etc/tmpfiles.d lists, as systemd-tmpfiles does when a host boots.
func makeTmpfiles(root string) error {
	paths, err := filepath.Glob(filepath.Join(root, "etc/tmpfiles.d/*.conf"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, line := range unitLines(string(text)) {
			if err := makeTmpfile(root, line); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	return nil
}

// makeTmpfile takes a line of the form: d PATH MODE OWNER GROUP and an age, which is none for what must stay.
func makeTmpfile(root, line string) error {
	fields := strings.Fields(line)
	if len(fields) < 5 || fields[0] != "d" {
		return fmt.Errorf("no folder with a mode and an owner: %s", line)
	}
	path := filepath.Join(root, fields[1])
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	return setOwner(root, path, fields[2], fields[3], fields[4])
}
