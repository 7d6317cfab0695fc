package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"

	"fettle"
	"fettle/expr"
)

// OutsideRows counts, of the rows of an enrichment whose records' ids lie in
// stretches from first to last, those of records that a filter does not have:
// they left the audience, or were deleted. Rows that run are not among them:
// their call is out, whatever became of the record.
func (tx *Tx) OutsideRows(ctx context.Context, enrichment int64, entity fettle.Entity, where expr.Fragment, first, last int64) (map[RowKind]int64, error) {
	out := map[RowKind]int64{}
	text := fmt.Sprintf(`SELECT q.state, q.outcome, q.paid, COUNT(*) FROM enrichment_rows q WHERE q.enrichment_id = %d AND q.record_id BETWEEN %d AND %d
		AND q.state <> 'running' AND NOT `, enrichment, StretchStart(first), StretchEnd(last))
	err := tx.query(ctx, func(r *sql.Rows) error {
		k := RowKind{EnrichmentID: enrichment}
		var n int64
		err := r.Scan(&k.State, &k.Outcome, &k.Paid, &n)
		out[k] = n
		return err
	}, text+has(entity, where)+" GROUP BY q.state, q.outcome, q.paid", where.Args...)
	return out, err
}

// RowRange is the lowest and the highest record of an enrichment's rows; 0 and
// 0 where it has none.
func (tx *Tx) RowRange(ctx context.Context, enrichment int64) (low, high int64, err error) {
	err = tx.get(ctx, []any{&low, &high}, `SELECT COALESCE((SELECT MIN(record_id) FROM enrichment_rows WHERE enrichment_id = $1), 0),
		COALESCE((SELECT MAX(record_id) FROM enrichment_rows WHERE enrichment_id = $1), 0)`, enrichment)
	return low, high, err
}

// has is the condition that the record of a row, which is q, is one that a
// filter has. The filter's arguments come first.
func has(entity fettle.Entity, where expr.Fragment) string {
	join := ""
	if usesCompany(where.Text) {
		join = companyJoin
	}
	return "EXISTS (SELECT 1 FROM " + table(entity) + " r" + join + " WHERE r.id = q.record_id AND (" + cmp.Or(where.Text, "true") + "))"
}

// presence is the condition that the record of a row is, or is not, one that a
// filter has. A row that runs counts as one that is.
func presence(entity fettle.Entity, where expr.Fragment, outside bool) string {
	if outside {
		return "(q.state <> 'running' AND NOT " + has(entity, where) + ")"
	}
	return "(q.state = 'running' OR " + has(entity, where) + ")"
}
