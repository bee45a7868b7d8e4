package tree

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/layout"
)

var (
	subdomain = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
	account   = regexp.MustCompile(`^[a-z_][a-z0-9_-]{0,31}$`)
	// runner is a static pod or a unit of systemd, and no option of a program that takes it.
	runner = regexp.MustCompile(`^[A-Za-z0-9@:_.][A-Za-z0-9@:_.-]*$`)
	// plainPath has no character that means something to a shell, to Ansible, or to a reader of lists.
	plainPath = regexp.MustCompile(`^[A-Za-z0-9@%+=:,.~_/-]+$`)
)

// checkNodeName wants a DNS-1123 subdomain that collides with nothing else in the output directory.
func checkNodeName(name string) error {
	switch {
	case len(name) > 253 || !subdomain.MatchString(name):
		return fmt.Errorf("node name %q is no DNS-1123 subdomain", name)
	case name == Addons || name == Cloud || strings.HasSuffix(name, layout.Index):
		return fmt.Errorf("node name %q is reserved", name)
	}
	return nil
}

// checkPath wants a clean relative slash path that means one and the same file on every system and to every tool.
func checkPath(path string) error {
	if !fs.ValidPath(path) || path == "." {
		return fmt.Errorf("path %q is not clean and relative", path)
	}
	if !plainPath.MatchString(path) {
		return fmt.Errorf("path %q has a character other than letters and digits of ASCII and @ %% + = : , . ~ _ -", path)
	}
	for segment := range strings.SplitSeq(path, "/") {
		if strings.EqualFold(segment, ".git") {
			return fmt.Errorf("path %q leads into git's own directory", path)
		}
	}
	return nil
}

// checkFiles looks at the files of one directory, which are sorted.
func checkFiles(files []File) error {
	var errs []error
	paths := pathSet{}
	for _, f := range files {
		delivery := IndexFile{Path: f.Path, Mode: Mode(f.Mode), Owner: f.Owner, Group: f.Group, Restarts: f.Restarts}
		errs = append(errs, checkPath(f.Path), paths.add(f.Path), checkDelivery(delivery))
		if err := checkContent(f.Content); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.Path, err))
		}
	}
	return errors.Join(errs...)
}

// checkDelivery looks at how a file comes to its node. Scripts take the words of an index apart at blanks.
func checkDelivery(f IndexFile) error {
	var errs []error
	if f.Mode == 0 || fs.FileMode(f.Mode)&^fs.ModePerm != 0 {
		errs = append(errs, fmt.Errorf("mode %v is not made of permission bits", fs.FileMode(f.Mode)))
	}
	if !account.MatchString(f.Owner) || !account.MatchString(f.Group) {
		errs = append(errs, fmt.Errorf("owner %q and group %q must be names of accounts", f.Owner, f.Group))
	}
	for _, name := range f.Restarts {
		if !runner.MatchString(name) {
			errs = append(errs, fmt.Errorf("%q is no name of a static pod or a unit", name))
		}
	}
	for segment := range strings.SplitSeq(strings.ToLower(f.Path), "/") {
		if strings.HasSuffix(segment, layout.Sealed) {
			errs = append(errs, fmt.Errorf("a name ending in %s is kept for sealed files", layout.Sealed))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	return nil
}

// checkContent is the last guard before the disk: a mix-up of clear and sealed must not get past it.
func checkContent(c Content) error {
	if c.sealed {
		return checkSealed(c.bytes)
	}
	if diag.HoldsKey(c.bytes) {
		return errors.New("a private key in the clear")
	}
	return nil
}

// checkSealed looks for the shape of a sops file of binary type, without any key.
func checkSealed(b []byte) error {
	var file struct {
		Data string          `json:"data"`
		Sops json.RawMessage `json:"sops"`
	}
	if err := json.Unmarshal(b, &file); err != nil || len(file.Sops) == 0 || !strings.HasPrefix(file.Data, "ENC[") {
		return errors.New("sealed content is no sops file of binary type")
	}
	return nil
}

// pathSet holds paths of files and of the directories that lead to them, by their folded form. Folding is by ASCII case,
// as checkPath admits nothing else.
type pathSet map[string]pathUse

type pathUse struct {
	spelled string
	file    bool
}

// add takes one more file, and refuses one that an earlier file or directory excludes.
func (s pathSet) add(path string) error {
	if use, taken := s[strings.ToLower(path)]; taken {
		if use.file {
			return fmt.Errorf("path %q is there twice, as %q", path, use.spelled)
		}
		return fmt.Errorf("path %q is a file and a directory", path)
	}
	s[strings.ToLower(path)] = pathUse{spelled: path, file: true}
	for dir := parent(path); dir != ""; dir = parent(dir) {
		use, taken := s[strings.ToLower(dir)]
		switch {
		case taken && use.file:
			return fmt.Errorf("path %q lies below the file %q", path, use.spelled)
		case taken && use.spelled != dir:
			return fmt.Errorf("directories %q and %q differ in case alone", use.spelled, dir)
		case taken:
			return nil
		}
		s[strings.ToLower(dir)] = pathUse{spelled: dir}
	}
	return nil
}

// parent is the path without its last segment, or empty.
func parent(path string) string {
	return path[:max(0, strings.LastIndexByte(path, '/'))]
}
