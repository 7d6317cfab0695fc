package expr

import (
	"time"

	"fettle"
)

// scope is what one evaluation reads. A failure of an island is kept here: the
// value is blank then, and the caller asks for err in the end.
type scope struct {
	rec Record
	now time.Time // UTC, whole microseconds, as timestamps are stored
	err error

	since  time.Time // from when on spans of time are open; its zero value is now
	signal *Signal   // of the exists that is looked at
}

func newScope(rec Record, now time.Time) scope {
	return scope{rec: rec, now: clock(now)}
}

func clock(now time.Time) time.Time { return now.UTC().Truncate(time.Microsecond) }

// node is a checked expression. eval and write mean the same.
type node interface {
	kind() kind
	// eval gives the value in its Go form; nil is blank.
	eval(s *scope) any
	// write writes the value as SQL; NULL is blank.
	write(w *writer)
	children() []node
}

// condition is a node that is true or false, never blank, in SQL too.
type condition interface {
	node
	test(s *scope) bool
}

// field reads a field of the record or of its company.
type field struct {
	key     string
	typ     fettle.FieldType
	k       kind
	company bool
	stamp   string       // of the record's own times: the column, in microseconds
	signal  *signalField // of a signal; nil otherwise
}

func (f *field) kind() kind       { return f.k }
func (f *field) children() []node { return nil }

func (f *field) eval(s *scope) any {
	if f.signal != nil {
		return f.signal.read(s)
	}
	if f.company {
		return s.rec.CompanyValue(f.key)
	}
	return s.rec.Value(f.key)
}

func (f *field) write(w *writer) {
	if f.signal != nil {
		f.signal.write(w)
		return
	}
	if f.stamp != "" {
		w.text("fettle_time(r.", f.stamp, ")")
		return
	}
	alias := "r."
	if f.company {
		alias = "c."
	}
	w.text(alias, `"`, f.key, `"`)
}

// name is the field as expressions write it.
func (f *field) name() string {
	if f.signal != nil {
		return f.signal.as
	}
	if f.company {
		return "company." + f.key
	}
	return f.key
}

// literal is a constant; a nil value is blank.
type literal struct {
	k   kind
	val any
}

func (l *literal) kind() kind       { return l.k }
func (l *literal) children() []node { return nil }
func (l *literal) eval(*scope) any  { return l.val }
func (l *literal) write(w *writer)  { w.constant(l.k, l.val) }

// clockNode is the word now. open is one from which on a span of time is open:
// it may have begun to run out earlier (Filter.SQLSince).
type clockNode struct{ open bool }

func (clockNode) kind() kind        { return kindTime }
func (clockNode) children() []node  { return nil }
func (n clockNode) write(w *writer) { w.constant(kindTime, n.eval(&w.scope)) }

func (n clockNode) eval(s *scope) any {
	if n.open && !s.since.IsZero() {
		return s.since
	}
	return s.now
}

// walk visits n and everything below it.
func walk(n node, visit func(node)) {
	visit(n)
	for _, c := range n.children() {
		walk(c, visit)
	}
}

// constant reports whether n reads no field, so that it has one value at a time.
func constant(n node) bool {
	switch n.(type) {
	case *field, *exists:
		return false
	}
	for _, c := range n.children() {
		if !constant(c) {
			return false
		}
	}
	return true
}

// noRecord gives constants their scope.
type noRecord struct{}

func (noRecord) Value(string) any        { return nil }
func (noRecord) CompanyValue(string) any { return nil }
func (noRecord) Status(string) any       { return nil }
