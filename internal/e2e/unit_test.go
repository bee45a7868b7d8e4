//go:build e2e

package e2e

import (
	"slices"
	"testing"
)

func TestReadService(t *testing.T) {
	root := t.TempDir()
	err := writeTexts(root, map[string]string{
		"etc/systemd/system/kubelet.service":                 "[Service]\nExecStart=/bin/false\n",
		"etc/systemd/system/kubelet.service.d/10-first.conf": "[Service]\n# none\nExecStart=\nExecStart=/usr/bin/kubelet --v=9\n",
		"etc/systemd/system/kubelet.service.d/20-second.conf": "[Service]\nEnvironment=A=1 \"B=2 3\"\n" +
			"EnvironmentFile=-/etc/missing.env\nEnvironmentFile=/etc/kubelet.env\n" +
			"ExecStart=\nExecStart=-/usr/bin/kubelet --b=${B} \\\n  $MANY $NONE --cost=$$5 '--x=y z' --w=\"v u\"\n",
		"etc/kubelet.env": "# comment\nMANY=\"--one --two=2\"\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := readService(root, "kubelet")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"/usr/bin/kubelet", "--b=2 3", "--one", "--two=2", "--cost=$5", "--x=y z", "--w=v u"}
	if !slices.Equal(got.argv, want) {
		t.Errorf("argv %q, want %q", got.argv, want)
	}
	if want := []string{"A=1", "B=2 3", "MANY=--one --two=2"}; !slices.Equal(got.env, want) {
		t.Errorf("env %q, want %q", got.env, want)
	}
}
