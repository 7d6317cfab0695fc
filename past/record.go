package past

import (
	"context"
	"encoding/json"
	"slices"

	"fettle"
	"fettle/store"
)

// Record is a record as it was.
type Record struct {
	ID        int64
	There     bool // it was a record of its own
	Values    map[string]any
	Origins   map[string]int64 // of its values
	Statuses  map[string]fettle.Status
	Company   int64
	CreatedUS int64
	UpdatedUS int64

	Away   string // where it was not there: why, as far as the log tells
	types  map[string]fettle.FieldType
	merges []store.Merge // by which it was merged away
}

// Read gives records as they were before the entry first of the change log: it
// walks each record's entries back from what it is now. A record that was merged
// away is what it was by itself; one that was deleted since is there.
func Read(ctx context.Context, tx *store.Tx, entity fettle.Entity, ids []int64, first int64) (map[int64]*Record, error) {
	fields, err := tx.Fields(ctx, entity)
	if err != nil {
		return nil, err
	}
	out, err := recordsNow(ctx, tx, entity, ids, fields)
	if err != nil {
		return nil, err
	}
	logs, err := tx.LogWithOrigins(ctx, ids)
	if err != nil {
		return nil, err
	}
	merges, err := tx.MergesByLoser(ctx, mergedSince(logs, first))
	if err != nil {
		return nil, err
	}
	for _, m := range merges {
		out[m.Loser].merges = append(out[m.Loser].merges, m)
	}
	for id, log := range logs {
		if err := out[id].walk(log, first); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// recordsNow reads what records are now; those that are not there are empty.
func recordsNow(ctx context.Context, tx *store.Tx, entity fettle.Entity, ids []int64, fields []fettle.Field) (map[int64]*Record, error) {
	types := make(map[string]fettle.FieldType, len(fields))
	for _, f := range fields {
		types[f.Key] = f.Type
	}
	out := make(map[int64]*Record, len(ids))
	for _, id := range ids {
		out[id] = &Record{ID: id, types: types}
	}
	now, err := tx.LockRecords(ctx, entity, ids, fields)
	if err != nil {
		return nil, err
	}
	for _, r := range now {
		if err := out[r.ID].read(r, fields); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// mergedSince are the records with a merge or its undo among their entries.
func mergedSince(logs map[int64][]store.ChangeEvent, first int64) []int64 {
	var ids []int64
	for id, log := range logs {
		if slices.ContainsFunc(log, func(c store.ChangeEvent) bool {
			return c.ID >= first && (c.Kind == store.ChangeMerge || c.Kind == store.ChangeUnmerge)
		}) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// read takes what the record is now.
func (p *Record) read(r store.IngestRecord, fields []fettle.Field) error {
	from, err := store.ParseOrigins(r.Origins)
	if err != nil {
		return err
	}
	p.begin()
	p.Company, p.CreatedUS, p.UpdatedUS = r.Company, r.CreatedUS, r.UpdatedUS
	for i, f := range fields {
		if r.Values[i] != nil {
			p.put(f.Key, r.Values[i], originOf(from, f.Key), store.StatusIn(r.Statuses, f.Key))
		}
	}
	return nil
}

func (p *Record) begin() {
	p.There, p.Away = true, ""
	p.Values, p.Origins, p.Statuses = map[string]any{}, map[string]int64{}, map[string]fettle.Status{}
}

// leaves makes it a record that is not there.
func (p *Record) leaves(why string) {
	*p = Record{ID: p.ID, Away: why, types: p.types, merges: p.merges}
}

func (p *Record) put(field string, v any, origin int64, st fettle.Status) {
	if v == nil {
		delete(p.Values, field)
		delete(p.Origins, field)
		delete(p.Statuses, field)
		return
	}
	p.Values[field], p.Origins[field] = v, origin
	if delete(p.Statuses, field); st != "" {
		p.Statuses[field] = st
	}
}

// erased reports whether the log tells of a record only that it was erased.
func erased(log []store.ChangeEvent) bool {
	return len(log) == 1 && log[0].Kind == store.ChangeDelete && log[0].Changes == ""
}

// walk goes back over entries, newest first, down to first; what is below tells
// when it was made and written.
func (p *Record) walk(log []store.ChangeEvent, first int64) error {
	if erased(log) {
		p.leaves("it was erased since")
		return nil
	}
	for _, c := range slices.Backward(log) {
		if c.ID < first {
			break
		}
		if err := p.back(c.LoggedChange); err != nil {
			return err
		}
	}
	if !p.There {
		return nil
	}
	p.UpdatedUS = 0
	for _, c := range slices.Backward(log) {
		if c.ID >= first {
			continue
		}
		p.UpdatedUS = max(p.UpdatedUS, c.AtUS)
		if born(c) {
			if p.CreatedUS == 0 {
				p.CreatedUS = c.AtUS
			}
			break
		}
	}
	return nil
}

// born reports whether an entry made a record anew: one that an undo brings back is
// as old as it was.
func born(c store.ChangeEvent) bool {
	return c.Kind == store.ChangeCreate && c.From.Kind != store.OriginUndo
}

// back takes one entry back.
func (p *Record) back(c store.LoggedChange) error {
	switch c.Kind {
	case store.ChangeCreate:
		p.leaves("it was made later")
		return nil
	case store.ChangeMerge:
		if i := slices.IndexFunc(p.merges, func(m store.Merge) bool { return m.AtUS == c.AtUS && c.Names("id") }); i >= 0 {
			return p.unmerged(p.merges[i])
		}
	case store.ChangeUnmerge:
		if slices.ContainsFunc(p.merges, func(m store.Merge) bool { return m.UndoneUS == c.AtUS }) {
			p.leaves("it was part of another record then")
			return nil
		}
	case store.ChangeDelete:
		p.begin()
	}
	if !p.There {
		return nil
	}
	changes, err := Changes(c.Changes)
	if err != nil {
		return err
	}
	for field, ch := range changes {
		if field == CompanyField {
			p.Company = Company(ch.Old)
			continue
		}
		typ, known := p.types[field]
		if !known {
			continue
		}
		v, err := Value(typ, ch.Old)
		if err != nil {
			v = nil // the field's type was another one then
		}
		p.put(field, v, ch.Origin, ch.Status)
	}
	return nil
}

// unmerged makes it what it was when it was merged away.
func (p *Record) unmerged(m store.Merge) error {
	var s struct{ Loser *Saved }
	if err := json.Unmarshal([]byte(m.Snapshot), &s); err != nil {
		return err
	}
	if s.Loser == nil { // it had been deleted
		p.leaves("it had been deleted")
		return nil
	}
	from, err := store.ParseOrigins(s.Loser.Origins)
	if err != nil {
		return err
	}
	p.begin()
	p.Company, p.CreatedUS, p.UpdatedUS = s.Loser.Company, s.Loser.CreatedUS, s.Loser.UpdatedUS
	for field, raw := range s.Loser.Values {
		typ, known := p.types[field]
		if !known {
			continue
		}
		if v, err := Value(typ, raw); err == nil {
			p.put(field, v, originOf(from, field), store.StatusIn(s.Loser.Statuses, field))
		}
	}
	return nil
}

// originOf is where a field's value comes from, by the text that is kept of it.
func originOf(from map[string]int64, field string) int64 {
	if id, ok := from[field]; ok {
		return id
	}
	return from[""]
}

// Saved is a record's row as a merge keeps it, to be undone.
type Saved struct {
	CreatedUS  int64                      `json:"created_us"`
	UpdatedUS  int64                      `json:"updated_us"`
	Origins    string                     `json:"origins"`
	Invalid    string                     `json:"invalid"`
	Statuses   string                     `json:"statuses,omitempty"`
	Disputed   string                     `json:"disputed,omitempty"`
	Suppressed bool                       `json:"suppressed"`
	Company    int64                      `json:"company"`
	CompanyKey string                     `json:"company_key"`
	Values     map[string]json.RawMessage `json:"values"`
}
