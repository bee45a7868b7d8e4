package repository_test

import (
	"cmp"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/harender/harender/internal/compile"
)

// nowhere are addresses for documents, which no machine has: a program that is to listen there says so, and ends.
const (
	nowhere  = "192.0.2.1"
	nowhere6 = "2001:db8::1"
)

// checkCorefiles lets CoreDNS read each Corefile. It sets up every plugin before the first one listens, and the copies have that
// one listen nowhere; so it must get that far, and no further.
func checkCorefiles(t *testing.T, c compile.Compiled) {
	for name, corefile := range corefiles(t, c) {
		t.Run(name, func(t *testing.T) {
			coredns := exec.Command(filepath.Join(realPrograms(t, "coredns"), "coredns"), "-conf", written(t, "Corefile", []byte(corefile))) // #nosec G204 -- built by this repository
			out, err := coredns.CombinedOutput()
			if err == nil || !regexp.MustCompile(`listen tcp .*8080: (bind|socket): `).Match(out) {
				t.Errorf("%v\n%s\n%s", err, out, corefile)
			}
		})
	}
}

// corefiles are those of the addons, as their programs get to read them.
func corefiles(t *testing.T, c compile.Compiled) map[string]string {
	t.Helper()
	out := map[string]string{}
	if m, ok := addon[corev1.ConfigMap](t, c, "configmap-coredns.yaml"); ok {
		text := replaced(t, []byte(m.Data["Corefile"]), "health {", "health "+nowhere+":8080 {")
		// There is no cluster to run in, either.
		out["coredns"] = string(replaced(t, text, "        pods insecure", "        endpoint http://"+nowhere+":1\n        pods insecure"))
	}
	if m, ok := addon[corev1.ConfigMap](t, c, "configmap-node-local-dns.yaml"); ok {
		own := c.Plan.Cluster.DNS.LocalCache.Address
		elsewhere := nowhere
		if own.Is6() {
			elsewhere = nowhere6
		}
		text := replaced(t, []byte(m.Data["Corefile"]), own.String(), elsewhere)
		text = replaced(t, text, "__PILLAR__CLUSTER__DNS__", elsewhere)
		out["node-local-dns"] = string(replaced(t, text, "__PILLAR__UPSTREAM__SERVERS__", "/etc/resolv.conf"))
	}
	return out
}

// addon is an object of the addons, if the cluster has it.
func addon[T any](t *testing.T, c compile.Compiled, file string) (T, bool) {
	t.Helper()
	var out T
	for _, f := range c.Rendered.Shared.Addons {
		if f.Path == file {
			if err := yaml.UnmarshalStrict(f.Content.Bytes(), &out); err != nil {
				t.Fatal(err)
			}
			return out, true
		}
	}
	return out, false
}

// checkDnsmasq lets dnsmasq read what the nanny of kube-dns hands to it.
func checkDnsmasq(t *testing.T, c compile.Compiled) {
	d, ok := addon[appsv1.Deployment](t, c, "deployment-kube-dns.yaml")
	if !ok {
		return
	}
	nanny := d.Spec.Template.Spec.Containers[1]
	_, args := argsOf(t, nanny.Args)
	run(t, "dnsmasq-base", "dnsmasq", slices.Concat([]string{"--test", "--conf-file=/dev/null"}, args)...)
	dns := c.Plan.Cluster.DNS
	for _, want := range []string{"--cache-size=" + strconv.Itoa(cmp.Or(dns.CacheSize, 1000)), "--dns-forward-max=" + strconv.Itoa(dns.MaxConcurrent), "--no-negcache"} {
		if !slices.Contains(args, want) {
			t.Errorf("no %s in %q", want, args)
		}
	}
}

// argsOf parts the nanny's arguments from those of dnsmasq.
func argsOf(t *testing.T, args []string) (nanny, dnsmasq []string) {
	t.Helper()
	at := slices.Index(args, "--")
	if at < 0 {
		t.Fatalf("nothing parts the nanny's arguments from those of dnsmasq: %s", strings.Join(args, " "))
	}
	return args[:at], args[at+1:]
}
