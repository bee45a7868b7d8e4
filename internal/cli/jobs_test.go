package cli_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"
)

const jobs = "docs/ci.md"

// forge stands in for what hosts a repository: it has a comment about another cluster, number 41, and number 42 once that was
// made; and it notes what it was told. A go that installs harender does nothing: it is there.
const forge = `#!/bin/bash
echo "$(basename "$0") $*" >> "$FORGE/log"
comments='[{"id": 41, "body": "<!-- harender diff staging -->"}]'
if [ -e "$FORGE/commented" ]; then comments='[{"id": 41, "body": "<!-- harender diff staging -->"}, {"id": 42, "body": "<!-- harender diff prod -->\n..."}]'; fi
case " $* " in
" pr create "*) touch "$FORGE/pulled" ;;
" pr list "*) if [ -e "$FORGE/pulled" ]; then echo 7; fi ;;
*" POST "*) touch "$FORGE/commented" ;;
*" --jq "*) jq -r "${@: -1}" <<< "$comments" ;;
*per_page*) echo "$comments" ;;
esac
`

// TestJobs runs the commands of each job in docs/ci.md on the repository that the document makes: for a change, twice and
// without a key; and years later, when certificates have to be renewed.
func TestJobs(t *testing.T) {
	files := named(t)
	review := steps(t, files[".github/workflows/review.yaml"], "review")
	renew := steps(t, files[".github/workflows/renew.yaml"], "renew")
	gitlab := gitlabScript(t, files[".gitlab-ci.yml"])
	script := strings.Join([]string{
		begin(t),
		"export GITHUB_REPOSITORY=anna/prod GITHUB_BASE_REF=main NUMBER=7 RUNNER_TEMP=$WORK/tmp",
		"export CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main CI_API_V4_URL=https://git.example.org/api/v4 CI_PROJECT_ID=3 CI_MERGE_REQUEST_IID=7 COMMENT_TOKEN=x",
		"key=$SOPS_AGE_KEY_FILE; export SOPS_AGE_KEY_FILE=$WORK/none",
		review, review, `grep -q '^<!-- harender diff prod -->' "$RUNNER_TEMP/comment.md"`,
		`jq -e '.version == "2.1.0" and (.runs[0].results | length) > 0' "$RUNNER_TEMP/diff.sarif" > /dev/null`,
		`rm "$FORGE/commented"`, gitlab, gitlab, "grep -q k8s.example.org ../comment.md",
		hooks(t, files[".pre-commit-config.yaml"]),
		"export SOPS_AGE_KEY_FILE=$key",
		renew, `test -z "$(git branch --list 'renew-*')"`,
		"export " + later + "=43300h", renew, `git -C ../shared.git rev-parse -q --verify refs/heads/renew-certificates > /dev/null`,
		"git switch -q name", renew, `grep -q '^<!-- harender diff prod -->' "$RUNNER_TEMP/body.md"`,
		`cat "$FORGE/log"`,
	}, "\n")
	comment := "exec bash -euo pipefail jobs.sh\n! stdout '/41 '\nstdout -count=1 '^gh pr create '\n"
	for _, want := range []string{
		`gh api .* POST repos/anna/prod/issues/7/comments --field body=@.*comment.md`, `gh api .* PATCH repos/anna/prod/issues/comments/42 `,
		`curl .* POST .*/projects/3/merge_requests/7/notes`, `curl .* PUT .*/merge_requests/7/notes/42`, `gh pr create `,
	} {
		comment += "stdout '" + want + "'\n"
	}
	file := filepath.Join(t.TempDir(), "jobs.txtar")
	archive := &txtar.Archive{Comment: []byte(comment), Files: []txtar.File{{Name: "jobs.sh", Data: []byte(script)}, {Name: "tmp/empty"}}}
	for _, name := range []string{"gh", "curl", "go"} {
		archive.Files = append(archive.Files, txtar.File{Name: "forge/" + name, Data: []byte(forge)})
	}
	if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, params(t, file))
}

// begin is the document's first block, which makes the repository.
func begin(t *testing.T) string {
	t.Helper()
	first := blocks(t, jobs)[0]
	if first.info != "sh" {
		t.Fatalf("%s begins with a block %q", jobs, first.info)
	}
	return "export FORGE=$WORK/forge HOME=$WORK\nchmod +x $FORGE/*\nexport PATH=$FORGE:$PATH\n" + first.text
}

// named are the files of the document, by their names.
func named(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, b := range blocks(t, jobs) {
		if _, name, ok := strings.Cut(b.info, " "); ok {
			out[name] = b.text
		}
	}
	return out
}

