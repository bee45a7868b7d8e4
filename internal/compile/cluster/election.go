package cluster

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/harender/harender/internal/compile/spec"
	"github.com/harender/harender/internal/diag"
)

const electionField = diag.Path("spec.leaderElection")

// Durations of the components where nobody says another (k8s.io/component-base/config/v1alpha1/defaults.go), and by how much
// they stretch a pause at random (k8s.io/client-go/tools/leaderelection).
const (
	defaultLease  = 15 * time.Second
	defaultRenew  = 10 * time.Second
	defaultRetry  = 2 * time.Second
	jitterPercent = 120
)

func leaderElection(r *report, s spec.LeaderElection) LeaderElection {
	before := len(r.list)
	e := LeaderElection{
		LeaseDuration: period(r, electionField.Key("leaseDuration"), s.LeaseDuration),
		RenewDeadline: period(r, electionField.Key("renewDeadline"), s.RenewDeadline),
		RetryPeriod:   period(r, electionField.Key("retryPeriod"), s.RetryPeriod),
	}
	if len(r.list) == before {
		checkElection(r, electionField, e)
	}
	return e
}

// period is a short duration; zero where there is none, or none that can be.
func period(r *report, field diag.Path, text string) time.Duration {
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		r.error(field, diag.Quote(text)+" is no duration", "write seconds or minutes, such as 15s or 2m")
		return 0
	}
	return d
}

// checkElection holds what client-go refuses to start with: a leader must have given up before another may follow, and must
// have tried to renew before it gives up.
func checkElection(r *report, field diag.Path, e LeaderElection) {
	lease, renew, retry := cmp.Or(e.LeaseDuration, defaultLease), cmp.Or(e.RenewDeadline, defaultRenew), cmp.Or(e.RetryPeriod, defaultRetry)
	switch {
	case lease <= renew:
		r.error(field, "leaseDuration ("+lease.String()+") is not longer than renewDeadline ("+renew.String()+")",
			"a leader must give up before another follows it: make leaseDuration longer, as in 15s, 10s and 2s for the three")
	case renew <= retry*jitterPercent/100:
		r.error(field, "renewDeadline ("+renew.String()+") is not longer than 1.2 times retryPeriod ("+retry.String()+")",
			"a leader must try again before it gives up: make retryPeriod shorter, as in 15s, 10s and 2s for the three")
	}
}

// checkElectionArgs holds the flags by which a node's components differ from the spec's durations to the same rules.
func checkElectionArgs(r *report, s spec.Spec, c Cluster) {
	masters := withRole(c.Nodes, RoleControlPlane)
	seen := map[diag.Path]bool{}
	for _, n := range masters {
		for _, component := range []string{"kube-controller-manager", "kube-scheduler"} {
			field, flag := argField(s, n, component)
			if flag == "" || seen[field] {
				continue
			}
			seen[field] = true
			checkElected(r, field, component, c.LeaderElection, n.Args[component], len(masters))
		}
	}
}

// checkElected looks at the flags of one component, of which so many instances run.
func checkElected(r *report, field diag.Path, component string, e LeaderElection, args map[string][]string, instances int) {
	if elect, err := strconv.ParseBool(last(args["leader-elect"])); err == nil && !elect {
		if instances > 1 {
			r.error(field, "there are "+strconv.Itoa(instances)+" instances of "+component+", and leader-elect is off",
				"remove leader-elect: an instance without it acts at once, and changes the cluster against the others")
		}
		return
	}
	for flag, into := range map[string]*time.Duration{
		"leader-elect-lease-duration": &e.LeaseDuration, "leader-elect-renew-deadline": &e.RenewDeadline, "leader-elect-retry-period": &e.RetryPeriod,
	} {
		// What is no duration, the flags of the component's version tell.
		if d, err := time.ParseDuration(last(args[flag])); err == nil {
			*into = d
		}
	}
	checkElection(r, field, e)
}

func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// argField is the last level of the spec that says something of the election of a component on the node, and one of its flags.
func argField(s spec.Spec, n Node, component string) (field diag.Path, flag string) {
	const args = "extraArgs"
	type level struct {
		at   diag.Path
		args spec.ExtraArgs
	}
	levels := []level{{diag.Path("spec").Key(args), s.ExtraArgs}}
	for _, role := range n.Roles {
		levels = append(levels, level{diag.Path("spec.roles").Key(string(role)).Key(args), s.Roles[string(role)].ExtraArgs})
	}
	levels = append(levels, level{diag.Path("spec.pools").Key(n.Pool).Key(args), s.Pools[n.Pool].ExtraArgs})
	i := slices.IndexFunc(s.Nodes, func(o spec.Node) bool { return o.Name == n.Name })
	levels = append(levels, level{diag.Path(n.Field).Key(args), s.Nodes[i].ExtraArgs})
	for _, l := range levels {
		for _, name := range []string{"leader-elect", "leader-elect-lease-duration", "leader-elect-renew-deadline", "leader-elect-retry-period"} {
			if _, ok := l.args[component][name]; ok {
				field, flag = l.at.Key(component).Key(name), name
			}
		}
	}
	return field, flag
}
