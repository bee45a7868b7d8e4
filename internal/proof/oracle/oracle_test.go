package oracle

import (
	"flag"
	"hash/fnv"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"github.com/harender/harender"
	"github.com/harender/harender/internal/compile"
	"github.com/harender/harender/internal/compile/conform"
	"github.com/harender/harender/internal/compile/plan"
	"github.com/harender/harender/internal/compile/render"
	"github.com/harender/harender/internal/deliver/tree"
	"github.com/harender/harender/internal/proof/testtool"
)

var (
	full   = flag.Bool("full", false, "make every mistake, in the clusters of every minor")
	names  = flag.String("clusters", "", "golden clusters, with commas; without any, one for a sample and several for all mistakes")
	only   = flag.String("only", "", "a kind of file, alone")
	minors = flag.String("minors", "1.37", "the minors to ask, with commas")
	share  = flag.Int("share", 60, "make one of so many mistakes")
)

// keep picks mistakes by their names, the same each time.
func keep(kind string) func(class, where string) bool {
	return func(class, where string) bool {
		h := fnv.New32a()
		_, _ = h.Write([]byte(kind + "\x00" + class + "\x00" + where))
		return *full || int(h.Sum32())%*share == 0
	}
}

// compiled is a golden cluster with the newest release of a minor.
func compiled(t *testing.T, name, minor string) compile.Compiled {
	t.Helper()
	dir := filepath.Join(testtool.Testdata(t), "clusters", name)
	files := fstest.MapFS{}
	if err := fs.WalkDir(os.DirFS(dir), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || p == "rendered.txtar" {
			return err
		}
		text, err := fs.ReadFile(os.DirFS(dir), p)
		files[p] = &fstest.MapFile{Data: text}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var data struct{ Default string }
	text, err := fs.ReadFile(harender.Assets, "lib/versions/"+minor+".json")
	if err != nil || yaml.Unmarshal(text, &data) != nil {
		t.Fatal(err)
	}
	spec := string(files["cluster.yaml"].Data)
	files["cluster.yaml"].Data = []byte(strings.Replace(spec, "\nspec:\n", "\nspec:\n  kubernetesVersion: "+data.Default+"\n", 1))
	c, list := compile.Compile(files, harender.Assets, render.Here)
	if list.HasErrors() {
		t.Fatalf("%s with %s: %v", name, minor, list)
	}
	return c
}

// rendered is the class of a file without a mistake.
const rendered = "none"

// job is a mistake to be judged.
type job struct {
	Verdict
	program string
	text    string // What the component reads: one document.
}

// oracle is one run.
type oracle struct {
	c        compile.Compiled
	minor    string
	programs Programs
	box      *sandbox
	jobs     []job
	done     []Verdict
	seen     map[string]bool
	fields   Fields
	judges   map[string]conform.Judges
}

// file makes the mistakes of a file, and has harender judge them.
func (o *oracle) file(t *testing.T, node string, f tree.File) {
	text := string(f.Content.Bytes())
	if f.Content.IsSealed() || o.seen[f.Path+"\x00"+text] || text == "" {
		return
	}
	o.seen[f.Path+"\x00"+text] = true
	if kind := lineKind(f.Path); kind != "" && *only != "" && *only != kind {
		return
	} else if kind != "" {
		o.lines(t, kind, node, f)
		return
	}
	documents := strings.Split(text, "\n---\n")
	for i, document := range documents {
		kind, program := decoderOf(document)
		if program == "" || *only != "" && *only != kind {
			continue
		}
		as := Verdict{Kind: kind, Minor: o.minor, Mutant: Mutant{Class: rendered, Where: f.Path}}
		o.jobs = append(o.jobs, job{as, program, o.box.read(program, node, document)})
		mutants, err := Mutate([]byte(document), keep(o.minor+kind+f.Path))
		if err != nil {
			t.Fatal(f.Path, err)
		}
		added, err := o.fields.Add([]byte(document), keep(o.minor+kind+f.Path))
		if err != nil {
			t.Fatal(f.Path, err)
		}
		for _, m := range slices.Concat(mutants, added) {
			all := slices.Clone(documents)
			all[i] = m.Text
			v := Verdict{Kind: kind, Minor: o.minor, Mutant: m, Harender: o.judgement(t, node, with(f, strings.Join(all, "\n---\n")))}
			o.jobs = append(o.jobs, job{v, program, o.box.read(program, node, m.Text)})
		}
	}
	if strings.HasPrefix(f.Path, "etc/kubernetes/manifests/") && *only == "" {
		o.pod(t, node, f)
	}
}

func with(f tree.File, text string) tree.File {
	f.Content = tree.Clear([]byte(text))
	return f
}

// pod makes mistakes in the command line of a component.
func (o *oracle) pod(t *testing.T, node string, f tree.File) {
	docs, err := Documents(f.Content.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sites(docs[0], "") {
		if !strings.HasSuffix(s.path, ".command") {
			continue
		}
		var argv []string
		if err := s.value().Decode(&argv); err != nil {
			t.Fatal(err)
		}
		component := path.Base(argv[0])
		if _, known := extras()[component]; !known {
			continue
		}
		if said := o.start(node, component, argv); said != "" {
			t.Errorf("%s %s refuses what is rendered: %s", component, o.minor, said)
			continue
		}
		for _, m := range MutateArguments(component, argv, keep(o.minor+component)) {
			if err := s.value().Encode(m.Argv); err != nil {
				t.Fatal(err)
			}
			mutated, err := yaml.Marshal(docs[0])
			if err != nil {
				t.Fatal(err)
			}
			o.done = append(o.done, Verdict{
				Kind: "flags of " + component, Minor: o.minor, Mutant: m, Harender: o.judgement(t, node, with(f, string(mutated))),
				Component: o.start(node, component, m.Argv),
			})
		}
	}
}

func (o *oracle) start(node, component string, argv []string) string {
	return o.programs.Start(component, o.box.arguments(o.c, node, argv[1:]))
}

// lines makes mistakes in a text, and has both judge them.
func (o *oracle) lines(t *testing.T, kind, node string, f tree.File) {
	text := string(f.Content.Bytes())
	if said := o.box.text(kind, text); said != "" {
		t.Errorf("%s refuses what is rendered: %s", kind, said)
		return
	}
	for _, m := range MutateLines(text, keep(kind)) {
		o.done = append(o.done, Verdict{Kind: kind, Minor: o.minor, Mutant: m, Harender: o.judgement(t, node, with(f, m.Text)), Component: o.box.text(kind, m.Text)})
	}
}

// lineKind names the program that reads a text line by line.
func lineKind(file string) string {
	switch file {
	case "etc/haproxy/haproxy.cfg":
		return "haproxy"
	case "etc/keepalived/keepalived.conf":
		return "keepalived"
	}
	return ""
}

// decoderOf is the kind of a document, and the program that reads it.
func decoderOf(document string) (kind, program string) {
	var o struct{ Kind, APIVersion string }
	if err := yaml.Unmarshal([]byte(document), &o); err != nil {
		return "", ""
	}
	for program, kinds := range map[string][]string{
		"kube-apiserver": {"AdmissionConfiguration", "AuthenticationConfiguration", "AuthorizationConfiguration", "EgressSelectorConfiguration", "Policy", "TracingConfiguration"},
		"kube-proxy":     {"KubeProxyConfiguration"}, "kube-scheduler": {"KubeSchedulerConfiguration"}, "kubelet": {"CredentialProviderConfig", "KubeletConfiguration"},
		"kubeadm": {"ClusterConfiguration", "InitConfiguration", "JoinConfiguration"},
		"objects": {"Pod", "Deployment", "DaemonSet", "Service", "ConfigMap", "ServiceAccount", "PodDisruptionBudget", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "StorageClass"},
	} {
		if slices.Contains(kinds, o.Kind) {
			return o.Kind, program
		}
	}
	return "", ""
}

// decode has the components judge all documents, each program in one process.
func (o *oracle) decode(t *testing.T) {
	// Wrong gates stay in the process that read them.
	type batch struct {
		program string
		gates   bool
	}
	batches := map[batch][]int{}
	for i, j := range o.jobs {
		b := batch{j.program, strings.Contains(j.Mutant.Where, "featureGates")}
		batches[b] = append(batches[b], i)
	}
	for b, jobs := range batches {
		program := b.program
		var texts []string
		for _, i := range jobs {
			texts = append(texts, o.jobs[i].text)
		}
		said, err := o.programs.Decode(t.Context(), program, texts)
		if err != nil {
			t.Fatal(err)
		}
		for n, i := range jobs {
			v := o.jobs[i].Verdict
			v.Component = said[n]
			if v.Mutant.Class != rendered {
				o.done = append(o.done, v)
			} else if v.Component != "" {
				t.Errorf("%s of %s refuses what is rendered, %s of %s: %s", program, o.minor, v.Mutant.Where, o.c.Plan.Cluster.Name, v.Component)
			}
		}
	}
}

// TestOracle makes a sample of mistakes, or, by make oracle, all.
func TestOracle(t *testing.T) {
	var all []Verdict
	clusters := "hardened"
	if *full {
		clusters = "stacked,hardened,proxy-daemonset,kubeadm-stacked,lb-keepalived-systemd"
	}
	if *names != "" {
		clusters = *names
	}
	for minor := range strings.SplitSeq(*minors, ",") {
		programs := Programs{testtool.Set(t, "versions", minor)}
		for _, name := range strings.Split(clusters, ",") {
			c := compiled(t, name, minor)
			o := newOracle(t, c, minor, programs)
			for _, n := range []plan.Node{c.Plan.Nodes[0], c.Plan.Nodes[len(c.Plan.Nodes)-1]} {
				for _, f := range c.Rendered.Nodes[n.Cluster.Name] {
					o.file(t, n.Cluster.Name, f)
				}
			}
			for _, f := range c.Rendered.Shared.Addons {
				o.file(t, "", f)
			}
			o.decode(t)
			all = append(all, o.done...)
		}
	}
	var table strings.Builder
	least, examples := 80, 4
	if *full {
		least, examples = 3000, 100
	}
	if err := Print(&table, all, examples); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + table.String())
	if len(all) < least {
		t.Errorf("only %d mistakes", len(all))
	}
	var found Tally
	for _, x := range Tallies(all) {
		found.Both, found.Component = found.Both+x.Both, found.Component+x.Component
	}
	if found.Both < found.Component {
		t.Errorf("harender finds %d of the %d mistakes that a component refuses", found.Both, found.Both+found.Component)
	}
}
