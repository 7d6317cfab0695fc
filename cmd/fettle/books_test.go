package main

import (
	"encoding/json"
	"net/http"

	"github.com/rogpeppe/go-internal/testscript"
)

// readBooks asks the simulated provider what it billed.
func readBooks(ts *testscript.TestScript, address string) map[string]any {
	resp, err := http.Get(address)
	ts.Check(err)
	defer func() { _ = resp.Body.Close() }()
	var books map[string]any
	ts.Check(json.NewDecoder(resp.Body).Decode(&books))
	return books
}
