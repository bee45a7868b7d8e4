package review_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestInvisible adds a character that nobody sees to a flag, a word of a command, a line of a unit and one of another file: every format
// shows a change, and those for people show the character.
func TestInvisible(t *testing.T) {
	const pod = "kind: Pod\nspec:\n  containers:\n  - name: a\n    command:\n    - kube-apiserver\n    - --flag=value\n    - word\n    env:\n    - {name: A, value: x}\n"
	const unit = "[Service]\nExecStart=/usr/bin/kubelet --config=/x\nEnvironment=A=b\n"
	places := []struct{ path, text, at string }{
		{"etc/kubernetes/manifests/a.yaml", pod, "--flag=value"}, {"etc/kubernetes/manifests/a.yaml", pod, "word"}, {"etc/kubernetes/manifests/a.yaml", pod, "value: x"},
		{"etc/systemd/system/kubelet.service", unit, "--config=/x"}, {"etc/systemd/system/kubelet.service", unit, "A=b"}, {"etc/other.conf", unit, "A=b"},
	}
	for _, c := range " \t\r\x7f\u00a0\u00ad\u034f\u115f\u17b4\u180e\u200b\u200d\u202e\u2060\u2066\u2800\u3000\u3164\ufe0f\ufeff\uffa0\U000e0061\U000e0101" {
		for _, p := range places {
			is := strings.Replace(p.text, p.at, p.at+string(c), 1)
			if strings.HasPrefix(p.text, "kind") { // As the encoder writes it.
				at := strings.TrimPrefix(p.at, "value: ")
				is = strings.Replace(p.text, at, fmt.Sprintf(`"%s\U%08X"`, at, c), 1)
			}
			plain := formats(t, reviewOf(p.path, p.text, p.text))
			for format, out := range formats(t, reviewOf(p.path, p.text, is)) {
				if out == plain[format] {
					t.Errorf("%U at %s: nothing in %s", c, p.at, format)
				}
				seen := slices.ContainsFunc([]string{fmt.Sprintf(`\u%04x`, c), fmt.Sprintf(`\U%08x`, c), fmt.Sprintf(`\x%02x`, c), `\r`}, func(escape string) bool {
					return strings.Contains(out, escape)
				})
				if people := format == "text" || format == "markdown"; people && c != ' ' && c != '\t' && (!seen || strings.ContainsRune(out, c)) {
					t.Errorf("%U at %s: not to be seen in %s:\n%s", c, p.at, format, out)
				}
			}
		}
	}
}
