//go:build e2e

package e2e

import (
	"reflect"
	"slices"
	"testing"
)

func TestReadService(t *testing.T) {
	root := t.TempDir()
	err := writeTexts(root, map[string]string{
		"etc/systemd/system/kubelet.service":                 "[Unit]\nBefore=a.service b.service\n[Service]\nExecStartPre=-/bin/sh -c 'test \"$(uname -n)\" = \"${B}\"'\nExecStart=/bin/false\n",
		"etc/systemd/system/kubelet.service.d/10-first.conf": "[Service]\n# none\nExecStart=\nExecStart=/usr/bin/kubelet --v=9\n",
		"etc/systemd/system/kubelet.service.d/20-second.conf": "[Service]\nEnvironment=A=1 \"B=2 3\"\n" +
			"EnvironmentFile=-/etc/missing.env\nEnvironmentFile=/etc/kubelet.env\n" +
			"ExecStart=\nExecStart=-/usr/bin/kubelet --b=${B} \\\n  $MANY $NONE --cost=$$5 '--x=y z' --w=\"v u\"\n",
		"etc/kubelet.env": "# comment\nMANY=\"--one --two=2\"\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := readService(root, "kubelet.service")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"/usr/bin/kubelet", "--b=2 3", "--one", "--two=2", "--cost=$5", "--x=y z", "--w=v u"}
	if !slices.Equal(got.argv, want) {
		t.Errorf("argv %q, want %q", got.argv, want)
	}
	if want := [][]string{{"/bin/sh", "-c", `test "$(uname -n)" = "2 3"`}}; !reflect.DeepEqual(got.first, want) {
		t.Errorf("first %q, want %q", got.first, want)
	}
	if want := []string{"a.service", "b.service"}; !slices.Equal(got.before, want) {
		t.Errorf("before %q, want %q", got.before, want)
	}
	if want := []string{"A=1", "B=2 3", "MANY=--one --two=2"}; !slices.Equal(got.env, want) {
		t.Errorf("env %q, want %q", got.env, want)
	}
}
