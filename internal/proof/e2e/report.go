//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// report says how long each step took and what came of it.
type report struct {
	mu      sync.Mutex
	Steps   []step   `json:"steps"`
	Figures []figure `json:"figures"`
}

type step struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	Detail  string  `json:"detail"`
}

// figure is a measured value beside the mark that it is held against. A mark is no condition of the test.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Mark  string  `json:"mark"`
}

func (r *report) step(name string, since time.Time, detail string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Steps = append(r.Steps, step{name, time.Since(since).Seconds(), detail})
}

func (r *report) figure(name string, value float64, unit, mark string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Figures = append(r.Figures, figure{name, value, unit, mark})
}

// markdown is the report for people.
func (r *report) markdown() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	b.WriteString("| step | seconds | what came of it |\n| --- | ---: | --- |\n")
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "| %s | %.1f | %s |\n", s.Name, s.Seconds, s.Detail)
	}
	b.WriteString("\n| figure | value | mark |\n| --- | ---: | --- |\n")
	for _, f := range r.Figures {
		fmt.Fprintf(&b, "| %s | %s %s | %s |\n", f.Name, strings.TrimSuffix(fmt.Sprintf("%.2f", f.Value), ".00"), f.Unit, f.Mark)
	}
	return b.String()
}

// write leaves base.json and base.md.
func (r *report) write(base string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(base+".json", append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.WriteFile(base+".md", []byte(r.markdown()), 0o644)
}
