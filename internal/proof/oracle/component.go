package oracle

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Programs are those of testdata/versions for one minor.
type Programs struct{ Dir string }

// Decode asks a program for its complaints about documents, one for each; an empty one is none.
func (p Programs) Decode(ctx context.Context, program string, documents []string) ([]string, error) {
	in, err := json.Marshal(documents)
	if err != nil {
		return nil, fmt.Errorf("writing the documents: %w", err)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(p.Dir, program), "batch") // #nosec G204 -- built for this test
	var out, complaints bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &complaints
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", program, err, &complaints)
	}
	var all []string
	if err := json.Unmarshal(out.Bytes(), &all); err != nil {
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	for i, said := range all {
		said = settled.ReplaceAllString(policy.ReplaceAllString(said, ""), "")
		if strings.Trim(said, "[], ") == "" {
			said = ""
		}
		all[i] = said
	}
	return all, nil
}

// policy is a complaint about privileged pods, which the program's own setting forbids and not what it judges.
var policy = regexp.MustCompile(`[\w.\[\]]*securityContext\.privileged: Forbidden: disallowed by cluster policy(, )?`)

// settled is a complaint about what the apiserver and the kubelet fill in before they judge.
var settled = regexp.MustCompile(`metadata\.namespace: Required value(, )?`)

// circumstances are complaints about this machine, and not about what was written.
var circumstances = regexp.MustCompile(`(?i)address already in use|cannot assign requested address|connection refused|network is unreachable|no such host|` +
	`default route|unable to find suitable network address|must be run as root|permission denied|detected cgroup`)

// Start has a component read its arguments and every file that they name, in a network of its own, and returns its complaint.
func (p Programs) Start(component string, argv []string) string {
	args := []string{"-rn", "--", filepath.Join(p.Dir, component), "start"}
	if component == "etcd" {
		args = append(args[:3], argv...)
	}
	out, failed := run(strings.Join(argv, "\n"), "unshare", args...)
	if !failed || circumstances.MatchString(out) {
		return ""
	}
	return out
}

// run gives a program what it reads, and returns what it says. What still runs after a while has nothing to complain about.
func run(stdin, program string, args ...string) (out string, failed bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...) // #nosec G204 -- the calls of this package
	cmd.Stdin, cmd.WaitDelay = strings.NewReader(stdin), time.Second
	text, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return "", false
	}
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(string(text)), "\n"), func(l string) bool { return strings.HasPrefix(l, "I") })
	return strings.Join(lines, "\n"), err != nil
}
