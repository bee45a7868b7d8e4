//go:build e2e

package e2e

import (
	"context"
	_ "embed"
	"errors"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

//go:embed testhost.libsonnet
var testhostOverlay string

// makeRepository makes the cluster's repository as its user would, and adds the overlay that says what the hosts are.
func makeRepository(ctx context.Context, harender, dir string) error {
	_, err := run(here(ctx, harender, "init", dir, "--name", "e2e", "--control-plane", "3", "--workers", "1",
		"--first-address", "172.30.0.11", "--load-balancer", "keepalived"))
	if err != nil {
		return err
	}
	if err := writeTexts(dir, map[string]string{"overlays/testhost/overlay.libsonnet": testhostOverlay}); err != nil {
		return err
	}
	return addOverlay(filepath.Join(dir, "cluster.yaml"), "testhost")
}

// addOverlay appends to spec.overlays.
func addOverlay(path, name string) error {
	return editSpec(path, func(spec map[string]any) error {
		overlays, _ := spec["overlays"].([]any)
		spec["overlays"] = append(overlays, name)
		return nil
	})
}

// editSpec changes the spec of a cluster document.
func editSpec(path string, edit func(spec map[string]any) error) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var document map[string]any
	if err := yaml.Unmarshal(text, &document); err != nil {
		return err
	}
	spec, _ := document["spec"].(map[string]any)
	if err := edit(spec); err != nil {
		return err
	}
	if text, err = yaml.Marshal(document); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// makeTree makes the repository of a cluster whose hosts have keys of their own, and builds it.
func (p *suite) makeTree(newKey func(ctx context.Context, root string) (recipient string, err error)) (string, error) {
	if err := makeRepository(p.ctx, p.programs.Harender, p.repository()); err != nil {
		return "", err
	}
	if err := addRecipients(filepath.Join(p.repository(), "cluster.yaml"), func(name string) (string, error) {
		return newKey(p.ctx, p.root(node{Name: name}))
	}); err != nil {
		return "", err
	}
	out, err := run(here(p.ctx, p.programs.Harender, "build", p.repository()))
	if err != nil {
		return "", err
	}
	p.cluster, err = readCluster(p.repository())
	return lastLine(out), err
}

// makeCommittedTree makes a tree whose changes are commits.
func (p *suite) makeCommittedTree() (string, error) {
	detail, err := p.makeTree(newNodeKey)
	if err != nil {
		return "", err
	}
	if _, err := run(here(p.ctx, "git", "-C", p.repository(), "init", "--quiet")); err != nil {
		return "", err
	}
	return detail, p.commit("a cluster")
}

// addRecipients names a recipient for each node.
func addRecipients(path string, recipient func(node string) (string, error)) error {
	return editSpec(path, func(spec map[string]any) error {
		nodes, _ := spec["nodes"].([]any)
		for _, item := range nodes {
			n, _ := item.(map[string]any)
			name, _ := n["name"].(string)
			own, err := recipient(name)
			if err != nil {
				return err
			}
			n["recipients"] = []string{own}
		}
		return nil
	})
}

// commit keeps what a command made, as the next step asks for.
func (p *suite) commit(message string) error {
	git := func(argv ...string) error {
		_, err := run(here(p.ctx, append([]string{"git", "-C", p.repository(), "-c", "user.name=e2e", "-c", "user.email=e2e@harender.example"}, argv...)...))
		return err
	}
	return errors.Join(git("add", "--all"), git("commit", "--quiet", "--message", message))
}
