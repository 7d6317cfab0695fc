package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/judge"
	"fettle/limits"
	"fettle/store"
)

// The times of the loop.
const (
	loopEvery   = 200 * time.Millisecond // how often the loop looks without being woken
	settleEvery = 5 * time.Millisecond   // how long results are gathered for one transaction
	settleMost  = 1024                   // how many results go into one transaction
	callMost    = 10 * time.Minute       // the longest call; then its outcome is unknown
)

// loop claims and dispatches until ctx ends. Calls run on landing, which ends
// later.
func (w *Worker) loop(ctx, landing context.Context) {
	tick := time.NewTicker(loopEvery)
	defer tick.Stop()
	var lastTend time.Time
	tended := false
	for ctx.Err() == nil {
		if time.Since(lastTend) >= loopEvery {
			tended = true
			if err := w.tend(ctx); err != nil && ctx.Err() == nil {
				w.complain(ctx, "the enrichments could not be tended", err)
			}
			lastTend = time.Now()
		}
		busy, err := w.round(ctx, landing)
		if err != nil && ctx.Err() == nil {
			w.complain(ctx, "rows could not be claimed", err)
			busy = false
		}
		if busy {
			continue
		}
		if tended {
			w.passes.Add(1)
			tended = false
		}
		select {
		case <-ctx.Done():
		case <-w.poke:
		case <-tick.C:
		}
	}
}

// scan is how far the pending rows of an enrichment were looked at since
// something made room.
type scan struct {
	after  int64 // record id
	seen   int64 // rows looked at and left pending
	lowest fettle.Credits
	bounds []limits.Bound
	short  bool // a row did not fit a limit
	ended  bool // every pending row was looked at, and none fits
}

// round claims one page of rows for each enrichment that may run, in turn, so
// that a small enrichment is not stuck behind a large one. busy says that there
// may be more to claim at once.
func (w *Worker) round(ctx, landing context.Context) (busy bool, err error) {
	list, err := w.runnable(ctx)
	if err != nil || len(list) == 0 {
		return false, err
	}
	w.turn++
	for i := range list {
		e := list[(i+w.turn)%len(list)]
		more, one := w.advance(ctx, landing, e)
		if one != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", e.Name, one)) // the others go on
		}
		busy = busy || more
	}
	return busy, err
}

// runnable reads the enrichments that may make calls, and the connections where
// another process changed them.
func (w *Worker) runnable(ctx context.Context) ([]store.Enrichment, error) {
	var out []store.Enrichment
	if err := w.db.Lost(); err != nil {
		return nil, fmt.Errorf("spending paused: %w", err)
	}
	if err := w.keepUp(ctx); err != nil {
		return nil, err
	}
	err := w.db.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Enrichments(ctx)
		for _, e := range all {
			if e.State == fettle.Live || e.PilotRunID != 0 {
				out = append(out, e)
			}
		}
		return err
	})
	return out, err
}

// keepUp reads connections, definitions and prices anew where another process
// changed them since they were read.
func (w *Worker) keepUp(ctx context.Context) error {
	var changed int64
	err := w.db.View(ctx, func(tx *store.Tx) (err error) {
		changed, err = tx.ConnectionsChanged(ctx)
		return err
	})
	if err != nil || changed == w.conns.ChangedAt() {
		return err
	}
	return w.Reload(ctx)
}

// advance claims one page of one enrichment and dispatches its calls.
func (w *Worker) advance(ctx, landing context.Context, e store.Enrichment) (more bool, err error) {
	if gated(e) {
		var asked int64
		err := w.db.View(ctx, func(tx *store.Tx) (err error) {
			asked, err = tx.AskedRows(ctx, e.ID)
			return err
		})
		if err != nil || asked == 0 {
			return false, errors.Join(err, w.idle(ctx, e))
		}
	}
	p, err := w.program(ctx, e)
	if err != nil {
		return false, w.pauseBecause(ctx, e.ID, fettle.PausedByProvider, err, "")
	}
	slots := w.slots(p)
	if len(slots) == 0 {
		if err := w.shares.ask(ctx, p); err != nil {
			return false, err
		}
		return false, w.idle(ctx, e) // ending takes no slot
	}
	s := w.scanOf(e.ID)
	if s.ended {
		return false, w.restOrPause(ctx, e, s)
	}
	began := time.Now()
	c, err := w.claim(ctx, e, p, s.after, slots)
	if errors.Is(err, errChanged) {
		return true, w.Reload(ctx)
	}
	if err != nil {
		if fe := fettle.AsError(err); fe.Code == fettle.Refused {
			return false, w.pauseBecause(ctx, e.ID, fettle.PausedByProvider, err, "")
		}
		return false, err
	}
	if c.guard != nil {
		if err := w.pauseByGuard(ctx, e, c.guard); err != nil {
			return false, err
		}
	}
	w.note(s, c)
	w.shares.askFor(c.starved)
	w.noticeNear(e, c.bounds)
	w.cfg.Watch.claimed(landing, e.Name, c, began)
	for _, r := range c.requests {
		w.dispatch(landing, r)
	}
	if c.short && w.flyingOf(e.ID) > 0 {
		w.rescan(e.ID) // what is in flight may make room: its results look again
		return false, nil
	}
	if c.looked == 0 && s.seen == 0 {
		return false, w.idle(ctx, e)
	}
	if c.done > 0 {
		w.events.Publish("enrichment", e.Name)
	}
	return c.more || (len(c.jobs) > 0 && !c.full), nil
}

