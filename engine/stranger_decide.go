package engine

import (
	"context"
	"strings"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/rights"
	"fettle/store"
)

// AcceptStranger writes a held answer into its record, free, on the word of a person
// who says that it is about it. Fields that have a value keep it. It asks before it
// would put much into live enrichments; what somebody writes who may not spend, or
// up to a limit of their own, puts nothing into them.
func (e *Engine) AcceptStranger(ctx context.Context, actor fettle.Actor, call, record int64, confirm bool) (fettle.StrangerDecision, error) {
	out := fettle.StrangerDecision{Written: []string{}}
	s, err := e.may(ctx, actor, "acceptStranger")
	if err != nil {
		return out, err
	}
	if err := e.askAccept(ctx, actor, s, call, record, confirm); err != nil {
		return out, err
	}
	now := time.Now()
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		out = fettle.StrangerDecision{Written: []string{}}
		x, err := e.lockStranger(ctx, tx, call, record)
		if err != nil {
			return err
		}
		if err := x.mayAccept(); err != nil {
			return err
		}
		done, err := tx.DecideStranger(ctx, x.Stranger, store.StateAccepted, actor.Name, now.UnixMicro())
		if err != nil || !done {
			return decidedMeanwhile(err)
		}
		if x.call.RecordID == x.record {
			if err := tx.AcceptAnswer(ctx, x.call.ID); err != nil {
				return err
			}
		}
		id, err := e.worker.Accept(ctx, tx, x.accepting, actor.Name, now)
		if err != nil {
			return err
		}
		for _, v := range x.accepting.Writes() {
			out.Written = append(out.Written, v.Field)
		}
		if id != 0 {
			out.Undo = store.SetID(store.SetRun, id)
		} else {
			out.Message = "The record has a value already, which stays."
		}
		if err := tx.Act(ctx, actor, "stranger.accept", x.cur.Name, strings.Join(out.Written, ", ")); err != nil {
			return err
		}
		x.State, x.DecidedBy, x.DecidedUS = store.StateAccepted, actor.Name, now.UnixMicro()
		out.Stranger, err = e.strangerView(ctx, tx, x.Stranger, map[int64]*judge.Program{})
		return err
	})
	if err != nil {
		return out, err
	}
	e.strangersChanged(ctx, out.Stranger.Enrichment)
	return out, nil
}

// strangersChanged tells who looks.
func (e *Engine) strangersChanged(ctx context.Context, enrichment string) {
	e.recordsChanged(ctx)
	e.events.Publish("enrichment", enrichment)
	e.events.Publish("duplicates", "")
}

// lockStranger reads a held answer to decide about it. Claims are made one at a
// time, and none meanwhile.
func (e *Engine) lockStranger(ctx context.Context, tx *store.Tx, call, record int64) (heldAnswer, error) {
	s, err := findStranger(ctx, tx, call, record)
	if err != nil {
		return heldAnswer{}, err
	}
	if _, err := tx.LockEnrichmentByID(ctx, s.EnrichmentID); err != nil && fettle.CodeOf(err) != fettle.NotFound {
		return heldAnswer{}, err
	}
	if _, err := tx.NextIDs(ctx, store.SeqAttempt, 0); err != nil {
		return heldAnswer{}, err
	}
	return e.held(ctx, tx, s, map[int64]*judge.Program{})
}

// mayAccept refuses what cannot be accepted.
func (x heldAnswer) mayAccept() error {
	switch {
	case x.State == store.StateAccepted:
		return fettle.Errorf(fettle.Refused, "the answer of call %d was accepted already", x.Attempt).WithHint("Take it back under Changes (fettle undo list).")
	case x.call.Outputs == nil:
		return fettle.Errorf(fettle.Refused, "what call %d answered was erased", x.Attempt).WithHint("Reject it.")
	case x.cur.Name == "":
		return fettle.Errorf(fettle.Refused, "the enrichment that asked it was deleted").WithHint("Set the value by hand on the record's page (fettle records edit %d).", x.record)
	case len(x.accepting.Values) == 0:
		return fettle.Errorf(fettle.Refused, "%s takes nothing of what call %d answered", x.cur.Label, x.Attempt).
			WithHint("Its steps or outputs were changed since. Set the value by hand on the record's page (fettle records edit %d).", x.record)
	case x.accepting.HeldNow != "":
		return fettle.Errorf(fettle.Refused, "a call for %s of record %d is under way, or may have been billed", x.accepting.HeldNow, x.record).
			WithHint("Wait for it; resolve it first if it is unknown (fettle unknown list).")
	}
	return nil
}

