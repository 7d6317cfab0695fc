package signal

import (
	"context"
	"maps"
	"slices"
	"time"

	"fettle"
	"fettle/store"
)

// Would is what somebody would write of a record that there is.
type Would struct {
	Record int64
	Values map[string]any
}

// Foresee gives what live rules would find in changes that are not written yet, by
// one source at one time.
func Foresee(ctx context.Context, tx *store.Tx, entity fettle.Entity, from store.Origin, all []Would, now time.Time) ([]Telling, error) {
	if !speaks(from) || len(all) == 0 {
		return nil, nil
	}
	rules, err := tx.SignalRules(ctx)
	if err != nil {
		return nil, err
	}
	var out []Telling
	for _, x := range rules {
		if x.State != fettle.RuleLive || x.Detect != fettle.DetectChanges || x.Entity != entity {
			continue
		}
		rule, err := load(ctx, tx, x)
		if fettle.CodeOf(err) == fettle.Invalid {
			continue // it finds nothing until it is corrected
		}
		if err != nil {
			return nil, err
		}
		d := &detection{tx: tx, kept: x, rule: rule, now: now}
		told, err := d.foresee(ctx, from, all)
		if err != nil {
			return nil, err
		}
		out = append(out, told...)
	}
	return out, nil
}

// foresee is what the rule would find.
func (d *detection) foresee(ctx context.Context, from store.Origin, all []Would) ([]Telling, error) {
	would := map[int64]Would{}
	var ids []int64
	for _, w := range all {
		if slices.ContainsFunc(d.rule.watched, func(f string) bool { _, ok := w.Values[f]; return ok }) {
			would[w.Record] = w
			ids = append(ids, w.Record)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	histories, err := d.histories(ctx, ids, false)
	if err != nil {
		return nil, err
	}
	var more []int64
	sets := map[int64]*set{}
	for id, h := range histories {
		if sets[id] = d.would(h, from, would[id]); sets[id].unsure && h.oldest != 0 {
			more = append(more, id)
		}
	}
	slices.Sort(more)
	whole, err := d.histories(ctx, more, true)
	if err != nil {
		return nil, err
	}
	for id, h := range whole {
		sets[id] = d.would(h, from, would[id])
	}
	for _, id := range slices.Sorted(maps.Keys(sets)) {
		s := sets[id]
		if slices.ContainsFunc(d.rule.watched, func(f string) bool { return s.deltas[f] != nil && s.deltas[f].change }) {
			d.found = append(d.found, found{id, s})
		}
	}
	return d.tellings(ctx)
}

// would is the set that would come next in a record's history.
func (d *detection) would(h *history, from store.Origin, w Would) *set {
	s := &set{from: from, atUS: d.now.UnixMicro(), deltas: map[string]*delta{}}
	s.state = maps.Clone(h.state)
	for _, f := range slices.Sorted(maps.Keys(w.Values)) {
		if _, read := h.fields[f]; !read {
			continue
		}
		h.judge(s, f, change{before: h.state[f], after: w.Values[f]})
		s.state[f] = w.Values[f]
	}
	return s
}
