package run

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/judge"
	"fettle/limits"
	"fettle/provider/pace"
	"fettle/store"
)

// standing is what is known of an enrichment that may make calls, when it is
// asked why it does not move.
type standing struct {
	name     string
	label    string
	planning bool
	pending  int64
	collects int64  // pending until the next tick of its schedule
	tick     string // when that is
	tickUS   int64
	running  int64
	inFlight int64
	stopped  string // why spending is paused for the whole workspace
	followed bool   // a process is there that makes calls
	others   string // the first of them, where this one is not among them; else ""
	broken   error  // why its definition cannot be run now
	unpriced bool   // that is for want of a price
	binds    *limits.Bound
	paced    []paced
	waiting  []store.WaitingRows

	unwritten int64 // calls about which nothing can be written
}

// paced is how a provider of one of its steps stands in this process, or, where
// others make the calls, as far as they have written it down.
type paced struct {
	name string
	free bool
	pace.Usage
}

// WaitingFor says why an enrichment with rows left does not move; nothing where
// it does, or has none.
func (w *Worker) WaitingFor(ctx context.Context, tx *store.Tx, cur store.Enrichment, planning bool) ([]fettle.Waiting, error) {
	if cur.State != fettle.Live && cur.PilotRunID == 0 {
		return []fettle.Waiting{}, nil
	}
	s, err := w.standing(ctx, tx, cur)
	s.planning = planning
	if err != nil {
		return nil, err
	}
	return s.reasons(), nil
}

func (w *Worker) standing(ctx context.Context, tx *store.Tx, cur store.Enrichment) (standing, error) {
	s := standing{name: cur.Name, label: cur.Label, unwritten: w.UnwrittenOf(cur.ID)}
	counts, err := tx.RowCounts(ctx, cur.ID)
	if err != nil {
		return s, err
	}
	waiting := int64(0)
	for k, n := range counts {
		switch k.State {
		case fettle.RowPending:
			s.pending += n
		case fettle.RowRunning:
			s.running += n
		case fettle.RowWaiting:
			waiting += n
		case fettle.RowDone:
		}
	}
	if gated(cur) {
		if err := s.between(ctx, tx, cur); err != nil {
			return s, err
		}
	}
	if waiting > 0 {
		if s.waiting, err = tx.WaitingRows(ctx, cur.ID, judge.Unresolved); err != nil {
			return s, err
		}
	}
	flights, err := tx.InFlight(ctx, cur.ID)
	if err != nil {
		return s, err
	}
	for _, f := range flights {
		s.inFlight += f.Calls
	}
	callers, own, err := w.callers(ctx, tx, time.Now())
	if err != nil {
		return s, err
	}
	if s.followed = len(callers) > 0; s.followed && !own {
		s.others = fmt.Sprintf("process %d on %s", callers[0].PID, callers[0].Host)
	}
	if s.stopped, err = w.stopped(ctx, tx); err != nil || s.pending == 0 {
		return s, err
	}
	return s, w.obstacles(ctx, tx, cur, callers, &s)
}

// between takes those out of the pending rows that collect until the next tick.
func (s *standing) between(ctx context.Context, tx *store.Tx, cur store.Enrichment) error {
	asked, err := tx.AskedRows(ctx, cur.ID)
	s.collects, s.pending = s.pending-asked, asked
	switch {
	case cur.TickState == store.TickCollecting:
		s.tick = "what is due at the tick of " + tickText(cur, cur.TickUS) + " is being gathered"
	case cur.NextTickUS == 0:
		s.tick = "the schedule has no further tick"
	default:
		s.tick, s.tickUS = tickText(cur, cur.NextTickUS)+" "+cur.Definition.Schedule.ZoneName(), cur.NextTickUS
	}
	return err
}

// stopped says why nothing at all is spent in the workspace, and what to do; ""
// where it may spend.
func (w *Worker) stopped(ctx context.Context, tx *store.Tx) (string, error) {
	if lost := w.db.Lost(); lost != nil {
		fe := fettle.AsError(lost)
		return fe.Message + ". " + fe.Hint, nil
	}
	why, hint, err := limits.MayNotSpend(ctx, tx)
	if why == "" || err != nil {
		return "", err
	}
	return why + ". " + hint, nil
}

