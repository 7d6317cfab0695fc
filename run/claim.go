package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/judge"
	"fettle/ledger"
	"fettle/limits"
	"fettle/store"
)

// page is how many pending rows a claim looks at in one transaction, at most.
const page = 1024

// pageFor is how many are worth a look: where all wait for one provider that
// takes few calls now, most of a page would be judged in vain, time and again.
func pageFor(p *judge.Program, slots map[*connect.Connection]int) int {
	if len(slots) != 1 {
		return page // who waits for one provider does not hide who waits for another
	}
	return min(page, max(64, 8*callsFor(p, slots)))
}

// callsFor is how many calls could leave in the free slots.
func callsFor(p *judge.Program, slots map[*connect.Connection]int) int {
	n, each := 0, 1
	for _, free := range slots {
		n += free
	}
	for i := range p.Steps {
		each = max(each, p.Steps[i].Together())
	}
	return min(n*each, page)
}

// claimed is the result of looking at one page of pending rows.
type claimed struct {
	jobs     []*job
	requests []*request            // that the jobs leave in
	done     int                   // rows that needed no call
	looked   int                   // rows that were read
	last     int64                 // the last record that was read
	more     bool                  // there may be pending rows behind it
	short    bool                  // a row did not fit what the limits leave
	lowest   fettle.Credits        // the lowest price of a row that did not fit
	bounds   []limits.Bound        // the limits that were looked at
	full     bool                  // a row found no free call slot
	starved  []*connect.Connection // at these
	touched  map[string]bool       // fields that were written
	guard    *fettle.Error         // a guard stops the enrichment
}

// errChanged says that connections or prices are not those that the program
// was made with.
var errChanged = errors.New("connections were changed")

// errAgain says that another process was quicker: look again.
var errAgain = errors.New("claim again")

// claimTries bounds how often a claim begins anew after another process was
// quicker.
const claimTries = 8

// claim takes one page of pending rows in one transaction: it finishes those
// that need no call, reserves the worst case of the others under every limit
// that applies, writes one attempt per call, and makes them this worker's.
func (w *Worker) claim(ctx context.Context, e store.Enrichment, p *judge.Program, after int64, slots map[*connect.Connection]int) (claimed, error) {
	var v *preview
	if callsFor(p, slots) >= previewFrom {
		v = w.preview(ctx, e, p, after)
	}
	most := page
	for try := 0; try < claimTries; {
		var c claimed
		err := w.db.Update(ctx, func(tx *store.Tx) (err error) {
			c, err = w.claimPage(ctx, tx, p, after, maps.Clone(slots), v, most)
			return err
		})
		switch {
		case errors.Is(err, errAgain), errors.Is(err, store.ErrNoRoom):
			v = nil
			try++
		case err != nil && w.db.Unwritable(err):
			// Because of what is in it: fewer rows at once, until it is alone.
			v = nil
			if most > 1 {
				most = min(most, pageFor(p, slots)) / 2
				continue
			}
			return w.passOver(ctx, e, p, after, err)
		default:
			return c, err
		}
	}
	return claimed{}, nil
}

// passOver ends the first row of a page, which alone is refused because of what
// is in it, and goes on behind it.
func (w *Worker) passOver(ctx context.Context, e store.Enrichment, p *judge.Program, after int64, why error) (claimed, error) {
	cause, ok := mayClaim(e, p)
	var rows []store.Row
	err := w.db.View(ctx, func(tx *store.Tx) (err error) {
		rows, err = tx.PendingRows(ctx, p.ID, after, cause, 1)
		return err
	})
	if err != nil || !ok || len(rows) == 0 {
		return claimed{}, err
	}
	c := claimed{looked: 1, done: 1, last: rows[0].RecordID, more: true, touched: map[string]bool{}}
	if err := w.failUnclaimed(ctx, p, rows[0], why); err != nil {
		if !w.db.Unwritable(err) {
			return claimed{}, err
		}
		w.complain(ctx, "a row can neither be claimed nor ended", err)
		c.done = 0
	}
	return c, nil
}

