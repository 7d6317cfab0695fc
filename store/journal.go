package store

import (
	"context"
	"database/sql"
	"time"

	"fettle"
)

// JournalQuery selects entries, newest first. Kind "" is every entry that
// settles or grants something, "all" every entry.
type JournalQuery struct {
	Enrichment int64
	Provider   string
	RecordID   int64
	Kind       string
	Before     int64
	Limit      int
}

// Journal reads a page of the journal, each entry with its call.
func (tx *Tx) Journal(ctx context.Context, q JournalQuery) ([]fettle.JournalEntry, error) {
	out := []fettle.JournalEntry{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var j fettle.JournalEntry
		var at, granted, settled, overrun int64
		var fields string
		if err := r.Scan(&j.ID, &at, &j.Kind, &j.Attempt, &settled, &overrun, &granted, &j.Actor, &j.Enrichment, &j.Version, &j.RecordID,
			&fields, &j.Provider, &j.Model, &j.Cause, &j.Try, &j.Units); err != nil {
			return err
		}
		j.At = time.UnixMicro(at).UTC()
		j.Fields = SplitFields(fields)
		if j.Fields == nil {
			j.Fields = []string{}
		}
		j.AmountCredits = fettle.Credits(settled + overrun)
		if j.Kind == "grant" {
			j.AmountCredits = fettle.Credits(granted)
		}
		out = append(out, j)
		return nil
	}, `SELECT j.id, j.at_us, j.kind, j.attempt_id, j.settled_uc, j.overrun_uc, j.granted_uc, j.actor, COALESCE(e.name, ''), COALESCE(a.version, 0),
		COALESCE(a.record_id, 0), COALESCE(a.fields, ''), COALESCE(a.provider, ''), COALESCE(a.model, ''), COALESCE(a.cause, ''), COALESCE(a.try, 0),
		COALESCE(a.units, 0)
		FROM journal j LEFT JOIN attempts a ON a.id = j.attempt_id LEFT JOIN enrichments e ON e.id = a.enrichment_id
		WHERE ($1 = 0 OR j.id < $1) AND ($2 = 0 OR a.enrichment_id = $2) AND ($3 = '' OR a.provider = $3) AND ($4 = 0 OR a.record_id = $4)
		AND ($5 = 'all' OR ($5 = '' AND (j.settled_uc <> 0 OR j.overrun_uc <> 0 OR j.granted_uc <> 0)) OR j.kind = $5)
		ORDER BY j.id DESC LIMIT $6`, q.Before, q.Enrichment, q.Provider, q.RecordID, q.Kind, q.Limit)
	return out, err
}

// ChargedBy sums what an enrichment was charged for records.
func (tx *Tx) ChargedBy(ctx context.Context, enrichment int64, records []int64) (map[int64]fettle.Credits, error) {
	out := make(map[int64]fettle.Credits, len(records))
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var id, uc int64
		err := r.Scan(&id, &uc)
		out[id] = fettle.Credits(uc)
		return err
	}, idBatch(records), `WITH v(id) AS (@rows) SELECT a.record_id, SUM(a.charged_uc + a.overrun_uc) FROM v JOIN attempts a ON a.record_id = v.id
		WHERE a.enrichment_id = $1 GROUP BY a.record_id`, enrichment)
	return out, err
}

// spendGroups are the columns by which spend is summed.
var spendGroups = map[string]string{
	"enrichment": "COALESCE(e.name, 'deleted')", "provider": "a.provider", "model": "a.model", "cause": "a.cause",
	"day": "CAST(a.reserved_at_us / 86400000000 AS BIGINT)", "person": "a.actor",
}

// SpendBy sums the charges of calls by a group.
func (tx *Tx) SpendBy(ctx context.Context, group string) ([]fettle.SpendView, error) {
	col, ok := spendGroups[group]
	if !ok {
		return nil, fettle.Errorf(fettle.Invalid, "spend cannot be shown by %q", group).WithHint("Use enrichment, provider, model, cause, day or person.")
	}
	out := []fettle.SpendView{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var key any
		var v fettle.SpendView
		if err := r.Scan(&key, &v.SettledCredits, &v.Calls, &v.Found); err != nil {
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
		if v.Found > 0 {
			v.CostPerFound = v.SettledCredits / fettle.Credits(v.Found)
		}
		out = append(out, v)
		return nil
	}, `SELECT `+col+` AS k, SUM(a.charged_uc + a.overrun_uc), COUNT(*), SUM(CASE WHEN a.outcome = 'found' THEN 1 ELSE 0 END)
		FROM attempts a LEFT JOIN enrichments e ON e.id = a.enrichment_id WHERE a.state = 'settled' GROUP BY `+col+` ORDER BY `+col)
	return out, err
}
