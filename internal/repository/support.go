package repository

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/release"
	"github.com/harender/harender/internal/diag"
)

// support warns of minors that get no fixes any more, once for each place of the spec that asks for one.
func support(c compile.Compiled, today time.Time) diag.List {
	var list diag.List
	told := map[string]bool{}
	for _, n := range c.Plan.Nodes {
		field, minor := n.Cluster.VersionField(), n.Cluster.Version.Series()
		if told[field+minor] {
			continue
		}
		told[field+minor] = true
		end, ended := endOfSupport(c, minor, today)
		if !ended {
			continue
		}
		list = append(list, diag.Diagnostic{
			Severity: diag.Warning, Field: field, Summary: "the support of Kubernetes " + minor + " ended on " + end,
			Detail: "What is found in it since then, security included, is mended in newer minors alone.",
			Hint:   newer(c, today),
		})
	}
	return list
}

// endOfSupport is the last day of a minor's support; ended reports whether it is over. Of a minor without a day, nobody knows.
func endOfSupport(c compile.Compiled, minor string, today time.Time) (day string, ended bool) {
	r, _ := release.Read(c.Layers, minor) // What is wrong with the data was told before.
	end, err := time.Parse(time.DateOnly, r.EndOfLife)
	return r.EndOfLife, err == nil && !today.Before(end.AddDate(0, 0, 1))
}

// newer says where to go instead.
func newer(c compile.Compiled, today time.Time) string {
	known, _ := release.Known(c.Layers)
	minors := slices.DeleteFunc(slices.SortedFunc(maps.Keys(known), cluster.CompareMinors), func(minor string) bool {
		_, ended := endOfSupport(c, minor, today)
		return ended
	})
	if len(minors) == 0 {
		return "take a newer harender: it knows no minor that is supported today"
	}
	return "go to " + strings.Join(minors, " or ") + ", one minor after the other, as docs/versions.md of harender says under Upgrades"
}