func (w *Worker) claimPage(ctx context.Context, tx *store.Tx, p *judge.Program, after int64, slots map[*connect.Connection]int, v *preview, most int) (claimed, error) {
	now := time.Now()
	e, err := tx.LockEnrichmentByID(ctx, p.ID)
	if err != nil {
		return claimed{}, err
	}
	cause, ok := mayClaim(e, p)
	if !ok {
		return claimed{}, nil
	}
	if why, _, err := limits.MayNotSpend(ctx, tx); err != nil || why != "" {
		return claimed{}, err
	}
	if ok, err := w.keepsUp(ctx, tx, e); err != nil || !ok {
		return claimed{}, err
	}
	if changed, err := tx.ConnectionsChanged(ctx); err != nil || changed != p.Changed {
		return claimed{}, cmp.Or(err, errChanged)
	}
	// One claim at a time: what another enrichment asks about the same records
	// must be seen. The sequence's row stays locked until the commit.
	if _, err := tx.NextIDs(ctx, store.SeqAttempt, 0); err != nil {
		return claimed{}, err
	}
	pg, err := w.judgePage(ctx, tx, p, after, cause, runOf(e), v, max(1, min(most, pageFor(p, slots))), now)
	if err != nil {
		return claimed{}, err
	}
	if pg = upToPlan(pg, e); len(pg.rows) == 0 {
		return claimed{}, nil
	}
	if err := w.judge.Recall(ctx, tx, p, pg.judged, pg.knowns(), runOf(e), now); err != nil {
		return claimed{}, err
	}
	b := &batch{w: w, tx: tx, p: p, e: e, now: now, slots: slots, asks: map[string]int64{}, out: claimed{looked: len(pg.rows), last: pg.last, more: pg.more, touched: map[string]bool{}}}
	if b.caps, err = limits.Read(ctx, tx); err != nil {
		return claimed{}, err
	}
	if err := b.account(ctx); err != nil {
		return claimed{}, err
	}
	if err := b.watching(ctx); err != nil {
		return claimed{}, err
	}
	if err := b.admit(ctx, pg.rows, pg.judged, pg.knowns()); err != nil {
		return claimed{}, err
	}
	if err := b.finishFree(ctx); err != nil {
		return claimed{}, err
	}
	if err := b.reserve(ctx); err != nil {
		return claimed{}, err
	}
	if err := b.noteGuards(ctx); err != nil {
		return claimed{}, err
	}
	b.out.done = len(b.freeOld)
	return b.out, nil
}

// account finds the person on whose account the run under way is.
func (b *batch) account(ctx context.Context) error {
	id := b.runID()
	if id == 0 {
		b.actor = fettle.System().Name
		return nil
	}
	r, err := b.tx.Run(ctx, id)
	b.actor, b.allowance = r.Actor, r.Allowance
	return err
}

// batch is one claim's work.
type batch struct {
	w         *Worker
	tx        *store.Tx
	p         *judge.Program
	e         store.Enrichment
	now       time.Time
	slots     map[*connect.Connection]int
	caps      limits.Caps
	actor     string
	allowance bool             // a pilot of somebody who may not spend
	own       *limits.Rooms    // what their own limits and budgets leave those who opened rows
	watch     watch            // what the guards go by
	asks      map[string]int64 // question → the record whose call of this claim asks it
	groups    groups           // the requests that the calls leave in
	refused   map[store.RefusedKey]int
	out       claimed

	freeOld, freeNow []store.Row
	free             []judge.Verdict
}

// admit decides, row by row, what is done in this transaction. Rows that do
// not fit a limit or find no free slot stay pending.
func (b *batch) admit(ctx context.Context, rows []store.Row, judged []judge.Verdict, known []judge.Facts) error {
	rooms := limits.NewRooms(b.caps)
	defer func() { b.out.bounds = append(b.out.bounds, rooms.Bounds()...) }()
	whole, err := b.wholeRoom(ctx)
	if err != nil {
		return err
	}
	if err := b.boughtHere(ctx, rows, judged); err != nil {
		return err
	}
	if err := b.readRefused(ctx, rows); err != nil {
		return err
	}
	for i, r := range rows {
		v := judged[i]
		if b.needsNoCall(r, v, known[i]) {
			continue
		}
		first := &b.p.Steps[v.Ask[0].Step]
		conn := first.Connection
		c, err := b.callOf(r, v, first)
		if err != nil {
			return err
		}
		if c.joins == nil && b.slots[conn] <= 0 {
			b.out.full = true
			if !slices.Contains(b.out.starved, conn) {
				b.out.starved = append(b.out.starved, conn)
			}
			continue
		}
		step, err := rooms.Step(ctx, b.tx, b.payer(conn))
		if err != nil {
			return err
		}
		own, err := b.ownRoom(ctx, r.OpenedBy)
		if err != nil {
			return err
		}
		if !own.Fits(c.hold) {
			b.waitOwn(r, own.Lacks(c.hold))
			continue
		}
		row := whole
		if !row.Take(c.hold, ledger.RowSide) || !step.Take(c.hold) {
			if !b.out.short || v.Held < b.out.lowest {
				b.out.lowest = v.Held
			}
			b.out.short = true
			continue
		}
		own.Take(c.hold)
		whole = row
		if c.joins == nil {
			b.slots[conn]--
		}
		if !first.Computed {
			b.asks[b.p.Key(v.Ask[0])] = r.RecordID
		}
		b.groups.add(c.joins, c.with, b.open(r, v, conn), c.least)
	}
	b.groups.close()
	b.out.requests = b.groups.all
	return nil
}

