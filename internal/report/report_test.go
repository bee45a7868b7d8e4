package report

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/harender/harender/internal/compile/cluster"
	"github.com/harender/harender/internal/compile/topology"
	"github.com/harender/harender/internal/diag"
	"github.com/harender/harender/internal/keys/access"
)

// hostile is text that no field of a spec takes today, and that would run or break out if it ever came to the page.
const hostile = `<script>alert(1)</script>"'><img src=http://leak.example.org onerror=alert(1)>` + "`#quot;\x1b[31m\u202e\u2066\u200b\r\xff"

func page(name string) Page {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	node := func(name string, roles ...cluster.Role) cluster.Node {
		return cluster.Node{Name: name, Roles: roles, Addresses: []netip.Addr{netip.MustParseAddr("2001:db8::aaaa:bbbb:cccc:dddd")}, Version: cluster.Version{Major: 1, Minor: 36, Patch: 3}}
	}
	c := cluster.Cluster{
		Name: name, Version: cluster.Version{Major: 1, Minor: 36, Patch: 3}, Endpoint: cluster.Endpoint{Host: "api.production.example.org", Port: 8443},
		LoadBalancer: cluster.LoadBalancer{Kind: cluster.Keepalived, VirtualIP: netip.MustParseAddr("2001:db8::1")}, APIServer: cluster.APIServer{Port: 6443},
		Nodes: []cluster.Node{
			node("control-plane-1.production.example.org", cluster.RoleEtcd, cluster.RoleControlPlane), node("m2", cluster.RoleEtcd, cluster.RoleControlPlane),
			node("m3", cluster.RoleEtcd, cluster.RoleControlPlane), node("w1", cluster.RoleWorker),
		},
	}
	return Page{
		Cluster: name, Kubernetes: "1.36.3", Now: now, Graph: topology.Of(c), Notes: diag.List{{Summary: name, Hint: name}}, Since: name, Changes: strings.Repeat(name+" ", 40),
		Nodes:    []Node{{"control-plane-1.production.example.org", "etcd, control-plane", "", "1.36.3", 1}, {"pool " + name, "worker", name, "1.36.3", 250}},
		Versions: Versions(c), Support: map[string]time.Time{"1.36": now.AddDate(0, 0, 9)}, Images: []Image{{"registry.example.org/" + name + "/kube-apiserver:v1.36.3", name}},
		Certificates: []Certificate{
			{"kubernetes-ca", "kubernetes-ca", true, 1, now.AddDate(10, 0, 0), now.AddDate(10, 0, 0), "ok"},
			{"apiserver-kubelet-client", "kubernetes-ca", false, 3, now.AddDate(0, 0, 5), now.AddDate(5, 0, 0), "renew"},
			{"etcd-peer", "etcd-ca", false, 3, time.Time{}, time.Time{}, "missing"},
		},
		Holders: []access.Row{{Who: name, Key: "age1m7jf24wf72jndy3up638nq477m2spjmf8wl3pjqlq54m2sj7l9gswacrgm", Files: 12, What: name}},
	}
}

func written(t *testing.T, name string) string {
	t.Helper()
	var b bytes.Buffer
	if err := page(name).Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestAlone finds nothing that a browser would fetch or run, whatever the names are.
func TestAlone(t *testing.T) {
	text := written(t, hostile)
	if strings.Contains(text, "<script") || strings.Contains(text, "<img") {
		t.Error("a name became markup")
	}
	if diag.Escape(text) != text || !strings.Contains(text, `\x1b[31m\u202e`) {
		t.Error("the page has characters that act or hide")
	}
	for z := html.NewTokenizer(strings.NewReader(text)); z.Next() != html.ErrorToken; {
		token := z.Token()
		for _, a := range token.Attr {
			if a.Key == "src" || a.Key == "href" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("the page refers to something: %s", token)
			}
		}
	}
	for _, found := range regexp.MustCompile(`url\([^#)]*\)|@import`).FindAllString(text, -1) {
		t.Errorf("the style refers to something: %s", found)
	}
	if !strings.Contains(text, `width:50%`) && !strings.Contains(text, `width:100%`) {
		t.Error("no bar")
	}
}

