package run

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/internal/text"
	"fettle/judge"
	"fettle/notify"
	"fettle/provider"
	"fettle/store"
)

// settleApart settles a batch, and tells after of each part of it that is
// written. A batch that is refused because of what is in it is settled in
// halves, until what is refused is alone; for any other reason it is kept: left
// is what is to be written again.
func (w *Worker) settleApart(ctx context.Context, batch []landing, after func([]landing, settled)) (left []landing, err error) {
	s, err := w.settle(ctx, batch)
	switch {
	case err == nil:
		after(batch, s)
		return nil, nil
	case !w.db.Unwritable(err):
		return batch, err
	case len(batch) == 1:
		return w.settleAlone(ctx, batch[0], err, after)
	}
	half := len(batch) / 2
	if left, err = w.settleApart(ctx, batch[:half], after); err != nil {
		return slices.Concat(left, batch[half:]), err
	}
	return w.settleApart(ctx, batch[half:], after)
}

// settleAlone settles a result that the database refuses. Its charge is written
// in full and its value set aside, at first with what the provider answered
// beside it. If not even the charge can be written the call becomes unknown: its
// money stays held. If that cannot be written either, it is left as it is,
// reserved and running, and people are told: nothing is released.
func (w *Worker) settleAlone(ctx context.Context, l landing, why error, after func([]landing, settled)) (left []landing, err error) {
	reason := refusal(why)
	for _, end := range []landing{l.setAside(reason), l.setAside(reason).bare(), l.unwritten(reason)} {
		s, err := w.settle(ctx, []landing{end})
		if err == nil {
			w.log.WarnContext(ctx, "a result could not be written as it was", "attempt", l.j.attempt.ID, "enrichment", l.j.p.Name, "ends", end.row.Outcome, "error", why)
			after([]landing{end}, s)
			return nil, nil
		}
		if !w.db.Unwritable(err) {
			return []landing{l}, err
		}
		why = err
	}
	w.leaveOut(ctx, l, why)
	return nil, nil
}

// refusal is what a database said, without the statement.
func refusal(err error) string {
	said, _, _ := strings.Cut(err.Error(), " (in ")
	return text.Clip(text.Storable(said), 160)
}

// setAside is the landing without its value: what was billed is charged in
// full, and the row fails with the value in its detail. It is asked again on a
// person's word only.
func (l landing) setAside(reason string) landing {
	if l.lost || l.end.State == store.AttemptAccepted {
		return l.unwritten(reason)
	}
	have := l.have()
	kept := make([]string, 0, len(have))
	for _, f := range slices.Sorted(maps.Keys(have)) {
		kept = append(kept, f+" = "+fettle.FormatValue(have[f]))
	}
	detail := "what came could not be stored: " + reason
	if len(kept) > 0 {
		detail += ". It was: " + strings.Join(kept, ", ")
	}
	j := *l.j
	j.got, j.from = nil, nil
	l.j, l.values, l.invalid, l.next = &j, nil, nil, nil
	l.end.Outputs, l.end.Statuses, l.end.Message = nil, "", "could not be stored: "+reason
	l.end.About, l.end.Stranger, l.strange = "", store.NoStranger, nil
	if l.end.Outcome == string(provider.Found) {
		l.end.Outcome = string(provider.Failed)
	}
	l.done(fettle.Failed, detail)
	return l
}

// bare is a landing without anything that a provider said.
func (l landing) bare() landing {
	l.res.Raw, l.end.Model, l.end.Message = nil, "", "could not be stored"
	l.row.Detail = "what came could not be stored"
	return l
}

// unwritten is the call as unknown: what it cost could not be written, so its
// money stays held until a person says.
func (l landing) unwritten(reason string) landing {
	j := *l.j
	j.got, j.from = nil, nil
	l.j, l.values, l.invalid, l.next = &j, nil, nil, nil
	l.row.Paid = l.j.row.Paid
	l.strange = nil
	l.charged, l.lost, l.kind, l.res = 0, true, "unknown", provider.Result{Outcome: provider.Unknown}
	l.end = store.Ending{ID: l.end.ID, Worker: l.end.Worker, State: store.AttemptUnknown, Outcome: string(provider.Unknown), Message: "its result could not be written: " + reason}
	l.done(fettle.Unknown, l.end.Message)
	return l
}

