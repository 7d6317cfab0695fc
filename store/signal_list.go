package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"fettle"
	"fettle/expr"
)

// SignalsQuery asks for a page of the signals that stand, newest first.
type SignalsQuery struct {
	Entity    fettle.Entity // "": both
	Type      string
	Kind      string
	Rule      int64
	Record    int64
	SinceUS   int64 // learned of at or after this
	Retracted bool  // those that were taken back too
	Where     *expr.Fragment
	AfterUS   int64 // behind this one; 0 to begin
	AfterID   int64
	Limit     int
}

// SignalRow is a signal with the name of its record.
type SignalRow struct {
	Signal

	Name string
}

// ListSignals lists signals.
func (tx *Tx) ListSignals(ctx context.Context, q SignalsQuery) ([]SignalRow, error) {
	var where strings.Builder
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	where.WriteString("s.record_id <> 0")
	if !q.Retracted {
		where.WriteString(" AND s.retracted_us = 0")
	}
	for _, c := range []struct {
		column string
		value  any
		asked  bool
	}{
		{"s.entity", string(q.Entity), q.Entity != ""},
		{"s.type", q.Type, q.Type != ""},
		{"s.kind", q.Kind, q.Kind != ""},
		{"s.rule_id", q.Rule, q.Rule != 0},
		{"s.record_id", q.Record, q.Record != 0},
	} {
		if c.asked {
			where.WriteString(" AND " + c.column + " = " + arg(c.value))
		}
	}
	if q.SinceUS != 0 {
		where.WriteString(" AND s.at_us >= " + arg(q.SinceUS))
	}
	if q.Where != nil {
		f := q.Where.Shift(len(args))
		where.WriteString(" AND s.record_id IN (SELECT r.id" + from(q.Entity, f) + ")")
		args = append(args, f.Args...)
	}
	if q.AfterID != 0 {
		at := arg(q.AfterUS)
		where.WriteString(" AND (s.at_us < " + at + " OR (s.at_us = " + at + " AND s.id < " + arg(q.AfterID) + "))")
	}
	columns := "s." + strings.ReplaceAll(signalColumns, ", ", ", s.")
	var out []SignalRow
	err := tx.query(ctx, func(r *sql.Rows) error {
		var x SignalRow
		var name sql.NullString
		s, err := scanSignal(r, &name)
		x.Signal, x.Name = s, name.String
		out = append(out, x)
		return err
	}, "SELECT "+columns+", COALESCE(p.name, co.name) FROM signals s LEFT JOIN people p ON s.entity = 'people' AND p.id = s.record_id"+
		" LEFT JOIN companies co ON s.entity = 'companies' AND co.id = s.record_id WHERE "+where.String()+" ORDER BY s.at_us DESC, s.id DESC LIMIT "+arg(q.Limit), args...)
	return out, err
}
