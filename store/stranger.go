package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"fettle"
)

// Whether the answer to a call is about somebody else than its record.
const (
	NoStranger       = int64(0)
	StrangerHeld     = int64(1) // it is: its values are written nowhere
	StrangerAccepted = int64(2) // a person said that it is not
)

// The states of an answer that was held back.
const (
	StateHeld     = fettle.StrangerHeld
	StateAccepted = fettle.StrangerAccepted
	StateRejected = fettle.StrangerRejected
)

// StrangerKey names an answer that is held back: a call, and the record that it was
// paid for, or would have been taken for.
type StrangerKey struct{ Attempt, Record int64 }

// Stranger is an answer that is held back. Known, Answer and Parts are JSON.
type Stranger struct {
	StrangerKey
	EnrichmentID int64
	State        string
	Why          string
	Known        string
	Answer       string
	Parts        string
	RequestID    string // the provider's own
	HeldUS       int64
	DecidedUS    int64
	DecidedBy    string
}

// PutStrangers keeps answers that are held back. One that is there stays as it was
// decided.
func (tx *Tx) PutStrangers(ctx context.Context, list []Stranger) error {
	b := NewBatch("bigint", "bigint", "bigint", "text", "text", "text", "text", "text", "text", "bigint")
	for _, s := range list {
		b.Add(s.Attempt, s.Record, s.EnrichmentID, StateHeld, s.Why, s.Known, s.Answer, s.Parts, s.RequestID, s.HeldUS)
		tx.touch(s.Record)
	}
	_, err := tx.execBatch(ctx, b, `WITH v(attempt, record, enrichment, state, why, known, answer, parts, request, at) AS (@rows)
		INSERT INTO strangers (attempt_id, record_id, enrichment_id, state, why, known, answer, parts, request_id, held_at_us)
		SELECT attempt, record, enrichment, state, why, known, answer, parts, request, at FROM v WHERE 1 = 1 ON CONFLICT DO NOTHING`)
	return err
}

// StrangersQuery asks for answers that are held back, newest first.
type StrangersQuery struct {
	State      string // "": all
	Enrichment int64  // 0: of all
	Provider   string // "": of all
	Record     int64  // 0: of all
	Before     StrangerKey
	Limit      int
}

const strangerColumns = `s.attempt_id, s.record_id, s.enrichment_id, s.state, s.why, s.known, s.answer, s.parts, s.request_id, s.held_at_us, s.decided_at_us, s.decided_by`

func scanStranger(r *sql.Rows) (s Stranger, err error) {
	err = r.Scan(&s.Attempt, &s.Record, &s.EnrichmentID, &s.State, &s.Why, &s.Known, &s.Answer, &s.Parts, &s.RequestID, &s.HeldUS, &s.DecidedUS, &s.DecidedBy)
	return s, err
}

func (tx *Tx) strangers(ctx context.Context, text string, args ...any) ([]Stranger, error) {
	var out []Stranger
	err := tx.query(ctx, func(r *sql.Rows) error {
		s, err := scanStranger(r)
		out = append(out, s)
		return err
	}, text, args...)
	return out, err
}

// Strangers reads answers that are held back, newest first. Of a record they are
// also those of records that were merged into it.
func (tx *Tx) Strangers(ctx context.Context, q StrangersQuery) ([]Stranger, error) {
	where := []string{"1 = 1"}
	var args []any
	add := func(text string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			text = strings.Replace(text, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		where = append(where, text)
	}
	if q.State != "" {
		add("s.state = ?", q.State)
	}
	if q.Enrichment != 0 {
		add("s.enrichment_id = ?", q.Enrichment)
	}
	if q.Provider != "" {
		add("a.provider = ?", q.Provider)
	}
	if q.Record != 0 {
		add("(s.record_id = ? OR s.record_id IN (SELECT l.record_id FROM aliases l WHERE l.into_id = ?))", q.Record, q.Record)
	}
	if q.Before.Attempt != 0 {
		add("(s.attempt_id < ? OR s.attempt_id = ? AND s.record_id < ?)", q.Before.Attempt, q.Before.Attempt, q.Before.Record)
	}
	args = append(args, q.Limit)
	return tx.strangers(ctx, `SELECT `+strangerColumns+` FROM strangers s JOIN attempts a ON a.id = s.attempt_id WHERE `+strings.Join(where, " AND ")+
		` ORDER BY s.attempt_id DESC, s.record_id DESC LIMIT $`+strconv.Itoa(len(args)), args...)
}

// Stranger reads one; of a call alone the one of its own record. ok is false where
// there is none.
func (tx *Tx) Stranger(ctx context.Context, k StrangerKey) (s Stranger, ok bool, err error) {
	list, err := tx.strangers(ctx, `SELECT `+strangerColumns+` FROM strangers s WHERE s.attempt_id = $1 AND (s.record_id = $2 OR $2 = 0) ORDER BY s.held_at_us, s.record_id LIMIT 1`, k.Attempt, k.Record)
	if err != nil || len(list) == 0 {
		return s, false, err
	}
	return list[0], true, nil
}

// DecideStranger writes what a person decided. It reports whether the answer was
// still in the state that the decision was made on.
func (tx *Tx) DecideStranger(ctx context.Context, s Stranger, state, by string, nowUS int64) (bool, error) {
	tx.touch(s.Record)
	n, err := tx.exec(ctx, `UPDATE strangers SET state = $1, decided_by = $2, decided_at_us = $3 WHERE attempt_id = $4 AND record_id = $5 AND state = $6`,
		state, by, nowUS, s.Attempt, s.Record, s.State)
	return n == 1, err
}

// AcceptAnswer makes the answer of a call one that found something for its record.
func (tx *Tx) AcceptAnswer(ctx context.Context, attempt int64) error {
	_, err := tx.exec(ctx, `UPDATE attempts SET outcome = 'found', stranger = $1 WHERE id = $2 AND stranger = $3`, StrangerAccepted, attempt, StrangerHeld)
	return err
}

// CountStrangers counts answers that were held back, by state: of one enrichment, or
// of all for 0.
func (tx *Tx) CountStrangers(ctx context.Context, enrichment int64) (n fettle.StrangerCounts, err error) {
	err = tx.query(ctx, func(r *sql.Rows) error {
		var state string
		var count int64
		err := r.Scan(&state, &count)
		switch state {
		case StateHeld:
			n.Held = count
		case StateAccepted:
			n.Accepted = count
		case StateRejected:
			n.Rejected = count
		}
		return err
	}, `SELECT state, COUNT(*) FROM strangers WHERE enrichment_id = $1 OR $1 = 0 GROUP BY state`, enrichment)
	return n, err
}
