package expr

import (
	"cmp"
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"fettle"
)

// The keys under which a record gives its signals. Filter.Fields and the like
// list them as if they were fields. No field has these names.
const (
	// Signals gives all that stand, as []Signal, the newest first: none that was
	// retracted, and no sample. CompanyValue gives those of the company.
	Signals = "signals"
	// LatestSignal gives the one that a row is about, as *Signal.
	LatestSignal = "signal"
)

// Signal is what happened to a record, as expressions read it.
type Signal struct {
	ID                int64
	Type              string
	Kind              string // "" is blank
	Source            string // of its first witness that stands
	At                time.Time
	Since             time.Time // its zero value is blank
	From, To, Details map[string]string
}

// Newer reports whether the signal was learned of after the other.
func (s *Signal) Newer(than *Signal) bool {
	return than == nil || cmp.Or(s.At.Compare(than.At), cmp.Compare(s.ID, than.ID)) > 0
}

// The parts of a signal that expressions read.
var signalParts = map[string]kind{"type": kindText, "kind": kindText, "source": kindText, "at": kindTime, "since": kindTime}

// The parts that hold texts by name.
var signalMaps = map[string]bool{"from": true, "to": true, "details": true}

const partsHint = "A signal has type, kind, source, at, since, from.…, to.… and details.…."

// read gives a part of the signal; blank is nil.
func (s *Signal) read(part, key string) any {
	if s == nil {
		return nil
	}
	text := ""
	switch part {
	case "type":
		text = s.Type
	case "kind":
		text = s.Kind
	case "source":
		text = s.Source
	case "from":
		text = s.From[key]
	case "to":
		text = s.To[key]
	case "details":
		text = s.Details[key]
	case "at":
		return s.At
	case "since":
		if s.Since.IsZero() {
			return nil
		}
		return s.Since
	}
	if text == "" {
		return nil
	}
	return text
}

// signalField reads a part of the signal of an exists, or of the one that a row
// is about.
type signalField struct {
	part   string
	key    string // of from, to and details
	latest bool
	as     string // as it was written
}

func (f *signalField) read(s *scope) any {
	sig := s.signal
	if f.latest {
		sig, _ = s.rec.Value(LatestSignal).(*Signal)
	}
	return sig.read(f.part, f.key)
}

// micros is the column of a point in time, in microseconds; "" of a text.
func (f *signalField) micros() string {
	switch f.part {
	case "at":
		return "sg.at_us"
	case "since":
		return "sg.since_us"
	}
	return ""
}

func (f *signalField) write(w *writer) {
	if f.latest {
		w.fail("signal has no form in SQL", "Write signals.exists(s, …) in filters.")
	}
	switch f.part {
	case "type":
		w.text("sg.type")
	case "kind":
		w.text("NULLIF(sg.kind, '')")
	case "source":
		w.text("(SELECT sw.source FROM signal_witnesses sw WHERE sw.signal_id = sg.id AND sw.gone_us = 0 ORDER BY sw.id LIMIT 1)")
	case "at", "since":
		w.text("fettle_time(", f.micros(), ")")
	default: // a name in an expression holds no quotes
		w.text("NULLIF(fettle_detail(sg.", f.part, map[bool]string{true: "", false: "_values"}[f.part == "details"], ", '", f.key, "'), '')")
	}
}

// exists is signals.exists(s, …): one signal for which all of it holds.
type exists struct {
	company bool
	c       condition
	own     bool // the condition reads the record beside the signal
}

func (x *exists) kind() kind        { return kindBool }
func (x *exists) children() []node  { return []node{x.c} }
func (x *exists) eval(s *scope) any { return x.test(s) }
func (x *exists) test(s *scope) bool {
	return x.newest(s) != nil
}

// list gives the signals that it looks at, the newest first.
func (x *exists) list(s *scope) []Signal {
	v := s.rec.Value(Signals)
	if x.company {
		v = s.rec.CompanyValue(Signals)
	}
	list, _ := v.([]Signal)
	return list
}

// newest is the newest signal for which the condition holds; nil for none.
func (x *exists) newest(s *scope) *Signal {
	list, was := x.list(s), s.signal
	defer func() { s.signal = was }()
	for i := range list {
		s.signal = &list[i]
		if x.c.test(s) {
			return s.signal
		}
	}
	return nil
}

// write asks for the records that have such a signal, which costs what there is
// of signals and not of records; where the condition reads the record too, it
// asks each record.
func (x *exists) write(w *writer) {
	record := "r.id"
	w.text("(")
	if x.company {
		record = "r.company_id"
		w.text(record, " IS NOT NULL AND ")
	}
	if x.own {
		w.text("EXISTS (SELECT 1 FROM signals sg WHERE sg.record_id = ", record, " AND ")
	} else {
		w.text(record, " IN (SELECT sg.record_id FROM signals sg WHERE ")
	}
	w.text("sg.record_id <> 0 AND sg.retracted_us = 0 AND NOT sg.sample AND ")
	w.value(x.c)
	w.text("))")
}

