package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/yamlcheck"
)

// policyReader holds a policy to what sops documents, before sops sees it: sops takes what it does not know for nothing,
// and asks Azure for a key's version as it reads.
type policyReader struct{ list diag.List }

// maxPolicyFindings is more than anybody reads.
const maxPolicyFindings = 50

// check is what a value of the policy has to be.
type check func(*policyReader, *yaml.Node)

// readPolicy gives the creation rules of a policy that sops cannot read otherwise.
func readPolicy(text []byte) ([]*yaml.Node, diag.List) {
	if at, what := diag.Hidden(text); at >= 0 {
		pos := diag.Place(text, at)
		pos.File = ConfigName
		return nil, diag.List{refuse(pos, ConfigName+" "+what, "people and parsers read the line differently",
			"remove the character").Diagnostic}
	}
	if d, is := diag.Conflicted(ConfigName, text); is {
		return nil, diag.List{d}
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, second yaml.Node
	if err := dec.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, diag.List{yamlProblem(err)}
	}
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, diag.List{refuse(placeOf(&second), ConfigName+" has more than one document", "sops reads the first alone",
			"remove the line --- and what follows it").Diagnostic}
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	var r policyReader
	for _, a := range yamlcheck.Find(text, &doc) {
		r.list = append(r.list, refuse(diag.Pos{File: ConfigName, Line: a.Line, Col: a.Col}, a.Summary, "", a.Hint).Diagnostic)
	}
	root := doc.Content[0]
	r.fields(root, map[string]check{
		"creation_rules": listOf(creationRule), "destination_rules": listOf(destination), "stores": stores,
		"keys": listOf(isText), // sops passes over it: by custom, recipients get their anchors there.
	})
	if r.list.HasErrors() {
		return nil, r.list
	}
	return under(root, "creation_rules"), nil
}

// under are the items of a list in a mapping.
func under(mapping *yaml.Node, key string) []*yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1].Content
		}
	}
	return nil
}

func placeOf(n *yaml.Node) diag.Pos {
	return diag.Pos{File: ConfigName, Line: n.Line, Col: n.Column}
}

func (r *policyReader) refuse(n *yaml.Node, summary, detail, hint string) {
	if len(r.list) < maxPolicyFindings {
		r.list = append(r.list, refuse(placeOf(n), summary, detail, hint).Diagnostic)
	}
}

// fields holds a mapping to the keys that sops knows, each once.
func (r *policyReader) fields(n *yaml.Node, known map[string]check) {
	if !r.is(n, yaml.MappingNode, "a mapping") {
		return
	}
	names := slices.Sorted(maps.Keys(known))
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		fits, ok := known[key.Value]
		switch {
		case !r.is(key, yaml.ScalarNode, "a key"):
		case key.ShortTag() != "!!str" || !ok:
			hint := diag.DidYouMean(key.Value, names, "the keys here are "+strings.Join(names, ", "))
			r.refuse(key, "unknown key "+strconv.QuoteToASCII(key.Value), "sops would pass over it, and read the rest differently or not at all", hint)
		case seen[key.Value]:
			r.refuse(key, diag.Quote(key.Value)+" is given twice", "", "remove one of the two")
		default:
			fits(r, value)
		}
		seen[key.Value] = true
	}
}

// named is the string that an alias stands for; people give recipients a name that way.
func named(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias.Kind == yaml.ScalarNode {
		return n.Alias
	}
	return n
}

// is holds a node to a kind. Aliases of more than a string, and tags, have none: what they stand for is not what stands
// there, and a few of them can stand for gigabytes.
func (r *policyReader) is(n *yaml.Node, kind yaml.Kind, want string) bool {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "" && n.Kind != yaml.ScalarNode:
		r.refuse(n, "anchors and aliases of lists and mappings are not allowed in "+ConfigName, "", "write them out; a single recipient may have an anchor")
	case n.Style&yaml.TaggedStyle != 0:
		r.refuse(n, "tags are not allowed in "+ConfigName, "", "remove "+diag.Quote(n.Tag))
	case n.Kind != kind:
		r.refuse(n, "expected "+want+" here", "", "see https://getsops.io/docs/ for what "+ConfigName+" holds")
	default:
		return true
	}
	return false
}

func listOf(item check) check {
	return func(r *policyReader, n *yaml.Node) {
		if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" || !r.is(n, yaml.SequenceNode, "a list") {
			return
		}
		for _, c := range n.Content {
			item(r, c)
		}
	}
}