// needsNoCall ends, or lets wait, a row for which nothing is asked now.
func (b *batch) needsNoCall(r store.Row, v judge.Verdict, known judge.Facts) bool {
	if b.comesBack(r, v) {
		b.keepBack(r, fmt.Sprintf("it came back through others more than %s (loop: %d)", times(b.p.Definition.Loop), b.p.Definition.Loop))
		return true
	}
	switch {
	case v.Outcome != "":
		b.settleFree(r, v)
		return true
	case v.Wait:
		b.wait(r, v)
		return true
	}
	first := &b.p.Steps[v.Ask[0].Step]
	if !first.Computed {
		if back, why := b.guard(r, known, v); back {
			b.keepBack(r, why)
			return true
		}
	}
	if id, asked := b.asks[b.p.Key(v.Ask[0])]; asked {
		b.wait(r, judge.WaitFor(store.Asked{RecordID: id}, first, v.Hash))
		return true
	}
	return false
}

// wholeRoom is what the limits on enrichment, person and workspace leave.
func (b *batch) wholeRoom(ctx context.Context) (ledger.Room, error) {
	bounds, err := b.caps.Bounds(ctx, b.tx, b.payer(nil).RowKeys())
	b.out.bounds = append(b.out.bounds, bounds...)
	return limits.Room(bounds), err
}

// payer is on whose account the rows run. conn is nil where no call is meant.
func (b *batch) payer(conn *connect.Connection) limits.Payer {
	p := limits.Payer{Enrichment: b.p.ID, Run: b.runID(), Person: b.actor, Allowance: b.allowance, At: b.now}
	if conn != nil {
		p.Provider, p.Connection = conn.Description.Name, conn.Of
	}
	return b.caps.Under(p)
}

// ownRoom is what their own limits, and their budget's, leave whoever opened a row
// beside the run.
func (b *batch) ownRoom(ctx context.Context, opener string) (limits.Shared, error) {
	if b.own == nil {
		b.own = limits.NewRooms(b.caps)
	}
	return b.own.Own(ctx, b.tx, b.openedBy(nil, opener))
}

// openedBy is on whose account a row runs that somebody opened.
func (b *batch) openedBy(conn *connect.Connection, opener string) limits.Payer {
	pays := b.payer(conn)
	if opener == b.actor {
		opener = ""
	}
	pays.Opener = opener
	return b.caps.Under(pays)
}

// ownPause is how long a row waits for room under its opener's own limit before
// it is looked at again; that limit raised wakes it at once.
const ownPause = 30 * time.Second

// waitOwn lets a row wait alone whose opener's own limit, or budget, has no room
// for it: the first or the second of their rooms.
func (b *batch) waitOwn(r store.Row, lacks int) {
	whose := "the own limit of " + r.OpenedBy
	if lacks > 0 {
		whose = "the budget of " + r.OpenedBy
	}
	now := r
	now.State, now.Outcome, now.Detail = fettle.RowWaiting, fettle.AwaitsOwnLimit, whose+", who opened it, leaves no room"
	now.WakeUS, now.UpdatedUS = b.now.Add(ownPause).UnixMicro(), b.now.UnixMicro()
	b.freeOld, b.freeNow, b.free = append(b.freeOld, r), append(b.freeNow, now), append(b.free, judge.Verdict{})
}

func (b *batch) runID() int64 { return runOf(b.e) }

