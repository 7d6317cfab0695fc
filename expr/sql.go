package expr

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
)

// Fragment is a piece of SQL in PostgreSQL's dialect. Its arguments are
// string, float64, int64, time.Time or fettle.Day; each stands in the text exactly
// once and in order, as $1, $2, …
type Fragment struct {
	Text string
	Args []any
}

// Shift renumbers $k to $k+n, so that the fragment can follow n arguments.
func (f Fragment) Shift(n int) Fragment {
	if n == 0 || len(f.Args) == 0 {
		return f
	}
	var b strings.Builder
	rest := f.Text
	for {
		before, after, found := strings.Cut(rest, "$")
		b.WriteString(before)
		if !found {
			return Fragment{Text: b.String(), Args: slices.Clone(f.Args)}
		}
		digits := 0
		for digits < len(after) && after[digits] >= '0' && after[digits] <= '9' {
			digits++
		}
		k, err := strconv.Atoi(after[:digits])
		if err != nil { // no fragment of ours has a $ without a number
			return f
		}
		b.WriteString("$" + itoa(k+n))
		rest = after[digits:]
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// writer collects a fragment.
type writer struct {
	sb    strings.Builder
	args  []any
	scope scope // for constants
	err   error
}

func newWriter(now time.Time) *writer {
	return &writer{scope: newScope(noRecord{}, now)}
}

// finish gives the fragment; it fails where the expression has no SQL or too much.
func (w *writer) finish() (Fragment, error) {
	if w.err == nil && w.sb.Len() > maxSQLBytes {
		w.fail("the expression is too large for the database", "Split it into smaller audiences.")
	}
	return Fragment{Text: w.sb.String(), Args: w.args}, w.err
}

func (w *writer) fail(message, hint string) {
	if w.err == nil {
		w.err = fettle.Errorf(fettle.Invalid, "%s", message).WithHint("%s", hint)
	}
}

func (w *writer) text(parts ...string) {
	if w.sb.Len() > maxSQLBytes {
		return
	}
	for _, p := range parts {
		w.sb.WriteString(p)
	}
}

// value writes n, or its one value where it reads no field.
func (w *writer) value(n node) {
	if w.sb.Len() > maxSQLBytes {
		return // finish reports it
	}
	if constant(n) {
		w.constant(n.kind(), n.eval(&w.scope))
		return
	}
	n.write(w)
}

// constant writes a value with its type, since PostgreSQL cannot infer one
// everywhere. Points in time stand beside a column only, whose type they take.
func (w *writer) constant(k kind, v any) {
	switch v := v.(type) {
	case nil:
		w.null(k)
	case bool:
		if v {
			w.text("TRUE")
		} else {
			w.text("FALSE")
		}
	case string:
		w.text("CAST(")
		w.arg(v)
		w.text(" AS TEXT)")
	case float64:
		w.text("CAST(")
		w.arg(v)
		w.text(" AS DOUBLE PRECISION)")
	case fettle.Day, time.Time:
		w.arg(v)
	default:
		w.fail(k.String()+" has no form in SQL", "Use text, numbers, dates or true and false.")
	}
}

// null writes a blank that has a type, since two of them may meet in a CASE.
func (w *writer) null(k kind) {
	switch k {
	case kindText:
		w.text("CAST(NULL AS TEXT)")
	case kindNumber:
		w.text("CAST(NULL AS DOUBLE PRECISION)")
	case kindBool:
		w.text("CAST(NULL AS BOOLEAN)")
	case kindDate, kindTime, kindJSON, kindDuration, kindNull:
		w.text("NULL")
	}
}

// arg writes the next argument.
func (w *writer) arg(v any) {
	w.args = append(w.args, v)
	w.text("$", itoa(len(w.args)))
}

// beside writes n as the other side of an operator; a constant beside a column
// stands bare, so that the column's index serves.
func (w *writer) beside(n, other node) {
	_, column := other.(*field)
	if column && constant(n) {
		switch v := n.eval(&w.scope).(type) {
		case string, float64, fettle.Day, time.Time:
			w.arg(v)
			return
		}
	}
	w.value(n)
}

// guarded writes a boolean that is NULL only where one of the operands is, so
// that it is FALSE there. Columns are asked whether they are filled, which
// keeps the comparison itself in a form that an index serves.
func (w *writer) guarded(operands []node, body func()) {
	w.text("(")
	plain := true
	for _, n := range operands {
		if _, ok := n.(*field); !ok && !constant(n) {
			plain = false
		}
	}
	if !plain {
		w.text("COALESCE(")
		body()
		w.text(", FALSE))")
		return
	}
	for _, n := range operands {
		if f, ok := n.(*field); ok {
			f.write(w)
			w.text(" IS NOT NULL AND ")
		}
	}
	body()
	w.text(")")
}

// blankConstant reports whether n is a constant that is blank.
func (w *writer) blankConstant(n node) bool {
	return constant(n) && n.eval(&w.scope) == nil
}
