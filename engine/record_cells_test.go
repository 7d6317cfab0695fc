package engine

import (
	"testing"

	"fettle"
	"fettle/store"
)

func TestCellMarks(t *testing.T) {
	t.Parallel()
	page := []RecordView{{ID: 1, Values: map[string]any{"email": "a@b.example"}}, {ID: 2, Values: map[string]any{}}}
	finder := store.Enrichment{ID: 7, LogicVersion: 3, Definition: fettle.Definition{Outputs: fettle.Outputs{{Name: "email", Field: "email"}, {Name: "phone", Field: "phone"}}}}
	m := cellMarks{
		page: map[int64]*RecordView{1: &page[0], 2: &page[1]}, shown: map[string]bool{"email": true},
		enrichments: map[int64]store.Enrichment{7: finder},
	}
	m.row(store.Row{EnrichmentID: 7, RecordID: 1, State: fettle.RowPending})
	if page[0].Cells != nil {
		t.Errorf("a filled cell is marked %v by a pending row", page[0].Cells)
	}
	m.row(store.Row{EnrichmentID: 7, RecordID: 1, State: fettle.RowDone, Outcome: fettle.Reused})
	if page[0].Cells["email"] != CellReused {
		t.Errorf("a reused value is %q", page[0].Cells["email"])
	}
	m.cell(store.Cell{CellKey: store.CellKey{Record: 1, Field: "email"}, EnrichmentID: 7, Version: 2, BoughtUS: 5})
	if page[0].Cells["email"] != CellStale {
		t.Errorf("a value of an older version is %q", page[0].Cells["email"])
	}
	m.row(store.Row{EnrichmentID: 7, RecordID: 2, State: fettle.RowDone, Outcome: fettle.NotFoundRow})
	m.row(store.Row{EnrichmentID: 7, RecordID: 2, State: fettle.RowRunning})
	m.row(store.Row{EnrichmentID: 7, RecordID: 2, State: fettle.RowDone, Outcome: fettle.Found})
	if len(page[1].Cells) != 1 || page[1].Cells["email"] != CellRunning {
		t.Errorf("a running cell beside one not found: %v", page[1].Cells)
	}
}
