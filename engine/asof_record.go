package engine

import (
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/past"
	"fettle/store"
)

// RecordAsOf gives a record as it was at a time, by what was known then: one that
// was merged away is what it was by itself, one that was deleted since is there.
// What was bought, and what calls ended with, is not told of the past.
func (e *Engine) RecordAsOf(ctx context.Context, actor fettle.Actor, id int64, at time.Time) (RecordDetail, error) {
	var d RecordDetail
	if err := actor.Require(fettle.Viewer, "see records"); err != nil {
		return d, err
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		since, err := past.Since(ctx, tx, at)
		if err != nil {
			return err
		}
		entity, err := tx.EntityOf(ctx, id)
		if err != nil {
			return err
		}
		if entity == "" {
			_, _, err := findRecord(ctx, tx, id) // it says that there is none
			return err
		}
		m, err := past.At(ctx, tx, at)
		if err != nil {
			return err
		}
		was, err := past.Read(ctx, tx, entity, []int64{id}, m.First)
		if err != nil {
			return err
		}
		p := was[id]
		if !p.There {
			return fettle.Errorf(fettle.NotFound, "record %d was not there at %s: %s", id, at.Format(time.RFC3339), notThere(p)).
				WithHint("Its history says when it was made, merged and deleted (fettle records show %d).", id)
		}
		d = RecordDetail{
			ID: id, Entity: entity, CompanyID: p.Company, CreatedAt: time.UnixMicro(p.CreatedUS).UTC(), UpdatedAt: time.UnixMicro(p.UpdatedUS).UTC(),
			Aliases: []int64{}, Unmapped: []UnmappedValue{}, AsOf: &at, HistorySince: &since,
		}
		d.Name, _ = p.Values["name"].(string)
		if d.Values, err = pastValues(ctx, tx, p, entity); err != nil {
			return err
		}
		all, err := history(ctx, tx, id)
		d.History = slices.DeleteFunc(all, func(h HistoryEntry) bool { return h.ID >= m.First })
		return err
	})
	return d, err
}

func notThere(p *past.Record) string {
	if p.Away != "" {
		return p.Away
	}
	return "it had been deleted, was part of another one, or was erased since"
}

func pastValues(ctx context.Context, tx *store.Tx, p *past.Record, entity fettle.Entity) ([]ValueDetail, error) {
	fields, err := tx.Fields(ctx, entity)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, o := range p.Origins {
		ids = append(ids, o)
	}
	known, err := tx.OriginsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]ValueDetail, 0, len(fields))
	for _, f := range fields {
		v := ValueDetail{Field: f.Key, Label: f.Label, Type: f.Type, Value: p.Values[f.Key], Status: p.Statuses[f.Key]}
		if o, ok := known[p.Origins[f.Key]]; ok && v.Value != nil {
			v.Source, v.SourceKind, v.SourceDay = o.Label(), o.Kind, string(o.Day)
			if o.Kind == store.OriginPerson {
				v.Actor = o.Name
			}
		}
		out = append(out, v)
	}
	return out, nil
}