// leaveOut leaves a call as it is, since nothing about it can be written.
func (w *Worker) leaveOut(ctx context.Context, l landing, why error) {
	id, name := l.j.attempt.ID, l.j.p.Name
	w.mu.Lock()
	before, known := w.unwritten[id]
	w.unwritten[id] = unwrittenCall{enrichment: l.j.p.ID, at: time.Now(), tries: before.tries + 1}
	if l.j.begun {
		w.flying[l.j.p.ID]--
	}
	w.mu.Unlock()
	if l.j.begun {
		w.open.Add(-1)
		w.tryAgain(l, min(unwrittenFirst<<min(before.tries, 10), unwrittenEvery))
	}
	if known {
		return
	}
	w.log.ErrorContext(ctx, "nothing about a call can be written; its money stays held", "attempt", id, "enrichment", name, "record", l.j.row.RecordID, "error", why)
	message := fmt.Sprintf("Call %d of %s for record %d cannot be written: %s. Its money stays held; the others go on.", id, name, l.j.row.RecordID, refusal(why))
	if err := w.db.Land(ctx, func(tx *store.Tx) error {
		return w.tell(ctx, tx, notify.Event{
			Type: fettle.EventUnwritten, Notice: "unwritten", Enrichment: l.j.p.ID, Name: name, Message: message, Once: fmt.Sprintf("unwritten:%d", id),
			Data: map[string]any{"call": id, "record_id": l.j.row.RecordID},
		})
	}); err != nil {
		w.log.ErrorContext(ctx, "a notification could not be written", "error", err)
	}
}

// tryAgain hands a result to the settling once more after a while: what made the
// database refuse it may be gone by then. A process that ends does not wait.
func (w *Worker) tryAgain(l landing, after time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ending {
		return // who waits for the calls to end may wait already
	}
	w.calls.Go(func() {
		select {
		case <-w.ended:
			return
		case <-time.After(after):
		}
		w.mu.Lock()
		w.flying[l.j.p.ID]++
		w.mu.Unlock()
		w.open.Add(1)
		w.results <- &l
	})
}

// unwrittenCall is a call about which nothing can be written.
type unwrittenCall struct {
	enrichment int64
	at         time.Time // tried last
	tries      int
}

// A call about which nothing could be written is tried again after a second,
// and then ever more rarely; of a process that is gone, as rarely as that.
const (
	unwrittenFirst = time.Second
	unwrittenEvery = time.Minute
)

// unwrittenNow reports whether nothing could be written about a call a moment
// ago.
func (w *Worker) unwrittenNow(attempt int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, ok := w.unwritten[attempt]
	return ok && time.Since(u.at) < unwrittenEvery
}

// UnwrittenOf counts the calls of an enrichment, 0 for all, about which nothing
// can be written.
func (w *Worker) UnwrittenOf(enrichment int64) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := int64(0)
	for _, u := range w.unwritten {
		if enrichment == 0 || u.enrichment == enrichment {
			n++
		}
	}
	return n
}

// written forgets that nothing could be written about calls.
func (w *Worker) written(landings []landing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range landings {
		delete(w.unwritten, l.j.attempt.ID)
	}
}

// failUnclaimed ends a pending row that cannot be claimed because of what would
// be written about it. Nothing was asked for it.
func (w *Worker) failUnclaimed(ctx context.Context, p *judge.Program, r store.Row, why error) error {
	w.log.WarnContext(ctx, "a row could not be written as it was", "enrichment", p.Name, "record", r.RecordID, "error", why)
	return w.db.Land(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockEnrichmentByID(ctx, p.ID); err != nil {
			return err
		}
		current, err := tx.RowsOf(ctx, p.ID, []int64{r.RecordID})
		if err != nil || current[r.RecordID].State != fettle.RowPending {
			return err
		}
		now := current[r.RecordID]
		now.State, now.Outcome, now.Detail, now.UpdatedUS = fettle.RowDone, fettle.Failed, "it could not be stored: "+refusal(why), time.Now().UnixMicro()
		return tx.PutRows(ctx, []store.Row{current[r.RecordID]}, []store.Row{now})
	})
}
