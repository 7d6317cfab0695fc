package api_test

import (
	"encoding/json"
	"slices"
	"testing"

	"fettle/api"
	"fettle/rights"
)

// TestEveryOperationIsClassified: each operation of the OpenAPI document either
// cannot cause spending, for a reason, or is in the table of who may. The table
// says the same as what the server asks for.
func TestEveryOperationIsClassified(t *testing.T) {
	raw, err := api.OpenAPI("v1")
	if err != nil {
		t.Fatal(err)
	}
	var doc document
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, ops := range doc.Paths {
		for _, op := range ops {
			there[op.OperationID] = true
		}
	}
	classified := map[string]int{}
	for _, o := range rights.Table() {
		classified[o.ID]++
		for s, as := range []standing{viewer, editor, capped, spender, admin} {
			if may := o.Answers[s] != rights.Refused; may != (as >= leastStanding[o.ID]) {
				t.Errorf("%s: the table says %q of standing %d", o.ID, o.Answers[s], s)
			}
		}
	}
	for _, ids := range rights.Free() {
		for _, id := range ids {
			classified[id]++
		}
	}
	for id := range there {
		if classified[id] != 1 {
			t.Errorf("%s is classified %d times: put it into the table of the package rights, or among what is free", id, classified[id])
		}
	}
	for id := range classified {
		if !there[id] {
			t.Errorf("%s is no operation", id)
		}
	}
	for _, id := range slices.Concat(rights.Free()["says who may, and up to what; the admins' alone"]) {
		if leastStanding[id] != admin {
			t.Errorf("%s is open to others than admins", id)
		}
	}
}
