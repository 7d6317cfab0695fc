package expr

import (
	"cmp"
	"time"

	"fettle"
)

// compareOp is == != < <= > or >=, as SQL and CEL write it.
type compareOp uint8

const (
	opEqual compareOp = iota
	opNotEqual
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
)

var compareSQL = [...]string{" = ", " <> ", " < ", " <= ", " > ", " >= "}

// holds reports whether the operator holds for a three-way comparison.
func (op compareOp) holds(c int) bool {
	switch op {
	case opEqual:
		return c == 0
	case opNotEqual:
		return c != 0
	case opLess:
		return c < 0
	case opLessEqual:
		return c <= 0
	case opGreater:
		return c > 0
	case opGreaterEqual:
		return c >= 0
	}
	return false
}

// flipped is the operator with its sides swapped.
func (op compareOp) flipped() compareOp {
	switch op {
	case opLess:
		return opGreater
	case opLessEqual:
		return opGreaterEqual
	case opGreater:
		return opLess
	case opGreaterEqual:
		return opLessEqual
	case opEqual, opNotEqual:
	}
	return op
}

// ordering reports whether the operator asks which side comes first.
func (op compareOp) ordering() bool { return op >= opLess }

// comparison compares two values of one kind; dates and timestamps are one
// kind here, a date being its midnight in UTC. It is false if a side is blank.
type comparison struct {
	op   compareOp
	k    kind
	a, b node
}

func (n *comparison) kind() kind        { return kindBool }
func (n *comparison) children() []node  { return []node{n.a, n.b} }
func (n *comparison) eval(s *scope) any { return n.test(s) }

func (n *comparison) test(s *scope) bool {
	switch n.k {
	case kindText:
		return ordered[string](n, s)
	case kindNumber:
		return ordered[float64](n, s)
	case kindBool:
		a, okA := n.a.eval(s).(bool)
		b, okB := n.b.eval(s).(bool)
		return okA && okB && (a == b) == (n.op == opEqual)
	case kindDate, kindTime:
		a, okA := instant(n.a.eval(s))
		b, okB := instant(n.b.eval(s))
		return okA && okB && n.op.holds(a.Compare(b))
	case kindJSON, kindDuration, kindNull: // refused when built
	}
	return false
}

// open lets a span of time that ends with the clock be open from earlier on:
// last_seen > now - duration("30d").
func (n *comparison) open() {
	switch n.op {
	case opGreater, opGreaterEqual:
		n.b = opened(n.b)
	case opLess, opLessEqual:
		n.a = opened(n.a)
	case opEqual, opNotEqual:
	}
}

func opened(n node) node {
	switch n := n.(type) {
	case clockNode:
		return clockNode{open: true}
	case *shifted:
		return &shifted{n: opened(n.n), by: n.by}
	}
	return n
}

func ordered[T cmp.Ordered](n *comparison, s *scope) bool {
	a, ok := n.a.eval(s).(T)
	if !ok {
		return false
	}
	b, ok := n.b.eval(s).(T)
	if !ok {
		return false
	}
	switch n.op { // the common ones without a three-way comparison
	case opEqual:
		return a == b
	case opNotEqual:
		return a != b
	case opLess, opLessEqual, opGreater, opGreaterEqual:
	}
	return n.op.holds(cmp.Compare(a, b))
}

// instant is the point in time of a date or a timestamp.
func instant(v any) (time.Time, bool) {
	switch v := v.(type) {
	case time.Time:
		return v, true
	case fettle.Day:
		t, err := time.Parse(time.DateOnly, string(v))
		return t, err == nil
	}
	return time.Time{}, false
}

func (n *comparison) write(w *writer) {
	if w.blankConstant(n.a) || w.blankConstant(n.b) {
		w.text("FALSE")
		return
	}
	if n.k.temporal() {
		w.temporal(n.op, n.a, n.b)
		return
	}
	if n.k == kindText && n.op.ordering() && !collated(n.a) && !collated(n.b) {
		w.fail("text is put in order without a field on either side", "Compare a field with the text.")
	}
	w.guarded(n.children(), func() {
		w.beside(n.a, n.b)
		w.text(compareSQL[n.op])
		w.beside(n.b, n.a)
	})
}