// obstacles are what keeps pending rows from being asked.
func (w *Worker) obstacles(ctx context.Context, tx *store.Tx, cur store.Enrichment, callers []store.Worker, s *standing) error {
	p, err := w.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition)
	if err != nil {
		s.broken, s.unpriced = err, fettle.CodeOf(err) == fettle.Refused
		return nil
	}
	var shares []store.PaceShare
	if s.others != "" {
		if shares, err = tx.PaceShares(ctx); err != nil {
			return err
		}
	}
	seen := map[*connect.Connection]bool{}
	for i := range p.Steps {
		c := p.Steps[i].Connection
		if p.Steps[i].Computed || seen[c] {
			continue
		}
		seen[c] = true
		if err := c.Ready(); err != nil && s.broken == nil {
			s.broken, s.unpriced = err, c.Conn.UnitCredits == nil
		}
		if s.others != "" {
			s.paced = append(s.paced, elsewhere(c.Name, shares, callers, time.Now()))
			continue
		}
		s.paced = append(s.paced, paced{name: c.Name, free: c.Slots() > 0, Usage: c.Pacer.Load().Usage()})
	}
	bounds, err := limits.RowBounds(ctx, tx, cur, "")
	if err != nil {
		return err
	}
	price, asks, err := w.cheapestPending(ctx, tx, p, cur)
	if err != nil {
		if fettle.CodeOf(err) == fettle.Internal {
			return err
		}
		if s.broken == nil {
			s.broken, s.unpriced = err, true
		}
		return nil
	}
	if b, ok := limits.Tightest(bounds, price); asks && ok && (b.Room.Credits < price || b.Room.Records < 1) {
		s.binds = &b
	}
	return nil
}

// elsewhere is how a provider stands in the processes that make the calls, by
// what they write down: a call waits for its time where one of them has calls to
// make by its share of the pace, and for the provider where it answers none of
// them. What else keeps them is not written down.
func elsewhere(name string, shares []store.PaceShare, callers []store.Worker, now time.Time) paced {
	p := paced{name: name, free: true}
	later := func(us int64, than *time.Time) *time.Time {
		if until := time.UnixMicro(us); until.After(now) && (than == nil || until.After(*than)) {
			return &until
		}
		return than
	}
	for _, s := range shares {
		if s.Provider != name || s.LeaseUntilUS < now.UnixMicro() {
			continue
		}
		p.BlockedUntil = later(s.BlockedUntilUS, p.BlockedUntil)
		p.free = p.free && !s.Wants && p.BlockedUntil == nil
	}
	next := int64(math.MaxInt64) // when the first of them tries the provider again
	for _, c := range callers {
		until, down := c.Down[name]
		if !down {
			return p
		}
		next = min(next, until)
	}
	if len(callers) > 0 {
		p.free, p.Open, p.BlockedUntil = false, true, later(next, p.BlockedUntil)
	}
	return p
}

// mostCompared is how many pending rows are judged to find the cheapest.
const mostCompared = 200

// cheapestPending is the highest price of the cheapest of the next rows; asks is
// false where none of them needs a call.
func (w *Worker) cheapestPending(ctx context.Context, tx *store.Tx, p *judge.Program, cur store.Enrichment) (price fettle.Credits, asks bool, err error) {
	only := fettle.Cause("")
	if gated(cur) {
		only = store.ByHand
	}
	rows, err := tx.PendingRows(ctx, cur.ID, 0, only, mostCompared)
	if err != nil || len(rows) == 0 {
		return 0, false, err
	}
	judged, _, err := w.judge.Rows(ctx, tx, p, rows, runOf(cur), time.Now())
	for _, v := range judged {
		if v.Outcome == "" && !v.Wait && (!asks || v.Held < price) {
			price, asks = v.Held, true
		}
	}
	return price, asks, err
}

// reasons are why it does not move, the one that concerns all of it first. It
// is pure.
func (s standing) reasons() []fettle.Waiting {
	out := []fettle.Waiting{}
	say := func(r fettle.WaitReason, rows, untilUS int64, format string, args ...any) {
		x := fettle.Waiting{Reason: r, Rows: rows, Detail: fmt.Sprintf(format, args...)}
		if untilUS > 0 {
			t := time.UnixMicro(untilUS).UTC()
			x.Until = &t
		}
		out = append(out, x)
	}
	if s.stopped != "" && (s.pending > 0 || s.planning) {
		say(fettle.WaitsSpending, s.pending, 0, "spending is paused for the whole workspace: %s", s.stopped)
	}
	if s.planning {
		say(fettle.WaitsPlanning, 0, 0, "its rows are being opened")
	}
	if s.unwritten > 0 {
		say(fettle.WaitsUnwritable, s.unwritten, 0, "the database refuses what would be written of %s: the money stays held (fettle unknown list, or the log)", fettle.Count(s.unwritten, "call", "calls"))
	}
	if s.collects > 0 {
		say(fettle.WaitsSchedule, s.collects, s.tickUS, "%s", s.tick)
	}
	if left := s.pending + s.collects + s.running + int64(len(s.waiting)); (left > 0 || s.planning) && !s.followed {
		say(fettle.WaitsNobody, 0, 0, "nobody is following: no process makes calls. Whoever runs the server starts one (fettle serve or fettle worker, or fettle enrichment run %s)", s.name)
	}
	if s.pending > 0 && s.inFlight <= s.unwritten {
		s.still(say)
	} else if s.running > 0 && s.inFlight > s.unwritten && s.pending == 0 {
		say(fettle.WaitsAnswers, s.running, 0, "%s not answered yet", fettle.Count(s.inFlight, "call is", "calls are"))
	} else if s.pending > 0 {
		s.held(say)
	}
	for _, g := range s.waiting {
		r := reasonOf(g)
		detail := g.Detail
		if r == fettle.WaitsRetry {
			detail = "to be tried again: " + detail
		}
		say(r, g.Rows, g.WakeUS, "%s", detail)
	}
	return out
}

