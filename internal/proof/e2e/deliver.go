//go:build e2e

package e2e

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
)

// systemctlStub is all that the documents ask of systemd.
//
//go:embed systemctl.sh
var systemctlStub string

const (
	// deliveries is the folder on a host where its operator keeps the scripts of docs/deliver.md and a copy of rendered/.
	deliveries = "/root/deliver"
	// nodeKey opens the files of the host, and of no other.
	nodeKey = deliveries + "/node.agekey"
)

// newNodeKey makes the key of a node, and gives the recipient that the spec names.
func newNodeKey(_ context.Context, root string) (string, error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, nodeKey)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	return identity.Recipient().String(), os.WriteFile(path, []byte(identity.String()+"\n"), 0o600)
}

// installScripts puts onto a host what docs/deliver.md tells to write.
func installScripts(root, document string) error {
	text, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	dir := filepath.Join(root, deliveries)
	scripts := map[string]string{}
	for _, name := range []string{"take", "restart", "healthy"} {
		_, after, _ := strings.Cut(string(text), "cat > "+name+" <<'EOF'\n")
		script, _, found := strings.Cut(after, "\nEOF\n")
		if !found {
			return fmt.Errorf("%s does not tell to write %s", document, name)
		}
		scripts[name] = script + "\n"
	}
	if err := writeTexts(dir, scripts); err != nil {
		return err
	}
	for name := range scripts {
		if err := os.Chmod(filepath.Join(dir, name), 0o755); err != nil {
			return err
		}
	}
	return nil
}

// bring replaces the copy of rendered/ on a host, as a pull does there. It has no other node's directory.
func bring(rendered, root, node string) error {
	copied := filepath.Join(root, deliveries, "rendered")
	if err := os.RemoveAll(copied); err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(copied, node), os.DirFS(filepath.Join(rendered, node))); err != nil {
		return err
	}
	index := node + ".index.json"
	return copyFile(filepath.Join(copied, index), filepath.Join(rendered, index))
}

// delivered is what came of a delivery to one host.
type delivered struct {
	node string
	// restarted are the units and static pods that the index asked for.
	restarted []string
	// took is the time from the first file until all was healthy again.
	took time.Duration
}

// deliver takes the host's new files to it with its own key, starts again what the index says, and waits until it is well.
func deliver(ctx context.Context, h *host, rendered string) (delivered, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("the host did not become healthy"))
	defer cancel()
	restarted, err := takeFiles(ctx, h, rendered)
	if err != nil {
		return delivered{}, err
	}
	if _, err := run(h.script(ctx, "./restart "+strings.Join(restarted, " ")+" && ./healthy")); err != nil {
		return delivered{}, fmt.Errorf("%s: %w", h.node.Name, errors.Join(context.Cause(ctx), err))
	}
	return delivered{node: h.node.Name, restarted: restarted, took: time.Since(began)}, nil
}

// takeFiles gives what has to start again. Files at the held paths stay as they are.
func takeFiles(ctx context.Context, h *host, rendered string, held ...string) ([]string, error) {
	if err := bring(rendered, h.root, h.node.Name); err != nil {
		return nil, err
	}
	names, err := run(h.script(ctx, strings.Join(append([]string{"./take rendered", h.node.Name, "/"}, held...), " ")))
	return strings.Fields(names), err
}
