package expr

import "time"

// MatchSince is Match for what SQLSince gives.
func (f *Filter) MatchSince(rec Record, since, now time.Time) (bool, error) {
	s := newScope(rec, now)
	if !since.IsZero() {
		s.since = clock(since)
	}
	return f.root.test(&s), s.err
}

// SQLSince is sqlSince.
func (f *Filter) SQLSince(since, now time.Time) Fragment { return f.sqlSince(since, now) }

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

// OfCompany reports whether it asks for signals of the record's company.
func (f *Filter) OfCompany() bool {
	for _, x := range f.wanted {
		if x.company {
			return true
		}
	}
	return false
}

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
