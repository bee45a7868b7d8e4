package cluster_test

import (
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
)

// takes reports whether harender takes the schedule, and says what it says.
func takes(t *testing.T, schedule string) bool {
	t.Helper()
	_, list := resolve(fstest.MapFS{"cluster.yaml": {Data: []byte(`
apiVersion: harender.io/v1alpha1
kind: Cluster
metadata: {name: prod}
spec:
  endpoint: {host: api.example.org}
  networks: {nodes: [10.0.0.0/24]}
  etcd: {snapshots: {schedule: "` + schedule + `"}}
  nodes: [{name: m1, address: 10.0.0.11, roles: [etcd, control-plane]}]
`)}})
	return !strings.Contains(printed(t, list), "calendar expression")
}

// TestCalendar: systemd takes whatever harender takes.
func TestCalendar(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Fatal("this test needs systemd-analyze: apt-get install systemd")
	}
	systemd := func(schedule string) bool {
		return exec.Command(tool, "calendar", schedule).Run() == nil // #nosec G204 -- a witness of this test
	}
	for _, good := range []string{
		"minutely", "hourly", "daily", "weekly", "monthly", "quarterly", "semiannually", "yearly",
		"*-*-* 00/6:00:00", "Mon..Fri 02:30", "mon,Wed..friday *-*-* 2:30:00 UTC", "Sunday", "*-*-1", "2026-1-1/2", "*:0/15",
		"*-*-* *:00,30:00", "10:00 UTC", "1-15", "*-1..3/2-1 10:00", "*-*-1..7,20 0..12/3:5",
	} {
		if !takes(t, good) || !systemd(good) {
			t.Errorf("%q: harender takes it: %v, systemd: %v", good, takes(t, good), systemd(good))
		}
	}
	for _, bad := range []string{
		"", "often", "0 * * * *", "24:00", "12:60", "12:00:60", "*/6:00", "*-13-1", "*-*-32", "*-*-0", "Fri..Mon", "Mon..", "*-*-1/31", "1/0:00",
		"UTC", "10:00 Mars/Olympus", "10:00 *-*-*", "1969-1-1", "5..3:00", "1:2:3:4", "1-2-3-4", "daily weekly", "Mon Tue", "-", ":", "--", "..", "1,:0",
	} {
		if takes(t, bad) {
			t.Errorf("harender takes %q, and systemd: %v", bad, systemd(bad))
		}
	}
	// All of a small language, so that no combination is forgotten.
	parts := []string{"*", "0", "7", "31", "1..5", "5..1", "2/3", "50/20", "1,2", "x"}
	for _, a := range parts {
		for _, b := range parts {
			for _, s := range []string{a + ":" + b, "*-" + a + "-" + b} {
				if takes(t, s) && !systemd(s) {
					t.Errorf("harender takes %q, and systemd does not", s)
				}
			}
		}
	}
}
