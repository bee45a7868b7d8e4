package staticpod

import (
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// all containers of a pod.
func all(spec map[string]any) []map[string]any {
	return slices.Concat(objects(spec["initContainers"]), objects(spec["containers"]))
}

// containers are there, have names of their own, and an image.
func (j *judge) containers(spec map[string]any) {
	if len(objects(spec["containers"])) == 0 {
		j.refuse("a patch with $patch: delete removes the element whose merge key it has, and all without one: write the container's name beside it",
			[]string{"$patch", j.pod}, "there is no container")
	}
	if len(objects(spec["ephemeralContainers"])) > 0 {
		j.refuse("add a container", []string{"ephemeralContainers"}, "ephemeralContainers cannot be")
	}
	seen := map[string]bool{}
	for _, c := range all(spec) {
		name := text(c["name"])
		if j.label("container", name) && seen[name] {
			j.refuse("rename one", []string{name}, "two containers are called %s", name)
		}
		seen[name] = true
		if image := text(c["image"]); strings.TrimSpace(image) != image || image == "" {
			j.refuse("write image: REGISTRY/PATH:TAG; a patch whose target is every pod (target: {}) adds its container to each",
				[]string{name}, "container %s has no image", diag.Quote(name))
		} else if !isReference(image) {
			j.refuse("write REGISTRY/PATH:TAG, the path in lower case", []string{image}, "the image %s of container %s is none that can be pulled", diag.Quote(image), name)
		}
		j.environment(name, c)
		j.ports(name, c, spec["hostNetwork"] == true)
	}
	for _, c := range objects(spec["initContainers"]) {
		j.initial(c)
	}
	for _, c := range objects(spec["containers"]) {
		j.handlers(c)
	}
	j.hostPorts(spec)
}

// initial containers have probes and hooks only where they go on to run beside the others.
func (j *judge) initial(c map[string]any) {
	if text(c["restartPolicy"]) == "Always" {
		j.handlers(c)
		return
	}
	for _, field := range set(c, append(probes(), "lifecycle")) {
		j.refuse("remove it, or write restartPolicy: Always for a container that goes on to run", []string{field}, "the init container %s has a %s", text(c["name"]), field)
	}
}

func probes() []string {
	return []string{"livenessProbe", "readinessProbe", "startupProbe"}
}

// handlers of probes and hooks: each has one.
func (j *judge) handlers(c map[string]any) {
	name := text(c["name"])
	for _, field := range set(c, probes()) {
		probe := object(c[field])
		j.namedPort(c, field, probe)
		j.handler(name, field, probe, []string{"exec", "httpGet", "tcpSocket", "grpc"})
		if n, ok := number(probe["successThreshold"]); ok && n != 1 && field != "readinessProbe" {
			j.refuse("remove it", []string{"successThreshold", field}, "successThreshold of the %s of container %s can be nothing but 1", field, name)
		}
	}
	hooks := object(c["lifecycle"])
	for _, field := range set(hooks, []string{"postStart", "preStop"}) {
		j.handler(name, field, object(hooks[field]), []string{"exec", "httpGet", "tcpSocket", "sleep"})
	}
}

func (j *judge) handler(container, field string, o map[string]any, known []string) {
	words := append(set(o, known), field)
	switch given := set(o, known); len(given) {
	case 0:
		j.refuse("give it one of "+strings.Join(known, ", "), words, "the %s of container %s has no handler", field, container)
	case 1:
		j.reach(container, field, given[0], object(o[given[0]]))
	default:
		j.refuse("a patch merges into the handler that there is: write "+given[1]+": null beside "+given[0]+", or the other way round",
			words, "the %s of container %s has %d handlers (%s)", field, container, len(given), strings.Join(given, ", "))
	}
}

// reach judges where a handler connects to.
func (j *judge) reach(container, field, kind string, h map[string]any) {
	switch kind {
	case "exec":
		if list, _ := h["command"].([]any); len(list) == 0 {
			j.refuse("write its command", []string{field}, "the %s of container %s runs no command", field, container)
		}
	case "httpGet", "tcpSocket", "grpc":
		if n, ok := number(h["port"]); h["port"] == nil || ok && !isPort(n) {
			j.refuse("write a port from 1 to 65535", []string{"port", field}, "the %s of container %s has no port that can be", field, container)
		}
		if kind == "httpGet" {
			j.oneOf("scheme", text(h["scheme"]), []string{"HTTP", "HTTPS"})
		}
	}
}

// namedPort of a probe is one of its container.
func (j *judge) namedPort(c map[string]any, field string, probe map[string]any) {
	for _, kind := range []string{"httpGet", "tcpSocket"} {
		port := text(object(probe[kind])["port"])
		named := func(p map[string]any) bool { return text(p["name"]) == port }
		if _, err := strconv.Atoi(port); port == "" || err == nil || slices.ContainsFunc(objects(c["ports"]), named) {
			continue
		}
		j.refuse("write the number of the port, or give a port of the container that name", []string{port, field},
			"the %s of container %s asks port %s, and no port is called so", field, text(c["name"]), diag.Quote(port))
	}
}

// valueSources of a variable (EnvVarSource).
func valueSources() []string {
	return []string{"fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"}
}

func (j *judge) environment(container string, c map[string]any) {
	for _, e := range objects(c["env"]) {
		name := text(e["name"])
		if name == "" {
			j.refuse("give it a name", []string{"env"}, "a variable of container %s has no name", container)
		}
		from := object(e["valueFrom"])
		if text(e["value"]) != "" && from != nil {
			j.refuse("a patch merges into the variable that there is: write valueFrom: null beside value", []string{name}, "variable %s of container %s has value and valueFrom", name, container)
		}
		if given := set(from, valueSources()); from != nil && len(given) != 1 {
			j.refuse("give it one of "+strings.Join(valueSources(), ", "), []string{name}, "valueFrom of variable %s of container %s has %d sources", name, container, len(given))
		}
	}
}
