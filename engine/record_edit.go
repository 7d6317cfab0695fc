package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/ingest"
	"fettle/rights"
	"fettle/run"
	"fettle/store"
)

// byHand gives the origin of what a person does now, unasked.
func byHand(ctx context.Context, tx *store.Tx, actor fettle.Actor, now time.Time) (int64, error) {
	s, err := standing(ctx, tx, actor)
	if err != nil {
		return 0, err
	}
	return tx.OriginID(ctx, store.Origin{Kind: store.OriginPerson, Name: actor.Name, Version: unaskedBy(s), Day: fettle.DayOf(now)})
}

// unaskedBy is the version of what somebody changes by hand without a question:
// nobody adds up many small changes of this kind, so what they open counts in the
// own limit of who has one.
func unaskedBy(s rights.Standing) int64 {
	switch {
	case !s.Spends():
		return store.Unentitled
	case s == rights.Capped:
		return store.Answered
	}
	return 0
}

// EditRecord sets a value by hand; nil clears it. No write policy but
// overwrite_all replaces it later. It asks before it would put much into live
// enrichments; many that put a little each are stopped where they are followed.
func (e *Engine) EditRecord(ctx context.Context, actor fettle.Actor, id int64, field string, value any, confirm bool) error {
	if _, err := e.may(ctx, actor, "editRecord"); err != nil {
		return err
	}
	in := EditsInput{Edits: []Edit{{Record: id, Field: field, Value: value}}, Confirm: confirm, alone: true}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		r, _, err := findRecord(ctx, tx, id)
		if err == nil {
			in.Entity = r.Entity()
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = e.EditRecords(ctx, actor, in)
	return err
}

// recordsChanged finds the signals in what was written, and has followers look at
// the change log.
func (e *Engine) recordsChanged(ctx context.Context) {
	e.readSignals(ctx)
	e.worker.Look()
	e.events.Publish("records", "")
}

// deletePiece is how many records one transaction deletes or suppresses.
const deletePiece = 1000

// DeleteRecords deletes records, named by ids or by an audience, and gives how
// many there were. Charges stay; whoever is imported again is the same record
// and is not bought again, unless erase removes what is known of them too.
func (e *Engine) DeleteRecords(ctx context.Context, actor fettle.Actor, ids []int64, audience string, erase bool) (int64, error) {
	if err := actor.Require(fettle.Editor, "delete records"); err != nil {
		return 0, err
	}
	how := ""
	if erase {
		how = erasedSet
	}
	d, err := e.beginPieces(ctx, actor, store.SetDelete, audience, how)
	if err != nil {
		return 0, err
	}
	total, err := e.eachPiece(ctx, ids, audience, func(tx *store.Tx, entity fettle.Entity, piece []int64) (n int, more bool, err error) {
		in := ingest.DeleteInput{Entity: entity, IDs: piece, Actor: actor.Name, Now: time.Now(), Erase: erase}
		if in.Origin, err = d.origin(ctx, tx, actor); err != nil {
			return 0, false, err
		}
		if more, err = ingest.Unlink(ctx, tx, in); err != nil {
			return 0, more, err
		}
		if more {
			return 0, more, d.done(ctx, tx, entity, 0)
		}
		if err := tx.Act(ctx, actor, "records.delete", audience, string(entity)); err != nil {
			return 0, false, err
		}
		if n, err = ingest.Delete(ctx, tx, in); err != nil {
			return n, false, err
		}
		return n, false, d.done(ctx, tx, entity, n)
	})
	return total, errors.Join(err, d.end(ctx, e))
}

// SuppressRecords marks records, named by ids or by an audience, as not to be
// enriched, or takes the mark away, and gives how many changed.
func (e *Engine) SuppressRecords(ctx context.Context, actor fettle.Actor, ids []int64, audience string, on bool) (int64, error) {
	if _, err := e.may(ctx, actor, "suppressRecords"); err != nil {
		return 0, err
	}
	how := ""
	if !on {
		how = againSet
	}
	d, err := e.beginPieces(ctx, actor, store.SetSuppress, audience, how)
	if err != nil {
		return 0, err
	}
	total, err := e.eachPiece(ctx, ids, audience, func(tx *store.Tx, entity fettle.Entity, piece []int64) (n int, more bool, err error) {
		in := ingest.SuppressInput{Entity: entity, IDs: piece, On: on, Actor: actor.Name, Now: time.Now()}
		if in.Origin, err = d.origin(ctx, tx, actor); err != nil {
			return 0, false, err
		}
		if n, err = ingest.Suppress(ctx, tx, in); err != nil {
			return n, false, err
		}
		return n, false, d.done(ctx, tx, entity, n)
	})
	return total, errors.Join(err, d.end(ctx, e))
}

// eachPiece calls fn for pieces of the records, each in a transaction of its
// own, and again in another for a piece that is more than one. The members of
// an audience are settled first: what fn does may change who is in it.
func (e *Engine) eachPiece(ctx context.Context, ids []int64, audience string, fn func(*store.Tx, fettle.Entity, []int64) (n int, more bool, err error)) (int64, error) {
	byEntity, err := e.selected(ctx, ids, audience)
	if err != nil {
		return 0, err
	}
	var total int64
	for _, entity := range fettle.Entities() {
		for piece := range slices.Chunk(byEntity[entity], deletePiece) {
			for more := true; more; {
				var n int
				err := e.db.Update(ctx, func(tx *store.Tx) (err error) {
					n, more, err = fn(tx, entity, piece)
					return err
				})
				if err != nil {
					return total, err
				}
				total += int64(n)
			}
		}
	}
	e.recordsChanged(ctx)
	return total, nil
}

// selected finds the records that are named, by entity.
func (e *Engine) selected(ctx context.Context, ids []int64, audience string) (map[fettle.Entity][]int64, error) {
	if (len(ids) == 0) == (audience == "") {
		return nil, fettle.Errorf(fettle.Invalid, "name records or an audience").WithHint("Give ids or the name of an audience, not both.")
	}
	out := map[fettle.Entity][]int64{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		clear(out)
		if audience != "" {
			entity, where, err := e.scope(ctx, tx, "", audience)
			if err != nil {
				return err
			}
			after := int64(0)
			for {
				page, err := tx.MemberIDs(ctx, entity, where, after, run.PlanPage)
				if err != nil || len(page) == 0 {
					return err
				}
				out[entity] = append(out[entity], page...)
				after = page[len(page)-1]
			}
		}
		people, err := tx.Members(ctx, fettle.People, expr.Fragment{}, ids)
		if err != nil {
			return err
		}
		companies, err := tx.Members(ctx, fettle.Companies, expr.Fragment{}, ids)
		if err != nil {
			return err
		}
		out[fettle.People], out[fettle.Companies] = people, companies
		// What is gone may still be erased; it is looked for among the people.
		for _, id := range ids {
			_, person := slices.BinarySearch(people, id) // both are ascending
			if _, company := slices.BinarySearch(companies, id); !person && !company {
				out[fettle.People] = append(out[fettle.People], id)
			}
		}
		return nil
	})
	return out, err
}
