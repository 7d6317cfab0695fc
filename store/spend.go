package store

import (
	"context"
	"database/sql"
	"time"

	"fettle"
	"fettle/ledger"
)

// spendGroups are the columns by which spend is summed.
var spendGroups = map[string]string{
	"enrichment": "COALESCE(e.name, gone.name, 'deleted')", "provider": "a.provider", "connection": "a.provider || '@' || a.connection", "model": "a.model", "cause": "a.cause",
	"day": "CAST(a.reserved_at_us / 86400000000 AS BIGINT)", "person": "a.actor",
}

// SpendBy sums the charges of calls by a group.
func (tx *Tx) SpendBy(ctx context.Context, group string) ([]fettle.SpendView, error) {
	col, ok := spendGroups[group]
	if !ok {
		return nil, fettle.Errorf(fettle.Invalid, "spend cannot be shown by %q", group).WithHint("Use enrichment, provider, model, cause, day or person.")
	}
	apart := ""
	if group == "enrichment" {
		apart = ", (gone.id IS NULL)" // the same name made again is another
	}
	out := []fettle.SpendView{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var key any
		var v fettle.SpendView
		if err := r.Scan(&key, &v.SettledCredits, &v.Calls, &v.Found, &v.Deleted); err != nil {
			return err
		}
		switch k := key.(type) {
		case int64:
			v.Key = string(fettle.DayOf(time.UnixMicro(k * 86_400_000_000)))
		case []byte:
			v.Key = string(k)
		case string:
			v.Key = k
		}
		v.Deleted = v.Deleted && group == "enrichment"
		if v.Found > 0 {
			v.CostPerFound = v.SettledCredits / fettle.Credits(v.Found)
		}
		out = append(out, v)
		return nil
	}, `SELECT `+col+` AS k, SUM(a.charged_uc + a.overrun_uc), COUNT(*), SUM(CASE WHEN a.outcome = 'found' THEN 1 ELSE 0 END), MAX(CASE WHEN gone.id IS NULL THEN 0 ELSE 1 END) AS gone
		FROM attempts a LEFT JOIN enrichments e ON e.id = a.enrichment_id LEFT JOIN deleted_enrichments gone ON gone.id = a.enrichment_id
		WHERE a.state = 'settled' GROUP BY `+col+apart+` ORDER BY k, gone`)
	return out, err
}

// SpendPart is what one kind of call was charged in a window of time and in the
// one before it.
type SpendPart struct {
	Enrichment   string // also of one that was deleted
	Version      int64
	Cause        fettle.Cause
	Provider     string
	Model        string
	Kind         string // the journal's word: settle, resolve, late
	Now, Before  fettle.Credits
	Calls        int64
	CallsBefore  int64
	Overrun      fettle.Credits // of Now, above stated maxima
	EnrichmentID int64
}

// SpendParts sums the charges from one time to another, and those from before
// up to then, by all that explains them.
func (tx *Tx) SpendParts(ctx context.Context, beforeUS, fromUS, toUS int64) ([]SpendPart, error) {
	stretch, args, err := tx.journalStretch(ctx, beforeUS, toUS, []any{fromUS, beforeUS, toUS})
	if err != nil {
		return nil, err
	}
	var out []SpendPart
	err = tx.query(ctx, func(r *sql.Rows) error {
		var p SpendPart
		err := r.Scan(&p.EnrichmentID, &p.Enrichment, &p.Version, &p.Cause, &p.Provider, &p.Model, &p.Kind, &p.Now, &p.Before, &p.Calls, &p.CallsBefore, &p.Overrun)
		out = append(out, p)
		return err
	}, `WITH s AS (SELECT a.enrichment_id, a.version, a.cause, a.provider, a.model, j.kind,
			SUM(CASE WHEN j.at_us >= $1 THEN j.settled_uc + j.overrun_uc ELSE 0 END) AS now_uc,
			SUM(CASE WHEN j.at_us >= $1 THEN 0 ELSE j.settled_uc + j.overrun_uc END) AS before_uc,
			SUM(CASE WHEN j.at_us >= $1 THEN 1 ELSE 0 END) AS calls, SUM(CASE WHEN j.at_us >= $1 THEN 0 ELSE 1 END) AS calls_before,
			SUM(CASE WHEN j.at_us >= $1 THEN j.overrun_uc ELSE 0 END) AS overrun_uc
			FROM journal j JOIN attempts a ON a.id = j.attempt_id
			WHERE j.at_us >= $2 AND j.at_us < $3 AND (j.settled_uc <> 0 OR j.overrun_uc <> 0)`+stretch+`
			GROUP BY a.enrichment_id, a.version, a.cause, a.provider, a.model, j.kind)
		SELECT s.enrichment_id, COALESCE(e.name, gone.name, ''), s.version, s.cause, s.provider, s.model, s.kind,
			CAST(s.now_uc AS BIGINT), CAST(s.before_uc AS BIGINT), s.calls, s.calls_before, CAST(s.overrun_uc AS BIGINT)
		FROM s LEFT JOIN enrichments e ON e.id = s.enrichment_id LEFT JOIN deleted_enrichments gone ON gone.id = s.enrichment_id
		ORDER BY s.enrichment_id, s.version, s.cause, s.provider, s.model, s.kind`, args...)
	return out, err
}

// DayUse is what a scope used on one UTC day.
type DayUse struct {
	Scope   Scope
	Key     string
	StartUS int64
	ledger.Balance
}

// DayUses reads what every scope used on each day from a time on, in the order
// of the days.
func (tx *Tx) DayUses(ctx context.Context, fromUS int64) ([]DayUse, error) {
	return tx.dayUses(ctx, "", fromUS)
}

func (tx *Tx) dayUses(ctx context.Context, of string, args ...any) ([]DayUse, error) {
	var out []DayUse
	err := tx.query(ctx, func(r *sql.Rows) error {
		var u DayUse
		b := &u.Balance
		err := r.Scan(&u.Scope, &u.Key, &u.StartUS, &b.Reserved, &b.Settled, &b.Unknown, &b.Overrun, &b.ReservedRecords, &b.SettledRecords, &b.UnknownRecords)
		out = append(out, u)
		return err
	}, `SELECT scope, scope_key, period_start, reserved_uc, settled_uc, unknown_uc, overrun_uc, reserved_records, settled_records, unknown_records
		FROM balances WHERE per = 'day' AND period_start >= $1`+of+` ORDER BY scope, scope_key, period_start`, args...)
	return out, err
}

// FirstRun is when an enrichment's first run began; 0 if there was none.
func (tx *Tx) FirstRun(ctx context.Context, enrichment int64) (int64, error) {
	var at int64
	err := tx.get(ctx, []any{&at}, `SELECT COALESCE(MIN(started_at_us), 0) FROM runs WHERE enrichment_id = $1`, enrichment)
	return at, err
}
