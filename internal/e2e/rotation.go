//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// rotation is a cluster that works all along while what it trusts is replaced.
type rotation struct {
	*proof
	// operator is who writes, and who looks.
	operator *identity
	old      old
	writer   *writer
	// apiservers ask each apiserver itself.
	apiservers []*sampler
	asked      asking
	// unready are the nodes that were seen not to be ready.
	unready map[string]bool
	windows []window
	stops   []func()
}

// rotationStory replaces all authorities and keys of a cluster that works.
func (p *proof) rotationStory() error {
	if err := p.boot(p.makeKeyedTree); err != nil {
		return err
	}
	r := &rotation{proof: p, operator: &identity{}, unready: map[string]bool{}}
	defer r.stop()
	err := p.inTurn(
		task{"hosts take deliveries", r.prepare},
		task{"pod asks with its token", r.podAsks},
		task{"client writes", r.watch},
		task{"old certificates and tokens noted", r.keepOld},
	)
	if err != nil {
		return err
	}
	for _, s := range r.steps() {
		if err := r.roll(s); err != nil {
			return err
		}
	}
	return p.inTurn(task{"all that was written is there", r.judge})
}

// advance is a delivery to all nodes, and what is so when they have it.
type advance struct {
	name string
	// commands of harender, before they are told the repository.
	commands []string
	then     expect
	// between is what docs/rotation.md asks for before the next step.
	between func() error
}

// steps lead etcd's authority through all phases and once back, and meanwhile everything else through all phases.
func (r *rotation) steps() []advance {
	others := func(phase string) []string {
		encryption := "rotate-key encryption " + phase
		if phase == "--retire" {
			encryption += " --rewritten"
		}
		return []string{
			"rotate-ca kubernetes " + phase, "rotate-ca front-proxy " + phase,
			"rotate-key service-account " + phase, encryption,
		}
	}
	return []advance{
		{"etcd staged", []string{"rotate-ca etcd --stage"}, expect{operator: true, etcd: true, token: true, key: true}, nil},
		{
			"etcd promoted, others staged", append(others("--stage"), "rotate-ca etcd --promote"),
			expect{operator: true, etcd: true, token: true, key: true}, r.restartWorkloads,
		},
		{
			"etcd taken back, others promoted", append(others("--promote"), "rotate-ca etcd --back"),
			expect{operator: true, etcd: true, token: true}, func() error { return errors.Join(r.restartWorkloads(), r.writeAnew()) },
		},
		{"etcd promoted again, others retired", append(others("--retire"), "rotate-ca etcd --promote"), expect{etcd: true}, nil},
		{"etcd retired", []string{"rotate-ca etcd --retire"}, expect{}, nil},
	}
}

// restartWorkloads gives all pods of workloads what they read only when they start, and a new token.
func (r *rotation) restartWorkloads() error {
	if err := r.collectAnswers(); err != nil {
		return err
	}
	return r.asDocumented("rollout restart")
}

// writeAnew has everything encrypted with the new key.
func (r *rotation) writeAnew() error {
	if err := r.asDocumented("kubectl replace"); err != nil {
		return err
	}
	used, err := r.storedWith()
	if err == nil && used == r.old.key {
		err = fmt.Errorf("the Secret still has the key %s", used)
	}
	return err
}

// asDocumented runs, on a master, the block of docs/rotation.md that has some words.
func (r *rotation) asDocumented(has string) error {
	text, err := os.ReadFile(r.document("rotation.md"))
	if err != nil {
		return err
	}
	for _, part := range strings.Split(string(text), "```sh cluster\n")[1:] {
		if block, _, _ := strings.Cut(part, "```"); strings.Contains(block, has) {
			_, err := run(r.masters[0].script(r.ctx, "export KUBECONFIG=/etc/kubernetes/admin.conf\n"+block))
			return err
		}
	}
	return fmt.Errorf("docs/rotation.md has no block with %s", has)
}

// makeKeyedTree is the repository of a cluster whose nodes have keys of their own.
func (p *proof) makeKeyedTree() (string, error) {
	if err := makeRepository(p.ctx, p.programs.Harender, p.repository()); err != nil {
		return "", err
	}
	if err := addRecipients(filepath.Join(p.repository(), "cluster.yaml"), func(name string) (string, error) {
		return newNodeKey(p.root(node{Name: name}))
	}); err != nil {
		return "", err
	}
	out, err := run(here(p.ctx, p.programs.Harender, "build", p.repository()))
	if err != nil {
		return "", err
	}
	if p.cluster, err = readCluster(p.repository()); err != nil {
		return "", err
	}
	if _, err := run(here(p.ctx, "git", "-C", p.repository(), "init", "--quiet")); err != nil {
		return "", err
	}
	return lastLine(out), p.commit("a cluster")
}

// addRecipients names a recipient for each node.
func addRecipients(path string, recipient func(node string) (string, error)) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var document map[string]any
	if err := yaml.Unmarshal(text, &document); err != nil {
		return err
	}
	spec, _ := document["spec"].(map[string]any)
	nodes, _ := spec["nodes"].([]any)
	for _, item := range nodes {
		n, _ := item.(map[string]any)
		name, _ := n["name"].(string)
		own, err := recipient(name)
		if err != nil {
			return err
		}
		n["recipients"] = []string{own}
	}
	if text, err = yaml.Marshal(document); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// prepare gives the hosts what a delivery takes. The first delivery changes nothing.
