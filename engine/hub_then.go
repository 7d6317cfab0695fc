package engine

import (
	"context"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/past"
	"fettle/store"
)

// HubAsOf gives how well the fields of an entity or of an audience were filled at a
// time, by what was known then and today's filter, beside how well they are filled
// now. Why they were blank, and what they had cost, is not told of the past.
func (e *Engine) HubAsOf(ctx context.Context, actor fettle.Actor, entity fettle.Entity, audience string, at time.Time) (fettle.HubView, error) {
	v := fettle.HubView{Audience: audience, AsOf: at}
	if err := actor.Require(fettle.Viewer, "see the Data Hub"); err != nil {
		return v, err
	}
	name := audience
	switch {
	case name != "":
	case entity == fettle.Companies:
		name = fettle.AllCompanies
	default:
		name = fettle.AllPeople
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		a, err := findAudience(ctx, tx, name)
		if err != nil {
			return err
		}
		since, err := past.Since(ctx, tx, at)
		if err != nil {
			return err
		}
		h := &hub{e: e, tx: tx, scope: store.HubScope{Entity: a.Entity}, now: time.Now().UTC()}
		if err := h.begin(ctx); err != nil {
			return err
		}
		p, err := e.membersThen(ctx, tx, a, a.Where, at)
		if err != nil {
			return err
		}
		then := past.Fills{Filled: map[string]int64{}}
		for done := false; !done; {
			if done, err = p.Fill(ctx, h.fields, &then); err != nil {
				return err
			}
		}
		erased, err := tx.ErasedSince(ctx, a.Entity, p.First)
		if err != nil {
			return err
		}
		_, where, err := e.scope(ctx, tx, "", name)
		if err != nil {
			return err
		}
		v.Entity, v.Records, v.Then = a.Entity, then.Records, &fettle.HubThen{HistorySince: since, Erased: erased}
		v.Fields, err = h.beside(ctx, where, then, v.Then)
		return err
	})
	return v, err
}

// beside puts what the fields held then beside what they hold now.
func (h *hub) beside(ctx context.Context, where expr.Fragment, then past.Fills, v *fettle.HubThen) ([]fettle.HubField, error) {
	keys := make([]string, len(h.fields))
	for i, f := range h.fields {
		keys[i] = f.Key
	}
	records, now, err := h.tx.HubFilled(ctx, store.HubScope{Entity: h.scope.Entity, Where: where}, keys)
	if err != nil {
		return nil, err
	}
	v.RecordsNow = records
	for i := range h.out {
		f := &h.out[i]
		f.Filled, f.Now = then.Filled[f.Field], &fettle.HubNow{Filled: now[f.Field]}
		if then.Records > 0 {
			f.Rate = float64(f.Filled) / float64(then.Records)
		}
		if records > 0 {
			f.Now.Rate = float64(f.Now.Filled) / float64(records)
		}
	}
	return h.out, nil
}
