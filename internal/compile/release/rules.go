package release

import (
	"io/fs"
	"strings"

	"github.com/harender/harender/internal/bounded"
	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/diag"
)

// Rule is a demand that a component makes of its flags or of a file beyond their types, from lib/versions/rules/. Whatever is
// empty asks for nothing.
type Rule struct {
	// Of is a program, a kind, * for every object of the API, or a type such as core/v1.Probe, wherever a document has an object
	// of that type. What is said of a Pod holds in the templates of others, too.
	Of string `json:"of"`
	// In is the place of the objects that have the fields, as jwt[].issuer; of flags and whole documents it is empty.
	In string `json:"in,omitempty"`
	// Name is a flag or a field; a * at its end stands for any rest.
	Name string `json:"name"`
	// From is the first minor with the rule, Until the first without.
	From  string `json:"from,omitempty"`
	Until string `json:"until,omitempty"`
	// Gate is a feature gate that must be on for the rule to hold, or off where ! stands before it.
	Gate string `json:"gate,omitempty"`
	// When has values that other names must have for the rule to hold.
	When map[string][]string `json:"when,omitempty"`
	// Min and Max are numbers or durations, both allowed. Zero is allowed beside them where OrZero is set.
	Min    string `json:"min,omitempty"`
	Max    string `json:"max,omitempty"`
	OrZero bool   `json:"orZero,omitempty"`
	// OneOf are the values, Keys the keys, that there may be; a * in a key stands for anything. KeysAre names their format.
	OneOf   []string `json:"oneOf,omitempty"`
	Keys    []string `json:"keys,omitempty"`
	KeysAre string   `json:"keysAre,omitempty"`
	// Names are those that the elements of a list have, without a - before them, or what stands before = and the second / of one.
	Names []string `json:"names,omitempty"`
	// Is names a format.
	Is string `json:"is,omitempty"`
	// Unique lists have no value twice; of a list of objects, none agree in all fields of UniqueBy. There, FIELD=VALUE has the value
	// of an element that does not give it, and FIELD! is given wherever there are several elements.
	Unique   bool     `json:"unique,omitempty"`
	UniqueBy []string `json:"uniqueBy,omitempty"`
	// Required things are there and not empty. Of OneAmong, one is there; a rule with it has no name.
	Required bool     `json:"required,omitempty"`
	OneAmong []string `json:"oneAmong,omitempty"`
	// Among is a mapping that has every pair of the named one.
	Among string `json:"among,omitempty"`
	// Excludes are names that may not be given beside it, Needs those of which each must be.
	Excludes []string `json:"excludes,omitempty"`
	Needs    []string `json:"needs,omitempty"`
	// Below and AtMost name what must be more, or at least as much, as Factor times the value. What is not given has the value
	// in Defaults.
	Below    string            `json:"below,omitempty"`
	AtMost   string            `json:"atMost,omitempty"`
	Factor   float64           `json:"factor,omitempty"`
	Defaults map[string]string `json:"defaults,omitempty"`
	// Hint says what to do, where that is not plain.
	Hint string `json:"hint,omitempty"`
	// Source is where the component says so.
	Source string `json:"source"`
}

// TemplatePath is where an object of a kind has the template of its pods; nil for a kind without one.
func TemplatePath(kind string) []string {
	switch kind {
	case "DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet":
		return []string{"spec", "template"}
	case "CronJob":
		return []string{"spec", "jobTemplate", "spec", "template"}
	}
	return nil
}

// ReadRules reads the rules that hold in a minor.
func ReadRules(layers fs.FS, minor string) ([]Rule, diag.List) {
	entries, err := fs.ReadDir(layers, dir+"/rules")
	if err != nil {
		return nil, diag.List{unreadable(dir+"/rules", err)}
	}
	var out []Rule
	var list diag.List
	for _, e := range entries {
		name := dir + "/rules/" + e.Name()
		if !strings.HasSuffix(name, ".json") {
			continue
		}
		var rules []Rule
		if err := decode(layers, name, &rules); err != nil {
			list = append(list, broken(name, bounded.JSONWords(err)))
		}
		for _, r := range rules {
			if r.holds(minor) {
				out = append(out, r)
			}
		}
	}
	return out, list
}

func (r Rule) holds(minor string) bool {
	return (r.From == "" || cluster.CompareMinors(minor, r.From) >= 0) && (r.Until == "" || cluster.CompareMinors(minor, r.Until) < 0)
}
