//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
)

// sandboxImage holds every pod's namespaces. It is the runtime's setting, so a rendered tree does not name it.
const sandboxImage = "harender.example/e2e/pod:1"

// containerdConfig restricts oom_score_adj because a host may lack CAP_SYS_RESOURCE, as in a container.
const containerdConfig = `version = 2

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "` + sandboxImage + `"
  restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "` + cniPlugins + `"
  conf_dir = "` + cniConfigDir + `"
`

// waitForContainerd also waits until the host is a place to run commands in.
func waitForContainerd(ctx context.Context, h *host) error {
	return eventually(ctx, func(ctx context.Context) error {
		_, err := run(h.command(ctx, "ctr", "version"))
		return err
	})
}

// importImage loads a docker archive, so that no registry is asked.
func importImage(ctx context.Context, h *host, archive string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	cmd := h.command(ctx, "ctr", "--namespace", "k8s.io", "images", "import", "-")
	cmd.Stdin = f
	if _, err := run(cmd); err != nil {
		return fmt.Errorf("import %s on %s: %w", archive, h.node.Name, err)
	}
	return nil
}
