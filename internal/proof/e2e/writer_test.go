//go:build e2e

package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// forgetful is an API that acknowledges every write but the second, and has all of them but the third.
func forgetful(t *testing.T) api {
	var mu sync.Mutex
	var items []map[string]any
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodGet {
			if err := json.NewEncoder(w).Encode(map[string]any{"items": items}); err != nil {
				t.Error(err)
			}
			return
		}
		var item map[string]any
		if err := json.NewDecoder(r.Body).Decode(&item); err != nil {
			t.Error(err)
		}
		calls++
		if calls == 2 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		if calls != 3 {
			items = append(items, item)
		}
	}))
	t.Cleanup(server.Close)
	return api{base: server.URL, client: server.Client()}
}

func TestWriterFindsLostWrites(t *testing.T) {
	w := &writer{api: forgetful(t), acknowledged: map[string]time.Time{}}
	for _, name := range []string{"a", "b", "c", "d"} {
		w.write(t.Context(), name)
	}
	if len(w.acknowledged) != 3 || w.failed != 1 {
		t.Errorf("%d acknowledged, %d failed, want 3 and 1", len(w.acknowledged), w.failed)
	}
	lost, err := w.lost(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(lost, []string{"c"}) {
		t.Errorf("lost %v, want c alone", lost)
	}
}
