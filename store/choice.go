package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"fettle"
)

// PutOptions writes the values that a select knows.
func (tx *Tx) PutOptions(ctx context.Context, f fettle.Field) error {
	_, err := tx.exec(ctx, "UPDATE fields SET options = $3 WHERE entity = $1 AND key = $2", string(f.Entity), f.Key, optionsText(f.Options))
	delete(tx.fields, f.Entity)
	return err
}

func optionsText(options []string) string {
	if len(options) == 0 {
		return ""
	}
	b, err := json.Marshal(options)
	if err != nil {
		return ""
	}
	return string(b)
}

func parseOptions(text string) (out []string, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &out)
	}
	return out, err
}

// HeldChoice is what a record holds in a select.
type HeldChoice struct {
	Record  int64
	Value   string
	Invalid string // the record's marks
}

// ChoicesHeld reads what records above an id hold in a select: all that hold
// something, or those whose value is marked.
func (tx *Tx) ChoicesHeld(ctx context.Context, entity fettle.Entity, key string, after int64, marked bool, limit int) ([]HeldChoice, error) {
	if _, err := tx.Field(ctx, entity, key); err != nil {
		return nil, err
	}
	where := " AND CAST($3 AS TEXT) <> ''"
	if marked {
		where = " AND r.invalid LIKE '%,' || CAST($3 AS TEXT) || ',%'"
	}
	var out []HeldChoice
	err := tx.query(ctx, func(r *sql.Rows) error {
		var h HeldChoice
		err := r.Scan(&h.Record, &h.Value, &h.Invalid)
		out = append(out, h)
		return err
	}, "SELECT r.id, r."+column(key)+", COALESCE(r.invalid, '') FROM "+table(entity)+" r WHERE r.id > $1 AND r."+column(key)+" IS NOT NULL"+where+" ORDER BY r.id LIMIT $2", after, limit, key)
	return out, err
}

// PutMarks writes the marks of records.
func (tx *Tx) PutMarks(ctx context.Context, entity fettle.Entity, list []HeldChoice) error {
	if len(list) == 0 {
		return nil
	}
	b := NewBatch("bigint", "text").sized(len(list))
	for _, h := range list {
		b.Add(h.Record, nullText(h.Invalid))
		tx.touch(h.Record)
	}
	_, err := tx.execBatch(ctx, b, "WITH v(id, invalid) AS (@rows) UPDATE "+table(entity)+" SET invalid = v.invalid FROM v WHERE "+table(entity)+".id = v.id")
	return err
}
