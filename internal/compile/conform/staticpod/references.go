package staticpod

import (
	"github.com/harender/harender/internal/diag"
)

// reference to an object of the API: what is said of it, and the word that stands where it came from.
type reference struct{ what, word string }

// references finds objects of the API (HasAPIObjectReference of pkg/api/pod): the kubelet starts static pods without the
// API server, and refuses them, or waits for an object that it may not read.
func (j *judge) references(spec map[string]any) {
	found := podReferences(spec)
	for _, v := range objects(spec["volumes"]) {
		found = append(found, volumeReferences(v)...)
	}
	for _, c := range all(spec) {
		found = append(found, environmentReferences(c)...)
	}
	for _, r := range found {
		const hint = "put what it holds into a file of the node (files of a mixin, or secrets/), and mount that as a hostPath; or run the pod as a DaemonSet (addons/)"
		severity := diag.Error
		if !j.kubelet.RefusesReferences && r.what != claims {
			severity = diag.Warning
		}
		j.out = append(j.out, Finding{Words: []string{r.word}, Diagnostic: diag.Diagnostic{
			Severity: severity, Summary: "the static pod " + diag.Escape(j.pod) + " names an object of the API: " + r.what, Hint: hint,
		}})
	}
}

const claims = "a resource claim"

// class finds a priority class that there may not be: the kubelet passes over it, and the API server refuses the mirror pod.
func (j *judge) class(spec map[string]any) {
	name := text(spec["priorityClassName"])
	if name == "" || name == "system-node-critical" || name == "system-cluster-critical" {
		return
	}
	j.out = append(j.out, Finding{Words: []string{"priorityClassName", name}, Diagnostic: diag.Diagnostic{
		Severity: diag.Warning, Summary: "the static pod " + diag.Escape(j.pod) + " names the priority class " + diag.Quote(name),
		Detail: "Where the cluster does not have it, nobody sees the pod by the API.", Hint: "write system-node-critical, or see to it that the class is there (addons/)",
	}})
}

func podReferences(spec map[string]any) []reference {
	var out []reference
	for _, field := range []string{"serviceAccountName", "serviceAccount"} {
		if name := text(spec[field]); name != "" {
			out = append(out, reference{"service account " + diag.Quote(name), field})
			break
		}
	}
	for _, s := range objects(spec["imagePullSecrets"]) {
		out = append(out, reference{"pull secret " + diag.Quote(text(s["name"])), "imagePullSecrets"})
	}
	if len(objects(spec["resourceClaims"])) > 0 {
		out = append(out, reference{claims, "resourceClaims"})
	}
	return out
}

// volumeReferences are of volumes that the API server has to know of, or that name a secret.
func volumeReferences(v map[string]any) []reference {
	var out []reference
	name := text(v["name"])
	for _, k := range []reference{
		{"the config map", "configMap"}, {"the secret", "secret"}, {"the CSI driver", "csi"}, {"the endpoints", "glusterfs"},
		{"the claim", "persistentVolumeClaim"}, {"the claim", "ephemeral"}, {"the secret", "azureFile"},
	} {
		if v[k.word] != nil {
			out = append(out, reference{k.what + " of volume " + name, k.word})
		}
	}
	for _, k := range []string{"cephfs", "cinder", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"} {
		if secret := object(object(v[k])["secretRef"]); secret != nil {
			out = append(out, reference{"the secret of volume " + name, "secretRef"})
		}
	}
	for _, s := range objects(object(v["projected"])["sources"]) {
		for _, k := range projections() {
			if s[k] != nil && k != "downwardAPI" {
				out = append(out, reference{"the " + k + " of the projected volume " + name, k})
			}
		}
	}
	return out
}

func environmentReferences(c map[string]any) []reference {
	var out []reference
	for _, e := range objects(c["env"]) {
		from := object(e["valueFrom"])
		for _, k := range set(from, []string{"configMapKeyRef", "secretKeyRef"}) {
			out = append(out, reference{"the " + k + " of variable " + text(e["name"]), k})
		}
	}
	for _, e := range objects(c["envFrom"]) {
		for _, k := range set(e, []string{"configMapRef", "secretRef"}) {
			out = append(out, reference{"the " + k + " of the environment of container " + text(c["name"]), k})
		}
	}
	return out
}
