package rollout

import (
	"slices"
	"strings"
)

func isUnit(name string) bool { return strings.Contains(name, ".") }

func isPod(name string) bool { return !isUnit(name) }

// named are those to which it happens, sorted; kind is nil for pods and units.
func named(happening map[string]string, what string, kind func(string) bool) []string {
	var out []string
	for name, happens := range happening {
		if happens == what && (kind == nil || kind(name)) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// ended waits until pods are gone. The kubelet keeps a folder for a pod until all of it has ended, and names those of static pods
// by a hash of 32 digits, those of others by a UUID of 36.
const ended = `for p; do while ls -d /var/lib/kubelet/pods/????????????????????????????????/containers/$p; do sleep 1; done; done >/dev/null 2>&1`

// ends are for what the new files do not start any more: units, of which nothing would be left to stop by then, and pods whose place
// a unit takes.
func ends(happening map[string]string) []Command {
	var out []Command
	if units := named(happening, stops, isUnit); len(units) > 0 {
		out = append(out, Command{CurrentNode, "systemctl disable --now " + strings.Join(units, " "), "the new files do not have it", false})
	}
	if pods := named(happening, stops, isPod); len(pods) > 0 && len(named(happening, starts, isUnit)) > 0 {
		out = append(out, Command{CurrentNode, removePods(pods), "a unit takes its place", false})
	}
	return out
}

// removePods takes static pods away for good, and waits until they are gone.
func removePods(pods []string) string {
	return "cd /etc/kubernetes/manifests && rm -f " + strings.Join(pods, ".yaml ") + ".yaml && timeout 5m sh -c '" + ended + "' sh " + strings.Join(pods, " ")
}

// start does not wait: a new member of etcd waits itself for the others.
func start(units []string) Command {
	all := strings.Join(units, " ")
	return Command{CurrentNode, "systemctl daemon-reload && systemctl preset " + all + " && systemctl start --no-block " + all, "it is new", false}
}

// stopPods defines stop, which takes static pods from the kubelet and waits until they are gone. However the command ends, the
// manifests come back, from a folder that the kubelet passes over and that is on the same file system.
const stopPods = `set -e; cd /etc/kubernetes/manifests; mkdir -p .away; trap "mv -n .away/* . || :; rm -r .away" EXIT; trap "exit 1" HUP INT TERM; ` +
	`stop() { for p; do mv $p.yaml .away/; done; ` + ended + `; }; `

// restart is of everything on a node that read its old files when it started. The kubelet restarts a pod of another manifest by
// itself, but nobody could tell when: here the old one is gone when the command ends, so that what answers afterwards is the new one.
func restart(names []string) Command {
	var units, kubelet, pods, last []string
	for _, name := range slices.Sorted(slices.Values(names)) {
		switch {
		case name == "kubelet.service":
			kubelet = append(kubelet, name)
		case isUnit(name):
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
	if len(units)+len(kubelet) > 0 {
		again := []string{"systemctl daemon-reload"}
		for _, restarted := range [][]string{units, kubelet} { // A kubelet that does not reach an apiserver at once is not ready.
			if len(restarted) > 0 {
				again = append(again, "systemctl restart "+strings.Join(restarted, " "))
			}
		}
		run = append(run, strings.Join(again, " && "))
	}
	out := Command{On: CurrentNode, Run: strings.Join(run, "; "), Why: "it reads its files when it starts"}
	if len(pods)+len(last) > 0 {
		out.Run = "timeout 5m sh -c '" + stopPods + out.Run + "'"
	}
	return out
}