// TestMermaid keeps Mermaid's own signs out of labels.
func TestMermaid(t *testing.T) {
	if text := page(hostile).Graph.Mermaid(); strings.Contains(text, "<script") || strings.Contains(text, "`") {
		t.Error(text)
	}
}

// TestPaper: the dark is for screens, and bars are printed.
func TestPaper(t *testing.T) {
	text := written(t, "production")
	if strings.Count(text, "prefers-color-scheme") != 2 || strings.Count(text, "@media screen and (prefers-color-scheme") != 2 {
		t.Error("the dark comes to paper")
	}
	if !strings.Contains(text, "print-color-adjust: exact") {
		t.Error("bars are left to the printer")
	}
}

// TestDays counts days of the calendar: the page is the same all day.
func TestDays(t *testing.T) {
	morning, evening := page("production"), page("production")
	evening.Now = evening.Now.Add(15 * time.Hour)
	var a, b bytes.Buffer
	if err := errors.Join(morning.Write(&a), evening.Write(&b)); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() || !strings.Contains(a.String(), `<td class="number">5</td>`) {
		t.Error("the page changes within a day")
	}
}

// TestLayout asks a real browser whether the page fits a phone and a desktop, light and dark, and whether it fetches anything,
// whatever the names are.
func TestLayout(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("this test needs chromium: apt-get install chromium")
	}
	for _, c := range []struct{ name, dark string }{{"production", "0"}, {"production", "1"}, {hostile, "1"}} {
		frame := filepath.Join(t.TempDir(), "frame.html")
		if err := os.WriteFile(frame, []byte(framed(written(t, c.name))), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000",
			"--blink-settings=preferredColorScheme="+c.dark, "--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+frame).Output()
		if err != nil {
			t.Fatal(err)
		}
		result := regexp.MustCompile(`<pre id="result">([^<]*)</pre>`).FindSubmatch(out)
		if result == nil {
			t.Fatalf("the browser found nothing out: %s", out)
		}
		want := "390: fits\n1280: fits\n"
		if got := html.UnescapeString(string(result[1])); got != want {
			t.Errorf("%s, scheme %s:\n%s", c.name, c.dark, got)
		}
	}
}

// framed shows the page in frames of two widths, and writes what sticks out of the page, or of its own cell or box, and what was fetched.
func framed(text string) string {
	return `<!doctype html><pre id="result"></pre>
<iframe width="390" height="800" srcdoc="` + html.EscapeString(text) + `"></iframe>
<iframe width="1280" height="800" srcdoc="` + html.EscapeString(text) + `"></iframe>
<script>
addEventListener("load", () => {
  for (const frame of document.querySelectorAll("iframe")) {
    const page = frame.contentDocument.documentElement, wrong = [];
    if (page.scrollWidth > page.clientWidth) wrong.push("wider than the screen by " + (page.scrollWidth - page.clientWidth));
    for (const e of page.querySelectorAll("h1, h2, h3, p, td, th")) {
      const r = e.getBoundingClientRect();
      if (r.width && (r.right > page.clientWidth + 1 || e.scrollWidth > e.clientWidth + 1)) wrong.push(e.textContent + " sticks out");
      if (r.width && r.height > 40 * r.width) wrong.push(e.textContent + " is squeezed");
    }
    for (const e of frame.contentWindow.performance.getEntriesByType("resource")) wrong.push("it asked for " + e.name);
    const boxes = [...page.querySelectorAll("svg rect")].map(e => e.getBoundingClientRect());
    for (const text of page.querySelectorAll("svg text")) {
      const r = text.getBoundingClientRect(), x = (r.left + r.right) / 2, y = (r.top + r.bottom) / 2;
      const around = boxes.filter(b => b.left < x && x < b.right && b.top < y && y < b.bottom).sort((a, b) => a.width - b.width)[0];
      if (!around || r.right > around.right + 1 || r.left < around.left - 1 || r.bottom > around.bottom + 1 || r.top < around.top - 1) wrong.push(text.textContent + " leaves its box");
    }
    result.textContent += frame.width + ": " + (wrong.join("; ") || "fits") + "\n";
  }
});
</script>`
}
