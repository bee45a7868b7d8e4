package cli

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/access"
)

// table is the summary or, for one recipient or file, each of its lines.
func (s surveyed) table(q inquiry) grid {
	all := q.form == wide
	if q.recipient == "" && q.file == "" {
		out := grid{head: []string{"WHO", "OPENS", "KEY", "WHAT"}, wide: all}
		for _, r := range access.Summarize(s.Plan, s.Holders) {
			out.rows = append(out.rows, []string{r.Who, strconv.Itoa(r.Files), keyText(r.Key, all), r.What})
		}
		return out
	}
	out := grid{head: []string{"FILE", "KIND", "OPENED", "WHO", "KEY"}}
	line := func(h access.Holder, f access.File, how string) {
		out.rows = append(out.rows, []string{f.Path, string(f.Kind), how, h.Title(), h.Key})
	}
	for _, h := range s.Holders {
		for _, f := range h.Alone {
			line(h, f, "alone")
		}
		for _, f := range h.Shared {
			line(h, f, fmt.Sprintf("with others: %d of %d groups", f.Keys.Threshold, len(f.Keys.Groups)))
		}
		for _, f := range h.Lacks {
			line(h, f, "not yet")
		}
	}
	return out.shown(all, 0, 2, 3)
}

// keyText is a key, or so much of a long one as --recipient wants to know it by.
func keyText(key string, whole bool) string {
	const most = 12
	if whole || len(key) <= most || strings.Contains(key, " ") {
		return orDash(key)
	}
	return key[:most] + "..."
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// holder is who can open what, in JSON.
type holder struct {
	Who   string   `json:"who"`
	Key   string   `json:"key"`
	Nodes []string `json:"nodes"`
	Rules []string `json:"rules"`
	Alone []string `json:"opens"`
	// With are those that take keys of other groups besides.
	With  []string `json:"opensWithOthers"`
	Lacks []string `json:"cannotOpenYet"`
	Keeps []string `json:"isNotToOpen"`
}

type sealedFile struct {
	Path      string      `json:"path"`
	Kind      access.Kind `json:"kind"`
	Node      string      `json:"node"`
	Groups    [][]string  `json:"groups"`
	Threshold int         `json:"threshold"`
}

// accessDocument is the shape of the JSON: every key is always there.
func accessDocument(s surveyed, list diag.List) any {
	out := struct {
		Cluster     string       `json:"cluster"`
		Holders     []holder     `json:"holders"`
		Files       []sealedFile `json:"files"`
		Diagnostics diag.List    `json:"diagnostics"`
	}{s.Plan.Cluster.Name, []holder{}, []sealedFile{}, notNil(list)}
	if list.HasErrors() {
		return out
	}
	for _, h := range s.Holders {
		rules := []string{}
		for _, r := range h.Rules {
			rules = append(rules, r.String())
		}
		out.Holders = append(out.Holders, holder{
			h.Title(), h.Key, append([]string{}, h.Nodes...), rules, paths(h.Alone), paths(h.Shared), paths(h.Lacks), paths(h.Keeps),
		})
	}
	for _, f := range s.Files {
		out.Files = append(out.Files, sealedFile{f.Path, f.Kind, f.Node, f.Keys.Groups, f.Keys.Threshold})
	}
	return out
}

func paths(files []access.File) []string {
	out := []string{}
	for _, f := range files {
		out = append(out, f.Path)
	}
	return out
}

// looted, power and step are what a stolen machine gives, in JSON.
type looted struct {
	Path   string      `json:"path"`
	Kind   access.Kind `json:"kind"`
	OnDisk string      `json:"onDisk"`
	ByKey  bool        `json:"byKey"`
}

type power struct {
	As    string     `json:"as"`
	Means string     `json:"means"`
	Until *time.Time `json:"until"`
	By    string     `json:"by"`
}

type step struct {
	Do       string   `json:"do"`
	Why      string   `json:"why"`
	Commands []string `json:"commands"`
}

func compromiseDocument(s surveyed, list diag.List) any {
	t := s.Compromise
	out := struct {
		Cluster     string         `json:"cluster"`
		Node        string         `json:"node"`
		Roles       []cluster.Role `json:"roles"`
		Keys        []string       `json:"keys"`
		Reads       []looted       `json:"reads"`
		Powers      []power        `json:"powers"`
		Steps       []step         `json:"steps"`
		Diagnostics diag.List      `json:"diagnostics"`
	}{s.Plan.Cluster.Name, t.Node, append([]cluster.Role{}, t.Roles...), append([]string{}, t.Keys...), []looted{}, []power{}, []step{}, notNil(list)}
	for _, l := range t.Exposed {
		out.Reads = append(out.Reads, looted{l.Path, l.Kind, l.OnDisk, l.ByKey})
	}
	for _, p := range t.Powers {
		out.Powers = append(out.Powers, power{As: p.As, Means: p.Means, Until: moment(p.Until), By: p.By})
	}
	for _, st := range t.Steps {
		out.Steps = append(out.Steps, step{st.Do, st.Why, append([]string{}, st.Commands...)})
	}
	return out
}

// printCompromise is for somebody in a hurry: what is lost, and what to do.
func (env Environment) printCompromise(t access.Compromise, all bool) error {
	tables := []grid{exposedTable(t.Exposed).shown(all, 0, 1, 3), powerTable(t.Powers).shown(all, 0, 1, 2)}
	for _, table := range tables {
		if len(table.rows) == 0 {
			continue
		}
		if err := env.printGrid(table); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(env.Out); err != nil {
			return err
		}
	}
	return env.printSteps(t.Steps, all)
}

func exposedTable(files []access.ExposedFile) grid {
	out := grid{head: []string{"READS", "KIND", "ON THE MACHINE", "BY ITS KEY"}}
	for _, f := range files {
		out.rows = append(out.rows, []string{f.Path, string(f.Kind), orDash(f.OnDisk), map[bool]string{true: "yes", false: "no"}[f.ByKey]})
	}
	return out
}

// powerTable has one row for what several files give.
func powerTable(powers []access.Capability) grid {
	out := grid{head: []string{"PASSES FOR", "AND SO", "UNTIL", "BY"}}
	byFiles := map[[2]string][]access.Capability{}
	for _, p := range powers {
		byFiles[[2]string{p.As, p.Means}] = append(byFiles[[2]string{p.As, p.Means}], p)
	}
	for _, p := range powers {
		alike := byFiles[[2]string{p.As, p.Means}]
		if alike[0] != p {
			continue
		}
		until, by := "replaced", orDash(p.By)
		if p.By == "" {
			until = "-"
		}
		last := slices.MaxFunc(alike, func(a, b access.Capability) int { return a.Until.Compare(b.Until) }).Until
		if !last.IsZero() {
			until = last.UTC().Format(time.DateOnly)
		}
		if len(alike) > 1 {
			by += fmt.Sprintf(" and %d more", len(alike)-1)
		}
		out.rows = append(out.rows, []string{p.As, p.Means, until, by})
	}
	return out
}

func (env Environment) printSteps(steps []access.Step, all bool) error {
	var b strings.Builder
	b.WriteString("TO DO, in this order; after each command of harender, commit, deliver, and restart what the indexes say:\n")
	for i, s := range steps {
		fmt.Fprintf(&b, "%d. %s: %s\n", i+1, oneLine(s.Do), oneLine(s.Why))
		for _, c := range s.Commands {
			fmt.Fprintf(&b, "   %s\n", oneLine(c))
		}
	}
	var w io.Writer = folding{env.Out, env.columns()}
	if all {
		w = env.Out
	}
	_, err := io.WriteString(w, b.String())
	return err
}
