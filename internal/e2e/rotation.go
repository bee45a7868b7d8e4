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
	r := &rotation{proof: p, operator: &identity{}, unready: map[string]bool{}}
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
	// commands of harender, before they are told the repository.
	commands []string
	then     expect
	// between is what docs/rotation.md asks for before the next step.
	between func() error
}

// steps lead everything through all phases, each of which shares a delivery. The authority of the front proxy is taken back at last.
func (r *rotation) steps() []advance {
	all := func(phase, frontProxy, encryption string) []string {
		return []string{
			"rotate-ca etcd " + phase, "rotate-ca kubernetes " + phase, "rotate-ca front-proxy " + frontProxy,
			"rotate-key service-account " + phase, "rotate-key encryption " + encryption,
		}
	}
	return []advance{
		{"staged", all("--stage", "--stage", "--stage"), expect{operator: true, etcd: true, token: true, key: true}, r.restartWorkloads},
		{"promoted", all("--promote", "--promote", "--promote"), expect{operator: true, etcd: true, token: true}, r.renewAll},
		{"retired", all("--retire", "--back", "--retire --rewritten"), expect{}, nil},
	}
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
	if err := install(r.kubectl(), filepath.Join(r.masters[0].root, deliveries, "kubectl")); err != nil {
		return "", err
	}
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

func (p *proof) document(name string) string { return filepath.Join(p.build, "../../docs", name) }

// handOut gives the operator the newest certificate and authorities.
func (r *rotation) handOut() error { return r.operator.take(r.masters[0].root) }

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
