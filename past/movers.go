package past

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/store"
)

// Movers goes through those who entered or left an audience between two times, by
// ranges of ids.
type Movers struct {
	tx     *store.Tx
	entity fettle.Entity
	rules  []Rule
	from   Moment
	to     time.Time
	wheres []expr.Fragment // the members at the times at which nothing need be written for somebody to move
	ask    Asking
	theirs []string
	after  int64
	lists  []ahead
}

// MovedFor is who moved, with the course that it went.
type MovedFor struct {
	*Course

	Moves []Move
}

// Moving begins to go through those who moved. The rules are those of the time, the
// first of them from the beginning on; fields are read beside what the rules read.
func Moving(ctx context.Context, tx *store.Tx, entity fettle.Entity, rules []Rule, from, to time.Time, after int64, fields ...string) (*Movers, error) {
	m := &Movers{tx: tx, entity: entity, rules: rules, to: to, after: after}
	var err error
	if m.from, err = At(ctx, tx, from); err != nil {
		return nil, err
	}
	own, timed := slices.Clone(fields), false
	for i, r := range rules {
		for _, f := range r.filters {
			for _, key := range f.Fields() {
				if of, is := expr.SourceField(key); is {
					key = of
				}
				own = append(own, key)
			}
			m.theirs = append(m.theirs, f.CompanyFields()...)
		}
		timed = timed || r.Timed()
		if i > 0 {
			m.wheres = append(m.wheres, rules[i-1].sql(r.Since), r.sql(r.Since))
		}
	}
	if timed {
		m.wheres = append(m.wheres, rules[0].sql(from), rules[len(rules)-1].sql(to))
	}
	m.ask = Asking{Entity: entity, Fields: own, First: m.from.First}
	return m, nil
}

// sql is the rule as a condition.
func (r Rule) sql(at time.Time) expr.Fragment {
	parts := make([]expr.Fragment, len(r.filters))
	for i, f := range r.filters {
		parts[i] = f.SQL(at)
	}
	return expr.Any(parts...)
}

// First is the first entry of the change log that is looked at.
func (m *Movers) First() int64 { return m.from.First }

// Page gives who moved in the next range of ids, and the last id of the range.
func (m *Movers) Page(ctx context.Context) (out []MovedFor, last int64, done bool, err error) {
	ids, upto, err := m.stretch(ctx)
	if err != nil {
		return nil, 0, false, err
	}
	courses, err := Courses(ctx, m.tx, ids, m.ask, m.theirs)
	if err != nil {
		return nil, 0, false, err
	}
	for _, c := range courses {
		moves, _, err := c.Moves(m.rules, m.from.At, m.to)
		if err != nil {
			return nil, 0, false, err
		}
		if len(moves) > 0 {
			out = append(out, MovedFor{c, moves})
		}
	}
	m.after = upto
	return out, upto, upto == math.MaxInt64, nil
}

// stretch finds who may have moved: who was written about, or whose company was, and
// who is a member at one of the times that matter and not at another one.
func (m *Movers) stretch(ctx context.Context) (ids []int64, upto int64, err error) {
	if m.lists == nil {
		m.lists = make([]ahead, 2+len(m.wheres)) // who was written about, whose company was, and the members
		for i := range m.lists {
			m.lists[i].last = m.after
		}
		m.lists[1].all = m.entity != fettle.People || len(m.theirs) == 0
	}
	upto = math.MaxInt64
	for i := range m.lists {
		err := m.lists[i].read(func(after int64) ([]int64, error) {
			switch i {
			case 0:
				return m.tx.TouchedSince(ctx, m.entity, m.from.First, after, pageSize)
			case 1:
				return m.tx.StaffTouchedSince(ctx, m.from.First, after, pageSize)
			}
			return m.tx.MemberIDs(ctx, m.entity, m.wheres[i-2], after, pageSize)
		})
		if err != nil {
			return nil, 0, err
		}
		upto = min(upto, m.lists[i].end())
	}
	count, may := map[int64]int{}, map[int64]bool{}
	for i := range m.lists {
		for _, id := range m.lists[i].take(upto) {
			if i < 2 {
				may[id] = true
			} else {
				count[id]++
			}
		}
	}
	for id, n := range count {
		if n < len(m.wheres) {
			may[id] = true
		}
	}
	return slices.Sorted(maps.Keys(may)), upto, nil
}
