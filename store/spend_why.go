package store

import (
	"context"
	"database/sql"
	"fmt"

	"fettle"
)

// Charge is what one call of an enrichment was charged in a window of time, with
// all of the call that says what it was made for.
type Charge struct {
	Attempt    int64
	Record     int64
	Version    int64
	Run        int64
	Cause      fettle.Cause
	Opener     string
	Actor      string
	ReservedUS int64
	Credits    fettle.Credits
}

// ChargesOf reads what an enrichment's calls were charged from one time to another,
// newest first: of more than limit only every nth, for which each stands.
func (tx *Tx) ChargesOf(ctx context.Context, enrichment, fromUS, toUS int64, limit int) (charges []Charge, calls int64, credits fettle.Credits, err error) {
	stretch, args, err := tx.journalStretch(ctx, fromUS, toUS, []any{enrichment, fromUS, toUS})
	if err != nil {
		return nil, 0, 0, err
	}
	from := ` FROM journal j JOIN attempts a ON a.id = j.attempt_id
		WHERE a.enrichment_id = $1 AND j.at_us >= $2 AND j.at_us < $3 AND (j.settled_uc <> 0 OR j.overrun_uc <> 0)` + stretch
	err = tx.get(ctx, []any{&calls, &credits}, "SELECT COUNT(*), CAST(COALESCE(SUM(j.settled_uc + j.overrun_uc), 0) AS BIGINT)"+from, args...)
	if err != nil {
		return nil, 0, 0, err
	}
	nth := calls/int64(limit) + 1
	args = append(args, nth)
	err = tx.query(ctx, func(r *sql.Rows) error {
		var c Charge
		err := r.Scan(&c.Attempt, &c.Record, &c.Version, &c.Run, &c.Cause, &c.Opener, &c.Actor, &c.ReservedUS, &c.Credits)
		charges = append(charges, c)
		return err
	}, fmt.Sprintf(`SELECT a.id, a.record_id, a.version, a.run_id, a.cause, a.opener, a.actor, a.reserved_at_us, CAST(SUM(j.settled_uc + j.overrun_uc) AS BIGINT)%s AND a.id %% $%d = 0
		GROUP BY a.id, a.record_id, a.version, a.run_id, a.cause, a.opener, a.actor, a.reserved_at_us ORDER BY a.id DESC`, from, len(args)), args...)
	return charges, calls, credits, err
}

// RunsOf gives the runs of an enrichment, oldest first.
func (tx *Tx) RunsOf(ctx context.Context, enrichment int64) ([]Run, error) {
	var out []Run
	err := tx.query(ctx, func(r *sql.Rows) error {
		x := Run{EnrichmentID: enrichment}
		var ended sql.NullInt64
		err := r.Scan(&x.ID, &x.Kind, &x.Audience, &x.Actor, &x.StartedUS, &ended)
		x.EndedUS = ended.Int64
		out = append(out, x)
		return err
	}, "SELECT id, kind, audience, actor, started_at_us, ended_at_us FROM runs WHERE enrichment_id = $1 ORDER BY id", enrichment)
	return out, err
}

// AudienceEdits gives when an audience got the filters that it has and had, oldest
// first.
func (tx *Tx) AudienceEdits(ctx context.Context, id int64) ([]int64, error) {
	return tx.ids(ctx, "SELECT at_us FROM audience_versions WHERE audience_id = $1 ORDER BY at_us", id)
}