// scalar holds a value to a type as YAML sees it, by its tag.
func scalar(tag, want string) check {
	return func(r *policyReader, n *yaml.Node) {
		n = named(n)
		foreign := strings.IndexFunc(n.Value, func(c rune) bool { return c > unicode.MaxASCII })
		switch {
		case !r.is(n, yaml.ScalarNode, want):
		case n.ShortTag() != tag:
			r.refuse(n, fmt.Sprintf("expected %s and found %s", want, diag.Quote(n.Value)), "", "write "+want+"; a string that looks like something else goes in quotes")
		case foreign >= 0:
			r.refuse(n, strconv.QuoteToASCII(n.Value)+" has a character that is no ASCII", "It may look like another one, or like none: recipients are compared by eye.",
				"write it in ASCII; names of recipients and keys have no other characters")
		}
	}
}

func isText(r *policyReader, n *yaml.Node)   { scalar("!!str", "a string")(r, n) }
func isNumber(r *policyReader, n *yaml.Node) { scalar("!!int", "a number")(r, n) }
func isTruth(r *policyReader, n *yaml.Node)  { scalar("!!bool", "true or false")(r, n) }

// areTexts takes one string, with commas, or a list of strings, or nothing.
func areTexts(r *policyReader, n *yaml.Node) {
	switch {
	case n.Kind == yaml.SequenceNode:
		listOf(isText)(r, n)
	case n.Kind != yaml.ScalarNode || n.ShortTag() != "!!null":
		isText(r, n)
	}
}

func creationRule(r *policyReader, n *yaml.Node) {
	soleGroups(r, n)
	known := map[string]check{
		"path_regex": isText, "kms": areTexts, "aws_profile": isText, "age": areTexts, "pgp": areTexts, "gcp_kms": areTexts, "hckms": listOf(isText),
		"azure_keyvault": azureAddresses, "hc_vault_transit_uri": areTexts, "key_groups": listOf(group), "shamir_threshold": isNumber,
		"mac_only_encrypted": isTruth,
	}
	for _, name := range []string{"suffix", "regex", "comment_regex"} {
		known["encrypted_"+name], known["unencrypted_"+name] = isText, isText
	}
	r.fields(n, known)
}

// soleGroups refuses recipients beside key groups, of which sops takes no notice.
func soleGroups(r *policyReader, n *yaml.Node) {
	if n.Kind != yaml.MappingNode || len(under(n, "key_groups")) == 0 {
		return
	}
	lists := []string{"kms", "age", "pgp", "gcp_kms", "hckms", "azure_keyvault", "hc_vault_transit_uri"}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], named(n.Content[i+1])
		if word := value.Value != "" && value.ShortTag() != "!!null"; slices.Contains(lists, key.Value) && (word || len(value.Content) > 0) {
			r.refuse(key, key.Value+" stands beside key_groups", "sops takes the recipients of the groups alone", "move these recipients into a group, or take them out")
		}
	}
}

// group may hold others, which sops adds to it.
func group(r *policyReader, n *yaml.Node) {
	r.fields(n, map[string]check{
		"merge": listOf(group), "hc_vault": listOf(isText), "age": listOf(isText), "pgp": listOf(isText),
		"kms":            listOf(mapping(map[string]check{"arn": isText, "role": isText, "context": encryptionContext, "aws_profile": isText})),
		"gcp_kms":        listOf(mapping(map[string]check{"resource_id": isText})),
		"hckms":          listOf(mapping(map[string]check{"key_id": isText})),
		"azure_keyvault": listOf(azureKey),
	})
}

func mapping(known map[string]check) check {
	return func(r *policyReader, n *yaml.Node) { r.fields(n, known) }
}

// encryptionContext has keys of the user's own.
func encryptionContext(r *policyReader, n *yaml.Node) {
	if !r.is(n, yaml.MappingNode, "a mapping") {
		return
	}
	known := map[string]check{}
	for i := 0; i < len(n.Content); i += 2 {
		known[n.Content[i].Value] = isText
	}
	r.fields(n, known)
}

func destination(r *policyReader, n *yaml.Node) {
	known := map[string]check{"vault_kv_version": isNumber, "omit_extensions": isTruth, "recreation_rule": creationRule}
	for _, name := range []string{
		"path_regex", "s3_bucket", "s3_prefix", "gcs_bucket", "gcs_prefix", "vault_path", "vault_address", "vault_kv_mount_name",
	} {
		known[name] = isText
	}
	r.fields(n, known)
}

func stores(r *policyReader, n *yaml.Node) {
	indent := mapping(map[string]check{"indent": isNumber})
	none := mapping(nil)
	r.fields(n, map[string]check{"dotenv": none, "ini": none, "json_binary": indent, "json": indent, "yaml": indent})
}
