package store

import (
	"context"
	"database/sql"

	"fettle"
)

// Tick is a time at which what was due could leave.
type Tick struct {
	EnrichmentID int64
	AtUS         int64
	BeganUS      int64 // 0: it was skipped
	EndedUS      int64 // 0: it works
	State        fettle.TickState
	RunID        int64 // 0: nothing was due
}

// keptTicks is how many ticks of an enrichment are kept.
const keptTicks = 100

// PutTick keeps a tick, or what became of it.
func (tx *Tx) PutTick(ctx context.Context, t Tick) error {
	_, err := tx.exec(ctx, `INSERT INTO ticks (enrichment_id, at_us, began_us, ended_us, state, run_id) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (enrichment_id, at_us) DO UPDATE SET began_us = excluded.began_us, ended_us = excluded.ended_us, state = excluded.state, run_id = excluded.run_id`,
		t.EnrichmentID, t.AtUS, t.BeganUS, t.EndedUS, string(t.State), t.RunID)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `DELETE FROM ticks WHERE enrichment_id = $1 AND at_us < (SELECT MIN(at_us) FROM
		(SELECT at_us FROM ticks WHERE enrichment_id = $1 ORDER BY at_us DESC LIMIT $2) k)`, t.EnrichmentID, keptTicks)
	return err
}

// EndTick says what became of a tick that works, and when.
func (tx *Tx) EndTick(ctx context.Context, enrichment, atUS int64, state fettle.TickState, endedUS int64) error {
	_, err := tx.exec(ctx, `UPDATE ticks SET state = $3, ended_us = $4 WHERE enrichment_id = $1 AND at_us = $2 AND ended_us = 0`, enrichment, atUS, string(state), endedUS)
	return err
}

// TickRun says which run is that of a tick.
func (tx *Tx) TickRun(ctx context.Context, enrichment, atUS, run int64) error {
	_, err := tx.exec(ctx, `UPDATE ticks SET run_id = $3 WHERE enrichment_id = $1 AND at_us = $2`, enrichment, atUS, run)
	return err
}

// Ticks reads the last ticks of an enrichment, the newest first.
func (tx *Tx) Ticks(ctx context.Context, enrichment int64, limit int) ([]Tick, error) {
	var out []Tick
	err := tx.query(ctx, func(r *sql.Rows) error {
		t := Tick{EnrichmentID: enrichment}
		err := r.Scan(&t.AtUS, &t.BeganUS, &t.EndedUS, &t.State, &t.RunID)
		out = append(out, t)
		return err
	}, `SELECT at_us, began_us, ended_us, state, run_id FROM ticks WHERE enrichment_id = $1 ORDER BY at_us DESC LIMIT $2`, enrichment, limit)
	return out, err
}
