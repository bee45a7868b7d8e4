//go:build e2e

package e2e

import (
	"context"
	_ "embed"
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
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var document map[string]any
	if err := yaml.Unmarshal(text, &document); err != nil {
		return err
	}
	spec, _ := document["spec"].(map[string]any)
	overlays, _ := spec["overlays"].([]any)
	spec["overlays"] = append(overlays, name)
	text, err = yaml.Marshal(document)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
