package store

import (
	"context"
	"database/sql"
	"fmt"

	"fettle"
)

// The states of a record on its way to a destination.
const (
	SendPending = "pending"
	SendSending = "sending" // the request may have left
	SendDone    = "done"
	SendFailed  = "failed"  // given up, or refused
	SendUnknown = "unknown" // it may have arrived, and sending it again may not be safe
)

// DestinationRow is a record on its way to a destination.
type DestinationRow struct {
	Record   int64
	State    string
	Outcome  fettle.SendOutcome
	RemoteID string
	Hash     string
	DueUS    int64
	Asks     int64 // how often it was asked for: what is asked for meanwhile is sent after
	Tries    int64
	FirstUS  int64
	Batch    int64
	Sent     string
}

const sendColumns = "record_id, state, outcome, remote_id, hash, due_us, asks, tries, first_us, batch, sent"

func scanSend(out *[]DestinationRow) func(*sql.Rows) error {
	return func(r *sql.Rows) error {
		var x DestinationRow
		err := r.Scan(&x.Record, &x.State, &x.Outcome, &x.RemoteID, &x.Hash, &x.DueUS, &x.Asks, &x.Tries, &x.FirstUS, &x.Batch, &x.Sent)
		*out = append(*out, x)
		return err
	}
}

// AskToSend has records sent to a destination: what they hold at that time. Whoever
// is on the way already is sent once more after that. anew: what was settled
// before counts for nothing.
func (tx *Tx) AskToSend(ctx context.Context, destination int64, records []int64, dueUS int64, anew bool) error {
	hash := "destination_rows.hash"
	if anew {
		hash = "''"
	}
	_, err := tx.execBatch(ctx, idBatch(records), `WITH v(vid) AS (@rows) INSERT INTO destination_rows (destination_id, record_id, state, outcome, remote_id, hash, due_us, asks, tries, first_us, batch, sent)
		SELECT CAST($1 AS BIGINT), vid, 'pending', '', '', '', CAST($2 AS BIGINT), 1, 0, 0, 0, '' FROM v WHERE true
		ON CONFLICT (destination_id, record_id) DO UPDATE SET hash = `+hash+`, asks = destination_rows.asks + 1,
			state = CASE WHEN destination_rows.state = 'sending' THEN 'sending' ELSE 'pending' END,
			due_us = CASE WHEN destination_rows.state IN ('pending', 'sending') THEN destination_rows.due_us ELSE excluded.due_us END,
			tries = CASE WHEN destination_rows.state IN ('pending', 'sending') THEN destination_rows.tries ELSE 0 END,
			first_us = CASE WHEN destination_rows.state IN ('pending', 'sending') THEN destination_rows.first_us ELSE 0 END`, destination, dueUS)
	return err
}

// DueSends gives up to n records of a destination that are due; those that a
// process was sending when it was lost come first.
func (tx *Tx) DueSends(ctx context.Context, destination, nowUS int64, n int) ([]DestinationRow, error) {
	var out []DestinationRow
	err := tx.query(ctx, scanSend(&out), "SELECT "+sendColumns+` FROM destination_rows WHERE destination_id = $1 AND state IN ('pending', 'sending') AND due_us <= $2
		ORDER BY CASE WHEN state = 'sending' THEN 0 ELSE 1 END, due_us, record_id LIMIT $3`, destination, nowUS, n)
	return out, err
}

// Sends gives how records fare on their way to a destination, by record.
func (tx *Tx) Sends(ctx context.Context, destination int64, records []int64) (map[int64]DestinationRow, error) {
	var all []DestinationRow
	err := tx.queryBatch(ctx, scanSend(&all), idBatch(records), "WITH v(id) AS (@rows) SELECT "+sendColumns+" FROM destination_rows WHERE destination_id = $1 AND record_id IN (SELECT id FROM v)", destination)
	out := make(map[int64]DestinationRow, len(all))
	for _, r := range all {
		out[r.Record] = r
	}
	return out, err
}

