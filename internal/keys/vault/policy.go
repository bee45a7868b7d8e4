package vault

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/hckms"
	"github.com/getsops/sops/v3/hcvault"
	"github.com/getsops/sops/v3/keys"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/pgp"
	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/diag"
)

// rule is one of the policy's creation rules. Which one rules a path is decided here, by the words of sops, so that
// sops reads the file once a rule and not once a path.
type rule struct {
	pattern *regexp.Regexp // nil matches every path
	pos     diag.Pos

	once  sync.Once
	keys  policyKeys
	fault *UserError
}

// policyKeys are the keys of a rule, as prototypes: sealing writes into clones.
type policyKeys struct {
	groups    []sops.KeyGroup
	threshold int
}

func parseRules(text []byte) ([]*rule, diag.List) {
	nodes, problems := readPolicy(text)
	if problems.HasErrors() {
		return nil, problems
	}
	if len(nodes) == 0 {
		return nil, diag.List{refuse(diag.Pos{File: ConfigName}, ConfigName+" has no creation rules", "",
			"add creation_rules with path_regex: ^secrets/ and the operators' age recipients").Diagnostic}
	}
	rules := make([]*rule, 0, len(nodes))
	for _, n := range nodes {
		r, err := parseRule(n)
		if err != nil {
			problems = append(problems, err.Diagnostic)
			continue
		}
		rules = append(rules, r)
	}
	return rules, problems
}

func parseRule(node *yaml.Node) (*rule, *UserError) {
	r := &rule{pos: placeOf(node)}
	var body struct {
		PathRegex string `yaml:"path_regex"`
	}
	if err := node.Decode(&body); err != nil {
		return nil, &UserError{Diagnostic: yamlProblem(err)}
	}
	if body.PathRegex == "" {
		return r, nil
	}
	pattern, err := regexp.Compile(body.PathRegex)
	if err != nil {
		return nil, refuse(r.pos, "path_regex is not a regular expression", err.Error(), "use the syntax of Go's regexp package")
	}
	r.pattern = pattern
	return r, nil
}

func yamlProblem(err error) diag.Diagnostic {
	pos := diag.Pos{File: ConfigName}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		pos.Line, _ = strconv.Atoi(m[1])
	}
	return refuse(pos, ConfigName+" is not what sops reads", err.Error(), "mend the YAML; a string with special characters needs quotes").Diagnostic
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

// ruleFor is the first rule whose pattern matches the path, which is relative to the repository's root.
func (v *Vault) ruleFor(path string) (*rule, *UserError) {
	for _, r := range v.rules {
		if r.pattern == nil || r.pattern.MatchString(path) {
			r.once.Do(func() { r.load(v.config, path) })
			return r, r.fault
		}
	}
	return nil, refuse(diag.Pos{File: ConfigName}, "no creation rule is for "+path, "",
		"add a rule whose path_regex matches it, or one without path_regex at the end")
}

func (r *rule) load(configPath, path string) {
	absolute, err := filepath.Abs(configPath)
	if err != nil {
		r.fault = refuse(r.pos, "cannot find "+ConfigName, err.Error(), "run it where the repository can be reached")
		return
	}
	conf, err := config.LoadCreationRuleForFile(absolute, path, nil)
	if err != nil {
		r.fault = refuse(r.pos, "sops refuses the creation rule for "+path, err.Error(), "correct the rule's recipients")
		return
	}
	if conf == nil || slices.ContainsFunc(conf.KeyGroups, func(g sops.KeyGroup) bool { return len(g) == 0 }) || len(conf.KeyGroups) == 0 {
		r.fault = refuse(r.pos, "the creation rule for "+path+" has no recipients", "",
			"list the operators' public keys under age, for example")
		return
	}
	r.keys = policyKeys{groups: conf.KeyGroups, threshold: conf.ShamirThreshold}
}

// groupsFor clones the keys of the path's rule and adds the node's own recipients.
func (v *Vault) groupsFor(path string, node []string) (policyKeys, error) {
	r, fault := v.ruleFor(path)
	if fault != nil {
		return policyKeys{}, fault
	}
	if len(r.keys.groups) > 1 && len(node) > 0 {
		return policyKeys{}, refuse(r.pos, "several key groups cannot rule "+path,
			"a node opens its files alone, and no single key opens a file of several groups",
			"give the nodes' files a rule with one group of recipients")
	}
	out := policyKeys{threshold: r.keys.threshold}
	for _, g := range r.keys.groups {
		group := make(sops.KeyGroup, 0, len(g)+len(node))
		for _, k := range g {
			c, err := clone(k)
			if err != nil {
				return policyKeys{}, err
			}
			group = append(group, c)
		}
		out.groups = append(out.groups, group)
	}
	extra, err := nodeKeys(out.groups[0], node)
	if err != nil {
		return policyKeys{}, err
	}
	out.groups[0] = append(out.groups[0], extra...)
	return out, nil
}

// nodeKeys parses a node's recipients, leaving out those that the group already has.
func nodeKeys(group sops.KeyGroup, node []string) ([]keys.MasterKey, error) {
	seen := map[string]bool{}
	for _, k := range group {
		seen[keyName(k)] = true
	}
	var out []keys.MasterKey
	for _, recipient := range node {
		recipient = bareRecipient(recipient)
		if seen[recipient] {
			continue
		}
		seen[recipient] = true
		if isPlugin(recipient) {
			return nil, refuse(diag.Pos{}, "the recipient "+recipient+" needs an age plugin", "harender runs no other programs",
				"use an age recipient (age1...) or the host's SSH ed25519 key")
		}
		k, err := age.MasterKeyFromRecipient(recipient)
		if err != nil {
			return nil, refuse(diag.Pos{}, diag.Quote(recipient)+" is no recipient", err.Error(),
				"use an age recipient (age1...) or a line of ssh_host_ed25519_key.pub")
		}
		out = append(out, k)
	}
	return out, nil
}

// clone copies a key, so that several files can be sealed at once: sealing writes the encrypted data key into it.
func clone(k keys.MasterKey) (keys.MasterKey, error) {
	switch k := k.(type) {
	case *age.MasterKey:
		c := *k
		return &c, nil
	case *pgp.MasterKey:
		c := *k
		return &c, nil
	case *kms.MasterKey:
		c := *k
		return &c, nil
	case *gcpkms.MasterKey:
		c := *k
		return &c, nil
	case *hckms.MasterKey:
		c := *k
		return &c, nil
	case *hcvault.MasterKey:
		c := *k
		return &c, nil
	case *azkv.MasterKey:
		c := *k
		return &c, nil
	}
	return nil, fmt.Errorf("sops has a kind of key that is not known here: %T", k)
}
