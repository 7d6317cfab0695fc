package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"fettle"
)

// JournalQuery selects entries, newest first. Kind "" is every entry that
// settles, grants or reuses something, "all" every entry. What is empty or zero does
// not select.
type JournalQuery struct {
	Enrichment int64
	Version    int64
	Provider   string
	Model      string
	Cause      fettle.Cause
	RecordID   int64
	Kind       string
	FromUS     int64 // entries at it or later
	ToUS       int64 // entries before it
	Before     int64 // entries with a lower id
	Limit      int
}

// A reuse is of the record and the enrichment that took the answer; every other
// entry is of its call's.
const (
	recordOf     = "COALESCE(NULLIF(j.record_id, 0), a.record_id, 0)"
	enrichmentOf = "COALESCE(NULLIF(j.enrichment_id, 0), a.enrichment_id, 0)"
)

// where gives the conditions of the query over j and a. Only what was asked for
// is named, so that each database can plan by it.
func (q JournalQuery) where() (string, []any) {
	var parts []string
	var args []any
	add := func(cond string, arg any) {
		args = append(args, arg)
		parts = append(parts, fmt.Sprintf(cond, len(args)))
	}
	charge := `(j.settled_uc <> 0 OR j.overrun_uc <> 0 OR j.granted_uc <> 0 OR j.kind = 'reuse')`
	switch q.Kind {
	case "all":
		parts = append(parts, "1 = 1")
	case "":
		parts = append(parts, charge)
	default:
		add("j.kind = $%d", q.Kind)
	}
	for _, c := range []struct {
		cond string
		arg  int64
	}{
		{"j.id < $%d", q.Before},
		{"j.at_us >= $%d", q.FromUS},
		{"j.at_us < $%d", q.ToUS},
		{enrichmentOf + " = $%d", q.Enrichment},
		{"a.version = $%d", q.Version},
		{recordOf + " = $%d", q.RecordID},
	} {
		if c.arg != 0 {
			add(c.cond, c.arg)
		}
	}
	for _, c := range []struct{ cond, arg string }{
		{"$%d IN (a.provider, a.provider || '@' || a.connection)", q.Provider}, {"a.model = $%d", q.Model}, {"a.cause = $%d", string(q.Cause)},
	} {
		if c.arg != "" {
			add(c.cond, c.arg)
		}
	}
	return strings.Join(parts, " AND "), args
}

// Journal reads a page of the journal, each entry with its call.
func (tx *Tx) Journal(ctx context.Context, q JournalQuery) ([]fettle.JournalEntry, error) {
	cond, args := q.where()
	stretch, args, err := tx.journalStretch(ctx, q.FromUS, q.ToUS, args)
	if err != nil {
		return nil, err
	}
	out := []fettle.JournalEntry{}
	args = append(args, q.Limit)
	err = tx.query(ctx, func(r *sql.Rows) error {
		var j fettle.JournalEntry
		var at, granted, settled, overrun int64
		var fields string
		if err := r.Scan(&j.ID, &at, &j.Kind, &j.Attempt, &settled, &overrun, &granted, &j.Actor, &j.Enrichment, &j.Deleted, &j.Version, &j.RecordID,
			&fields, &j.Provider, &j.Model, &j.Cause, &j.Try, &j.Units, &j.FromRecordID, &j.SignalID, &j.Connection); err != nil {
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
	}, `SELECT j.id, j.at_us, j.kind, j.attempt_id, j.settled_uc, j.overrun_uc, j.granted_uc, j.actor, COALESCE(e.name, gone.name, ''),
		gone.id IS NOT NULL, COALESCE(a.version, 0),
		`+recordOf+`, COALESCE(a.fields, ''), COALESCE(a.provider, ''), COALESCE(a.model, ''), COALESCE(a.cause, ''), COALESCE(a.try, 0),
		CASE WHEN j.kind = 'reuse' THEN 0 ELSE COALESCE(a.units, 0) END, CASE WHEN j.kind = 'reuse' THEN COALESCE(a.record_id, 0) ELSE 0 END, COALESCE(sig.signal_id, 0),
		COALESCE(NULLIF(a.connection, 'default'), '')
		FROM journal j LEFT JOIN attempts a ON a.id = j.attempt_id LEFT JOIN call_signals sig ON sig.attempt_id = a.id LEFT JOIN enrichments e ON e.id = `+enrichmentOf+`
		LEFT JOIN deleted_enrichments gone ON gone.id = `+enrichmentOf+`
		WHERE `+cond+stretch+fmt.Sprintf(` ORDER BY j.id DESC LIMIT $%d`, len(args)), args...)
	return out, err
}

// clockSlack is how far the clocks of processes may differ: the journal is in
// the order of its commits, each with the time of its own process.
const clockSlack = 10 * time.Minute

// journalStretch narrows a query of the journal to the ids that can lie between
// two times, 0 for an open end. The journal has no index by time, which every
// call would pay for: its ids ascend with time.
func (tx *Tx) journalStretch(ctx context.Context, fromUS, toUS int64, args []any) (string, []any, error) {
	cond := ""
	if fromUS > 0 {
		first, _, err := tx.JournalSince(ctx, fromUS-clockSlack.Microseconds())
		if err != nil {
			return "", nil, err
		}
		args = append(args, first)
		cond += fmt.Sprintf(" AND j.id >= $%d", len(args))
	}
	if toUS > 0 {
		end, _, err := tx.JournalSince(ctx, toUS+clockSlack.Microseconds())
		if err != nil {
			return "", nil, err
		}
		args = append(args, end)
		cond += fmt.Sprintf(" AND j.id < $%d", len(args))
	}
	return cond, args, nil
}

// JournalSince finds the first entry at a time or later, by halving. Where
// there is none, id is above every entry and atUS is 0.
func (tx *Tx) JournalSince(ctx context.Context, us int64) (id, atUS int64, err error) {
	var newest int64
	if err := tx.get(ctx, []any{&newest}, `SELECT COALESCE(MAX(id), 0) FROM journal`); err != nil {
		return 0, 0, err
	}
	id = newest + 1
	for low := int64(0); low < id; {
		mid := low + (id-low)/2
		var at int64
		var found int64
		err := tx.get(ctx, []any{&found, &at}, `SELECT id, at_us FROM journal WHERE id >= $1 ORDER BY id LIMIT 1`, mid)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			id = mid
		case err != nil:
			return 0, 0, err
		case at >= us:
			id, atUS = mid, at
		default:
			low = found + 1
		}
	}
	return id, atUS, nil
}

// EntriesSince counts the entries of the journal from a time on, by their ids:
// about, and at once.
func (tx *Tx) EntriesSince(ctx context.Context, us int64) (int64, error) {
	first, _, err := tx.JournalSince(ctx, us)
	if err != nil {
		return 0, err
	}
	var newest int64
	err = tx.get(ctx, []any{&newest}, `SELECT COALESCE(MAX(id), 0) FROM journal`)
	return newest - first + 1, err
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