func decidedMeanwhile(err error) error {
	if err != nil {
		return err
	}
	return fettle.Errorf(fettle.Refused, "somebody decided about this answer meanwhile").WithHint("Look at it again.")
}

// askAccept asks where the values would spend quietly in live enrichments.
func (e *Engine) askAccept(ctx context.Context, actor fettle.Actor, s rights.Standing, call, record int64, confirm bool) error {
	if unasked(s, confirm) {
		return nil
	}
	in := EditsInput{alone: true, Confirm: confirm}
	var x edits
	err := e.db.View(ctx, func(tx *store.Tx) error {
		one, err := findStranger(ctx, tx, call, record)
		if err != nil {
			return err
		}
		h, err := e.held(ctx, tx, one, map[int64]*judge.Program{})
		if err != nil {
			return err
		}
		if err := h.mayAccept(); err != nil {
			return err
		}
		in.Entity, in.Edits = h.cur.Entity, nil
		for _, v := range h.accepting.Writes() {
			in.Edits = append(in.Edits, Edit{Record: h.record, Field: v.Field, Value: v.Value})
		}
		if len(in.Edits) == 0 {
			return nil
		}
		x, err = readEdits(ctx, tx, in)
		return err
	})
	if err != nil || len(x.writes) == 0 {
		return err
	}
	w, err := e.watchEntering(ctx, in.Entity)
	if err != nil || w == nil {
		return err
	}
	w.source, w.from = store.Origin{Kind: store.OriginEnrichment}.Label(), store.Origin{Kind: store.OriginEnrichment}
	if err := w.batch(ctx, x.fields, x.wouldBe()); err != nil {
		return err
	}
	if s.Spends() && s != rights.Capped {
		_, err := e.quietSpend(ctx, actor, s, w.entering, confirm, "")
		return err
	}
	for name, t := range w.entering {
		if t.est.ToRun > 0 {
			return fettle.Errorf(fettle.NotAllowed, "this would put a row into %s, and what %s may spend does not cover it", name, actor.Name).
				WithHint("Have it accepted by somebody who may spend without a limit of their own.")
		}
	}
	return nil
}

// RejectStranger keeps a held answer out for good. open has the steps asked that were
// not asked yet for the record, at their price, which has to be confirmed: nothing
// that was asked is asked again.
func (e *Engine) RejectStranger(ctx context.Context, actor fettle.Actor, call, record int64, open, confirm bool) (fettle.StrangerDecision, error) {
	out := fettle.StrangerDecision{Written: []string{}}
	if err := actor.Require(fettle.Editor, "decide about answers that are held back"); err != nil {
		return out, err
	}
	var x heldAnswer
	err := e.db.View(ctx, func(tx *store.Tx) error {
		s, err := findStranger(ctx, tx, call, record)
		if err != nil {
			return err
		}
		if s.State == store.StateAccepted {
			return fettle.Errorf(fettle.Refused, "the answer of call %d was accepted", call).WithHint("Take it back first under Changes (fettle undo list).")
		}
		x, err = e.held(ctx, tx, s, map[int64]*judge.Program{})
		return err
	})
	if err != nil {
		return out, err
	}
	if open && x.cur.Name != "" {
		if out.Opened, err = e.openUnasked(ctx, actor, x, confirm); err != nil {
			return out, err
		}
	}
	now := time.Now()
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		s, err := findStranger(ctx, tx, call, record)
		if err != nil {
			return err
		}
		if s.State == store.StateHeld {
			done, err := tx.DecideStranger(ctx, s, store.StateRejected, actor.Name, now.UnixMicro())
			if err != nil || !done {
				return decidedMeanwhile(err)
			}
			if err := tx.Act(ctx, actor, "stranger.reject", x.cur.Name, ""); err != nil {
				return err
			}
			s.State, s.DecidedBy, s.DecidedUS = store.StateRejected, actor.Name, now.UnixMicro()
		}
		out.Stranger, err = e.strangerView(ctx, tx, s, map[int64]*judge.Program{})
		return err
	})
	if err == nil {
		e.strangersChanged(ctx, x.cur.Name)
	}
	return out, err
}

// openUnasked opens the row of a rejected answer if steps are left that were not
// asked for its record.
func (e *Engine) openUnasked(ctx context.Context, actor fettle.Actor, x heldAnswer, confirm bool) (bool, error) {
	c, err := e.chosenPrice(ctx, actor.Name, x.cur.Name, []int64{x.record})
	if err != nil || c.t.est.ToRun == 0 {
		return false, err
	}
	_, err = e.RunRecords(ctx, actor, x.cur.Name, Chosen{IDs: []int64{x.record}}, confirm)
	return err == nil, err
}
