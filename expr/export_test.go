package expr

import (
	"maps"
	"slices"
	"time"
)

// MatchSince is Match for what SQLSince gives.
func (f *Filter) MatchSince(rec Record, since, now time.Time) (bool, error) {
	s := newScope(rec, now)
	if !since.IsZero() {
		s.since = clock(since)
	}
	return f.root.test(&s), s.err
}

// Functions are the names of all functions of filters: string is for values alone.
func Functions() []string {
	all := slices.Concat(slices.Collect(maps.Keys(functions)), slices.Collect(maps.Keys(searchOps)))
	return slices.DeleteFunc(all, func(name string) bool { return name == "string" })
}
