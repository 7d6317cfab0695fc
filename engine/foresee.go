package engine

import (
	"context"
	"errors"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/rights"
	"fettle/signal"
	"fettle/store"
)

// errRehearsed rolls a rehearsal back.
var errRehearsed = errors.New("a rehearsal")

// rehearse does something in a transaction that is rolled back. It may be done
// again, as any transaction.
func (e *Engine) rehearse(ctx context.Context, fn func(tx *store.Tx) error) error {
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}

// foresee gives the signals that rules would find in what a dry pass would write;
// none where nobody follows, or where what is written says nothing.
func (w *watch) foresee(ctx context.Context, tx *store.Tx, fields []string, written []ingest.WouldBe, now time.Time) ([]signal.Telling, error) {
	if w.from.Kind == "" {
		return nil, nil
	}
	all := make([]signal.Would, 0, len(written))
	for _, x := range written {
		if x.ID <= 0 {
			continue // what is new has changed nothing
		}
		would := signal.Would{Record: x.ID, Values: make(map[string]any, len(fields))}
		for i, f := range fields {
			would.Values[f] = x.Values[i]
		}
		for _, f := range x.Derived {
			delete(would.Values, f) // worked out: nobody says it
		}
		all = append(all, would)
	}
	return signal.Foresee(ctx, tx, w.entity, w.from, all, now)
}

// gotSignals are the records of tellings that would be new signals.
func gotSignals(told []signal.Told) map[int64]bool {
	out := map[int64]bool{}
	for _, t := range told {
		if t.Outcome == signal.Added {
			out[t.Record] = true
		}
	}
	return out
}

// askPosts asks where the posts would spend quietly. They are told in a rehearsal,
// and what following would make of them is priced there.
func (e *Engine) askPosts(ctx context.Context, actor fettle.Actor, s rights.Standing, in PostInput, posts []signal.Posted) (answered bool, err error) {
	w, err := e.watchEntering(ctx, in.Entity)
	if err != nil || w == nil {
		return false, err
	}
	var seen []pricing
	err = e.rehearse(ctx, func(tx *store.Tx) error {
		seen = nil
		now := time.Now()
		_, tellings, err := findPosted(ctx, tx, in.Entity, posts, make([]fettle.PostedSignal, len(posts)))
		if err != nil {
			return err
		}
		told, err := signal.Rehearse(ctx, tx, in.Entity, tellings, now)
		if err != nil {
			return err
		}
		got := gotSignals(told)
		written := make([]ingest.WouldBe, 0, len(got))
		for id := range got {
			written = append(written, ingest.WouldBe{ID: id})
		}
		if len(written) > 0 {
			seen, err = w.priced(ctx, tx, nil, written, got, now)
		}
		return err
	})
	if err != nil {
		return false, err
	}
	w.addUp(seen)
	return e.quietSpend(ctx, actor, s, w.entering, in.Confirm, ", or post them without running (--no-run)")
}
