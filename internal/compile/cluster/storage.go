package cluster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

const storageField = diag.Path("spec.storage")

func storage(r *report, s spec.Storage, v Version) Storage {
	field := storageField.Key("classes")
	var out Storage
	first := -1
	for i, c := range s.Classes {
		at := field.Index(i)
		if c.Default && first >= 0 {
			r.error(at.Key("default"), "two classes are the default", fmt.Sprintf("it is %s already; remove one of the two", field.Index(first)))
		} else if c.Default {
			first = i
		}
		out.Classes = append(out.Classes, storageClass(r, at, c, v))
	}
	if len(s.Classes) > 0 && first < 0 {
		r.warning(field, "no class is the default, and claims that name none wait for ever", "write default: true at one of them")
	}
	checkObjectNames(r, field, s.Classes, func(c spec.StorageClass) string { return c.Name })
	out.Volumes = volumes(r, s, v)
	return out
}

// checkObjectNames wants names of objects, none of them twice.
func checkObjectNames[T any](r *report, field diag.Path, list []T, name func(T) string) {
	seen := map[string]diag.Path{}
	for i, o := range list {
		at := field.Index(i).Key("name")
		if objectName(r, at, name(o)) == "" {
			r.error(at, "the name is empty", "use lower case letters, digits, - and ., beginning and ending with a letter or digit")
			continue
		}
		if first, twice := seen[name(o)]; twice {
			r.error(at, "the name "+diag.Quote(name(o))+" is given twice", "it is "+string(first)+" already; rename one of the two")
		}
		seen[name(o)] = at
	}
}

func storageClass(r *report, at diag.Path, c spec.StorageClass, v Version) StorageClass {
	if !slices.Contains(drivers(), c.Driver) {
		r.error(at.Key("driver"), "there is no storage driver "+diag.Quote(c.Driver), choose(c.Driver, drivers()))
		return StorageClass{Name: c.Name}
	}
	g, ok := generationOf(c.Driver, v)
	if !ok {
		r.error(at.Key("driver"), "the storage driver "+c.Driver+" is not to be had for Kubernetes "+v.Series(), driverHint(c.Driver, v))
		return StorageClass{Name: c.Name}
	}
	out := StorageClass{
		Name: c.Name, Driver: c.Driver, Provisioner: g.provisioner, Default: c.Default, MountOptions: mountOptions(r, at, c.MountOptions, g.options),
		ReclaimPolicy: reclaimPolicy(r, at, c.ReclaimPolicy, g), VolumeBindingMode: bindingMode(r, at, c.VolumeBindingMode, g, v),
		AllowVolumeExpansion: g.expands && v.Minor >= expansion,
		Parameters:           parameters(r, at, c, g),
	}
	if c.AllowVolumeExpansion != nil {
		out.AllowVolumeExpansion = *c.AllowVolumeExpansion
		if v.Minor < expansion && out.AllowVolumeExpansion {
			r.error(at.Key("allowVolumeExpansion"), "claims cannot grow in Kubernetes "+v.Series(), "remove it; they can from 1.11 on")
		}
	}
	return out
}

// driverHint says what to do where the version has no such driver.
func driverHint(driver string, v Version) string {
	if driver == driverGluster {
		return "it was removed in 1.26, and nobody carries it on as a CSI driver: export the volumes by NFS (driver: nfs), or move to cephFS"
	}
	return "in " + v.Series() + " volumes of " + driver + " are not made but named: write them in spec.storage.volumes"
}

func reclaimPolicy(r *report, at diag.Path, s string, g generation) string {
	fallback := "Delete"
	if g.retain {
		fallback = "Retain"
	}
	policy := oneOf(r, at.Key("reclaimPolicy"), s, fallback, "Delete", "Retain")
	if g.retain && policy == "Delete" {
		r.error(at.Key("reclaimPolicy"), "nothing deletes a volume of this class", "remove it: what was there before the cluster stays")
	}
	return policy
}

func bindingMode(r *report, at diag.Path, s string, g generation, v Version) string {
	if v.Minor < volumeBinding {
		if s != "" {
			r.error(at.Key("volumeBindingMode"), "a class of Kubernetes "+v.Series()+" cannot say when its volumes are chosen", "remove it; it can from 1.10 on")
		}
		return ""
	}
	fallback := "Immediate"
	if g.zonal {
		fallback = "WaitForFirstConsumer"
	}
	return oneOf(r, at.Key("volumeBindingMode"), s, fallback, "Immediate", "WaitForFirstConsumer")
}

func mountOptions(r *report, at diag.Path, s, fallback []string) []string {
	for i, o := range s {
		if o == "" || strings.ContainsFunc(o, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) || c == ',' }) {
			r.error(at.Key("mountOptions").Index(i), diag.Quote(o)+" is no option of a mount", "write one option an element, without blanks and commas")
		}
	}
	if s == nil {
		return fallback
	}
	return s
}

// parameters are the driver's defaults, what the spec says, and where its credentials are.
func parameters(r *report, at diag.Path, c spec.StorageClass, g generation) map[string]string {
	out := maps.Clone(g.parameters)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, c.Parameters)
	for _, name := range g.required {
		if out[name] == "" {
			r.error(at.Key("parameters"), "the driver "+c.Driver+" needs the parameter "+name, "write parameters: {"+name+": ...}")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Parameters)) {
		if secretParameter(name) {
			r.secret(at.Key("parameters").Key(name), name+" is a secret", "put it in a Secret, and name that as secret")
		}
	}
	ref := secretRef(r, at.Key("secret"), c.Secret)
	switch field := at.Key("secret"); {
	case ref.Name != "" && len(g.secretName) == 0:
		r.error(field, "the driver "+c.Driver+" takes no Secret", "remove it")
	case ref.Name == "" && g.secretRequired && out[g.secretName[0]] == "":
		r.error(field, "the driver "+c.Driver+" needs a Secret with its credentials", "write secret: {name: ..., namespace: ...}; you make the Secret, harender does not")
	case ref.Name != "":
		for i := range g.secretName {
			out[g.secretName[i]], out[g.secretNamespace[i]] = ref.Name, ref.Namespace
		}
	}
	return out
}

// secretParameter finds keys and passwords. Names of Secrets end otherwise.
func secretParameter(name string) bool {
	name = strings.ToLower(name)
	return name == "restuserkey" || strings.HasSuffix(name, "password") || strings.HasSuffix(name, "passphrase")
}

func secretRef(r *report, field diag.Path, s spec.SecretRef) SecretRef {
	if s == (spec.SecretRef{}) {
		return SecretRef{}
	}
	if s.Name == "" {
		r.error(field.Key("name"), "the Secret has no name", "write name: that of the Secret")
	}
	out := SecretRef{Name: objectName(r, field.Key("name"), s.Name), Namespace: s.Namespace}
	if out.Namespace == "" {
		out.Namespace = "kube-system"
	}
	if len(validation.IsDNS1123Label(out.Namespace)) > 0 {
		r.error(field.Key("namespace"), diag.Quote(out.Namespace)+" is no name of a namespace", labelHint(out.Namespace))
	}
	return out
}