// note keeps the scan's place.
func (w *Worker) note(s *scan, c claimed) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(c.bounds) > 0 {
		s.bounds = c.bounds
	}
	left := int64(c.looked - c.done - len(c.jobs))
	switch {
	case c.full:
		// Free slots come back with results: begin again from the front.
	case c.short:
		s.short, s.seen, s.after = true, s.seen+left, c.last
		if s.lowest == 0 || c.lowest < s.lowest {
			s.lowest = c.lowest
		}
		s.ended = !c.more
	case c.more:
		s.after = c.last
	case s.short:
		s.ended = true
	default:
		s.after = 0
	}
}

func (w *Worker) scanOf(id int64) *scan {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.scans[id]
	if s == nil {
		s = &scan{}
		w.scans[id] = s
	}
	return s
}

// rescan makes the rows of an enrichment be looked at from the front: a result
// made room, or rows were opened.
func (w *Worker) rescan(id int64) {
	w.mu.Lock()
	delete(w.scans, id)
	w.mu.Unlock()
}

// RescanAll is rescan for every enrichment: a limit that they share has room.
func (w *Worker) RescanAll() {
	w.mu.Lock()
	clear(w.scans)
	w.mu.Unlock()
}

// flyingOf is how many calls of an enrichment this process has in flight.
func (w *Worker) flyingOf(id int64) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.flying[id]
}

// slots gives the free call slots of the program's connections; none if no
// call could start now.
func (w *Worker) slots(p *judge.Program) map[*connect.Connection]int {
	out := map[*connect.Connection]int{}
	any := false
	for i := range p.Steps {
		c := p.Steps[i].Connection
		if _, ok := out[c]; ok {
			continue
		}
		n := c.Slots()
		if p.Steps[i].Computed {
			n = page
		}
		out[c] = n
		any = any || n > 0
	}
	if !any {
		return nil
	}
	return out
}

// program gives the enrichment's compiled definition.
func (w *Worker) program(ctx context.Context, e store.Enrichment) (*judge.Program, error) {
	w.mu.Lock()
	p := w.programs[e.ID]
	w.mu.Unlock()
	if p != nil && p.Version == e.Version && p.Epoch == w.epoch.Load() {
		return p, nil
	}
	err := w.db.View(ctx, func(tx *store.Tx) (err error) {
		p, err = w.judge.Compile(ctx, tx, e.ID, e.Name, e.Version, e.Definition)
		return err
	})
	if err != nil {
		return nil, err
	}
	p.Epoch = w.epoch.Load()
	w.mu.Lock()
	w.programs[e.ID] = p
	w.mu.Unlock()
	return p, nil
}

// Reload reads the connections anew; programs are compiled anew with them.
func (w *Worker) Reload(ctx context.Context) error {
	if err := w.conns.Load(ctx); err != nil {
		return err
	}
	w.Changed()
	return nil
}

// Changed has everything be looked at anew: fields, audiences or providers are
// not what they were.
func (w *Worker) Changed() {
	w.epoch.Add(1)
	w.RescanAll()
	w.Look()
}

// Epoch moves when fields, audiences or providers change in this process.
func (w *Worker) Epoch() int64 { return w.epoch.Load() }

// Passes is how often the loop has tended every enrichment and claimed until
// there was nothing more to claim, or it could not. What is to be done when a
// pass begins has been claimed, or has its reason, when it ends.
func (w *Worker) Passes() int64 { return w.passes.Load() }

// Forget drops what the worker remembers of an enrichment's rows.
func (w *Worker) Forget(string) { w.RescanAll() }

// NextLook waits a moment in which other processes may have looked for stops,
// unless ctx ends first.
func NextLook(ctx context.Context) bool { return sleep(ctx, controlEvery/4) }
