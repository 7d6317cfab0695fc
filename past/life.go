package past

import (
	"context"
	"maps"
	"slices"

	"fettle"
	"fettle/store"
)

// State is what a record was from an entry of the change log on.
type State struct {
	*Record

	By *store.ChangeEvent // the entry; nil of what it was at the beginning
}

// Asking says of which stretch of the log, and what of the records, lives are read.
type Asking struct {
	Entity  fettle.Entity
	Fields  []string // nil: all
	First   int64    // the first entry; what was before is one state
	Without int64    // an enrichment whose writes are left out, as if it had not been; 0: none
}

// Lives gives what records were from an entry on, oldest first: the first state is
// what they were before it.
func Lives(ctx context.Context, tx *store.Tx, ids []int64, ask Asking) (map[int64][]State, error) {
	fields, err := tx.Fields(ctx, ask.Entity)
	if err != nil {
		return nil, err
	}
	if ask.Fields != nil {
		fields = slices.DeleteFunc(fields, func(f fettle.Field) bool { return !slices.Contains(ask.Fields, f.Key) })
	}
	now, err := recordsNow(ctx, tx, ask.Entity, ids, fields)
	if err != nil {
		return nil, err
	}
	logs, err := tx.LogWithOrigins(ctx, ids)
	if err != nil {
		return nil, err
	}
	var merged []int64
	for id, log := range logs {
		if slices.ContainsFunc(log, func(c store.ChangeEvent) bool { return c.Kind == store.ChangeMerge || c.Kind == store.ChangeUnmerge }) {
			merged = append(merged, id)
		}
	}
	slices.Sort(merged)
	merges, err := tx.MergesByLoser(ctx, merged)
	if err != nil {
		return nil, err
	}
	for _, m := range merges {
		now[m.Loser].merges = append(now[m.Loser].merges, m)
	}
	var own map[int64]bool
	if ask.Without != 0 {
		if own, err = tx.EnrichmentOrigins(ctx, ask.Without); err != nil {
			return nil, err
		}
	}
	out := make(map[int64][]State, len(ids))
	for _, id := range ids {
		first := ask.First
		if slices.ContainsFunc(logs[id], func(c store.ChangeEvent) bool { return c.Kind == store.ChangeMerge || own[c.Origin] }) && len(own) > 0 {
			first = 0 // what is left out may have hidden what was written before
		}
		states, err := now[id].states(logs[id], first)
		if err != nil {
			return nil, err
		}
		if first == 0 && ask.First > 0 {
			states = begin(without(states, own), ask.First)
		}
		out[id] = states
	}
	return out, nil
}

// states walks a record back from what it is now, and gives what it was from each
// entry on.
func (p *Record) states(log []store.ChangeEvent, first int64) ([]State, error) {
	if erased(log) {
		return []State{{p, nil}}, nil
	}
	var out []State
	for i := len(log) - 1; i >= 0 && log[i].ID >= first; i-- {
		out = append(out, State{p.clone(), &log[i]})
		if err := p.back(log[i].LoggedChange); err != nil {
			return nil, err
		}
	}
	out = append(out, State{p, nil})
	slices.Reverse(out)
	made, written := int64(0), int64(0)
	for _, c := range log {
		if c.ID >= first {
			break
		}
		if written = max(written, c.AtUS); born(c) {
			made, written = c.AtUS, c.AtUS
		}
	}
	for _, s := range out {
		if s.By != nil {
			if written = max(written, s.By.AtUS); born(*s.By) {
				made, written = s.By.AtUS, s.By.AtUS
			}
		}
		if s.There && made != 0 {
			s.CreatedUS = made
		}
		s.UpdatedUS = written
	}
	return out, nil
}

func (p *Record) clone() *Record {
	c := *p
	c.Values, c.Origins, c.Statuses = maps.Clone(p.Values), maps.Clone(p.Origins), maps.Clone(p.Statuses)
	return &c
}

// without has each value that comes from some origins be what was there before it,
// and each company that they gave.
func without(states []State, own map[int64]bool) []State {
	type held struct {
		value  any
		origin int64
		status fettle.Status
	}
	last := map[string]held{}
	company, was := int64(0), int64(0)
	for _, s := range states {
		if !s.There {
			continue
		}
		for f, origin := range s.Origins {
			if !own[origin] {
				last[f] = held{s.Values[f], origin, s.Statuses[f]}
				continue
			}
			h := last[f]
			s.put(f, h.value, h.origin, h.status)
		}
		for f := range last {
			if _, there := s.Values[f]; !there {
				delete(last, f) // cleared
			}
		}
		if s.By == nil || !own[s.By.Origin] {
			if s.Company != was || s.By == nil {
				company = s.Company
			}
		}
		was, s.Company = s.Company, company
	}
	return states
}

// begin leaves of states those from an entry on, and the one before it.
func begin(states []State, first int64) []State {
	i := slices.IndexFunc(states, func(s State) bool { return s.By != nil && s.By.ID >= first })
	if i < 0 {
		i = len(states)
	}
	i = max(0, i-1)
	states = slices.Clone(states[i:])
	states[0].By = nil
	return states
}
