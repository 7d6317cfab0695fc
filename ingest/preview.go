package ingest

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"fettle"
	"fettle/past"
	"fettle/store"
)

// preview collects what a dry run would change: how many values of each field,
// the first records with what they hold and would hold, and the first pairs that
// would be listed as conflicts.
type preview struct {
	totals    map[string]*fettle.FieldChanges
	sample    []fettle.WouldChange
	conflicts []fettle.WouldConflict
}

// Of the changes and of the conflicts so many are shown.
const (
	shownChanges   = 50
	shownConflicts = 100
)

func newPreview() *preview { return &preview{totals: map[string]*fettle.FieldChanges{}} }

// saw takes down an entry that the change log would get.
func (p *preview) saw(record int64, line int, name, text string) error {
	changes, err := past.Changes(text)
	if err != nil {
		return err
	}
	one := fettle.WouldChange{Line: line, RecordID: record, Name: name}
	for field, c := range changes {
		t := p.totals[field]
		if t == nil {
			t = &fettle.FieldChanges{Field: field}
			p.totals[field] = t
		}
		switch {
		case string(c.Old) == "null":
			t.Filled++
		case string(c.New) == "null":
			t.Cleared++
		default:
			t.Replaced++
		}
		if len(p.sample) < shownChanges {
			one.Changes = append(one.Changes, fettle.WouldChangeField{Field: field, Old: shownValue(c.Old), New: shownValue(c.New)})
		}
	}
	if len(one.Changes) > 0 {
		slices.SortFunc(one.Changes, func(a, b fettle.WouldChangeField) int { return strings.Compare(a.Field, b.Field) })
		p.sample = append(p.sample, one)
	}
	return nil
}

// shownValue is as much of a value as a list shows.
func shownValue(raw json.RawMessage) any {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	if text, ok := v.(string); ok {
		return firstOf(text)
	}
	return v
}

// into shows it.
func (p *preview) into(v *fettle.ImportView) {
	if p == nil {
		return
	}
	v.Changes, v.WouldConflict = p.sample, p.conflicts
	for _, t := range p.totals {
		v.FieldChanges = append(v.FieldChanges, *t)
	}
	slices.SortFunc(v.FieldChanges, func(a, b fettle.FieldChanges) int { // those first whose values would go
		return cmp.Or(cmp.Compare(b.Replaced+b.Cleared, a.Replaced+a.Cleared), strings.Compare(a.Field, b.Field))
	})
}

// wouldChange takes down what a record that is there would become.
func (u *upserter) wouldChange(r *record, text string) error {
	p := u.in.preview
	if p == nil || !r.exists || r.ID <= 0 {
		return nil
	}
	line := 0
	if len(p.sample) < shownChanges {
		if n := slices.Index(u.holders, r); n >= 0 {
			line = u.in.Rows[n].Line
		}
	}
	return p.saw(r.ID, line, u.nameOfRecord(r), text)
}

func (u *upserter) nameOfRecord(r *record) string {
	if r == nil || r.Values == nil {
		return ""
	}
	return nameOf(func(field string) any {
		if i, ok := u.index[field]; ok {
			return r.Values[i]
		}
		return nil
	})
}

// wouldConflict takes down the conflicts of a batch.
func (u *upserter) wouldConflict(found []store.Conflict) {
	p := u.in.preview
	if p == nil {
		return
	}
	for _, c := range found[:min(len(found), shownConflicts-len(p.conflicts))] {
		p.conflicts = append(p.conflicts, fettle.WouldConflict{
			RecordID: c.Record, OtherID: c.Other, Name: u.nameOfRecord(u.recs[c.Record]), Other: u.nameOfRecord(u.recs[c.Other]),
			Key: KeyName(c.Key), Reason: c.Reason,
		})
	}
}
