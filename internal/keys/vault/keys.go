package vault

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/getsops/sops/v3"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/secret"
)

// Keys are those of a sealed file in the groups of sops: it takes one key each of Threshold groups to open the file. Most
// files have one group, of which any key does. The names are those of [Read].
type Keys struct {
	Groups    [][]string
	Threshold int
}

// ReadKeys tells what opens a sealed file, from what the file says without any key.
func ReadKeys(sealed secret.Sealed) (Keys, error) {
	_, groups, threshold, err := read(sealed)
	if err != nil {
		return Keys{}, err
	}
	return grouped(groups, threshold), nil
}

// PlannedKeys are those that a file sealed at path would have now: the policy's, and the node's own.
func (v *Vault) PlannedKeys(path string, node []string) (Keys, error) {
	k, err := v.groupsFor(path, node)
	if err != nil {
		return Keys{}, err
	}
	return grouped(k.groups, k.threshold), nil
}

// RuleOf is the place of the creation rule for path in the policy; without a line if none is.
func (v *Vault) RuleOf(path string) diag.Pos {
	r, fault := v.ruleFor(path)
	if r == nil || fault != nil {
		return diag.Pos{File: ConfigName}
	}
	return r.pos
}

// grouped counts as sops does, which takes no threshold for all groups.
func grouped(groups []sops.KeyGroup, threshold int) Keys {
	out := Keys{Threshold: threshold}
	for _, g := range groups {
		var group []string
		for _, k := range g {
			group = append(group, keyName(k))
		}
		out.Groups = append(out.Groups, group)
	}
	if len(groups) == 1 || threshold == 0 {
		out.Threshold = len(groups)
	}
	return out
}

// All are the keys of all groups, sorted, none twice.
func (k Keys) All() []string {
	out := slices.Concat(k.Groups...)
	slices.Sort(out)
	return slices.Compact(out)
}

// Opens reports whether these keys together open the file.
func (k Keys) Opens(held ...string) bool {
	n := 0
	for _, g := range k.Groups {
		if slices.ContainsFunc(g, func(key string) bool { return slices.Contains(held, key) }) {
			n++
		}
	}
	return n >= k.Threshold
}

// SealedAt is when a file was sealed or changed last, as it says itself; zero if it does not.
func SealedAt(sealed secret.Sealed) time.Time {
	var file struct {
		Sops struct {
			At time.Time `json:"lastmodified"`
		}
	}
	if err := json.Unmarshal(sealed, &file); err != nil {
		return time.Time{}
	}
	return file.Sops.At
}
