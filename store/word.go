package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"fettle"
)

// Word is what a source said last of a field of a record on which sources have
// said different things.
type Word struct {
	Record  int64
	Field   string
	Speaker string // who said it, in whichever version or import: "list crm"
	Entity  fettle.Entity
	Value   string // as the change log writes values
	Origin  int64
	Settled bool  // a person chose a value since
	From    int64 // the record that it was said of, where that became part of this one; 0: this one
}

const wordColumns = "record_id, field, speaker, entity, value, origin_id, settled, from_id"

func scanWord(r *sql.Rows) (w Word, err error) {
	err = r.Scan(&w.Record, &w.Field, &w.Speaker, &w.Entity, &w.Value, &w.Origin, &w.Settled, &w.From)
	return w, err
}

// Words gives what is kept of the words about records, by record, field and
// speaker.
func (tx *Tx) Words(ctx context.Context, ids []int64) ([]Word, error) {
	var out []Word
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		w, err := scanWord(r)
		out = append(out, w)
		return err
	}, idBatch(ids), "WITH v(id) AS (@rows) SELECT "+wordColumns+" FROM words WHERE record_id IN (SELECT id FROM v) ORDER BY record_id, field, speaker")
	return out, err
}

// WordsOfOrigins gives up to n words that came from origins.
func (tx *Tx) WordsOfOrigins(ctx context.Context, origins []int64, n int) ([]Word, error) {
	var out []Word
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		w, err := scanWord(r)
		out = append(out, w)
		return err
	}, idBatch(origins), fmt.Sprintf("WITH v(id) AS (@rows) SELECT "+wordColumns+" FROM words WHERE origin_id IN (SELECT id FROM v) ORDER BY record_id, field, speaker LIMIT %d", n))
	return out, err
}

// PutWords writes words in place of what their speakers said before.
func (tx *Tx) PutWords(ctx context.Context, words []Word) error {
	if len(words) == 0 {
		return nil
	}
	b := NewBatch("bigint", "text", "text", "text", "text", "bigint", "boolean", "bigint")
	for _, w := range words {
		b.Add(w.Record, w.Field, w.Speaker, string(w.Entity), w.Value, w.Origin, w.Settled, w.From)
	}
	_, err := tx.execBatch(ctx, b, "INSERT INTO words ("+wordColumns+`) @rows ON CONFLICT (record_id, field, speaker) DO UPDATE SET
		value = excluded.value, origin_id = excluded.origin_id, settled = excluded.settled, from_id = excluded.from_id`)
	return err
}

// RemoveWords forgets words, by record, field and speaker.
func (tx *Tx) RemoveWords(ctx context.Context, words []Word) error {
	if len(words) == 0 {
		return nil
	}
	b := NewBatch("bigint", "text", "text")
	for _, w := range words {
		b.Add(w.Record, w.Field, w.Speaker)
	}
	_, err := tx.execBatch(ctx, b, "WITH v(vid, vfield, vspeaker) AS (@rows) DELETE FROM words WHERE (record_id, field, speaker) IN (SELECT vid, vfield, vspeaker FROM v)")
	return err
}

// Disputed is the fields of a record that are disputed.
type Disputed struct {
	Record int64
	Fields string // ",email,title,"; "" for none
}

// PutDisputed marks which fields of records are disputed. Nothing else of a
// record changes, not even the time of its last change.
func (tx *Tx) PutDisputed(ctx context.Context, entity fettle.Entity, marks []Disputed) error {
	if len(marks) == 0 {
		return nil
	}
	b := NewBatch("bigint", "text")
	for _, m := range marks {
		tx.touch(m.Record)
		b.Add(m.Record, nullText(m.Fields))
	}
	_, err := tx.execBatch(ctx, b, fmt.Sprintf("WITH v(id, list) AS (@rows) UPDATE %s SET _disputed = v.list FROM v WHERE %[1]s.id = v.id", table(entity)))
	return err
}

// dropWords forgets what was said of a field that is deleted.
func (tx *Tx) dropWords(ctx context.Context, entity fettle.Entity, key string) error {
	if _, err := tx.exec(ctx, "DELETE FROM words WHERE entity = $1 AND field = $2", string(entity), key); err != nil {
		return err
	}
	// A list that becomes empty is NULL again.
	_, err := tx.exec(ctx, "UPDATE "+table(entity)+" SET _disputed = NULLIF(REPLACE(_disputed, ',"+key+",', ','), ',') WHERE _disputed LIKE '%,"+
		strings.ReplaceAll(key, "_", `\_`)+`,%' ESCAPE '\'`)
	return err
}
