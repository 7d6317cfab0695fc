package engine

import (
	"context"
	"maps"
	"slices"
	"strings"

	"fettle"
	"fettle/store"
)

// hubPart is what the Data Hub counts of the records of some stretches. Parts
// add up.
type hubPart struct {
	records int64
	fields  []hubTally // in the order of the hub's fields
}

// hubTally is what is counted of one field.
type hubTally struct {
	filled  int64
	invalid int64
	dispute int64
	sources []hubSource     // by ascending origin
	blank   fettle.HubBlank // all but those that were never tried
	cost    fettle.Credits
	bought  int64 // filled values that were bought
	stale   int64 // of them, by an older logic than the newest
}

// hubSource is how many filled values came from one origin.
type hubSource struct{ origin, filled int64 }

func (t *hubTally) from(origin, filled int64) {
	i, ok := slices.BinarySearchFunc(t.sources, origin, func(s hubSource, o int64) int { return int(min(1, max(-1, s.origin-o))) })
	if !ok {
		t.sources = slices.Insert(t.sources, i, hubSource{origin: origin})
	}
	t.sources[i].filled += filled
}

func (p *hubPart) add(q hubPart) {
	p.records += q.records
	for i := range q.fields {
		t, u := &p.fields[i], &q.fields[i]
		t.filled += u.filled
		t.invalid += u.invalid
		t.dispute += u.dispute
		t.cost += u.cost
		t.bought += u.bought
		t.stale += u.stale
		t.blank.Waiting += u.blank.Waiting
		t.blank.Unknown += u.blank.Unknown
		t.blank.Cleared += u.blank.Cleared
		t.blank.NotFound += u.blank.NotFound
		t.blank.Failed += u.blank.Failed
		t.blank.Skipped += u.blank.Skipped
		t.blank.TakenBack += u.blank.TakenBack
		for _, s := range u.sources {
			t.from(s.origin, s.filled)
		}
	}
}

// part counts the records of a scope.
func (h *hub) part(ctx context.Context, scope store.HubScope) (hubPart, error) {
	p := hubPart{fields: make([]hubTally, len(h.fields))}
	if err := h.values(ctx, scope, &p); err != nil {
		return p, err
	}
	orphans, err := h.costs(ctx, scope, &p)
	if err != nil {
		return p, err
	}
	for i := range p.fields {
		if p.records == p.fields[i].filled {
			continue
		}
		if err := h.causes(ctx, scope, h.fields[i].Key, &p.fields[i].blank, orphans[h.fields[i].Key]); err != nil {
			return p, err
		}
	}
	return p, nil
}

// values counts filled values, their origins and their marks, in one pass.
func (h *hub) values(ctx context.Context, scope store.HubScope, p *hubPart) error {
	keys := make([]string, len(h.fields))
	for i, f := range h.fields {
		keys[i] = f.Key
	}
	groups, err := h.tx.HubGroups(ctx, scope, keys)
	if err != nil {
		return err
	}
	for _, g := range groups {
		from, err := store.ParseOrigins(g.Origins)
		if err != nil {
			return err
		}
		p.records += g.Records
		for i, key := range keys {
			t, filled := &p.fields[i], g.Filled[i]
			id, named := from[key]
			if !named {
				id = from[""]
			} else if h.undos[id] {
				t.blank.TakenBack += g.Records - filled
			} else {
				t.blank.Cleared += g.Records - filled // a blank field whose origin is named
			}
			if filled == 0 {
				continue
			}
			t.filled += filled
			t.from(id, filled)
			if strings.Contains(g.Invalid, ","+key+",") {
				t.invalid += filled
			}
			if strings.Contains(g.Dispute, ","+key+",") {
				t.dispute += filled
			}
		}
	}
	return nil
}

// costs adds up what calls for the fields cost. It gives the fields for which
// there are calls whose row is gone.
func (h *hub) costs(ctx context.Context, scope store.HubScope, p *hubPart) (orphans map[string]bool, err error) {
	costs, err := h.tx.HubCosts(ctx, scope)
	if err != nil || len(costs) == 0 {
		return nil, err
	}
	orphans = map[string]bool{}
	asked := map[string]bool{}
	for _, c := range costs {
		for i, field := range c.Fields {
			at, ok := h.at[field]
			if !ok {
				continue // the field was deleted since
			}
			asked[field] = true
			orphans[field] = orphans[field] || c.Orphans > 0
			p.fields[at].cost += c.Each
			if i == 0 {
				p.fields[at].cost += c.Rest
			}
		}
	}
	bought, err := h.tx.HubBought(ctx, scope, slices.Sorted(maps.Keys(asked)))
	for field, b := range bought {
		t := &p.fields[h.at[field]]
		t.bought, t.stale = b.Filled, b.Stale
	}
	return orphans, err
}

// causes splits a field's blanks by cause. Each blank counts once: what is
// under way first, then what may have been billed, what was cleared or taken back,
// not found, failed, skipped. Those that were cleared or taken back are counted already, and some of
// them are under way again.
func (h *hub) causes(ctx context.Context, scope store.HubScope, field string, blank *fettle.HubBlank, orphans bool) error {
	var ids []int64
	for _, x := range h.fillers[field] {
		if h.running[x.ID] {
			ids = append(ids, x.ID)
		}
	}
	found, err := h.tx.HubBlanks(ctx, scope, field, ids)
	if err != nil {
		return err
	}
	if orphans {
		more, err := h.tx.HubOrphans(ctx, scope, field, ids)
		if err != nil {
			return err
		}
		found = append(found, more...)
	}
	for _, x := range found {
		first := x.Cause < store.HubCleared
		if (x.Cleared || x.TakenBack) && !first {
			continue
		}
		switch {
		case x.TakenBack:
			blank.TakenBack -= x.Records
		case x.Cleared:
			blank.Cleared -= x.Records
		}
		switch x.Cause {
		case store.HubWaiting:
			blank.Waiting += x.Records
		case store.HubUnknown:
			blank.Unknown += x.Records
		case store.HubNotFound:
			blank.NotFound += x.Records
		case store.HubFailed:
			blank.Failed += x.Records
		case store.HubSkipped:
			blank.Skipped += x.Records
		default:
		}
	}
	return nil
}
