package store

import (
	"context"
	"database/sql"
	"strconv"

	"fettle"
)

// DoneSpan is from when to when the rows of an enrichment ended, and how many
// have.
type DoneSpan struct {
	FirstUS, LastUS int64 // 0 where none has
	Rows            int64
}

// DoneSpan reads it. It reads every row of the enrichment.
func (tx *Tx) DoneSpan(ctx context.Context, enrichment int64) (s DoneSpan, err error) {
	err = tx.get(ctx, []any{&s.FirstUS, &s.LastUS, &s.Rows}, `SELECT COALESCE(MIN(updated_at_us), 0), COALESCE(MAX(updated_at_us), 0), COUNT(*)
		FROM enrichment_rows WHERE enrichment_id = $1 AND state = 'done'`, enrichment)
	return s, err
}

// DonePoint counts the rows that ended in a stretch of time.
type DonePoint struct {
	Bucket int64 // its number since 1970
	Rows   int64
	Found  int64
	Reused int64
}

// DoneOver counts the rows of an enrichment that have ended by stretches of
// bucketUS microseconds, oldest first. It reads every row of the enrichment.
func (tx *Tx) DoneOver(ctx context.Context, enrichment, bucketUS int64) ([]DonePoint, error) {
	var out []DonePoint
	err := tx.query(ctx, func(r *sql.Rows) error {
		var p DonePoint
		err := r.Scan(&p.Bucket, &p.Rows, &p.Found, &p.Reused)
		out = append(out, p)
		return err
	}, `SELECT updated_at_us / $2 AS b, COUNT(*), SUM(CASE WHEN outcome = 'found' THEN 1 ELSE 0 END), SUM(CASE WHEN outcome = 'reused' THEN 1 ELSE 0 END)
		FROM enrichment_rows WHERE enrichment_id = $1 AND state = 'done' GROUP BY b ORDER BY b`, enrichment, bucketUS)
	return out, err
}

// LatestRows reads the rows of an enrichment that ended at a time or later, newest
// first. It reads every row of the enrichment.
func (tx *Tx) LatestRows(ctx context.Context, enrichment, fromUS int64, limit int) ([]Row, error) {
	var out []Row
	err := tx.query(ctx, func(r *sql.Rows) error {
		x, err := scanRow(r)
		out = append(out, x)
		return err
	}, `SELECT `+rowColumns+` FROM enrichment_rows r WHERE r.enrichment_id = $1 AND r.state = 'done' AND r.updated_at_us >= $2
		ORDER BY r.updated_at_us DESC, r.record_id DESC LIMIT $3`, enrichment, fromUS, limit)
	return out, err
}

// CallStatsOf reads what the calls of one enrichment came to, by step.
func (tx *Tx) CallStatsOf(ctx context.Context, enrichment int64) ([]CallStat, error) {
	var out []CallStat
	err := tx.query(ctx, func(r *sql.Rows) error {
		var c CallStat
		err := r.Scan(&c.Operation, &c.EnrichmentID, &c.Step, &c.Provider, &c.Model, &c.Calls, &c.Found, &c.Hit, &c.Miss)
		out = append(out, c)
		return err
	}, `SELECT operation, enrichment_id, step, provider, model, calls, found, hit_uc, miss_uc FROM call_stats WHERE enrichment_id = $1 ORDER BY step, operation`, enrichment)
	return out, err
}

// SpentPoint is what calls that left in a stretch of time were charged.
type SpentPoint struct {
	Bucket  int64 // its number since 1970
	Credits fettle.Credits
}

// SpentOver sums the charges of an enrichment's calls that left at a time or
// later, of one run if run is not 0, by stretches of bucketUS microseconds, oldest
// first. It reads the journal from then on.
func (tx *Tx) SpentOver(ctx context.Context, enrichment, run, fromUS, bucketUS int64) ([]SpentPoint, error) {
	stretch, args, err := tx.journalStretch(ctx, fromUS, 0, []any{enrichment, fromUS, bucketUS, run})
	if err != nil {
		return nil, err
	}
	var out []SpentPoint
	err = tx.query(ctx, func(r *sql.Rows) error {
		var p SpentPoint
		err := r.Scan(&p.Bucket, &p.Credits)
		out = append(out, p)
		return err
	}, `SELECT a.reserved_at_us / $3 AS b, CAST(SUM(j.settled_uc + j.overrun_uc) AS BIGINT) FROM journal j JOIN attempts a ON a.id = j.attempt_id
		WHERE a.enrichment_id = $1 AND a.reserved_at_us >= $2 AND (CAST($4 AS BIGINT) = 0 OR a.run_id = $4) AND (j.settled_uc <> 0 OR j.overrun_uc <> 0)`+stretch+`
		GROUP BY b ORDER BY b`, args...)
	return out, err
}

// EnrichmentDays reads what an enrichment used on each UTC day from a time on, in
// the order of the days.
func (tx *Tx) EnrichmentDays(ctx context.Context, enrichment, fromUS int64) ([]DayUse, error) {
	return tx.dayUses(ctx, ` AND scope = 'enrichment' AND scope_key = $2`, fromUS, strconv.FormatInt(enrichment, 10))
}

// EnrichmentDay is what an enrichment used on one UTC day, also of one that was
// deleted.
type EnrichmentDay struct {
	ID      int64
	Name    string // "" where nothing is known of it
	Deleted bool
	StartUS int64
	Spent   fettle.Credits
	Records int64
}

// DaysOfEnrichments reads what every enrichment spent on each UTC day from one
// time on and before another, by day, in a day the most first.
func (tx *Tx) DaysOfEnrichments(ctx context.Context, fromUS, toUS int64) ([]EnrichmentDay, error) {
	var out []EnrichmentDay
	err := tx.query(ctx, func(r *sql.Rows) error {
		var d EnrichmentDay
		err := r.Scan(&d.ID, &d.Name, &d.Deleted, &d.StartUS, &d.Spent, &d.Records)
		out = append(out, d)
		return err
	}, `SELECT x.id, COALESCE(e.name, gone.name, ''), e.id IS NULL, x.period_start, x.spent, x.settled_records
		FROM (SELECT CAST(scope_key AS BIGINT) AS id, period_start, settled_uc + overrun_uc AS spent, settled_records FROM balances
			WHERE scope = 'enrichment' AND per = 'day' AND period_start >= $1 AND period_start < $2 AND settled_uc + overrun_uc > 0) x
		LEFT JOIN enrichments e ON e.id = x.id LEFT JOIN deleted_enrichments gone ON gone.id = x.id
		ORDER BY x.period_start, x.spent DESC, x.id`, fromUS, toUS)
	return out, err
}
