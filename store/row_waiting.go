package store

import (
	"context"
	"database/sql"

	"fettle"
)

// WaitingRows are rows that wait for the same.
type WaitingRows struct {
	Outcome fettle.Outcome
	Apart   bool // what is said of them begins with the text that was asked for
	Rows    int64
	WakeUS  int64 // the earliest; 0: when something ends
	Detail  string
}

// waitingMost is how many waiting rows are looked at.
const waitingMost = 10_000

// WaitingRows groups an enrichment's waiting rows, of the first 10,000 to wake,
// by what they wait for; those whose detail begins with apart by themselves.
func (tx *Tx) WaitingRows(ctx context.Context, enrichment int64, apart string) ([]WaitingRows, error) {
	var out []WaitingRows
	err := tx.query(ctx, func(r *sql.Rows) error {
		var x WaitingRows
		err := r.Scan(&x.Outcome, &x.Apart, &x.Rows, &x.WakeUS, &x.Detail)
		out = append(out, x)
		return err
	}, `SELECT s.outcome, s.apart, COUNT(*), MIN(s.wake_at_us), MIN(s.detail) FROM (SELECT outcome, wake_at_us, detail,
			CASE WHEN detail LIKE $2 THEN 1 ELSE 0 END AS apart FROM enrichment_rows WHERE enrichment_id = $1 AND state = 'waiting'
			ORDER BY wake_at_us LIMIT $3) s
		GROUP BY s.outcome, s.apart ORDER BY s.outcome, s.apart`, enrichment, apart+"%", waitingMost)
	return out, err
}
