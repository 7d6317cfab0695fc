package store

import (
	"context"
	"database/sql"
	"strings"

	"fettle"
)

// RecordCost is what the calls of one enrichment for the same fields of a record
// cost.
type RecordCost struct {
	Enrichment int64
	Fields     []string
	Calls      int64
	Credits    fettle.Credits // what the journal says of them, overruns too
	Each       fettle.Credits // a field's even share of every call, added up
	Rest       fettle.Credits // what is left of the even shares: the first field's
}

// RecordCosts adds up the calls for a record, by enrichment and fields.
func (tx *Tx) RecordCosts(ctx context.Context, id int64) ([]RecordCost, error) {
	const n = "(LENGTH(a.fields) - LENGTH(REPLACE(a.fields, ',', '')) - 1)"
	const cost = "(a.charged_uc + a.overrun_uc)"
	var out []RecordCost
	err := tx.query(ctx, func(r *sql.Rows) error {
		var c RecordCost
		var fields string
		err := r.Scan(&c.Enrichment, &fields, &c.Calls, &c.Credits, &c.Each, &c.Rest)
		c.Fields = SplitFields(fields)
		out = append(out, c)
		return err
	}, strings.NewReplacer("@n", n, "@cost", cost).Replace(`SELECT a.enrichment_id, a.fields, COUNT(*), SUM(@cost),
		SUM(CASE WHEN @n > 0 THEN @cost / @n ELSE 0 END), SUM(CASE WHEN @n > 0 THEN @cost % @n ELSE @cost END)
		FROM attempts a WHERE a.record_id = $1 GROUP BY a.enrichment_id, a.fields ORDER BY a.enrichment_id, a.fields`), id)
	return out, err
}
