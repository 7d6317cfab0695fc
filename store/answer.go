package store

import (
	"context"
	"database/sql"
	"unicode/utf8"

	"fettle/internal/text"
)

// MaxAnswer is how many bytes of an answer are kept.
const MaxAnswer = 16 << 10

// Answer is what a provider answered to a call that gave no value.
type Answer struct {
	Attempt int64
	Status  int    // of HTTP; 0 without one
	Body    string // its beginning, as valid text
	Bytes   int64  // of the whole
}

// NewAnswer keeps of a body what is kept.
func NewAnswer(attempt int64, status int, body []byte) Answer {
	cut := body[:min(len(body), MaxAnswer)]
	for len(cut) < len(body) && len(cut) > 0 && !utf8.RuneStart(body[len(cut)]) {
		cut = cut[:len(cut)-1]
	}
	return Answer{Attempt: attempt, Status: status, Body: text.Storable(string(cut)), Bytes: int64(len(body))}
}

// PutAnswers keeps answers. One that is there already stays: a call is answered
// once.
func (tx *Tx) PutAnswers(ctx context.Context, answers []Answer) error {
	b := NewBatch("bigint", "bigint", "text", "bigint")
	for _, a := range answers {
		b.Add(a.Attempt, int64(a.Status), a.Body, a.Bytes)
	}
	_, err := tx.execBatch(ctx, b, `WITH v(id, status, body, bytes) AS (@rows)
		INSERT INTO answers (attempt_id, status, body, bytes) SELECT id, status, body, bytes FROM v WHERE 1 = 1 ON CONFLICT DO NOTHING`)
	return err
}

// Answers reads the answers to calls, by call.
func (tx *Tx) Answers(ctx context.Context, attempts []int64) (map[int64]Answer, error) {
	out := make(map[int64]Answer, len(attempts))
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var a Answer
		err := r.Scan(&a.Attempt, &a.Status, &a.Body, &a.Bytes)
		out[a.Attempt] = a
		return err
	}, idBatch(attempts), `WITH v(id) AS (@rows) SELECT a.attempt_id, a.status, a.body, a.bytes FROM v JOIN answers a ON a.attempt_id = v.id`)
	return out, err
}

// CallsOf reads the newest calls for a record, newest first.
func (tx *Tx) CallsOf(ctx context.Context, record int64, limit int) ([]Attempt, error) {
	var out []Attempt
	err := tx.query(ctx, func(r *sql.Rows) error {
		a, err := scanAttempt(r)
		out = append(out, a)
		return err
	}, `SELECT `+attemptColumns+` FROM attempts a WHERE a.record_id = $1 ORDER BY a.id DESC LIMIT $2`, record, limit)
	return out, err
}
