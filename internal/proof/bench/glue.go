package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// glue is what the script costs for the cluster as such, and for a node of each kind.
type glue struct{ cluster, master, worker series }

// workersARound are measured; the cost of the others follows from theirs, as the script does for each node the same.
const workersARound = 3

// node is what the script is told of one.
type node struct {
	Name    string     `json:"name"`
	Address netip.Addr `json:"address"`
}

var recipient = regexp.MustCompile(`age1[0-9a-z]+`)

// round measures the script for the cluster, for one master, and for some workers, each round for others.
func (g *glue) round(ctx context.Context, m meter, o Options, c *cluster, round int) error {
	masters, workers := nodes(c.size)
	text, err := json.Marshal(masters)
	if err != nil {
		return err
	}
	policy, err := os.ReadFile(filepath.Join(c.repository(round), ".sops.yaml"))
	if err != nil {
		return err
	}
	out := filepath.Join(c.dir, "glue", strconv.Itoa(round))
	m.env = append(slices.Clone(m.env), "LAYERS="+o.Layers, "MASTERS="+string(text), "RECIPIENT="+recipient.FindString(string(policy)))
	run := func(s *series, kind string, args ...string) error {
		return s.add(m.run(ctx, o.Glue, append([]string{kind, out}, args...)...))
	}
	if err := run(&g.cluster, "cluster"); err != nil {
		return err
	}
	master := masters[round%len(masters)]
	if err := run(&g.master, "master", master.Name, master.Address.String()); err != nil {
		return err
	}
	for i := range workersARound {
		w := workers[(workersARound*round+i)%len(workers)]
		if err := run(&g.worker, "worker", w.Name, w.Address.String()); err != nil {
			return err
		}
	}
	return nil
}

// nodes are those that harender init gives a cluster.
func nodes(s size) (masters, workers []node) {
	address := netip.AddrFrom4([4]byte{10, 0, 0, 11})
	for i := range s.nodes() {
		if i < s.masters {
			masters = append(masters, node{fmt.Sprintf("m%d", i+1), address})
		} else {
			workers = append(workers, node{fmt.Sprintf("w%d", i-s.masters+1), address})
		}
		address = address.Next()
	}
	return masters, workers
}

// whole is the cost for all nodes, one after the other.
func (g glue) whole(s size) sample {
	once, master, worker := g.cluster.median(), g.master.median(), g.worker.median()
	sum := func(figure func(sample) time.Duration) time.Duration {
		return figure(once) + time.Duration(s.masters)*figure(master) + time.Duration(s.workers)*figure(worker)
	}
	return sample{
		wall: sum(func(one sample) time.Duration { return one.wall }),
		cpu:  sum(func(one sample) time.Duration { return one.cpu }),
		peak: max(once.peak, master.peak, worker.peak),
	}
}
