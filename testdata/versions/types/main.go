// Command types writes lib/versions/MINOR/types.json: the fields of every kind of file and object that the components of a
// minor decode, read from the sources of their types. It runs in the folder of the module, and builds nothing.
//
//	types MINOR OUT
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "types:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("give it MINOR OUT")
	}
	minor, out := args[0], args[1]
	dirs, err := moduleDirs(minor)
	if err != nil {
		return err
	}
	c := collector{minor: minor, dirs: dirs, packages: map[string]*pkg{}, out: schema{
		Kinds: map[string]string{}, Types: map[string]map[string]string{}, Enums: map[string][]string{},
	}}
	for _, source := range sources() {
		if err := c.kinds(source); err != nil {
			return err
		}
	}
	if err := c.policyWebhook(); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "types.json"), c.out.text(), 0o644)
}

// sources are the folders of packages that register kinds, as PATH or PATH/*.
func sources() []string {
	return []string{
		"k8s.io/api/[^ai]*/*", // Without what only goes over the wire: admission, apidiscovery, authentication, imagepolicy.
		"k8s.io/api/admissionregistration/*",
		"k8s.io/api/apps/*",
		"k8s.io/api/autoscaling/*",
		"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/*",
		"k8s.io/kube-aggregator/pkg/apis/apiregistration/*",
		"k8s.io/kubelet/config/*",
		"k8s.io/kube-proxy/config/*",
		"k8s.io/kube-scheduler/config/*",
		"k8s.io/apiserver/pkg/apis/apiserver/*",
		"k8s.io/apiserver/pkg/apis/audit/*",
		"k8s.io/apiserver/pkg/admission/plugin/webhook/config/apis/*/*",
		"k8s.io/apiserver/pkg/admission/plugin/resourcequota/apis/*/*",
		"k8s.io/apiserver/pkg/admission/plugin/policy/config/apis/*/*",
		"k8s.io/kubernetes/plugin/pkg/admission/*/apis/*/*",
		"k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/*",
		"k8s.io/pod-security-admission/admission/api/*",
		"k8s.io/client-go/tools/clientcmd/api/*",
	}
}

// moduleDirs are the folders of the minor's modules by their paths. Only what types are read from is fetched.
func moduleDirs(minor string) (map[string]string, error) {
	modules := []string{"k8s.io/apimachinery", "k8s.io/component-base"}
	for _, s := range sources() {
		modules = append(modules, strings.Join(strings.Split(s, "/")[:2], "/"))
	}
	download := exec.Command("go", append([]string{"mod", "download", "-modfile=" + minor + ".mod"}, modules...)...)
	download.Stderr = os.Stderr
	if err := download.Run(); err != nil {
		return nil, fmt.Errorf("go mod download: %w", err)
	}
	list := append([]string{"list", "-modfile=" + minor + ".mod", "-m", "-f", "{{.Path}} {{.Dir}}"}, modules...)
	out, err := exec.Command("go", list...).Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	dirs := map[string]string{}
	for line := range strings.Lines(string(out)) {
		module, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
		dirs[module] = dir
	}
	return dirs, nil
}
