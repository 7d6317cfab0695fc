package store

import (
	"context"
	"database/sql"
	"errors"
)

// RunWrites counts what the values that a run wrote did to what records held.
type RunWrites struct {
	Fills      int64 // a blank got a value
	Overwrites int64 // a value got another one
	Emptied    int64 // a value got blank
}

// AddRunWrites counts on, and keeps when it was.
func (tx *Tx) AddRunWrites(ctx context.Context, run int64, n RunWrites, atUS int64) error {
	if run == 0 || n == (RunWrites{}) {
		return nil
	}
	_, err := tx.exec(ctx, `UPDATE run_writes SET fills = fills + $2, overwrites = overwrites + $3, emptied = emptied + $4, at_us = $5 WHERE run_id = $1`,
		run, n.Fills, n.Overwrites, n.Emptied, atUS)
	return err
}

// RunWrites reads the counts of a run; nil for one of before they were counted.
func (tx *Tx) RunWrites(ctx context.Context, run int64) (*RunWrites, error) {
	var n RunWrites
	err := tx.get(ctx, []any{&n.Fills, &n.Overwrites, &n.Emptied}, `SELECT fills, overwrites, emptied FROM run_writes WHERE run_id = $1`, run)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // not counted
	}
	return &n, err
}

// RunsBefore reads runs of an enrichment, newest first: those with an id below
// before, or the newest for 0.
func (tx *Tx) RunsBefore(ctx context.Context, enrichment, before int64, limit int) ([]Run, error) {
	ids, err := tx.ids(ctx, `SELECT id FROM runs WHERE enrichment_id = $1 AND (id < $2 OR $2 = 0) ORDER BY id DESC LIMIT $3`, enrichment, before, limit)
	if err != nil {
		return nil, err
	}
	out := make([]Run, len(ids))
	for i, id := range ids {
		if out[i], err = tx.Run(ctx, id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// EntriesBetween reads the entries of the change log of some origins with an id
// above after and up to last, in their order.
func (tx *Tx) EntriesBetween(ctx context.Context, after, last int64, origins []int64) ([]ChangeEvent, error) {
	if len(origins) == 0 {
		return nil, nil
	}
	return tx.changeEvents(ctx, " WHERE ch.id > $1 AND ch.id <= $2 AND ch.origin_id IN ("+idList(origins)+") ORDER BY ch.id", after, last)
}
