package run

import (
	"context"
	"time"

	"fettle"
	"fettle/provider"
	"fettle/store"
)

// settleLoop gathers results and settles them, many in one transaction, until
// the channel is closed and everything is written.
func (w *Worker) settleLoop(ctx context.Context) {
	var ends time.Time
	for first := range w.results {
		batch := w.gather(first)
		for wait := 100 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
			left, err := w.settleApart(context.WithoutCancel(ctx), batch, func(part []landing, s settled) {
				w.cfg.Watch.settled(part)
				w.after(ctx, part, s)
			})
			if err == nil {
				break
			}
			batch = left
			// What was paid for is kept until the database takes it: disk full,
			// server gone. Nothing else is claimed meanwhile that it could hold.
			w.log.ErrorContext(ctx, "results could not be written; they are kept and written again", "results", len(batch), "error", err)
			if !w.patient(&ends) {
				w.log.ErrorContext(ctx, "the process ends without writing results; their calls become unknown", "results", len(batch))
				w.open.Add(-int64(len(batch)))
				break
			}
			time.Sleep(wait)
		}
	}
}

// patient reports whether results are still kept for a database that does not
// take them: until the process has been ending for a while.
func (w *Worker) patient(ends *time.Time) bool {
	select {
	case <-w.ended:
	default:
		return true
	}
	if ends.IsZero() {
		*ends = time.Now()
	}
	return time.Since(*ends) < writeFor
}

// writeFor is how long a process that ends goes on trying to write results.
const writeFor = 30 * time.Second

// gather takes what arrives within a few milliseconds.
func (w *Worker) gather(first *landing) []landing {
	batch := append(make([]landing, 0, min(settleMost, 1+len(w.results))), *first)
	deadline := time.NewTimer(settleEvery)
	defer deadline.Stop()
	for len(batch) < settleMost {
		select {
		case l, ok := <-w.results:
			if !ok {
				return batch
			}
			batch = append(batch, *l)
		case <-deadline.C:
			return batch
		}
	}
	return batch
}

// after does what follows a settled batch: the next steps leave, late results
// are settled, refusals pause, slots are free again.
func (w *Worker) after(ctx context.Context, batch []landing, s settled) {
	late := map[int64]bool{}
	for _, l := range s.late {
		late[l.j.attempt.ID] = true
		if err := w.settleLate(ctx, l); err != nil {
			w.log.ErrorContext(ctx, "a late result could not be written", "attempt", l.j.attempt.ID, "error", err)
		}
	}
	touched := map[int64]string{}
	pauses := map[int64]*fettle.Error{}
	about := map[int64]string{} // enrichment → the provider that refuses or fails
	w.mu.Lock()
	for _, l := range batch {
		w.flying[l.j.p.ID]--
		touched[l.j.p.ID] = l.j.p.Name
		w.settledFor[l.j.p.ID] = struct{}{}
		if l.pause != nil {
			pauses[l.j.p.ID], about[l.j.p.ID] = l.pause, l.j.attempt.Via()
		}
		if !l.handed && !l.echo {
			w.countFailure(l)
		}
	}
	broken := map[int64]string{} // enrichment → what the last call that failed said
	for _, l := range batch {
		if id := l.j.p.ID; l.failing && w.failing[id].tooLong(time.Now()) {
			broken[id], about[id] = l.end.Message, l.j.attempt.Via()
		}
	}
	runs := map[int64]int{}
	for id := range broken {
		runs[id] = w.failing[id].calls
		delete(w.failing, id)
	}
	w.mu.Unlock()
	for _, r := range s.next {
		w.dispatch(ctx, r)
	}
	w.RescanAll()
	w.pollAll(ctx, batch, late)
	for id, err := range pauses {
		w.logPause(ctx, w.pauseBecause(ctx, id, fettle.PausedByProvider, err, about[id]))
	}
	for id, last := range broken {
		if last != "" {
			last = ", the last with: " + last
		}
		w.logPause(ctx, w.pauseBecause(ctx, id, fettle.PausedByFailures,
			fettle.Errorf(fettle.Refused, "%d calls in a row failed%s", runs[id], last).WithHint("Look at the failed rows and at the provider, then resume."), about[id]))
	}
	for _, name := range touched {
		w.events.Publish("enrichment", name)
	}
	w.open.Add(-int64(len(batch)))
	w.Look()
}

// Failed calls in a row pause an enrichment: so many, or few over a time in
// which none went well. A provider that is down is asked only now and then, so
// many would take hours.
const (
	failuresMost = 25
	failuresFew  = 9
	failuresFor  = time.Minute
)

// streak is calls that failed in a row.
type streak struct {
	calls int
	since time.Time
}

func (s streak) tooLong(now time.Time) bool {
	return s.calls >= failuresMost || (s.calls >= failuresFew && now.Sub(s.since) >= failuresFor)
}

// countFailure counts failed calls in a row; the caller holds w.mu.
func (w *Worker) countFailure(l landing) {
	switch l.res.Outcome {
	case provider.Found, provider.NotFound:
		delete(w.failing, l.j.p.ID)
	case provider.Throttled, provider.Accepted, provider.Pending, provider.AuthError, provider.OutOfCredit:
	case provider.Failed, provider.BadInput, provider.Transient, provider.NotSent, provider.Unknown:
		if l.failing {
			s := w.failing[l.j.p.ID]
			if s.calls++; s.calls == 1 {
				s.since = time.Now()
			}
			w.failing[l.j.p.ID] = s
		}
	}
}

func (w *Worker) logPause(ctx context.Context, err error) {
	if err != nil {
		w.log.ErrorContext(ctx, "an enrichment could not be paused", "error", err)
	}
}

// settleLate settles a result whose call was declared unknown meanwhile (this
// process was silent for too long): its answer lands once, and is paid once.
func (w *Worker) settleLate(ctx context.Context, l landing) error {
	return w.db.Land(ctx, func(tx *store.Tx) error {
		if l.lost || l.end.State == store.AttemptAccepted {
			return nil // still unknown
		}
		s, err := w.newSettling(ctx, tx)
		if err != nil {
			return err
		}
		done, err := tx.ResolveAttempts(ctx, []store.Ending{l.end})
		if err != nil || !done[l.j.attempt.ID] {
			return err
		}
		if l.next != nil {
			l.next, l.row.State, l.row.Outcome = nil, fettle.RowPending, ""
		}
		s.keepAnswer(l)
		s.holdBack(l)
		s.contact(l)
		s.bookResolved(l, "late")
		return s.write(ctx)
	})
}
