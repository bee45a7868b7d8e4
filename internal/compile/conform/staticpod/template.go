package staticpod

// TemplatePath is where an object of a kind has the template of its pods; nil for a kind without one.
func TemplatePath(kind string) []string {
	switch kind {
	case "DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet":
		return []string{"spec", "template"}
	case "CronJob":
		return []string{"spec", "jobTemplate", "spec", "template"}
	}
	return nil
}

// CheckTemplate judges the pods that an object of the API makes, as an apiserver validates them. These may name other objects.
func CheckTemplate(doc any) []Finding {
	o := object(doc)
	kind, name := text(o["kind"]), text(object(o["metadata"])["name"])
	path := TemplatePath(kind)
	if path == nil {
		return nil
	}
	template := o
	for _, field := range path {
		template = object(template[field])
	}
	if template == nil {
		return nil // That a template is missing is told as a missing field.
	}
	spec := object(template["spec"])
	j := &judge{pod: name, of: "the template of " + kind + " " + name}
	j.directives(o)
	j.volumes(spec, objects(object(o["spec"])["volumeClaimTemplates"]))
	j.containers(spec)
	j.modes(spec)
	return j.out
}