func (r *rotation) prepare() (string, error) {
	if err := install(r.kubectl(), filepath.Join(r.masters[0].root, deliveries, "kubectl")); err != nil {
		return "", err
	}
	for _, h := range r.hosts {
		if err := installScripts(h.root, filepath.Join(r.programs.Witnesses, "sops"), r.document("deliver.md")); err != nil {
			return "", err
		}
		d, err := deliver(r.ctx, h, r.rendered())
		if err == nil && len(d.restarted) > 0 {
			err = fmt.Errorf("%s would start again without a change: %v", d.node, d.restarted)
		}
		if err != nil {
			return "", err
		}
	}
	return "nothing starts again without a change", r.handOut()
}

func (p *proof) document(name string) string { return filepath.Join(p.build, "../../docs", name) }

// handOut gives the operator the newest certificate and authorities.
func (r *rotation) handOut() error { return r.operator.take(r.masters[0].root) }

// watch starts who writes and who looks.
func (r *rotation) watch() (string, error) {
	r.admin = r.operator.api(r.admin.base, adminTimeout)
	r.writer = &writer{api: r.operator.api(r.admin.base, writeTimeout), acknowledged: map[string]time.Time{}}
	r.stops = append(r.stops, r.writer.start())
	for _, h := range r.masters {
		direct := r.direct(h)
		s := &sampler{name: h.node.Name, ask: func(ctx context.Context) error { return direct.get(ctx, "/readyz", nil) }}
		r.apiservers = append(r.apiservers, s)
		r.stops = append(r.stops, s.start())
	}
	r.stops = append(r.stops, repeat(time.Second, r.lookAtNodes))
	return fmt.Sprintf("%d times a second", time.Second/writeInterval), nil
}

// direct asks one apiserver, not through the balancer.
func (r *rotation) direct(h *host) api {
	return r.operator.api(fmt.Sprintf("https://%s:%d", h.node.Address, r.cluster.Spec.APIServer.Port), writeTimeout)
}

func (r *rotation) lookAtNodes(ctx context.Context) {
	nodes, err := listNodes(ctx, r.admin)
	if err != nil {
		return // The writer measures how long nobody answers.
	}
	for name, n := range nodes {
		if !isReady(n.Status.Conditions) {
			r.unready[name] = true
		}
	}
}

// stop ends all who write and look. It may be called twice.
func (r *rotation) stop() {
	for _, stop := range r.stops {
		stop()
	}
}

// roll makes the commits of a step, and takes them to the nodes one after the other, masters first.
func (r *rotation) roll(s advance) error {
	return r.inTurn(task{s.name, func() (string, error) {
		w := window{name: s.name, from: time.Now()}
		for _, command := range s.commands {
			argv := append([]string{r.programs.Harender, "certs"}, strings.Fields(command)...)
			if _, err := run(here(r.ctx, append(argv, r.repository())...)); err != nil {
				return "", err
			}
			if err := r.commit(command); err != nil {
				return "", err
			}
		}
		var done []string
		for _, h := range r.hosts {
			d, err := deliver(r.ctx, h, r.rendered())
			if err != nil {
				return "", err
			}
			done = append(done, fmt.Sprintf("%s %.0f s: %s", d.node, d.took.Seconds(), strings.Join(d.restarted, " ")))
		}
		if err := errors.Join(r.handOut(), r.holds(s.then)); err != nil {
			return "", err
		}
		if s.between != nil {
			if err := s.between(); err != nil {
				return "", err
			}
		}
		w.to = time.Now()
		r.windows = append(r.windows, w)
		return strings.Join(done, "; "), nil
	}})
}

// commit keeps what a command made, as the next step asks for.
func (p *proof) commit(message string) error {
	git := func(argv ...string) error {
		_, err := run(here(p.ctx, append([]string{"git", "-C", p.repository(), "-c", "user.name=e2e", "-c", "user.email=e2e@harender.example"}, argv...)...))
		return err
	}
	return errors.Join(git("add", "--all"), git("commit", "--quiet", "--message", message))
}

// judge holds what was seen against what was promised.
func (r *rotation) judge() (string, error) {
	r.stop()
	acknowledged := slices.Collect(maps.Values(r.writer.acknowledged))
	var lines []string
	for _, w := range r.windows {
		line := fmt.Sprintf("%s: no write acknowledged for %.1f s", w.name, w.longestGap(acknowledged).Seconds())
		for _, s := range r.apiservers {
			line += fmt.Sprintf(", %s away %.1f s", s.name, w.longestGap(s.answered).Seconds())
		}
		lines = append(lines, line)
	}
	err := errors.Join(r.proof.judge(r.writer), r.judgePod())
	if len(r.unready) > 0 {
		err = errors.Join(err, fmt.Errorf("nodes were not ready: %v", slices.Sorted(maps.Keys(r.unready))))
	}
	return strings.Join(lines, "; "), err
}
