package signal

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"fettle/expr"
	"fettle/store"
)

// newestEntries is how many entries of a record are read at first: older ones are
// needed where a source has not spoken for long.
const newestEntries = 12

// histories reads the change log of records, by the ids of then: their newest
// entries, or all. Of one that is part of another by now the log goes on with that.
func (d *detection) histories(ctx context.Context, ids []int64, all bool) (map[int64]*history, error) {
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	into, err := d.tx.Aliases(ctx, ids)
	if err != nil {
		return nil, err
	}
	whole := make([]int64, 0, len(ids))
	for _, id := range ids {
		whole = append(whole, cmp.Or(into[id], id))
	}
	slices.Sort(whole)
	whole = slices.Compact(whole)
	parts, err := d.tx.AliasesInto(ctx, whole)
	if err != nil {
		return nil, err
	}
	log, err := d.log(ctx, ids, whole, parts, all)
	if err != nil {
		return nil, err
	}
	held, err := d.records(ctx, whole)
	if err != nil {
		return nil, err
	}
	out := make(map[int64]*history, len(ids))
	for _, id := range ids {
		now := held[cmp.Or(into[id], id)]
		if now == nil {
			continue // deleted: nobody is told
		}
		values := map[string]any{}
		for f := range d.rule.fields {
			values[f] = now.Value(f)
		}
		var others []store.ChangeEvent
		for _, part := range append(parts[cmp.Or(into[id], id)], cmp.Or(into[id], id)) {
			if part != id {
				others = append(others, log[part]...)
			}
		}
		h := &history{fields: d.rule.fields, watch: d.rule.watches, first: d.rule.def.FirstWord == "signal", left: d.rule.def.Left}
		if !all && (len(log[id]) >= newestEntries || len(parts[cmp.Or(into[id], id)]) > 0) {
			h.oldest = log[id][0].ID
		}
		if err := h.replay(log[id], others, values); err != nil {
			return nil, err
		}
		out[id] = h
	}
	return out, nil
}

// log reads the entries of records and, where all is asked for, of those that
// became part of them.
func (d *detection) log(ctx context.Context, ids, whole []int64, parts map[int64][]int64, all bool) (map[int64][]store.ChangeEvent, error) {
	if !all {
		return d.tx.NewestLog(ctx, ids, newestEntries)
	}
	every := slices.Concat(ids, whole)
	for _, more := range parts {
		every = append(every, more...)
	}
	slices.Sort(every)
	return d.tx.LogWithOrigins(ctx, slices.Compact(every))
}

// records reads what records hold in what the rule reads.
func (d *detection) records(ctx context.Context, ids []int64) (map[int64]*store.Record, error) {
	found, err := d.tx.Records(ctx, d.rule.def.Entity, ids, slices.Sorted(maps.Keys(d.rule.fields)), d.rule.company)
	out := make(map[int64]*store.Record, len(found))
	for _, r := range found {
		out[r.ID] = r
	}
	return out, err
}

// write tells what was found.
func (d *detection) write(ctx context.Context) (int, error) {
	counts := make([]store.Disagreement, 0, len(d.counts))
	for _, c := range d.counts {
		counts = append(counts, *c)
	}
	slices.SortFunc(counts, func(a, b store.Disagreement) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Source, b.Source))
	})
	if err := d.tx.CountDisagreements(ctx, d.kept.ID, counts); err != nil {
		return 0, err
	}
	for _, s := range d.settling { // one by one: a later set of a record goes to the earlier
		if err := d.tx.PutSettling(ctx, d.kept.ID, []store.Settling{s}); err != nil {
			return 0, err
		}
	}
	tellings, err := d.tellings(ctx)
	if err != nil {
		return 0, err
	}
	told, err := Tell(ctx, d.tx, d.channels, d.kept.Entity, tellings, d.now)
	n := 0
	for _, t := range told {
		if t.Outcome == Added {
			n++
		}
	}
	return n, err
}

// tellings asks the rule what it makes of what was found, in the order in which
// it happened.
func (d *detection) tellings(ctx context.Context) ([]Telling, error) {
	slices.SortStableFunc(d.found, func(a, b found) int { return cmp.Compare(a.set.last(), b.set.last()) })
	ids := make([]int64, len(d.found))
	for i, f := range d.found {
		ids[i] = f.record
	}
	into, err := d.tx.Aliases(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		ids[i] = cmp.Or(into[id], id)
	}
	slices.Sort(ids)
	held, err := d.records(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	var out []Telling
	for _, f := range d.found {
		var now expr.Record = held[cmp.Or(into[f.record], f.record)]
		t, ok, err := d.rule.tell(now, f.set)
		if err != nil || !ok {
			if err != nil {
				return nil, err
			}
			continue
		}
		t.Record, t.Rule = f.record, d.kept.ID
		if f.set.from.Kind != store.OriginEnrichment { // whose version is its own
			t.Version = f.set.from.Version
		}
		out = append(out, t)
	}
	return out, nil
}
