package tree_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"syscall"
	"testing"

	"github.com/harender/harender/internal/deliver/tree"
)

// umask is that of the process, which its children have.
var umask = func() fs.FileMode {
	mask := syscall.Umask(0)
	syscall.Umask(mask)
	return fs.FileMode(mask) // #nosec G115 -- nine bits
}()

// losses gives, for every step, what a disk may hold that lost its power right after it: all that was brought to it, and
// any part of the rest, in any order; of a file's bytes all, half or none.
func (d *disk) losses(steps []step, try func(lost string, d *disk)) {
	seen := map[string]bool{}
	rnd := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- the same every time
	for k := range len(steps) + 1 {
		safe, open := settledBy(steps[:k])
		for _, kept := range parts(len(open), k == len(steps) || steps[k].syncs(), rnd) {
			for _, half := range []bool{false, true} {
				is := d.clone()
				var missing []string
				for i, s := range steps[:k] {
					at, pending := slices.BinarySearch(open, i)
					switch {
					case !pending || kept[at]:
						s.apply(is, half && pending && s.text != "" && !safe[i])
					default:
						missing = append(missing, s.call)
					}
				}
				if text := is.String(); !seen[text] {
					seen[text] = true
					try(fmt.Sprintf("after step %d, without %v, half %v", k, missing, half), is)
				}
			}
		}
	}
}

// settledBy says which steps are on the disk for sure, and lists the others.
func settledBy(steps []step) (safe []bool, open []int) {
	safe = make([]bool, len(steps))
	for i, s := range steps {
		if s.syncs() {
			safe[i] = true
			for j := range i {
				safe[j] = safe[j] || s.keeps(steps[j])
			}
		}
	}
	for i := range steps {
		if !safe[i] {
			open = append(open, i)
		}
	}
	return safe, open
}

// parts are choices among n things: every one if they are few; else all, none, each beginning, each alone, all but each,
// and, where it counts, all but each two, and some by chance.
func parts(n int, counts bool, rnd *rand.Rand) [][]bool {
	var out [][]bool
	choose := func(has func(i int) bool) {
		c := make([]bool, n)
		for i := range c {
			c[i] = has(i)
		}
		out = append(out, c)
	}
	if n <= 6 {
		for bits := range 1 << n {
			choose(func(i int) bool { return bits>>i&1 == 1 })
		}
		return out
	}
	choose(func(int) bool { return true })
	choose(func(int) bool { return false })
	for a := range n {
		choose(func(i int) bool { return i == a })
		choose(func(i int) bool { return i != a })
		if !counts {
			continue
		}
		choose(func(i int) bool { return i < a })
		for b := range a {
			choose(func(i int) bool { return i != a && i != b })
		}
	}
	for range 20 {
		choose(func(int) bool { return rnd.IntN(2) == 0 })
	}
	return out
}

// TestPowerLost records what a replacement does, and replays every loss of power in it: the directory is the old one or the
// new one, and the next run makes it the new one. Where the disk cannot exchange, the old one may have to be recovered first.
func TestPowerLost(t *testing.T) {
	const unable = "renameat2:error=EINVAL"
	for name, runs := range map[string][][]string{
		"a replacement":                       {nil},
		"without exchange":                    {{unable}},
		"killed before the disk knew":         {{"fsync:signal=KILL:when=1"}, nil},
		"killed between the renames":          {{unable, "renameat:signal=KILL:when=2"}, {unable}},
		"killed before the last rename":       {{unable, "renameat:signal=KILL:when=3"}, {unable}},
		"killed before the disk knew, twice":  {{"fsync:signal=KILL:when=1"}, {"unlinkat:signal=KILL:when=2"}, nil},
		"killed while the old one is deleted": {{"unlinkat:signal=KILL:when=3"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGround(t)
			models := g.models(t)
			before, r := load(t, g.repo), newRecorder(t, g.repo)
			for _, inject := range runs {
				r.record("replace", 2, inject...)
			}
			n := 0
			before.losses(r.steps, func(lost string, d *disk) {
				n++
				g.lost(t, models, lost, d, n)
			})
			t.Logf("%d steps, %d states", len(r.steps), n)
			if len(r.steps) < 30 || n < 100 {
				t.Errorf("%d steps and %d states only", len(r.steps), n)
			}
		})
	}
}

// models are the old directory and the new one, as a disk describes them.
func (g ground) models(t *testing.T) (out []string) {
	t.Helper()
	for _, n := range []int{2, 1} {
		replace(t, g.repo, state(n), "m2/only/in/1", "m2/only/in/2")
		out = append(out, load(t, g.repo).below("rendered"))
	}
	return out
}

// lost looks at a state and, if it is one to go on from, puts it in the place of the repository, and does so.
func (g ground) lost(t *testing.T, models []string, lost string, d *disk, n int) {
	t.Helper()
	settled := slices.Contains(models, d.below("rendered"))
	if d.find("rendered") != 0 && !settled {
		t.Errorf("%s: a mix:\n%s", lost, d)
	}
	if settled && !goesOn(n) {
		return
	}
	must(t, os.RemoveAll(g.repo))
	d.unload(t, g.repo)
	must(t, tree.Recover(g.repo, "rendered"))
	if isOld, isNew := g.settled(t); !isOld && !isNew {
		t.Errorf("%s: a mix after recovery:\n%s", lost, snapshot(t, g.repo))
	}
	g.finish(t)
}

// goesOn chooses states from which the next run is made: one in some, as each costs a thousand system calls, and all of them
// where a test has the time.
func goesOn(n int) bool { return n%12 == 0 || os.Getenv("HARENDER_THOROUGH") != "" }

// TestPowerLostFirst is the same for a first build, which writes secrets/ and the output: what a stage of the output needs is on
// the disk before it is.
func TestPowerLostFirst(t *testing.T) {
	repo := repository(t)
	before, r := load(t, repo), newRecorder(t, repo)
	r.record("both", 1)
	n := 0
	before.losses(r.steps, func(lost string, d *disk) {
		for _, name := range []string{"secrets", "rendered"} {
			if got := d.find(name); got != 0 && !whole(d, name, 1) {
				t.Errorf("%s: a part of %s:\n%s", lost, name, d)
			}
		}
		if d.find("rendered") != 0 && d.find("secrets") == 0 {
			t.Errorf("%s: the output without the secrets:\n%s", lost, d)
		}
		if n++; !goesOn(n) {
			return
		}
		must(t, os.RemoveAll(repo))
		d.unload(t, repo)
		must(t, both(repo, 1))
		if got := load(t, repo); !whole(got, "secrets", 1) || !whole(got, "rendered", 1) || len(got.entries[top]) != 2 {
			t.Errorf("%s: after the next run:\n%s", lost, got)
		}
	})
	t.Logf("%d steps, %d states", len(r.steps), n)
}

// whole reports whether a directory holds the state n.
func whole(d *disk, name string, n int) bool {
	files := 0
	for _, e := range state(n) {
		if id := d.find(name + "/" + e.Path); id != 0 && d.inodes[id].content == string(e.Content) {
			files++
		}
	}
	return files == len(state(n))
}

// both does what a build does: secrets/ first.
func both(repo string, n int) error {
	for _, name := range []string{"secrets", "rendered"} {
		if _, err := tree.Replace(repo, name, state(n), gone(n)); err != nil {
			return err
		}
	}
	return nil
}
