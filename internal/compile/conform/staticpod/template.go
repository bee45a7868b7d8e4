package staticpod

import "github.com/harender/harender/internal/compile/release"

// CheckTemplate judges the pods that an object of the API makes, as an apiserver validates them. These may name other objects.
func CheckTemplate(doc any) []Finding {
	o := object(doc)
	kind, name := text(o["kind"]), text(object(o["metadata"])["name"])
	path := release.TemplatePath(kind)
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