// steps are the commands of a workflow of GitHub, each in a shell of its own as there.
func steps(t *testing.T, text, job string) string {
	t.Helper()
	var w struct {
		On       any
		Defaults struct{ Run struct{ Shell string } }
		Jobs     map[string]struct {
			Steps []struct{ Uses, Run string }
		}
	}
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		t.Fatal(err)
	}
	action := regexp.MustCompile(`^[\w-]+/[\w/-]+@(v\d+|[0-9a-f]{40})$`)
	out := ""
	for i, s := range w.Jobs[job].Steps {
		switch {
		case s.Run == "" && !action.MatchString(s.Uses):
			t.Errorf("step %d of %s uses %q", i, job, s.Uses)
		case strings.Contains(s.Run, "${{"):
			t.Errorf("step %d of %s: what others wrote gets into a command", i, job)
		case s.Run != "":
			out += shell(s.Run)
		}
	}
	if w.On == nil || out == "" || w.Defaults.Run.Shell != "bash" {
		t.Fatalf("no workflow %s", job)
	}
	return out
}

func shell(commands string) string { return "bash -eo pipefail <<'STEP'\n" + commands + "\nSTEP\n" }

func gitlabScript(t *testing.T, text string) string {
	t.Helper()
	var w map[string]struct {
		Image, Script any
		Rules         []map[string]string
	}
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		t.Fatal(err)
	}
	lines, _ := w["review"].Script.([]any)
	var out []string
	for _, line := range lines {
		out = append(out, fmt.Sprint(line))
	}
	if len(out) == 0 || len(w["review"].Rules) == 0 {
		t.Fatal("no job review")
	}
	return shell(strings.Join(out, "\n"))
}

// hooks are the commands of the hooks that the configuration names, as .pre-commit-hooks.yaml has them.
func hooks(t *testing.T, config string) string {
	t.Helper()
	type hook struct{ ID, Name, Entry, Language, Files string }
	var own []hook
	var c struct {
		Repos []struct{ Hooks []hook }
	}
	if err := yaml.Unmarshal([]byte(read(t, ".pre-commit-hooks.yaml")), &own); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal([]byte(config), &c); err != nil || len(c.Repos) != 1 || len(c.Repos[0].Hooks) != len(own) {
		t.Fatalf("%v: %+v", err, c)
	}
	out := ""
	for _, h := range c.Repos[0].Hooks {
		i := slices.IndexFunc(own, func(o hook) bool { return o.ID == h.ID })
		if i < 0 {
			t.Fatalf("there is no hook %s", h.ID)
		}
		if files := regexp.MustCompile(own[i].Files); !files.MatchString("cluster.yaml") || !files.MatchString("overlays/site/overlay.libsonnet") {
			t.Errorf("%s does not run for the spec and its layers", h.ID)
		}
		out += own[i].Entry + "\n"
	}
	return out
}

// TestRenovate finds the version in the spec that init writes.
func TestRenovate(t *testing.T) {
	var c struct {
		CustomManagers []struct{ MatchStrings, ManagerFilePatterns []string }
	}
	if err := json.Unmarshal([]byte(named(t)["renovate.json"]), &c); err != nil || len(c.CustomManagers) != 1 {
		t.Fatal(err, c)
	}
	m := c.CustomManagers[0]
	if !regexp.MustCompile(strings.Trim(m.ManagerFilePatterns[0], "/")).MatchString("cluster.yaml") {
		t.Error("the spec is not looked at")
	}
	text := strings.ReplaceAll(read(t, "internal/repository/scaffold/cluster.yaml.tmpl"), "{{.KubernetesVersion}}", "1.37.2")
	found := regexp.MustCompile(m.MatchStrings[0]).FindAllStringSubmatch(text, -1)
	if len(found) != 1 || found[0][1] != "1.37.2" {
		t.Errorf("found %q", found)
	}
}

// TestFollowers: what Flux and Argo CD are told to follow is where a build puts the cluster's objects.
func TestFollowers(t *testing.T) {
	for _, name := range []string{"flux.yaml", "argocd.yaml"} {
		d := yaml.NewDecoder(strings.NewReader(named(t)[name]))
		var last struct {
			Kind string
			Spec struct {
				Path   string
				Source struct{ Path string }
			}
		}
		var err error
		for err == nil {
			err = d.Decode(&last)
		}
		if !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if path := last.Spec.Path + last.Spec.Source.Path; strings.TrimPrefix(path, "./") != "rendered/addons" {
			t.Errorf("%s follows %q", name, path)
		}
	}
}
