package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
)

// CellKey is (record, field): the unit that is paid for once.
type CellKey struct {
	Record int64
	Field  string
}

// Cell is what is known of the buying of one cell. Hold is "", "running" or
// "unknown", HoldID the call that holds it. BoughtUS is 0 if it was never
// bought.
type Cell struct {
	CellKey
	Hold         string
	HoldID       int64
	EnrichmentID int64
	Version      int64
	AttemptID    int64
	InputsHash   string
	BoughtUS     int64
	Signal       int64 // when bought: for which signal; 0 for none
	TakenBack    int64 `json:",omitempty"` // the undo that took its value back; 0 for none
}

// Paid reports whether the value came from a call: a formula's was worked out.
func (c Cell) Paid() bool { return c.BoughtUS > 0 && c.AttemptID > 0 }

// Cells reads the cells of records that anything is known of.
func (tx *Tx) Cells(ctx context.Context, records []int64) (map[CellKey]Cell, error) {
	out := make(map[CellKey]Cell, len(records))
	b := NewBatch("bigint").sized(len(records))
	for _, id := range records {
		b.Add(id)
	}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var c Cell
		if err := r.Scan(&c.Record, &c.Field, &c.Hold, &c.HoldID, &c.EnrichmentID, &c.Version, &c.AttemptID, &c.InputsHash, &c.BoughtUS, &c.TakenBack); err != nil {
			return err
		}
		out[c.CellKey] = c
		return nil
	}, b, `WITH v(id) AS (@rows) SELECT c.record_id, c.field, c.hold, c.hold_id, c.enrichment_id, c.version, c.attempt_id, c.inputs_hash,
		c.bought_at_us, c.taken_back FROM v JOIN cells c ON c.record_id = v.id`)
	return out, err
}

// CellHold is a cell and the call that holds it; Next is the call that it is
// handed to.
type CellHold struct {
	CellKey
	Attempt int64
	Next    int64
	Bought  int64 // when taken: the BoughtUS that the decision was made on
	Back    int64 // and the TakenBack
}

// HoldCells makes cells belong to their calls. A cell that is held already, or
// that was bought or taken back since it was read, is not taken; the number taken tells, and
// the caller begins anew if it is short. This is the claim that makes a cell
// be paid for once.
func (tx *Tx) HoldCells(ctx context.Context, holds []CellHold) (int64, error) {
	b := NewBatch("bigint", "text", "bigint", "bigint", "bigint").sized(len(holds))
	for _, h := range holds {
		b.Add(h.Record, h.Field, h.Attempt, h.Bought, h.Back)
		tx.touch(h.Record)
	}
	return tx.execBatch(ctx, b, `WITH v(record, field, attempt, bought, back) AS (@rows)
		INSERT INTO cells (record_id, field, hold, hold_id, enrichment_id, version, attempt_id, inputs_hash, bought_at_us, taken_back)
		SELECT record, field, 'running', attempt, 0, 0, 0, '', bought, back FROM v WHERE true
		ON CONFLICT (record_id, field) DO UPDATE SET hold = 'running', hold_id = excluded.hold_id
		WHERE cells.hold = '' AND cells.bought_at_us = excluded.bought_at_us AND cells.taken_back = excluded.taken_back`)
}

// PassCells hands cells from one call to the next of the same row, or marks
// them unknown. It changes only cells that the old call holds.
func (tx *Tx) PassCells(ctx context.Context, cells []CellHold, hold string) error {
	b := NewBatch("bigint", "text", "bigint", "bigint")
	for _, h := range cells {
		b.Add(h.Record, h.Field, h.Attempt, h.Next)
		tx.touch(h.Record)
	}
	_, err := tx.execBatch(ctx, b, `WITH v(record, field, old, new) AS (@rows) UPDATE cells SET hold = $1, hold_id = v.new FROM v
		WHERE cells.record_id = v.record AND cells.field = v.field AND cells.hold_id = v.old AND cells.hold <> ''`, hold)
	return err
}

