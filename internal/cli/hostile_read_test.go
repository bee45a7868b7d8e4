package cli_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"golang.org/x/net/html"
)

func readJSON(t *testing.T, text string) {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Errorf("%v: %s", err, text)
	}
}

// readDiff holds a review to its schema, and each of its commands to the shell's grammar.
func readDiff(t *testing.T, text string) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("../../docs/diff.schema.json")
	must(t, err)
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	must(t, err)
	must(t, schema.Validate(instance))
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if run, ok := v["run"].(string); ok {
				shell := exec.Command("sh", "-n")
				shell.Stdin = strings.NewReader(run)
				if said, err := shell.CombinedOutput(); err != nil || strings.Contains(run, "CANARY") {
					t.Errorf("%v: %s: %s", err, run, said)
				}
			}
			for _, below := range v {
				walk(below)
			}
		case []any:
			for _, below := range v {
				walk(below)
			}
		}
	}
	walk(instance)
}

// readSARIF finds no link in a message, and no place outside of the repository.
func readSARIF(t *testing.T, text string) {
	t.Helper()
	var log struct {
		Runs []struct {
			Results []struct {
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
				}
			}
		}
	}
	must(t, json.Unmarshal([]byte(text), &log))
	link := regexp.MustCompile(`(^|[^\\])\]\(`)
	for _, r := range log.Runs[0].Results {
		if found := link.FindString(r.Message.Text); found != "" {
			t.Errorf("a link: %s", r.Message.Text)
		}
		for _, l := range r.Locations {
			if u, err := url.Parse(l.PhysicalLocation.ArtifactLocation.URI); err != nil || u.Scheme != "" || u.Host != "" || strings.Contains(u.Path, "..") {
				t.Errorf("a place: %s", l.PhysicalLocation.ArtifactLocation.URI)
			}
		}
	}
}

// codeLine is a line of a comment that has text of others in a span of code alone, whose end is not within it.
var codeLine = regexp.MustCompile("^(?:### harender: |- )?(`+)( ?)(.*?)( ?)(`+)$")

// wordLine is a line of a comment that has none.
var wordLine = regexp.MustCompile(`^(|<!-- harender diff [-a-z0-9.]+ -->|> \[!CAUTION\]|> This asks for attention: [a-z ,]+\.|\*\*[-A-Za-z ,;:]+\*\*|- and \d+ more|</details>)$`)

// readMarkdown takes a comment line by line, by the few forms that lines have outside of blocks of code (CommonMark 4.5, 4.6 and 6.1).
func readMarkdown(t *testing.T, text string) {
	t.Helper()
	fence := ""
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		summary, isSummary := strings.CutPrefix(line, "<details><summary><code>")
		switch {
		case fence != "":
			if trimmed := strings.TrimLeft(line, " "); len(line)-len(trimmed) < 4 && strings.HasPrefix(trimmed, fence) {
				if line != fence {
					t.Errorf("a block of code ends by %q", line)
				}
				fence = ""
			}
		case strings.HasPrefix(line, "```"):
			fence = line[:len(line)-len(strings.TrimLeft(line, "`"))]
			if line != fence+"diff" {
				t.Errorf("a block of code begins by %q", line)
			}
		case isSummary:
			if inner, ended := strings.CutSuffix(summary, "</code></summary>"); !ended || strings.ContainsAny(inner, "<>\"") {
				t.Errorf("a summary: %q", line)
			}
		default:
			m := codeLine.FindStringSubmatch(line)
			if code := m != nil && m[1] == m[5] && !strings.Contains(m[3], m[1]); !code && !wordLine.MatchString(line) {
				t.Errorf("a line of none of the known forms: %q", line)
			}
		}
	}
	if fence != "" {
		t.Error("a block of code does not end")
	}
}

// templates are those that harender's own plays have.
var templates = []string{"{{ harender_become | default(true) }}", "{{ harender_run | replace('NODE', inventory_hostname) }}"}

// readPlaybook finds templates of harender alone.
func readPlaybook(t *testing.T, text string) {
	t.Helper()
	var plays yaml.Node
	must(t, yaml.Unmarshal([]byte(text), &plays))
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Tag != "!unsafe" && strings.Contains(n.Value, "{") && !slices.Contains(templates, n.Value) {
			t.Errorf("Ansible looks for a template in %q", n.Value)
		}
		for _, child := range n.Content {
			walk(child)
		}
	}
	walk(&plays)
}

// checkElements: nothing is fetched or run, and all elements are those that harender draws with.
func checkElements(t *testing.T, name string, attributes map[string]string) {
	t.Helper()
	known := strings.Fields(`html head meta title style body main header h1 h2 h3 p section table thead tbody tr th td caption ul ol li dl dt dd div span strong em code pre a
		details summary svg g rect text tspan line path polyline polygon marker defs circle desc footer nav small br b i col colgroup article figure figcaption time`)
	if !slices.Contains(known, name) {
		t.Errorf("an element %s", name)
	}
	for key, value := range attributes {
		if strings.HasPrefix(key, "on") || key == "src" || key == "href" && !strings.HasPrefix(value, "#") || strings.Contains(value, "javascript:") {
			t.Errorf("%s has %s=%q", name, key, value)
		}
	}
}

func readHTML(t *testing.T, text string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(text))
	for z.Next() != html.ErrorToken {
		token := z.Token()
		if token.Type != html.StartTagToken && token.Type != html.SelfClosingTagToken {
			continue
		}
		attributes := map[string]string{}
		for _, a := range token.Attr {
			attributes[a.Key] = a.Val
		}
		checkElements(t, token.Data, attributes)
	}
}

func readSVG(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		must(t, err)
		if start, ok := token.(xml.StartElement); ok {
			attributes := map[string]string{}
			for _, a := range start.Attr {
				attributes[a.Name.Local] = a.Value
			}
			checkElements(t, start.Name.Local, attributes)
		}
	}
}

// readMermaid finds no directive, and no sign of the language's own within quotes.
func readMermaid(t *testing.T, text string) {
	t.Helper()
	entity := regexp.MustCompile(`#(35|quot|lt|gt|96|37|92);|<br/>`)
	for _, quoted := range regexp.MustCompile(`"[^"]*"`).FindAllString(text, -1) {
		if strings.ContainsAny(entity.ReplaceAllString(quoted[1:len(quoted)-1], ""), "<>`%\\#") {
			t.Errorf("a label %s", quoted)
		}
	}
	if strings.Contains(text, "%%") || strings.Contains(text, "click ") {
		t.Error(text)
	}
}

// readCloudConfig finds commands without a sign that a shell takes for more than a letter, and no header but one.
func readCloudConfig(t *testing.T, text string) {
	t.Helper()
	var config struct {
		Commands [][]string `yaml:"runcmd"`
	}
	must(t, yaml.Unmarshal([]byte(text), &config))
	if !strings.HasPrefix(text, "#cloud-config\n") || len(config.Commands) == 0 {
		t.Errorf("it begins with %q and has %d commands", text[:40], len(config.Commands))
	}
	for _, word := range slices.Concat(config.Commands...) {
		if strings.ContainsAny(word, " $`;'\"{}") {
			t.Errorf("a command has %q", word)
		}
	}
}
