package store

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"fettle"
	"fettle/expr"
)

// RowQuery selects rows of an enrichment by pages.
type RowQuery struct {
	State   fettle.RowState // "" for any
	Outcome fettle.Outcome  // "" for any
	Detail  string          // "" for any
	After   int64           // record id
	Through int64           // the last record id; 0 for none
	Limit   int
	Of      *Members // nil for rows of any record
}

// Members selects rows by whether their records are in an audience. A row that
// runs counts as one of a member.
type Members struct {
	Entity  fettle.Entity
	Where   expr.Fragment
	Outside bool // those that are not
}

// Local reports whether a record's membership depends on what is stored about
// that record alone.
func (m *Members) Local() bool { return local(m.Where) }

// condition is the WHERE of a query of rows, by the alias q, and its arguments.
func (q RowQuery) condition(enrichment int64) (text string, args []any) {
	parts := []string{}
	if q.Of != nil {
		args = slices.Clone(q.Of.Where.Args) // the filter numbers its own from 1
		parts = append(parts, presence(q.Of.Entity, q.Of.Where, q.Of.Outside))
	}
	add := func(cond string, v any) {
		args = append(args, v)
		parts = append(parts, cond+" $"+strconv.Itoa(len(args)))
	}
	add("q.enrichment_id =", enrichment)
	if q.State != "" {
		add("q.state =", string(q.State))
	}
	if q.Outcome != "" {
		add("q.outcome =", string(q.Outcome))
	}
	if q.Detail != "" {
		add("q.detail =", q.Detail)
	}
	if q.After != 0 {
		add("q.record_id >", q.After)
	}
	if q.Through != 0 {
		add("q.record_id <=", q.Through)
	}
	return " WHERE " + strings.Join(parts, " AND "), args
}

// RowPage reads one page of rows in the order of their records.
func (tx *Tx) RowPage(ctx context.Context, enrichment int64, q RowQuery) ([]Row, error) {
	var out []Row
	where, args := q.condition(enrichment)
	args = append(args, q.Limit)
	err := tx.query(ctx, func(r *sql.Rows) error {
		x, err := scanRow(r)
		out = append(out, x)
		return err
	}, `SELECT `+strings.ReplaceAll(rowColumns, "r.", "q.")+` FROM enrichment_rows q`+where+` ORDER BY q.record_id LIMIT $`+strconv.Itoa(len(args)), args...)
	return out, err
}

// Reason is a detail of rows, and how many have it.
type Reason struct {
	Detail string
	Rows   int64
}

// Reasons groups rows by their detail, the most frequent first. It reads every
// row of the enrichment.
func (tx *Tx) Reasons(ctx context.Context, enrichment int64, q RowQuery) ([]Reason, error) {
	var out []Reason
	where, args := q.condition(enrichment)
	args = append(args, q.Limit)
	err := tx.query(ctx, func(r *sql.Rows) error {
		var x Reason
		err := r.Scan(&x.Detail, &x.Rows)
		out = append(out, x)
		return err
	}, `SELECT q.detail, COUNT(*) AS n FROM enrichment_rows q`+where+` GROUP BY q.detail ORDER BY n DESC, q.detail LIMIT $`+strconv.Itoa(len(args)), args...)
	return out, err
}

// StaleRows counts rows with a value that an older version of the enrichment's
// logic bought, of those that a query selects.
func (tx *Tx) StaleRows(ctx context.Context, enrichment, logicVersion int64, q RowQuery) (int64, error) {
	var n int64
	q.State = fettle.RowDone
	where, args := q.condition(enrichment)
	args = append(args, logicVersion)
	err := tx.get(ctx, []any{&n}, `SELECT COUNT(*) FROM enrichment_rows q`+where+` AND q.outcome IN ('found', 'reused')
		AND EXISTS (SELECT 1 FROM cells s WHERE s.record_id = q.record_id AND s.enrichment_id = q.enrichment_id AND s.version < $`+strconv.Itoa(len(args))+` AND s.bought_at_us > 0)`, args...)
	return n, err
}
