package rollout

import (
	"slices"
	"strings"
)

// stopPods defines stop, which takes static pods from the kubelet and waits until they are gone. The kubelet keeps a folder for a
// pod until all of it has ended, and names those of static pods by a hash of 32 digits, those of others by a UUID of 36. However the
// command ends, the manifests come back, from a folder that the kubelet passes over and that is on the same file system.
const stopPods = `set -e; cd /etc/kubernetes/manifests; mkdir -p .away; trap "mv -n .away/* . || :; rm -r .away" EXIT; trap "exit 1" HUP INT TERM; ` +
	`stop() { for p; do mv $p.yaml .away/; done; ` +
	`for p; do while ls -d /var/lib/kubelet/pods/????????????????????????????????/containers/$p; do sleep 1; done; done >/dev/null 2>&1; }; `

// restart is of everything on a node that read its old files when it started. The kubelet restarts a pod of another manifest by
// itself, but nobody could tell when: here the old one is gone when the command ends, so that what answers afterwards is the new one.
func restart(names []string) Command {
	var units, pods, last []string
	for _, name := range slices.Sorted(slices.Values(names)) {
		switch {
		case strings.Contains(name, "."):
			units = append(units, name)
		case name == "etcd":
			last = append(last, name)
		default:
			pods = append(pods, name)
		}
	}
	var run []string
	for _, stopped := range [][]string{pods, last} { // An apiserver that has lost its etcd takes half a minute to end.
		if len(stopped) > 0 {
			run = append(run, "stop "+strings.Join(stopped, " "))
		}
	}
	if len(units) > 0 {
		run = append(run, "systemctl daemon-reload && systemctl restart "+strings.Join(units, " "))
	}
	out := Command{On: Turn, Run: strings.Join(run, "; "), Why: "it reads its files when it starts"}
	if len(pods)+len(last) > 0 {
		out.Run = "timeout 5m sh -c '" + stopPods + out.Run + "'"
	}
	return out
}
