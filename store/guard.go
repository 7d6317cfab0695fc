package store

import (
	"context"
	"database/sql"
	"errors"

	"fettle"
)

// GuardDay is what the guards of an enrichment go by, of one UTC day.
type GuardDay struct {
	Day     fettle.Day
	Rows    int64 // that began to be bought
	Entered int64 // of them, that entered and nobody was asked about
	Aside   int64 // that were set aside
}

// GuardDays reads the days of an enrichment since one, in order.
func (tx *Tx) GuardDays(ctx context.Context, enrichment int64, since fettle.Day) ([]GuardDay, error) {
	var out []GuardDay
	err := tx.query(ctx, func(r *sql.Rows) error {
		var d GuardDay
		err := r.Scan(&d.Day, &d.Rows, &d.Entered, &d.Aside)
		out = append(out, d)
		return err
	}, `SELECT day, row_count, entered, aside FROM guard_days WHERE enrichment_id = $1 AND day >= $2 ORDER BY day`, enrichment, string(since))
	return out, err
}

// AddGuardDay adds to a day of an enrichment. Aside is never below 0: what is let
// go may have been set aside on another day, or been agreed to already.
func (tx *Tx) AddGuardDay(ctx context.Context, enrichment int64, d GuardDay) error {
	_, err := tx.exec(ctx, `INSERT INTO guard_days (enrichment_id, day, row_count, entered, aside) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (enrichment_id, day) DO UPDATE SET row_count = guard_days.row_count + excluded.row_count,
		entered = guard_days.entered + excluded.entered,
		aside = CASE WHEN guard_days.aside + $6 > 0 THEN guard_days.aside + $6 ELSE 0 END`, enrichment, string(d.Day), d.Rows, d.Entered, max(0, d.Aside), d.Aside)
	return err
}

// AgreeGuardDay says that somebody agreed to what a day of an enrichment had:
// its guards begin anew.
func (tx *Tx) AgreeGuardDay(ctx context.Context, enrichment int64, day fettle.Day) error {
	_, err := tx.exec(ctx, `UPDATE guard_days SET entered = 0, aside = 0 WHERE enrichment_id = $1 AND day = $2`, enrichment, string(day))
	return err
}

// GuardMemory is what is kept of the last rows of an enrichment.
type GuardMemory struct {
	EnrichmentID int64
	Version      int64
	AgreedUS     int64 // when somebody last started or resumed it
	Memory       string
}

// GuardMemory reads what is kept of the last rows of an enrichment; its zero
// value if there is nothing.
func (tx *Tx) GuardMemory(ctx context.Context, enrichment int64) (GuardMemory, error) {
	m, _, err := tx.guardMemory(ctx, enrichment, "")
	return m, err
}

// LockGuardMemory is GuardMemory, and keeps others from changing it, also where
// there was nothing.
func (tx *Tx) LockGuardMemory(ctx context.Context, enrichment int64) (GuardMemory, error) {
	m, found, err := tx.guardMemory(ctx, enrichment, tx.db.d.forUpdate)
	if err != nil || found {
		return m, err
	}
	if _, err := tx.exec(ctx, `INSERT INTO guard_memories (enrichment_id, version, agreed_us, memory) VALUES ($1, 0, 0, '')
		ON CONFLICT (enrichment_id) DO NOTHING`, enrichment); err != nil {
		return m, err
	}
	m, _, err = tx.guardMemory(ctx, enrichment, tx.db.d.forUpdate)
	return m, err
}

func (tx *Tx) guardMemory(ctx context.Context, enrichment int64, lock string) (m GuardMemory, found bool, err error) {
	m.EnrichmentID = enrichment
	err = tx.get(ctx, []any{&m.Version, &m.AgreedUS, &m.Memory}, `SELECT version, agreed_us, memory FROM guard_memories WHERE enrichment_id = $1`+lock, enrichment)
	if errors.Is(err, sql.ErrNoRows) {
		return m, false, nil
	}
	return m, err == nil, err
}

// PutGuardMemory keeps what is known of the last rows of an enrichment.
func (tx *Tx) PutGuardMemory(ctx context.Context, m GuardMemory) error {
	_, err := tx.exec(ctx, `INSERT INTO guard_memories (enrichment_id, version, agreed_us, memory) VALUES ($1, $2, $3, $4)
		ON CONFLICT (enrichment_id) DO UPDATE SET version = excluded.version, agreed_us = excluded.agreed_us, memory = excluded.memory`,
		m.EnrichmentID, m.Version, m.AgreedUS, m.Memory)
	return err
}

// ReleaseAside makes rows pending that a guard set aside: all of an enrichment,
// or those of some records, after a record. They are asked for from then on, and
// their chains begin anew. It gives how many there were, and the last one.
func (tx *Tx) ReleaseAside(ctx context.Context, enrichment, after int64, of map[int64]bool, opener string, nowUS int64, limit int) (n, last int64, err error) {
	var old, now []Row
	err = tx.query(ctx, func(r *sql.Rows) error {
		x, err := scanRow(r)
		last = x.RecordID
		if err != nil || of != nil && !of[x.RecordID] {
			return err
		}
		old = append(old, x)
		x.State, x.Outcome, x.Detail, x.WakeUS, x.Tries, x.Chain, x.Unasked = fettle.RowPending, "", "", 0, 0, "", false
		x.OpenedBy, x.UpdatedUS = opener, nowUS
		now = append(now, x)
		return nil
	}, `SELECT `+rowColumns+` FROM enrichment_rows r WHERE r.enrichment_id = $1 AND r.record_id > $2 AND r.state = 'waiting' AND r.outcome = $3
		ORDER BY r.record_id LIMIT $4`+tx.db.d.forUpdate, enrichment, after, string(fettle.AwaitsGuard), limit)
	if err != nil || len(old) == 0 {
		return 0, last, err
	}
	return int64(len(now)), last, tx.PutRows(ctx, old, now)
}