// temporal compares points in time: ternaries are taken apart until a column
// stands on one side, since an argument takes its type from that.
func (w *writer) temporal(op compareOp, a, b node) {
	if w.blankConstant(a) || w.blankConstant(b) {
		w.text("FALSE")
		return
	}
	if c, ok := a.(*choice); ok && !constant(a) {
		w.cases(c.c, func() { w.temporal(op, c.a, b) }, func() { w.temporal(op, c.b, b) })
		return
	}
	if c, ok := b.(*choice); ok && !constant(b) {
		w.cases(c.c, func() { w.temporal(op, a, c.a) }, func() { w.temporal(op, a, c.b) })
		return
	}
	fa, isField := a.(*field)
	fb, bothFields := b.(*field)
	switch {
	case isField && bothFields:
		w.guarded([]node{a, b}, func() { w.write(func() { a.write(w) }, compareSQL[op], func() { b.write(w) }) })
	case isField && constant(b):
		w.columnTime(op, fa, b.eval(&w.scope))
	case bothFields && constant(a):
		w.columnTime(op.flipped(), fb, a.eval(&w.scope))
	case constant(a) && constant(b):
		w.constant(kindBool, (&comparison{op: op, k: kindTime, a: a, b: b}).test(&w.scope))
	default:
		w.fail("this point in time cannot be computed in the database", "Compare a field with a date, a timestamp or now.")
	}
}

// columnTime compares a column with a constant in the column's own type.
func (w *writer) columnTime(op compareOp, f *field, v any) {
	t, ok := instant(v)
	if !ok {
		w.text("FALSE")
		return
	}
	if f.stamp != "" {
		w.text("(r.", f.stamp, compareSQL[op])
		w.arg(t.UnixMicro())
		w.text(")")
		return
	}
	if f.signal != nil && f.signal.micros() != "" {
		w.text("(", f.signal.micros(), " IS NOT NULL AND ", f.signal.micros(), compareSQL[op])
		w.arg(t.UnixMicro())
		w.text(")")
		return
	}
	var arg any = t
	if f.k == kindDate {
		day := fettle.DayOf(t)
		if !day.Time().Equal(t) { // between two midnights
			switch op {
			case opEqual:
				w.text("FALSE")
				return
			case opNotEqual:
				w.write("(", func() { f.write(w) }, " IS NOT NULL)")
				return
			case opLess:
				op = opLessEqual
			case opGreaterEqual:
				op = opGreater
			case opLessEqual, opGreater:
			}
		}
		arg = day
	}
	w.guarded([]node{f}, func() {
		f.write(w)
		w.text(compareSQL[op])
		w.arg(arg)
	})
}

// member is n in [constants] for text and numbers.
type member struct {
	k     kind
	n     node
	items []any
	set   map[any]struct{}
}

func newMember(n node, items []any) *member {
	m := &member{k: n.kind(), n: n, set: make(map[any]struct{}, len(items))}
	for _, v := range items {
		if _, dup := m.set[v]; !dup {
			m.set[v] = struct{}{}
			m.items = append(m.items, v)
		}
	}
	return m
}

func (m *member) kind() kind        { return kindBool }
func (m *member) children() []node  { return []node{m.n} }
func (m *member) eval(s *scope) any { return m.test(s) }

func (m *member) test(s *scope) bool {
	v := m.n.eval(s)
	if v == nil {
		return false
	}
	switch v.(type) {
	case string, float64:
		_, ok := m.set[v]
		return ok
	}
	return false
}

func (m *member) write(w *writer) {
	if len(m.items) == 0 || w.blankConstant(m.n) {
		w.text("FALSE")
		return
	}
	w.guarded(m.children(), func() {
		w.value(m.n)
		w.text(" IN (")
		for i, v := range m.items {
			if i > 0 {
				w.text(", ")
			}
			w.beside(&literal{k: m.k, val: v}, m.n)
		}
		w.text(")")
	})
}

// shifted is a point in time plus or minus a constant duration.
type shifted struct {
	n  node
	by time.Duration
}

func (n *shifted) kind() kind       { return kindTime }
func (n *shifted) children() []node { return []node{n.n} }

func (n *shifted) eval(s *scope) any {
	t, ok := instant(n.n.eval(s))
	if !ok {
		return nil
	}
	t = t.Add(n.by).Truncate(time.Microsecond)
	if !storable(t) {
		return nil
	}
	return t
}

func (n *shifted) write(w *writer) {
	w.fail("a field cannot be moved in time in a filter", "Move the other side: last_seen < now - duration(\"30d\").")
}

// storable reports whether both databases hold t: the years 1 to 9999.
func storable(t time.Time) bool {
	y := t.UTC().Year()
	return y >= 1 && y <= 9999
}
