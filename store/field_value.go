package store

import (
	"context"
	"database/sql"
	"slices"
	"strconv"

	"fettle"
	"fettle/expr"
)

// ValueScope says whose values of which field are counted.
type ValueScope struct {
	Entity    fettle.Entity
	Where     expr.Fragment
	Field     fettle.Field
	OfCompany bool // the field is one of the person's company
}

// LastID is the highest id that a record of an entity has; 0 if there is none.
func (tx *Tx) LastID(ctx context.Context, entity fettle.Entity) (int64, error) {
	var id int64
	err := tx.get(ctx, []any{&id}, "SELECT COALESCE(MAX(id), 0) FROM "+table(entity))
	return id, err
}

// ValueCounts counts the values of a field over the records of a scope whose id
// is above after and up to last. nil is blank. Each value is given once; the
// order is the database's.
func (tx *Tx) ValueCounts(ctx context.Context, s ValueScope, after, last int64, keep func(value any, records int64)) error {
	alias := "r"
	if s.OfCompany {
		alias = "c"
	}
	text := "SELECT " + alias + "." + column(s.Field.Key) + ", count(*) FROM " + table(s.Entity) + " r"
	if s.OfCompany || usesCompany(s.Where.Text) {
		text += companyJoin
	}
	n := len(s.Where.Args)
	text += " WHERE r.id > $" + strconv.Itoa(n+1) + " AND r.id <= $" + strconv.Itoa(n+2)
	if s.Where.Text != "" {
		text += " AND (" + s.Where.Text + ")"
	}
	var value any
	var records int64
	return tx.query(ctx, func(rows *sql.Rows) error {
		if err := rows.Scan(&value, &records); err != nil {
			return err
		}
		v, err := decodeValue(s.Field.Type, value)
		if err == nil {
			keep(v, records)
		}
		return err
	}, text+" GROUP BY 1", append(slices.Clone(s.Where.Args), after, last)...)
}
