package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"fettle"
)

// Stops reads the newest stop number of every enrichment.
func (tx *Tx) Stops(ctx context.Context) (map[int64]int64, error) {
	out := map[int64]int64{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var id, seq int64
		err := r.Scan(&id, &seq)
		out[id] = seq
		return err
	}, `SELECT id, control_seq FROM enrichments`)
	return out, err
}

// LookAgainUS is how many microseconds a row is left as it is, at the most, that
// was looked at when a cell of it was due and was not bought, because a person set
// the value.
const LookAgainUS = 24 * 3600 * 1_000_000

// RowsToRefresh reads finished rows, after a record, of which a bought cell among
// fields is older than a period, each once. Their records may have left the audience.
// One that was looked at since it was due comes again a day later: else such rows
// would be read each time, before those that are to be bought.
func (tx *Tx) RowsToRefresh(ctx context.Context, enrichment int64, fields []string, nowUS, periodUS, after int64, limit int) ([]int64, error) {
	if len(fields) == 0 {
		return nil, nil
	}
	args := []any{enrichment, nowUS - periodUS, limit, after, periodUS, nowUS - min(periodUS, LookAgainUS)}
	in := make([]string, len(fields))
	for i, f := range fields {
		args = append(args, f)
		in[i] = "$" + strconv.Itoa(len(args))
	}
	return tx.ids(ctx, `SELECT r.record_id FROM enrichment_rows r WHERE r.enrichment_id = $1 AND r.record_id > $4 AND r.state = 'done' AND r.outcome IN ('found', 'reused', 'taken_back')
		AND EXISTS (SELECT 1 FROM cells c WHERE c.record_id = r.record_id AND c.field IN (`+strings.Join(in, ", ")+`) AND c.bought_at_us > 0 AND c.bought_at_us <= $2 AND c.taken_back = 0
			AND (r.updated_at_us < c.bought_at_us + $5 OR r.updated_at_us <= $6))
		ORDER BY r.record_id LIMIT $3`, args...)
}

// RowsEnded reads finished rows, after a record, with an outcome that ended before
// a time. Their records may have left the audience.
func (tx *Tx) RowsEnded(ctx context.Context, enrichment int64, outcome fettle.Outcome, beforeUS, after int64, limit int) ([]int64, error) {
	var out []int64
	err := tx.query(ctx, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		out = append(out, id)
		return err
	}, `SELECT record_id FROM enrichment_rows WHERE enrichment_id = $1 AND state = 'done' AND outcome = $2 AND updated_at_us <= $3 AND record_id > $5
		ORDER BY record_id LIMIT $4`, enrichment, string(outcome), beforeUS, limit, after)
	return out, err
}

// PeopleOf reads the people of companies.
func (tx *Tx) PeopleOf(ctx context.Context, companies []int64) ([]int64, error) {
	var out []int64
	b := NewBatch("bigint")
	for _, id := range companies {
		b.Add(id)
	}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		out = append(out, id)
		return err
	}, b, `WITH v(id) AS (@rows) SELECT p.id FROM v JOIN people p ON p.company_id = v.id`)
	return out, err
}

// OriginsOfKind reads the ids of the origins of a kind.
func (tx *Tx) OriginsOfKind(ctx context.Context, kind string) ([]int64, error) {
	return tx.ids(ctx, `SELECT id FROM origins WHERE kind = $1`, kind)
}
