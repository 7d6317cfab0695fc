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
