//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// rotation is a cluster that works all along while what it trusts is replaced.
type rotation struct {
	*suite
	// operator is who writes, and who looks.
	operator *identity
	old      old
	writer   *writer
	// apiservers ask each apiserver itself.
	apiservers []*sampler
	asked      clientpod
	nodes      readiness
	windows    []window
	stops      []func()
}

// rotationStory replaces all authorities and keys of a cluster that works.
func (p *suite) rotationStory() error {
	err := p.inTurn(
		task{"repository made, tree built", p.makeCommittedTree},
		task{"trees opened with stock sops and laid", p.layFiles},
		task{"images made", p.makeImages},
		task{"hosts up, images loaded", p.startHosts},
	)
	if err != nil {
		return err
	}
	if err := p.form(); err != nil {
		return err
	}
	r := &rotation{suite: p, operator: &identity{}, nodes: readiness{now: map[string]unready{}}}
	defer r.stop()
	err = p.inTurn(
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
	// change edits the spec.
	change func() error
	// commands of harender, before they are told the repository. Each is a commit.
	commands []string
	// deliver takes to the nodes what was committed since a revision.
	deliver func(since string) ([]delivered, error)
	then    expect
	// between is what docs/rotation.md asks for before the next step.
	between func() error
}

// steps lead everything through all phases, each of which shares a delivery: one by hand, one by the plan, with new flags beside, and
// one by the plan's playbook. The authority of the front proxy is taken back at last.
func (r *rotation) steps() []advance {
	all := func(phase, frontProxy, encryption string) []string {
		return []string{
			"certs rotate-ca etcd " + phase, "certs rotate-ca kubernetes " + phase, "certs rotate-ca front-proxy " + frontProxy,
			"certs rotate-key service-account " + phase, "certs rotate-key encryption " + encryption,
		}
	}
	promoted := append([]string{"build"}, all("--promote", "--promote", "--promote")...)
	return []advance{
		{"staged by hand", nil, all("--stage", "--stage", "--stage"), r.byHand, expect{operator: true, etcd: true, token: true, key: true}, r.restartWorkloads},
		{"promoted by the plan", r.newFlags, promoted, r.byPlan, expect{operator: true, etcd: true, token: true}, r.renewAll},
		{"retired by the playbook", nil, all("--retire", "--back", "--retire --rewritten"), r.byPlaybook, expect{}, nil},
	}
}

// newFlags are of static pods that restart anyway, and then by their manifests too.
func (r *rotation) newFlags() error {
	return editSpec(filepath.Join(r.repository(), "cluster.yaml"), func(spec map[string]any) error {
		spec["extraArgs"] = map[string]any{"kube-apiserver": map[string]any{"audit-log-maxage": 60}, "etcd": map[string]any{"max-wals": 6}}
		return nil
	})
}

// renewAll gives pods tokens of the new key, and has everything encrypted with the new one.
func (r *rotation) renewAll() error { return errors.Join(r.restartWorkloads(), r.writeAnew()) }

// restartWorkloads gives all pods of workloads what they read only when they start, and a new token.
func (r *rotation) restartWorkloads() error {
	if err := r.collectAnswers(); err != nil {
		return err
	}
	return r.asDocumented("rollout restart")
}

// writeAnew has everything encrypted with the new key.
func (r *rotation) writeAnew() error {
	if err := r.eventually(func(context.Context) error { return r.asDocumented("kubectl replace") }); err != nil {
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

// prepare gives the hosts what a delivery takes. The first delivery changes nothing.
func (r *rotation) prepare() (string, error) {
	for _, h := range r.hosts {
		if err := installScripts(h.root, r.document("deliver.md")); err != nil {
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

func (p *suite) document(name string) string { return filepath.Join(p.build, "../../docs", name) }

// handOut gives the operator the newest certificate and authorities.
func (r *rotation) handOut() error { return r.operator.take(r.masters[0].root) }

// roll makes the commits of a step, and takes them to the nodes.
func (r *rotation) roll(s advance) error {
	return r.inTurn(task{s.name, func() (string, error) {
		w := window{name: s.name, from: time.Now()}
		since, err := run(here(r.ctx, "git", "-C", r.repository(), "rev-parse", "HEAD"))
		if err != nil {
			return "", err
		}
		if s.change != nil {
			if err := s.change(); err != nil {
				return "", err
			}
		}
		if err := r.make(s.commands); err != nil {
			return "", err
		}
		done, err := s.deliver(strings.TrimSpace(since))
		if err != nil {
			return "", err
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
		return listDelivered(done), nil
	}})
}

// make runs commands, and commits what each made.
func (r *rotation) make(commands []string) error {
	for _, command := range commands {
		argv := append([]string{r.programs.Harender}, strings.Fields(command)...)
		if _, err := run(here(r.ctx, append(argv, r.repository())...)); err != nil {
			return err
		}
		if err := r.commit(command); err != nil {
			return err
		}
	}
	return nil
}

// byHand takes the files to one node after the other, masters first, by the scripts of docs/deliver.md.
func (r *rotation) byHand(string) ([]delivered, error) {
	var done []delivered
	for _, h := range r.hosts {
		d, err := deliver(r.ctx, h, r.rendered())
		if err != nil {
			return nil, err
		}
		done = append(done, d)
	}
	return done, nil
}

func listDelivered(all []delivered) string {
	var out []string
	for _, d := range all {
		out = append(out, fmt.Sprintf("%s %.0f s: %s", d.node, d.took.Seconds(), strings.Join(d.restarted, " ")))
	}
	return strings.Join(out, "; ")
}