type sayer func(r fettle.WaitReason, rows, untilUS int64, format string, args ...any)

// still says why nothing at all is asked.
func (s standing) still(say sayer) {
	switch {
	case s.stopped != "": // that is said already
	case s.unpriced:
		say(fettle.WaitsPrice, s.pending, 0, "%s", s.broken)
	case s.broken != nil:
		say(fettle.WaitsProvider, s.pending, 0, "%s", s.broken)
	case !s.followed || s.planning: // that is said already
	case s.held(say):
	case s.unwritten > 0:
	case s.others != "":
		say(fettle.WaitsElsewhere, s.pending, 0, "rows are due, and %s makes the calls: what keeps it, such as a provider that does not answer, is in its log", s.others)
	default:
		say(fettle.WaitsNothing, s.pending, 0, "rows are due and nothing keeps them: they are taken in a moment; if this lasts, the log says more")
	}
}

// held says what keeps the next pending row; false where nothing does.
func (s standing) held(say sayer) bool {
	if s.binds != nil {
		r := fettle.WaitsLimit
		if s.binds.Grant {
			r = fettle.WaitsBalance
		}
		say(r, s.pending, 0, "%s", limits.PausedText(*s.binds, s.name, s.label))
		return true
	}
	for _, p := range s.paced {
		if p.free {
			return false // some row can be asked
		}
	}
	for _, p := range s.paced {
		until := int64(0)
		if p.BlockedUntil != nil {
			until = p.BlockedUntil.UnixMicro()
		}
		switch {
		case p.Open:
			say(fettle.WaitsProvider, s.pending, until, "%s does not answer: one call tries it now and then", p.name)
		case until > 0:
			say(fettle.WaitsRate, s.pending, until, "%s asked to wait", p.name)
		case len(p.Windows) == 0 && p.InFlight > 0:
			say(fettle.WaitsSlot, s.pending, 0, "%s to %s in flight, as many as may be at once", fettle.Count(int64(p.InFlight), "call", "calls"), p.name)
		default:
			say(fettle.WaitsRate, s.pending, 0, "the pace that %s allows", p.name)
		}
	}
	return len(s.paced) > 0
}

// reasonOf is what waiting rows wait for.
func reasonOf(g store.WaitingRows) fettle.WaitReason {
	switch g.Outcome {
	case fettle.Held, fettle.AwaitsAnswer:
		if g.Apart {
			return fettle.WaitsUnknown
		}
		if g.Outcome == fettle.AwaitsAnswer {
			return fettle.WaitsQuestion
		}
		return fettle.WaitsCell
	case fettle.AwaitsApproval:
		return fettle.WaitsApproval
	case fettle.AwaitsOwnLimit:
		return fettle.WaitsOwnLimit
	case fettle.AwaitsGuard:
		return fettle.WaitsGuard
	case fettle.AwaitsConflict:
		return fettle.WaitsConflict
	default:
		return fettle.WaitsRetry
	}
}

// callers are the processes that make calls; own says that this one is among
// them.
func (w *Worker) callers(ctx context.Context, tx *store.Tx, now time.Time) (live []store.Worker, own bool, err error) {
	live, err = tx.LiveWorkers(ctx)
	live = slices.DeleteFunc(live, func(x store.Worker) bool { return x.LeaseUntilUS < now.UnixMicro() })
	return live, slices.ContainsFunc(live, func(x store.Worker) bool { return x.ID == w.workerID() }), err
}

// Followed reports whether a process is there that makes calls.
func Followed(ctx context.Context, tx *store.Tx, now time.Time) (bool, error) {
	live, err := tx.LiveWorkers(ctx)
	for _, w := range live {
		if w.LeaseUntilUS >= now.UnixMicro() {
			return true, err
		}
	}
	return false, err
}
