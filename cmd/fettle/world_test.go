package main

import (
	"encoding/json"
	"net"
	"net/http"
	"testing"
)

// restOfWorld stands for every service of others that the pages name: a model's server,
// a vendor that is asked whether a key is good, a CRM, a receiver of messages.
func restOfWorld() http.Handler {
	mux := http.NewServeMux()
	answer := func(pattern string, v any) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(v)
		})
	}
	answer("/", map[string]any{})
	answer("/v1/models", map[string]any{"data": []map[string]any{{"id": "qwen3-8b", "object": "model"}}})
	answer("/v4.2/account/info", map[string]any{"status": "success", "credits_info": map[string]any{"paid_credits_remaining": 100, "free_credits_remaining": 0}})
	contacts := func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Inputs []struct {
				ID string `json:"id"`
			} `json:"inputs"`
		}
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		results := []map[string]any{}
		for _, in := range asked.Inputs {
			results = append(results, map[string]any{"id": in.ID, "properties": map[string]any{}})
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"status": "COMPLETE", "results": results})
	}
	mux.HandleFunc("POST /crm/v3/objects/contacts/batch/read", contacts)
	mux.HandleFunc("POST /crm/v3/objects/contacts/batch/update", contacts)
	return mux
}

// listens reports whether somebody takes calls at the address.
func listens(t *testing.T, addr string) bool {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}
