package engine

import (
	"cmp"
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/source/csv"
	"fettle/store"
)

// JournalQuery selects entries of the journal by pages, newest first.
type JournalQuery struct {
	Enrichment string
	Version    int64
	Provider   string
	Model      string
	Cause      fettle.Cause
	RecordID   int64
	Kind       string    // "" for charges: entries that settle or grant; all for every entry
	From       time.Time // entries at it or later; zero for all
	To         time.Time // entries before it; zero for all
	After      int64     // entry id to go on from, to older ones; 0 for the newest
	Limit      int
}

// maxJournal is the most entries of one page.
const maxJournal = 10_000

func (q JournalQuery) store(ctx context.Context, tx *store.Tx) (store.JournalQuery, error) {
	sq := store.JournalQuery{
		Version: q.Version, Provider: q.Provider, Model: q.Model, Cause: q.Cause, RecordID: q.RecordID, Kind: q.Kind, Before: q.After, Limit: q.Limit,
	}
	if !q.From.IsZero() {
		sq.FromUS = q.From.UnixMicro()
	}
	if !q.To.IsZero() {
		sq.ToUS = q.To.UnixMicro()
	}
	if q.Enrichment == "" {
		return sq, nil
	}
	cur, err := tx.Enrichment(ctx, q.Enrichment)
	if fettle.CodeOf(err) == fettle.NotFound {
		gone, goneErr := tx.DeletedEnrichments(ctx, q.Enrichment)
		if goneErr != nil || len(gone) == 0 {
			return sq, cmp.Or(goneErr, err)
		}
		cur.ID, err = gone[0].ID, nil // the one that was deleted last
	}
	sq.Enrichment = cur.ID
	return sq, err
}

// Journal explains charges: each names its record, fields, enrichment and
// version, provider and model, attempt, cause, units and time.
func (e *Engine) Journal(ctx context.Context, actor fettle.Actor, q JournalQuery) (out []fettle.JournalEntry, next int64, err error) {
	if err := actor.Require(fettle.Viewer, "see the journal"); err != nil {
		return nil, 0, err
	}
	if q.Limit <= 0 || q.Limit > maxJournal {
		q.Limit = min(maxJournal, max(100, q.Limit))
	}
	out = []fettle.JournalEntry{}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		sq, err := q.store(ctx, tx)
		if err != nil {
			return err
		}
		out, next, err = journalPage(ctx, tx, sq)
		return err
	})
	return out, next, err
}

// journalPage reads one page, with the names of the records. next is 0 at the
// end.
func journalPage(ctx context.Context, tx *store.Tx, q store.JournalQuery) (out []fettle.JournalEntry, next int64, err error) {
	if out, err = tx.Journal(ctx, q); err != nil {
		return nil, 0, err
	}
	ids := make([]int64, len(out))
	for i, j := range out {
		ids[i] = j.RecordID
	}
	names, err := namesOf(ctx, tx, ids)
	for i := range out {
		out[i].Record = names[out[i].RecordID]
	}
	if len(out) == q.Limit {
		next = out[len(out)-1].ID
	}
	return out, next, err
}

// journalColumns heads the journal as CSV.
var journalColumns = []string{
	"id", "at", "kind", "enrichment", "version", "record_id", "record", "fields", "provider", "model", "cause", "attempt", "try", "units", "amount_credits", "actor",
}

// journalCSVPage is how many entries are read at a time for a download.
const journalCSVPage = 2000

// JournalCSV writes the entries of a query as CSV, newest first. It reads page
// by page: a journal of millions holds nothing up.
func (e *Engine) JournalCSV(ctx context.Context, actor fettle.Actor, q JournalQuery, w io.Writer) error {
	if err := actor.Require(fettle.Viewer, "see the journal"); err != nil {
		return err
	}
	q.After, q.Limit = 0, journalCSVPage
	var sq store.JournalQuery
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		sq, err = q.store(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	out, err := csv.NewWriter(w, csv.WriterOptions{})
	if err != nil {
		return err
	}
	if err := out.Write(journalColumns); err != nil {
		return err
	}
	for {
		var page []fettle.JournalEntry
		err := e.db.View(ctx, func(tx *store.Tx) (err error) {
			page, sq.Before, err = journalPage(ctx, tx, sq)
			return err
		})
		if err != nil {
			return err
		}
		for _, j := range page {
			if err := out.Write(journalLine(j)); err != nil {
				return err
			}
		}
		if sq.Before == 0 {
			return out.Flush()
		}
	}
}

func journalLine(j fettle.JournalEntry) []string {
	n := func(i int64) string { return strconv.FormatInt(i, 10) }
	return []string{
		n(j.ID), j.At.Format(time.RFC3339Nano), j.Kind, j.Enrichment, n(j.Version), n(j.RecordID), j.Record, strings.Join(j.Fields, " "), j.Provider, j.Model,
		string(j.Cause), n(j.Attempt), n(j.Try), j.Units.String(), j.AmountCredits.String(), j.Actor,
	}
}
