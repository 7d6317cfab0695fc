package store

import (
	"context"
	"database/sql"
)

// Standing is how a workspace stands, in counts that cost little to read.
type Standing struct {
	InFlight   int64            // calls that are reserved or accepted
	Unknown    int64            // calls that may have been billed and wait for a person
	Workers    int64            // processes whose lease holds
	ToSend     int64            // deliveries of channels that wait
	Failing    int64            // channels that nothing reaches
	Jobs       map[string]int64 // background jobs, by River's state; nil where they were not asked for
	Unanswered int64            // microseconds since the oldest call in flight was made; 0: there is none
}

// Standing reads how the workspace stands at a time. jobs counts background jobs,
// whose tables the queue makes.
func (tx *Tx) Standing(ctx context.Context, nowUS int64, jobs bool) (s Standing, err error) {
	var oldest sql.NullInt64
	if err := tx.get(ctx, []any{&s.InFlight, &oldest}, `SELECT COUNT(*), MIN(reserved_at_us) FROM attempts WHERE state IN ('reserved', 'accepted')`); err != nil {
		return s, err
	}
	if oldest.Valid {
		s.Unanswered = max(0, nowUS-oldest.Int64)
	}
	for _, one := range []struct {
		into *int64
		sql  string
		args []any
	}{
		{&s.Unknown, `SELECT COUNT(*) FROM attempts WHERE state = 'unknown'`, nil},
		{&s.Workers, `SELECT COUNT(*) FROM workers WHERE state = 'live' AND lease_until_us >= $1`, []any{nowUS}},
		{&s.ToSend, `SELECT COUNT(*) FROM deliveries WHERE state = 'pending'`, nil},
		{&s.Failing, `SELECT COUNT(*) FROM channels WHERE failing`, nil},
	} {
		if err := tx.get(ctx, []any{one.into}, one.sql, one.args...); err != nil {
			return s, err
		}
	}
	if !jobs {
		return s, nil
	}
	s.Jobs = map[string]int64{}
	err = tx.query(ctx, func(r *sql.Rows) error {
		var state string
		var n int64
		err := r.Scan(&state, &n)
		s.Jobs[state] = n
		return err
	}, `SELECT CAST(state AS TEXT), COUNT(*) FROM river_job GROUP BY state`)
	return s, err
}
