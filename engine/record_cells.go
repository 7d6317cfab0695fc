package engine

import (
	"context"
	"slices"

	"fettle"
	"fettle/store"
)

// CellState is how a cell stands, beside its value.
type CellState string

// The states, the most urgent first: of several, the first is shown. All but
// running, unknown, stale and reused are of blank cells.
const (
	CellRunning      CellState = "running"
	CellUnknown      CellState = "unknown" // a call may have been billed
	CellPending      CellState = "pending"
	CellWaiting      CellState = "waiting"
	CellFailed       CellState = "failed"
	CellNotFound     CellState = "not_found"
	CellMissingInput CellState = "missing_input"
	CellSkipped      CellState = "skipped"
	CellTakenBack    CellState = "taken_back" // a person took its value back: bought for nobody until a person reruns it
	CellStale        CellState = "stale"      // bought by an older version of the logic
	CellReused       CellState = "reused"     // an enrichment took what was bought before
)

var cellUrgency = []CellState{
	CellRunning, CellUnknown, CellPending, CellWaiting, CellFailed, CellNotFound, CellMissingInput, CellSkipped, CellTakenBack, CellStale, CellReused,
}

// CellStates lists the states, the most urgent first.
func CellStates() []CellState { return slices.Clone(cellUrgency) }

// markCells says of each record of a page how its cells stand. It reads the
// page's rows and cells only.
func markCells(ctx context.Context, tx *store.Tx, page []RecordView, fields []fettle.Field) error {
	ids := make([]int64, len(page))
	for i, r := range page {
		ids[i] = r.ID
	}
	m := cellMarks{page: map[int64]*RecordView{}, shown: map[string]bool{}, enrichments: map[int64]store.Enrichment{}}
	for i := range page {
		m.page[page[i].ID] = &page[i]
	}
	for _, f := range fields {
		m.shown[f.Key] = true
	}
	all, err := tx.Enrichments(ctx)
	if err != nil {
		return err
	}
	for _, x := range all {
		m.enrichments[x.ID] = x
	}
	rows, err := tx.RowsOfRecords(ctx, ids)
	if err != nil {
		return err
	}
	for _, row := range rows {
		m.row(row)
	}
	cells, err := tx.Cells(ctx, ids)
	if err != nil {
		return err
	}
	for _, c := range cells {
		m.cell(c)
	}
	return nil
}

// cellMarks gathers the states of a page's cells.
type cellMarks struct {
	page        map[int64]*RecordView
	shown       map[string]bool
	enrichments map[int64]store.Enrichment
}

func (m *cellMarks) mark(record int64, field string, s CellState) {
	r := m.page[record]
	if s == "" || r == nil || !m.shown[field] {
		return
	}
	if r.Cells == nil {
		r.Cells = map[string]CellState{}
	}
	if old, ok := r.Cells[field]; !ok || slices.Index(cellUrgency, s) < slices.Index(cellUrgency, old) {
		r.Cells[field] = s
	}
}

// row marks the blank cells that a row is to fill, or could not.
func (m *cellMarks) row(row store.Row) {
	r, s := m.page[row.RecordID], rowState(row)
	if r == nil {
		return
	}
	reused := row.State == fettle.RowDone && row.Outcome == fettle.Reused
	for _, o := range m.enrichments[row.EnrichmentID].Definition.Outputs {
		switch _, filled := r.Values[o.Field]; {
		case filled && reused:
			m.mark(row.RecordID, o.Field, CellReused)
		case !filled:
			m.mark(row.RecordID, o.Field, s)
		}
	}
}

func (m *cellMarks) cell(c store.Cell) {
	switch c.Hold {
	case "running":
		m.mark(c.Record, c.Field, CellRunning)
	case "unknown":
		m.mark(c.Record, c.Field, CellUnknown)
	}
	x, known := m.enrichments[c.EnrichmentID]
	if r := m.page[c.Record]; r != nil && known && c.BoughtUS > 0 && c.Version < x.LogicVersion && r.Values[c.Field] != nil {
		m.mark(c.Record, c.Field, CellStale)
	}
}

// rowState is what a row says of the cells that it is to fill; "" for nothing.
func rowState(row store.Row) CellState {
	switch row.State {
	case fettle.RowPending:
		return CellPending
	case fettle.RowWaiting:
		return CellWaiting
	case fettle.RowRunning:
		return CellRunning
	case fettle.RowDone:
	}
	switch row.Outcome {
	case fettle.NotFoundRow, fettle.KnownNotFound:
		return CellNotFound
	case fettle.Failed:
		return CellFailed
	case fettle.Unknown:
		return CellUnknown
	case fettle.MissingInput:
		return CellMissingInput
	case fettle.TakenBack:
		return CellTakenBack
	case fettle.Skipped:
		return CellSkipped
	case fettle.Found, fettle.Reused, fettle.Filled, fettle.Held, fettle.AwaitsAnswer, fettle.AwaitsApproval, fettle.AwaitsOwnLimit, fettle.AwaitsConflict, fettle.AwaitsGuard:
	}
	return ""
}
