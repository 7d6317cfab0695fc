package main

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"
)

// TestCommentsAreUpToDate holds what the document of the API says to the source.
func TestCommentsAreUpToDate(t *testing.T) {
	want, err := comments(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("../../api/comments.json")
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got, want) {
		t.Error("api/comments.json is not what the source says: run make generate")
	}
	if len(want) < 500 || !slices.Contains(slices.Collect(maps.Keys(want)), "fettle.EnrichmentView.PaidRows") {
		t.Errorf("only %d comments were found", len(want))
	}
}