// PutSends writes how records fare.
func (tx *Tx) PutSends(ctx context.Context, destination int64, rows []DestinationRow) error {
	b := NewBatch("bigint", "text", "text", "text", "text", "bigint", "bigint", "bigint", "bigint", "text")
	for _, r := range rows {
		b.Add(r.Record, r.State, string(r.Outcome), r.RemoteID, r.Hash, r.DueUS, r.Tries, r.FirstUS, r.Batch, r.Sent)
	}
	_, err := tx.execBatch(ctx, b, `WITH v(a,b,c,d,e,f,g,h,i,j) AS (@rows) UPDATE destination_rows SET state = v.b, outcome = v.c, remote_id = v.d, hash = v.e, due_us = v.f, tries = v.g, first_us = v.h,
		batch = v.i, sent = v.j FROM v WHERE destination_id = $1 AND record_id = v.a`, destination)
	return err
}

// RemoteHolders gives, for ids in a service, the first record that has it there.
func (tx *Tx) RemoteHolders(ctx context.Context, destination int64, entity fettle.Entity, remote []string) (map[string]int64, error) {
	b := NewBatch("text")
	for _, id := range remote {
		b.Add(id)
	}
	out := map[string]int64{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var id string
		var record int64
		err := r.Scan(&id, &record)
		out[id] = record
		return err
	}, b, fmt.Sprintf(`WITH v(id) AS (@rows) SELECT s.remote_id, min(s.record_id) FROM v JOIN destination_rows s ON s.remote_id = v.id JOIN %s r ON r.id = s.record_id
		WHERE s.destination_id = $1 AND s.outcome NOT IN ('shared_id', 'left') GROUP BY s.remote_id`, table(entity)), destination)
	return out, err
}

// SendCounts counts the records of each destination by state and outcome.
func (tx *Tx) SendCounts(ctx context.Context) (map[int64]map[[2]string]int64, error) {
	out := map[int64]map[[2]string]int64{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var id, n int64
		var k [2]string
		if err := r.Scan(&id, &k[0], &k[1], &n); err != nil {
			return err
		}
		if out[id] == nil {
			out[id] = map[[2]string]int64{}
		}
		out[id][k] = n
		return nil
	}, "SELECT destination_id, state, outcome, count(*) FROM destination_rows GROUP BY destination_id, state, outcome")
	return out, err
}

// SendAgain has what a destination gave up sent again: of one record, whatever
// became of it, or with 0 all that failed or may have arrived. It gives how many;
// not more than a page.
func (tx *Tx) SendAgain(ctx context.Context, destination, record, nowUS int64) (int64, error) {
	ids, err := tx.ids(ctx, `SELECT record_id FROM destination_rows WHERE destination_id = $1 AND ((record_id = $2 AND state NOT IN ('pending', 'sending'))
		OR ($2 = 0 AND state IN ('failed', 'unknown'))) ORDER BY record_id LIMIT 1000`, destination, record)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return int64(len(ids)), tx.AskToSend(ctx, destination, ids, nowUS, true)
}

// HurrySends has the records of a destination that wait for their next try be due.
func (tx *Tx) HurrySends(ctx context.Context, destination, nowUS int64) error {
	_, err := tx.exec(ctx, "UPDATE destination_rows SET due_us = $2 WHERE destination_id = $1 AND state = 'pending' AND due_us > $2", destination, nowUS)
	return err
}

// FailingSince is when the first of a destination's records was tried that wait for
// their next try, of those tried after a time; 0 for none.
func (tx *Tx) FailingSince(ctx context.Context, destination, afterUS int64) (us int64, err error) {
	err = tx.get(ctx, []any{&us}, "SELECT COALESCE(min(first_us), 0) FROM destination_rows WHERE destination_id = $1 AND state = 'pending' AND first_us > $2", destination, afterUS)
	return us, err
}

