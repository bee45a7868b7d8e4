package cluster

import (
	"cmp"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

// Resources of a container, as far as the spec gives them.
type Resources struct{ Requests, Limits Quantities }

// Quantities of Kubernetes, or empty.
type Quantities struct{ CPU, Memory string }

// leastMemory is less than any program takes: who writes it means another unit.
const leastMemory = 4 << 20

// resources holds requests to limits, where what is not given is as usual.
func resources(r *report, field diag.Path, s spec.Resources, usual Resources) Resources {
	before := len(r.list)
	out := Resources{Requests: Quantities(s.Requests), Limits: Quantities(s.Limits)}
	for _, f := range []struct {
		at diag.Path
		q  Quantities
	}{{field.Key("requests"), out.Requests}, {field.Key("limits"), out.Limits}} {
		checkQuantity(r, f.at.Key("cpu"), f.q.CPU, "write cores or thousandths of one: 1 or 100m", resource.MustParse("1m"))
		checkQuantity(r, f.at.Key("memory"), f.q.Memory, "write a number and Mi or Gi: 512Mi", *resource.NewQuantity(leastMemory, resource.BinarySI))
	}
	if len(r.list) > before {
		return out
	}
	for _, f := range []struct{ name, request, limit string }{
		{"cpu", cmp.Or(out.Requests.CPU, usual.Requests.CPU), cmp.Or(out.Limits.CPU, usual.Limits.CPU)},
		{"memory", cmp.Or(out.Requests.Memory, usual.Requests.Memory), cmp.Or(out.Limits.Memory, usual.Limits.Memory)},
	} {
		if f.limit == "" {
			continue
		}
		request, limit := resource.MustParse(f.request), resource.MustParse(f.limit)
		if request.Cmp(limit) > 0 {
			r.error(field, "a container cannot request "+f.request+" of "+f.name+" and be limited to "+f.limit,
				"give both requests."+f.name+" and limits."+f.name+", the limit the larger")
		}
	}
	return out
}

func checkQuantity(r *report, field diag.Path, text, hint string, least resource.Quantity) {
	if text == "" {
		return
	}
	q, err := resource.ParseQuantity(text)
	switch {
	case err != nil:
		r.error(field, diag.Quote(text)+" is no quantity", hint)
	case q.Cmp(least) < 0:
		r.error(field, text+" is less than a container can live on", hint)
	}
}
