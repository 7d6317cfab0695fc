package past

import (
	"slices"
	"time"

	"fettle/expr"
	"fettle/store"
)

// The causes of moves.
const (
	ByWrite   = "write"
	ByMerge   = "merge" // and its undo
	ByDelete  = "delete"
	BySignal  = "signal" // and its retraction
	ByFilter  = "filter"
	ByTime    = "time passed"
	atOnce    = time.Second    // so close a moment of entering by time is told
	betweenOf = 24 * time.Hour // filters that ask for the time are asked so often, and at each write
)

// Move is a record that entered or left an audience.
type Move struct {
	Record int64
	At     time.Time
	In     bool
	Cause  string
	By     *store.ChangeEvent // the entry; nil where time passed, or the filter changed
	Step   int                // of its course
}

// Rule is what made a record a member, and from when on.
type Rule struct {
	Since time.Time

	filters []*expr.Filter
}

// RuleOf is the rule of a filter, or of several, one of which is enough.
func RuleOf(filters ...*expr.Filter) Rule { return Rule{filters: filters} }

// Timed reports whether a record may enter or leave by time alone.
func (r Rule) Timed() bool {
	return slices.ContainsFunc(r.filters, func(f *expr.Filter) bool { return f.UsesTime() })
}

// Holds reports whether a record is a member.
func (r Rule) Holds(rec expr.Record, at time.Time) (bool, error) {
	for _, f := range r.filters {
		if ok, err := f.Match(rec, at); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// Moves gives when a record entered and left between two times, by the rules of
// then, oldest first, and whether it was in at the first.
func (c *Course) Moves(rules []Rule, from, to time.Time) (moves []Move, before bool, err error) {
	w := walker{c: c, rules: rules}
	if before, err = w.test(0, from); err != nil {
		return nil, false, err
	}
	in, last := before, from
	note := func(now bool, at time.Time, cause string, step int) {
		if now != in {
			var by *store.ChangeEvent
			if cause != ByTime && cause != ByFilter {
				by = c.Steps[step].By
			}
			moves = append(moves, Move{Record: c.ID, At: at, In: now, Cause: cause, By: by, Step: step})
			in = now
		}
	}
	// pass goes on to a time at which nothing was written yet.
	pass := func(step int, until time.Time) error {
		for _, at := range w.between(last, until) {
			now, err := w.test(step, at)
			if err != nil {
				return err
			}
			cause := ByTime
			if w.changedAt(at) {
				cause = ByFilter
			} else if now != in {
				if at, err = w.when(step, last, at, in); err != nil {
					return err
				}
			}
			note(now, at, cause, step)
			last = at
		}
		return nil
	}
	for i := 1; i < len(c.Steps); i++ {
		at := time.UnixMicro(c.Steps[i].US).UTC()
		if at.After(to) {
			break
		}
		if err := pass(i-1, at.Add(-time.Microsecond)); err != nil { // what is so at the very moment was written
			return nil, false, err
		}
		now, err := w.test(i, at)
		if err != nil {
			return nil, false, err
		}
		note(now, at, causeOf(c.Steps[i].By), i)
		last = at
	}
	return moves, before, pass(c.StepAt(to.UnixMicro()), to)
}

type walker struct {
	c     *Course
	rules []Rule
}

// rule is the filter of a time.
func (w *walker) rule(at time.Time) Rule {
	f := w.rules[0]
	for _, r := range w.rules[1:] {
		if !r.Since.After(at) {
			f = r
		}
	}
	return f
}

func (w *walker) changedAt(at time.Time) bool {
	for _, r := range w.rules[1:] {
		if r.Since.Equal(at) {
			return true
		}
	}
	return false
}

func (w *walker) test(step int, at time.Time) (bool, error) {
	if !w.c.There(step) {
		return false, nil
	}
	return w.rule(at).Holds(w.c.Then(step, at), at)
}

// between are the times at which a record may enter or leave though nothing was
// written about it: when the filter was changed, and of one that asks for the time
// each day.
func (w *walker) between(from, to time.Time) []time.Time {
	var out []time.Time
	at := from
	for at.Before(to) {
		next := to
		if w.rule(at).Timed() {
			if day := at.Add(betweenOf); day.Before(next) {
				next = day
			}
		}
		for _, r := range w.rules[1:] {
			if r.Since.After(at) && r.Since.Before(next) {
				next = r.Since
			}
		}
		if next.Equal(to) && !w.rule(at).Timed() && !w.changedAt(to) {
			break
		}
		out, at = append(out, next), next
	}
	return out
}

// when finds the moment between two times at which it entered or left.
func (w *walker) when(step int, from, to time.Time, was bool) (time.Time, error) {
	for to.Sub(from) > atOnce {
		mid := from.Add(to.Sub(from) / 2)
		now, err := w.test(step, mid)
		if err != nil {
			return to, err
		}
		if now == was {
			from = mid
		} else {
			to = mid
		}
	}
	return to, nil
}

func causeOf(c *store.ChangeEvent) string {
	switch c.Kind {
	case store.ChangeMerge, store.ChangeUnmerge:
		return ByMerge
	case store.ChangeDelete:
		return ByDelete
	case store.ChangeSignal, store.ChangeRetract:
		return BySignal
	}
	return ByWrite
}