// settleFree ends a row that needs no call.
func (b *batch) settleFree(r store.Row, v judge.Verdict) {
	now := r
	now.State, now.Outcome, now.Detail, now.UpdatedUS, now.RunID = fettle.RowDone, v.Outcome, v.Detail, b.now.UnixMicro(), b.runID()
	now.Dirty, now.WakeUS = false, 0
	b.freeOld, b.freeNow, b.free = append(b.freeOld, r), append(b.freeNow, now), append(b.free, v)
}

// How long a row waits for a cell that another call holds, before it is looked
// at again.
const (
	waitHeld    = time.Second
	waitHeldMax = time.Minute
)

func (b *batch) wait(r store.Row, v judge.Verdict) {
	now := r
	now.Tries++
	pause := min(waitHeldMax, waitHeld<<min(now.Tries-1, 6))
	now.State, now.Outcome, now.Detail = fettle.RowWaiting, fettle.Held, v.Detail
	switch {
	case v.Soon:
		now.Outcome = fettle.AwaitsAnswer
	case v.Conflict:
		now.Outcome, pause = fettle.AwaitsConflict, waitHeldMax
	}
	now.WakeUS, now.UpdatedUS = b.now.Add(pause).UnixMicro(), b.now.UnixMicro()
	b.freeOld, b.freeNow, b.free = append(b.freeOld, r), append(b.freeNow, now), append(b.free, judge.Verdict{})
}

// open makes a job of a row: its first call.
func (b *batch) open(r store.Row, v judge.Verdict, conn *connect.Connection) *job {
	now := r
	now.State, now.Outcome, now.Detail, now.UpdatedUS = fettle.RowRunning, "", "", b.now.UnixMicro()
	now.Dirty, now.WakeUS = false, 0
	if again := r.Cause == fettle.CauseRerun || r.Cause == fettle.CauseRetry; !again || r.RunID == 0 {
		now.RunID = b.runID() // else it says since which run answers count
	}
	j := &job{p: b.p, row: now, ask: v.Ask, fields: v.Fields, was: v.BoughtUS, back: v.TakenBack, hash: v.Hash, cause: v.Cause, signal: v.Signal, got: v.Gratis, status: v.Status, down: v.Down, from: map[string]int64{}, called: v.Called, most: v.Held}
	for f := range v.Gratis {
		j.from[f] = v.From[f]
	}
	j.attempt, j.seq = newAttempt(j, conn, v.Held, b.openedBy(conn, r.OpenedBy), b.w.workerID()), b.e.ControlSeq
	j.attempt.Unasked = b.unasked(r)
	b.count(r)
	b.out.jobs = append(b.out.jobs, j)
	b.freeOld, b.freeNow, b.free = append(b.freeOld, r), append(b.freeNow, now), append(b.free, judge.Verdict{})
	return j
}

// newAttempt makes the attempt of a job's next question. Its id is set when it
// is written.
func newAttempt(j *job, conn *connect.Connection, held fettle.Credits, pays limits.Payer, worker int64) store.Attempt {
	q := j.ask[0]
	s := &j.p.Steps[q.Step]
	a := store.Attempt{
		EnrichmentID: j.p.ID, Version: j.p.Version, RunID: pays.Run, RecordID: j.row.RecordID, Step: q.Step, Try: int(j.row.Tries) + 1,
		Provider: conn.Description.Name, Connection: conn.Of, Model: s.Model, Operation: s.Fingerprint, Cause: j.causeOfCall(), Fields: j.fields, Actor: pays.Person, Opener: pays.Opener, Budgets: pays.Budgets, Allowance: pays.Allowance,
		State: store.AttemptReserved, WorkerID: worker, Hold: j.p.Hold(q, held, j.called),
		InputsHash: q.Hash, Folded: q.Folded, ReservedUS: pays.At.UnixMicro(), Signal: j.signal,
	}
	if conn.Conn.UnitCredits != nil {
		a.UnitPrice = *conn.Conn.UnitCredits
	}
	if s.Operation.Recovery().Resend {
		a.Resend, a.Inputs = true, q.Inputs
	}
	return a
}

// callKey is a call's idempotency key: the same when it is sent again.
func (w *Worker) callKey(attempt int64) string {
	return w.workspace + "-" + strconv.FormatInt(attempt, 10)
}