// name is how it is called in what a clause read.
func (x *exists) name() string {
	if x.company {
		return "company." + Signals
	}
	return Signals
}

// aboutSignals tells whether the expression is the signals of the record, or of
// its company.
func (b *builder) aboutSignals(e ast.Expr) (company, ok bool) {
	switch e.Kind() {
	case ast.IdentKind:
		return false, e.AsIdent() == Signals
	case ast.SelectKind:
		return true, b.env.entity == fettle.People && b.isCompany(e.AsSelect().Operand()) && e.AsSelect().FieldName() == Signals
	default:
		return false, false
	}
}

const existsHint = `Write signals.exists(s, s.type == "job_change" && within(s.at, "30d")).`

// exists builds signals.exists(s, …) out of the loop that CEL made of it.
func (b *builder) exists(e ast.Expr, company bool) (node, error) {
	loop := e.AsComprehension()
	step := loop.LoopStep()
	if step.Kind() != ast.CallKind || step.AsCall().FunctionName() != operators.LogicalOr || loop.HasIterVar2() {
		return nil, b.src.errorf(e, "of signals only exists can be asked").WithHint(existsHint)
	}
	if b.signal != "" {
		return nil, b.src.errorf(e, "an exists stands inside another").WithHint("Put them beside each other: signals.exists(…) && signals.exists(…).")
	}
	formula := b.formula
	b.signal, b.formula = loop.IterVar(), false
	c, err := b.condition(step.AsCall().Args()[1])
	b.signal, b.formula = "", formula
	if err != nil {
		return nil, err
	}
	x := &exists{company: company, c: c}
	walk(c, func(n node) {
		if f, ok := n.(*field); ok && f.signal == nil {
			x.own = true
		}
	})
	if !b.exact {
		b.wanted = append(b.wanted, x)
	}
	return b.track(x, e), nil
}

// signalPart builds s.type and s.from.title, and signal.type where a row is
// about one. It reports whether the expression is of a signal at all.
func (b *builder) signalPart(e ast.Expr) (node, bool, error) {
	sel := e.AsSelect()
	part, key, root := sel.FieldName(), "", sel.Operand()
	if root.Kind() == ast.SelectKind {
		key, part, root = part, root.AsSelect().FieldName(), root.AsSelect().Operand()
	}
	if root.Kind() != ast.IdentKind || !b.isSignal(root.AsIdent()) {
		return nil, false, nil
	}
	name := root.AsIdent()
	k, plain := signalParts[part]
	switch {
	case plain && key == "":
	case signalMaps[part] && key == "":
		return nil, true, b.src.errorf(e, "%s.%s holds several texts", name, part).WithHint("Name one of them, such as %s.%s.title.", name, part)
	case !signalMaps[part]:
		return nil, true, b.src.errorf(e, "a signal has no part %q", part).WithHint(partsHint)
	}
	f := &field{key: key, typ: k.fieldType(), k: k, signal: &signalField{part: part, key: key, latest: name != b.signal, as: b.src.snippet(e)}}
	if sel.IsTestOnly() {
		return b.track(&presence{n: f}, e), true, nil
	}
	return f, true, nil
}

// isSignal reports whether a name is that of a signal here.
func (b *builder) isSignal(name string) bool {
	if b.signal != "" && name == b.signal {
		return true
	}
	_, isField := b.env.fields[name]
	return name == LatestSignal && !isField && b.env.signal
}

// noSignal refuses the names signals and signal where they stand alone, and
// signal where no audience says which.
func (b *builder) noSignal(e ast.Expr, name string) error {
	switch {
	case name == Signals:
		return b.src.errorf(e, "signals is a list").WithHint(existsHint)
	case b.isSignal(name):
		return b.src.errorf(e, "%s is a signal", name).WithHint("Name a part of it, such as %s.type. %s", name, partsHint)
	case name == LatestSignal:
		return b.src.errorf(e, "there is no signal here").
			WithHint("signal is the newest one that the audience of an enrichment asks for: point it at an audience with signals.exists(…). In a filter write signals.exists(s, …).")
	}
	return nil
}

// WithSignal is the environment of expressions about a record and the signal for
// which it is looked at. Its filters have no form in SQL where they read it.
func (e *Env) WithSignal() *Env {
	out := *e
	out.signal = true
	return &out
}

// ReadsSignals reports whether the filter asks for signals that a record has:
// then Newest may find one.
func (f *Filter) ReadsSignals() bool { return len(f.wanted) > 0 }

// Newest is the newest signal that one of the filter's exists is about, of those
// that a record must have; nil for none. since is as for SQLSince.
func (f *Filter) Newest(rec Record, since, now time.Time) *Signal {
	s := newScope(rec, now)
	if !since.IsZero() {
		s.since = clock(since)
	}
	var best *Signal
	for _, x := range f.wanted {
		if sig := x.newest(&s); sig != nil && sig.Newer(best) {
			best = sig
		}
	}
	return best
}
