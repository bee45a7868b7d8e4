package revision

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
)

// ErrExpression says that a revision is written in a way that git reads and this package does not.
var ErrExpression = errors.New("only a branch, a tag or a commit, with ~N or ^N after it, is read")

// expression is a name, and the way from its commit to an ancestor. git's other ways to name a commit, such as @{1}, ^{tree},
// :/text and REV:path, are not read: go-git takes some of them for another revision than git does.
var expression = regexp.MustCompile(`^(@|[^-@~^:?*\[\\\x00-\x20\x7f][^~^:?*\[\\\x00-\x20\x7f]*)((?:[~^][0-9]{0,6})*)$`)

// resolve gives the commit that git rev-parse gives.
func resolve(repo *git.Repository, rev string) (plumbing.Hash, error) {
	m := expression.FindStringSubmatch(rev)
	if m == nil || strings.Contains(rev, "@{") || strings.Contains(rev, "..") {
		return plumbing.ZeroHash, ErrExpression
	}
	hash, err := named(repo, m[1])
	if err != nil {
		return plumbing.ZeroHash, err
	}
	commit, err := peel(repo, hash)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	for _, step := range regexp.MustCompile(`[~^][0-9]*`).FindAllString(m[2], -1) {
		if commit, err = ancestor(repo, commit, step); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	return commit, nil
}

var (
	wholeHash = regexp.MustCompile(`^[0-9a-fA-F]{40}$`)
	shortHash = regexp.MustCompile(`^[0-9a-fA-F]{4,39}$`)
	// headName is what can lie beside refs/ in a repository.
	headName = regexp.MustCompile(`^[A-Z_]*HEAD$`)
)

// named gives the object of a name: a whole hash, a reference, or the beginning of a hash, in git's order.
func named(repo *git.Repository, name string) (plumbing.Hash, error) {
	if name == "@" {
		name = "HEAD"
	}
	if wholeHash.MatchString(name) {
		return plumbing.NewHash(strings.ToLower(name)), nil
	}
	for _, format := range plumbing.RefRevParseRules {
		full := fmt.Sprintf(format, name)
		if !strings.HasPrefix(full, "refs/") && !headName.MatchString(full) {
			continue
		}
		ref, err := repo.Reference(plumbing.ReferenceName(full), true)
		if err == nil {
			return ref.Hash(), nil
		}
	}
	if shortHash.MatchString(name) {
		return abbreviated(repo, strings.ToLower(name))
	}
	return plumbing.ZeroHash, ErrUnknown
}

// abbreviated is the one commit whose hash begins so.
func abbreviated(repo *git.Repository, prefix string) (plumbing.Hash, error) {
	storage, ok := repo.Storer.(lenient)
	bytes, err := hex.DecodeString(prefix[:len(prefix)&^1])
	if !ok || err != nil {
		return plumbing.ZeroHash, ErrUnknown
	}
	all, err := storage.HashesWithPrefix(bytes)
	if err != nil {
		return plumbing.ZeroHash, ErrUnknown
	}
	found := map[plumbing.Hash]bool{}
	for _, h := range all {
		if strings.HasPrefix(h.String(), prefix) {
			if _, err := peel(repo, h); err == nil {
				found[h] = true
			}
		}
	}
	if len(found) != 1 {
		return plumbing.ZeroHash, ErrUnknown
	}
	for h := range found {
		return h, nil
	}
	return plumbing.ZeroHash, ErrUnknown
}

// peel follows tags to the commit they are of.
func peel(repo *git.Repository, hash plumbing.Hash) (plumbing.Hash, error) {
	const most = 10
	for range most {
		tag, err := repo.TagObject(hash)
		if err != nil {
			break
		}
		hash = tag.Target
	}
	_, err := repo.CommitObject(hash)
	if _, other := errors.AsType[*FormatError](err); other {
		return plumbing.ZeroHash, err
	}
	if err != nil {
		return plumbing.ZeroHash, ErrUnknown
	}
	return hash, nil
}

// ancestor goes one step, such as ~2 or ^1, from a commit.
func ancestor(repo *git.Repository, hash plumbing.Hash, step string) (plumbing.Hash, error) {
	n := 1
	if len(step) > 1 {
		if _, err := fmt.Sscanf(step[1:], "%d", &n); err != nil {
			return plumbing.ZeroHash, ErrUnknown
		}
	}
	parent, times := 1, n
	if step[0] == '^' {
		parent, times = n, min(n, 1)
	}
	for range times {
		if storage, ok := repo.Storer.(lenient); ok {
			if err := storage.instead.parents(hash); err != nil {
				return plumbing.ZeroHash, err
			}
		}
		commit, err := repo.CommitObject(hash)
		switch {
		case errors.Is(err, plumbing.ErrObjectNotFound):
			return plumbing.ZeroHash, ErrIncomplete // Its child names it: a shallow clone ends here.
		case err != nil:
			return plumbing.ZeroHash, err
		case len(commit.ParentHashes) < parent:
			return plumbing.ZeroHash, ErrUnknown
		}
		hash = commit.ParentHashes[parent-1]
	}
	return hash, nil
}