// FreeCells ends the hold of calls on cells without a purchase.
func (tx *Tx) FreeCells(ctx context.Context, cells []CellHold) error {
	b := NewBatch("bigint", "text", "bigint")
	for _, h := range cells {
		b.Add(h.Record, h.Field, h.Attempt)
		tx.touch(h.Record)
	}
	_, err := tx.execBatch(ctx, b, `WITH v(record, field, attempt) AS (@rows) UPDATE cells SET hold = '', hold_id = 0 FROM v
		WHERE cells.record_id = v.record AND cells.field = v.field AND cells.hold_id = v.attempt`)
	return err
}

// BuyCells records purchases and ends the hold of the calls that made them. It
// keeps the hold of another call. What was taken back is there again.
func (tx *Tx) BuyCells(ctx context.Context, cells []Cell) error {
	b := NewBatch("bigint", "text", "bigint", "bigint", "bigint", "text", "bigint").sized(len(cells))
	for _, c := range cells {
		b.Add(c.Record, c.Field, c.EnrichmentID, c.Version, c.AttemptID, c.InputsHash, c.BoughtUS)
		tx.touch(c.Record)
	}
	_, err := tx.execBatch(ctx, b, `WITH v(record, field, enrichment, version, attempt, hash, at) AS (@rows)
		INSERT INTO cells (record_id, field, hold, hold_id, enrichment_id, version, attempt_id, inputs_hash, bought_at_us)
		SELECT record, field, '', 0, enrichment, version, attempt, hash, at FROM v WHERE true
		ON CONFLICT (record_id, field) DO UPDATE SET
		hold = CASE WHEN cells.hold_id = excluded.attempt_id THEN '' ELSE cells.hold END,
		hold_id = CASE WHEN cells.hold_id = excluded.attempt_id THEN 0 ELSE cells.hold_id END,
		enrichment_id = excluded.enrichment_id, version = excluded.version, attempt_id = excluded.attempt_id,
		inputs_hash = excluded.inputs_hash, bought_at_us = excluded.bought_at_us, taken_back = 0`)
	if err != nil {
		return err
	}
	return tx.serve(ctx, cells)
}

// CellInputs reads the inputs with which an enrichment last bought or reused
// the cells of records.
func (tx *Tx) CellInputs(ctx context.Context, enrichment int64, records []int64) (map[int64]string, error) {
	out := make(map[int64]string, len(records))
	b := NewBatch("bigint")
	for _, id := range records {
		b.Add(id)
	}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var id int64
		var hash string
		err := r.Scan(&id, &hash)
		out[id] = hash
		return err
	}, b, `WITH v(id) AS (@rows) SELECT c.record_id, c.inputs_hash FROM v CROSS JOIN cell_inputs c
		WHERE c.record_id = v.id AND c.enrichment_id = $1`, enrichment)
	return out, err
}

// PutCellInputs records the inputs with which an enrichment bought or reused.
func (tx *Tx) PutCellInputs(ctx context.Context, enrichment int64, hashes map[int64]string) error {
	b := NewBatch("bigint", "text")
	for _, id := range slices.Sorted(maps.Keys(hashes)) {
		b.Add(id, hashes[id])
	}
	_, err := tx.execBatch(ctx, b, `WITH v(record, hash) AS (@rows) INSERT INTO cell_inputs (enrichment_id, record_id, inputs_hash)
		SELECT $1, record, hash FROM v WHERE true ON CONFLICT (enrichment_id, record_id) DO UPDATE SET inputs_hash = excluded.inputs_hash`, enrichment)
	return err
}

// RecordsBoughtBy reads the records with a cell that one of an enrichment's
// versions from first to last bought.
func (tx *Tx) RecordsBoughtBy(ctx context.Context, enrichment, first, last int64) ([]int64, error) {
	return tx.ids(ctx, `SELECT DISTINCT record_id FROM cells WHERE enrichment_id = $1 AND version >= $2 AND version <= $3 AND bought_at_us > 0 ORDER BY record_id`, enrichment, first, last)
}
