//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"time"
)

const (
	writeInterval = 100 * time.Millisecond
	writeTimeout  = time.Second
	configMaps    = "/api/v1/namespaces/default/configmaps"
	writesLabel   = "harender.example/e2e"
)

// writer creates a numbered ConfigMap ten times a second, and notes which the apiserver acknowledged. A write that fails
// may have happened or not, and is not tried again.
type writer struct {
	api api
	// acknowledged maps the name of a written object to when its answer came.
	acknowledged map[string]time.Time
	// gap is the longest time between two answers, from the first to the last.
	gap    time.Duration
	failed int
	last   time.Time
}

// start gives a function that ends the writing. After it has returned, the writer's fields may be read. No write is
// acknowledged and not counted.
func (w *writer) start() (stop func()) {
	number := 0
	return repeat(writeInterval, func(ctx context.Context) {
		w.write(ctx, fmt.Sprintf("write-%06d", number))
		number++
	})
}

func (w *writer) write(ctx context.Context, name string) {
	err := w.api.create(ctx, configMaps, map[string]any{
		"apiVersion": "v1",
		"kind":       "ConfigMap",
		"metadata":   map[string]any{"name": name, "labels": map[string]string{writesLabel: "write"}},
	})
	if err != nil {
		w.failed++
		return
	}
	now := time.Now()
	if !w.last.IsZero() {
		w.gap = max(w.gap, now.Sub(w.last))
	}
	w.last = now
	w.acknowledged[name] = now
}

// lost lists the acknowledged writes that the cluster does not have.
func (w *writer) lost(ctx context.Context) ([]string, error) {
	var list struct{ Items []object }
	if err := w.api.get(ctx, configMaps+"?labelSelector="+writesLabel, &list); err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, item := range list.Items {
		there[item.Metadata.Name] = true
	}
	var lost []string
	for name := range w.acknowledged {
		if !there[name] {
			lost = append(lost, name)
		}
	}
	return lost, nil
}
