//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// clientpod is the log of pods that use their service account all along.
type clientpod struct {
	answered, silent int
	refused          []string
}

// askingWorkload has no tolerations, so that its pod runs on a worker.
func askingWorkload() map[string]any {
	labels := map[string]string{"app": "ask"}
	return map[string]any{
		"apiVersion": "apps/v1",
		"kind":       "Deployment",
		"metadata":   map[string]any{"name": "ask"},
		"spec": map[string]any{
			"selector": map[string]any{"matchLabels": labels},
			"strategy": map[string]any{"type": "Recreate"},
			"template": map[string]any{
				"metadata": map[string]any{"labels": labels},
				"spec": map[string]any{
					"terminationGracePeriodSeconds": 1,
					"containers":                    []map[string]any{{"name": "ask", "image": sandboxImage, "args": []string{"ask"}}},
				},
			},
		},
	}
}

func (r *rotation) podAsks() (string, error) {
	if err := r.admin.create(r.ctx, "/apis/apps/v1/namespaces/default/deployments", askingWorkload()); err != nil {
		return "", err
	}
	return "", r.collectAnswers()
}

// collectAnswers adds what the pod of now has been told. A kubelet that starts has no logs to show for a moment.
func (r *rotation) collectAnswers() error {
	var now clientpod
	err := r.eventually(func(ctx context.Context) (err error) {
		now, err = r.askingLog(ctx)
		if err == nil && now.answered == 0 {
			err = fmt.Errorf("%w: the pod has no answer: %v", errPending, now.refused)
		}
		return err
	})
	r.asked.answered += now.answered
	r.asked.silent += now.silent
	r.asked.refused = append(r.asked.refused, now.refused...)
	return err
}

// askingLog reads what the one pod has been told.
func (r *rotation) askingLog(ctx context.Context) (clientpod, error) {
	const pods = "/api/v1/namespaces/default/pods"
	var list struct{ Items []podObject }
	if err := r.admin.get(ctx, pods+"?labelSelector="+url.QueryEscape("app=ask"), &list); err != nil {
		return clientpod{}, err
	}
	if len(list.Items) != 1 {
		return clientpod{}, fmt.Errorf("%w: %d pods ask", errPending, len(list.Items))
	}
	log, err := r.admin.do(ctx, "GET", pods+"/"+list.Items[0].Metadata.Name+"/log", nil)
	if err != nil {
		return clientpod{}, err
	}
	var out clientpod
	for line := range strings.Lines(string(log)) {
		switch {
		case strings.Contains(line, " answered: system:serviceaccount:default:default"):
			out.answered++
		case strings.Contains(line, " no answer: "):
			out.silent++
		default:
			out.refused = append(out.refused, strings.TrimSpace(line))
		}
	}
	return out, nil
}

// judgePod wants that no pod was ever told that its token, or the apiserver's certificate, is not good.
func (r *rotation) judgePod() error {
	if err := r.collectAnswers(); err != nil {
		return err
	}
	r.report.figure("answers to a pod's token", float64(r.asked.answered), "", "")
	r.report.figure("questions of the pod without an answer", float64(r.asked.silent), "", "")
	r.report.figure("refusals of the pod", float64(len(r.asked.refused)), "", "0")
	if len(r.asked.refused) > 0 {
		return fmt.Errorf("the pod was refused %d times, first: %s", len(r.asked.refused), r.asked.refused[0])
	}
	return nil
}
