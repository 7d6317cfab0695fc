package ingest_test

import (
	"testing"

	"fettle/ingest"
	"fettle/store/storetest"
)

// TestAmongCodesAWordForNothingIsACode imports states of which two are words for
// nothing elsewhere (ND: no data), and N/A, which is no code.
func TestAmongCodesAWordForNothingIsACode(t *testing.T) {
	db := storetest.Open(t)
	v := importText(t, db, "Record ID,State,Size Class\n1,ND,NA\n2,SD,nd\n3,CA,Large\n4,N/A,Small\n5,NY,NA\n6,ND,Medium\n", ingest.ImportOptions{CreateFields: true})
	got := map[int64]any{}
	size := map[int64]any{}
	for id, r := range records(t, db, "people", 1, 2, 3, 4, 5, 6) {
		got[id], size[id] = r.Value("state"), r.Value("size_class")
	}
	for id, want := range map[int64]any{1: "ND", 2: "SD", 3: "CA", 4: nil, 5: "NY", 6: "ND"} {
		if got[id] != want {
			t.Errorf("state of %d: %v, want %v (%+v)", id, got[id], want, v.Placeholders)
		}
	}
	if size[1] != nil || size[2] != nil || size[3] != "Large" {
		t.Errorf("words for nothing among words: %v", size)
	}
}
