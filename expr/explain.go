package expr

import "time"

// Explanation says why a record is in or out: one clause, whether it holds for
// the record, and the clauses that it is made of or the values that it read.
type Explanation struct {
	Text    string        `json:"text"` // as written, with parentheses only where needed
	True    bool          `json:"true"`
	Values  []Read        `json:"values,omitempty"`
	Clauses []Explanation `json:"clauses,omitempty"`
	// Signal is the one for which an exists holds, or the newest one for which it
	// does not: the clauses are those of it.
	Signal *SignalRead `json:"signal,omitempty"`
}

// SignalRead names a signal.
type SignalRead struct {
	ID   int64     `json:"id"`
	Type string    `json:"type"`
	Kind string    `json:"kind,omitempty"`
	At   time.Time `json:"at"`
}

// Read is a value that a clause read.
type Read struct {
	Field string `json:"field"` // company.… for the company's
	Value any    `json:"value"` // nil: blank
}

// Explain evaluates every clause for the record, also those that would not
// have been needed.
func (f *Filter) Explain(rec Record, now time.Time) (Explanation, error) {
	if f.src == nil {
		return Explanation{Text: "every record", True: true}, nil
	}
	s := newScope(rec, now)
	ex := f.explain(f.root, &s)
	return ex, s.err
}

func (f *Filter) explain(c condition, s *scope) Explanation {
	ex := Explanation{True: c.test(s)}
	if e, ok := f.asts[c]; ok {
		ex.Text = f.src.snippet(e)
	}
	if x, ok := c.(*exists); ok {
		f.explainSignal(x, s, &ex)
		return ex
	}
	for _, part := range parts(c) {
		ex.Clauses = append(ex.Clauses, f.explain(part, s))
	}
	if len(ex.Clauses) == 0 {
		ex.Values = values(c, s)
	}
	return ex
}

// explainSignal says which signal an exists is about, and why.
func (f *Filter) explainSignal(x *exists, s *scope, ex *Explanation) {
	sig, list := x.newest(s), x.list(s)
	if sig == nil && len(list) > 0 {
		sig = &list[0]
	}
	if sig == nil {
		ex.Values = []Read{{Field: x.name()}}
		return
	}
	ex.Signal = &SignalRead{ID: sig.ID, Type: sig.Type, Kind: sig.Kind, At: sig.At}
	was := s.signal
	s.signal = sig
	ex.Clauses = []Explanation{f.explain(x.c, s)}
	s.signal = was
}

// parts gives the conditions that a condition is made of.
func parts(c condition) []condition {
	switch c := c.(type) {
	case *logic:
		return c.terms
	case *not:
		return []condition{c.c}
	case *chosen:
		return []condition{c.c, asCondition(c.a), asCondition(c.b)}
	}
	return nil
}

func values(c condition, s *scope) []Read {
	var list []Read
	seen := map[string]bool{}
	walk(c, func(n node) {
		name := ""
		switch n := n.(type) {
		case *field:
			name = n.name()
		case *origin:
			name = SourceOf(n.f.key)
		case *disputed:
			name = DisputedOf(n.f.key)
		}
		if name != "" && !seen[name] {
			seen[name] = true
			list = append(list, Read{Field: name, Value: n.eval(s)})
		}
	})
	return list
}
