//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/harender/harender/internal/change/rollout"
)

// plan is what harender diff says of all that was committed since a revision.
func (r *rotation) plan(since string) (rollout.Plan, error) {
	var review struct{ Rollout rollout.Plan }
	text, err := r.diff(since, "json")
	if err == nil {
		err = json.Unmarshal(text, &review)
	}
	if err == nil && len(review.Rollout.Refused) > 0 {
		err = fmt.Errorf("no safe way: %v", review.Rollout.Refused)
	}
	return review.Rollout, err
}

func (r *rotation) diff(since, format string) ([]byte, error) {
	out, err := here(r.ctx, r.programs.Harender, "diff", r.repository(), "--base", since, "--output", format).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		if exit.ExitCode() == 1 {
			return out, nil // Something changes.
		}
		err = fmt.Errorf("diff: %w\n%s", err, exit.Stderr)
	}
	return out, err
}

// byPlan does what the plan says, in its order.
func (r *rotation) byPlan(since string) ([]delivered, error) {
	plan, err := r.plan(since)
	if err != nil {
		return nil, err
	}
	var out []delivered
	for _, s := range plan.Steps {
		if len(s.Nodes) == 0 {
			if err := r.obey("", slices.Concat(s.Before, s.Restart, s.After)); err != nil {
				return nil, err
			}
		}
		for _, name := range s.Nodes {
			d, err := r.turn(s, name)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.Title, err)
			}
			out = append(out, d)
		}
	}
	if len(out) != len(r.hosts) {
		return nil, fmt.Errorf("the plan brings files to %d nodes, and all %d have new ones", len(out), len(r.hosts))
	}
	return out, nil
}

// turn is that of one node.
func (r *rotation) turn(s rollout.Step, name string) (delivered, error) {
	began := time.Now()
	if err := r.obey(name, s.Before); err != nil {
		return delivered{}, err
	}
	restarted, err := takeFiles(r.ctx, r.hostOf(name), r.rendered(), s.Held...)
	if err != nil {
		return delivered{}, err
	}
	err = r.obey(name, slices.Concat(s.Restart, s.After))
	return delivered{node: name, restarted: restarted, took: time.Since(began)}, err
}

func (r *rotation) hostOf(name string) *host {
	return r.hosts[slices.IndexFunc(r.hosts, func(h *host) bool { return h.node.Name == name })]
}

// obey runs commands as they stand, each on the host that it names. Those that may fail at first are tried again.
func (r *rotation) obey(turn string, commands []rollout.Command) error {
	for _, c := range commands {
		line := strings.ReplaceAll(c.Run, rollout.CurrentNode, turn)
		h := r.hostOf(strings.ReplaceAll(c.On, rollout.CurrentNode, turn))
		try := func(ctx context.Context) error {
			_, err := run(h.command(ctx, "sh", "-c", line))
			return err
		}
		err := try(r.ctx)
		if err != nil && c.Again {
			err = r.eventually(try)
		}
		if err != nil {
			return fmt.Errorf("on %s: %s: %w", h.node.Name, c.Why, err)
		}
	}
	return nil
}