// ForgetSettled has what was settled of a destination's records count for nothing:
// the next time they are sent they are asked and written once more.
func (tx *Tx) ForgetSettled(ctx context.Context, destination int64) error {
	_, err := tx.exec(ctx, "UPDATE destination_rows SET hash = '' WHERE destination_id = $1 AND hash <> ''", destination)
	return err
}

// Sent is an entry of a destination's log.
type Sent struct {
	ID          int64
	Destination int64
	Record      int64
	AtUS        int64
	Outcome     fettle.SendOutcome
	Tries       int64
	Status      int64
	RemoteID    string
	Message     string
	What        string // JSON: what was there and what was written; ""
	NextUS      int64
}

// keptSent is how many entries of a destination are kept.
const keptSent = 100_000

// AddSent writes entries into the log of a destination, under ids that follow each
// other from first, and forgets the oldest of too many.
func (tx *Tx) AddSent(ctx context.Context, destination int64, entries []Sent) error {
	if len(entries) == 0 {
		return nil
	}
	first, err := tx.NextIDs(ctx, SeqMisc, len(entries))
	if err != nil {
		return err
	}
	b := NewBatch("bigint", "bigint", "bigint", "text", "bigint", "bigint", "text", "text", "text", "bigint")
	for i, s := range entries {
		b.Add(first+int64(i), s.Record, s.AtUS, string(s.Outcome), s.Tries, s.Status, s.RemoteID, s.Message, s.What, s.NextUS)
	}
	if _, err := tx.execBatch(ctx, b, `WITH v(a,b,c,d,e,f,g,h,i,j) AS (@rows) INSERT INTO destination_log (id, destination_id, record_id, at_us, outcome, tries, status, remote_id, message, changes, next_us)
		SELECT a, CAST($1 AS BIGINT), b, c, d, e, f, g, h, i, j FROM v`, destination); err != nil {
		return err
	}
	old, err := tx.ids(ctx, "SELECT id FROM destination_log WHERE destination_id = $1 ORDER BY id DESC LIMIT 1000 OFFSET $2", destination, keptSent)
	if err != nil || len(old) == 0 {
		return err
	}
	_, err = tx.execBatch(ctx, idBatch(old), "WITH v(vid) AS (@rows) DELETE FROM destination_log WHERE id IN (SELECT vid FROM v)")
	return err
}

// SentLog gives the newest entries of a destination's log. outcome is "" for all,
// record 0 for all.
func (tx *Tx) SentLog(ctx context.Context, destination int64, outcome string, record, before int64, limit int) ([]Sent, error) {
	var out []Sent
	err := tx.query(ctx, func(r *sql.Rows) error {
		s := Sent{Destination: destination}
		err := r.Scan(&s.ID, &s.Record, &s.AtUS, &s.Outcome, &s.Tries, &s.Status, &s.RemoteID, &s.Message, &s.What, &s.NextUS)
		out = append(out, s)
		return err
	}, `SELECT id, record_id, at_us, outcome, tries, status, remote_id, message, changes, next_us FROM destination_log
		WHERE destination_id = $1 AND id < $2 AND ($3 = '' OR outcome = $3) AND ($4 = 0 OR record_id = $4) ORDER BY id DESC LIMIT $5`, destination, orNewest(before), outcome, record, limit)
	return out, err
}

// PruneSent forgets entries of logs that are older than a time, a page at a time.
// It gives how many.
func (tx *Tx) PruneSent(ctx context.Context, beforeUS int64) (int, error) {
	old, err := tx.ids(ctx, "SELECT id FROM destination_log WHERE at_us < $1 ORDER BY id LIMIT 1000", beforeUS)
	if err != nil || len(old) == 0 {
		return 0, err
	}
	_, err = tx.execBatch(ctx, idBatch(old), "WITH v(vid) AS (@rows) DELETE FROM destination_log WHERE id IN (SELECT vid FROM v)")
	return len(old), err
}
