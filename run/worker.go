package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/internal/events"
	"fettle/internal/gate"
	"fettle/judge"
	"fettle/notify"
	"fettle/store"
)

// The times of a worker's life.
const (
	leaseFor     = 30 * time.Second       // how long a silent process is believed to live, unless configured
	controlEvery = 100 * time.Millisecond // how often stops are looked for
	landFor      = 2 * time.Minute        // how long calls in flight may land when the process ends
	awayFor      = 30 * time.Second       // without a process: kept, for who asks later when nothing could be bought
)

// Config is what a worker is made of.
type Config struct {
	DB        *store.DB
	Log       *slog.Logger
	Conns     *connect.Connections
	Judge     *judge.Judge
	Events    *events.Feed
	Workspace string        // its id: part of every idempotency key
	Lease     time.Duration // how long a silent process is believed to live; 0: 30 seconds
	// Channels tell people and programs what happens.
	Channels *notify.Channels
	// Check audits what is new before the first call.
	Check func(ctx context.Context) error
	// Beside starts what runs while the worker does, and gives what ends it.
	Beside func(ctx context.Context) (stop func())
	// Signals finds the signals in what was written, before audiences are followed.
	Signals func(ctx context.Context) error
	// Estimate is what an enrichment would do and cost now, on somebody's account.
	Estimate func(ctx context.Context, enrichment, payer string) (fettle.Estimate, error)
	// Watch is told of calls and results.
	Watch Watch
}

// Worker is what makes a process make calls: it plans, claims, calls, settles
// and follows. It is safe for concurrent use.
type Worker struct {
	db     *store.DB
	log    *slog.Logger
	conns  *connect.Connections
	judge  *judge.Judge
	events *events.Feed
	cfg    Config

	workspace string
	epoch     atomic.Int64 // moves when fields, audiences or providers change here

	id    atomic.Int64
	lease atomic.Int64 // microseconds; no call leaves near or after it
	acked atomic.Int64

	passes atomic.Int64

	mu       sync.Mutex
	ending   bool // the process ends: every gate is closed
	release  func()
	gates    map[int64]*gate.Gate
	programs map[int64]*judge.Program
	scans    map[int64]*scan
	failing  map[int64]streak // failed calls in a row, by enrichment
	flying   map[int64]int    // calls of this process, by enrichment
	warned   map[string]bool
	near     map[string]nearing // limits to warn of, by what makes the warning the same
	runsTold map[int64]bool     // that have finished, and that is told

	settledFor map[int64]struct{} // enrichments whose limits are looked at next

	unwritten map[int64]unwrittenCall // by attempt

	results    chan *landing
	poke       chan struct{} // something changed: look now
	ended      chan struct{} // closed when the process ends
	ran        atomic.Bool
	calls      sync.WaitGroup
	open       atomic.Int64 // calls under way whose result is not settled yet
	shares     *sharing
	complaints complaints
	turn       int // whose turn it is among the live enrichments

	// Of the loop alone.
	blind     int // claims to make without a preview
	lastReap  time.Time
	lastDue   map[int64]time.Time
	lastTimed map[int64]time.Time
	stills    map[int64]*still
	ticks     map[int64]*ticking
	followed  map[int64]followed
}

// New makes a worker that does nothing yet.
func New(cfg Config) *Worker {
	w := &Worker{
		db: cfg.DB, log: cfg.Log, conns: cfg.Conns, judge: cfg.Judge, events: cfg.Events, cfg: cfg, workspace: cfg.Workspace,
		gates: map[int64]*gate.Gate{}, programs: map[int64]*judge.Program{}, scans: map[int64]*scan{}, failing: map[int64]streak{}, flying: map[int64]int{}, warned: map[string]bool{}, near: map[string]nearing{}, runsTold: map[int64]bool{}, settledFor: map[int64]struct{}{}, unwritten: map[int64]unwrittenCall{},
		results: make(chan *landing, 4096), poke: make(chan struct{}, 1), ended: make(chan struct{}),
		lastDue: map[int64]time.Time{}, lastTimed: map[int64]time.Time{}, stills: map[int64]*still{}, ticks: map[int64]*ticking{}, followed: map[int64]followed{},
	}
	w.shares = newSharing(w)
	return w
}

func (w *Worker) workerID() int64 { return w.id.Load() }

// ID is the number by which others know this worker; another after it was silent
// for longer than its lease.
func (w *Worker) ID() int64 { return w.workerID() }

// Unwritten is how many calls of this process are under way, or answered and not
// written yet.
func (w *Worker) Unwritten() int64 { return w.open.Load() }

// leaseTime is how long this process is believed to live when it is silent.
// The lease is renewed ten times as often, and no call leaves in its last
// sixth.
func (w *Worker) leaseTime() time.Duration {
	if w.cfg.Lease > 0 {
		return w.cfg.Lease
	}
	return leaseFor
}

// lastCall is when the last call of a lease that begins now may leave, in
// microseconds.
func (w *Worker) lastCall(now time.Time) int64 {
	return now.Add(w.leaseTime() - w.leaseTime()/6).UnixMicro()
}

// Look wakes the worker's loop.
func (w *Worker) Look() {
	select {
	case w.poke <- struct{}{}:
	default:
	}
}

// Run makes this process work until ctx ends: rows are planned, claimed, called
// and settled, audiences followed. When ctx ends no new call leaves; those in
// flight land first, for up to two minutes. A worker works once.
func (w *Worker) Run(ctx context.Context) error {
	if !w.ran.CompareAndSwap(false, true) {
		return errors.New("this engine has worked before")
	}
	err := w.cfg.Check(ctx)
	if err == nil {
		err = w.db.Mark(ctx)
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil // asked to end before it began: nothing was called
		}
		return err
	}
	// Calls and their settling outlive ctx: what was paid for must land.
	landing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	if err := w.register(landing); err != nil {
		return err
	}
	defer func() { w.release() }()
	beside := sync.OnceFunc(w.cfg.Beside(landing))
	defer beside()
	if err := w.sweepLinks(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	var loops sync.WaitGroup
	beats, stopBeats := context.WithCancel(landing)
	loops.Go(func() { w.beat(beats) })
	loops.Go(func() { w.watch(beats) })
	loops.Go(func() { w.shares.loop(beats) })
	loops.Go(func() {
		if err := w.deriveNames(beats); err != nil && beats.Err() == nil {
			w.log.WarnContext(ctx, "names of people from before could not be derived; the next start goes on", "error", err)
		}
	})
	settling := make(chan struct{})
	go func() {
		defer close(settling)
		w.settleLoop(landing)
	}()
	w.loop(ctx, landing)
	w.drain(landing, cancel)
	close(w.results)
	<-settling
	stopBeats()
	loops.Wait()
	if err := w.warnNear(landing, true); err != nil {
		w.log.WarnContext(ctx, "that a limit is near could not be told", "error", err)
	}
	beside() // what it sends, it sends as this worker
	return w.leave(context.WithoutCancel(ctx))
}

// drain waits until the calls in flight have landed; those that take too long
// are cut, and end unknown.
func (w *Worker) drain(ctx context.Context, cut context.CancelFunc) {
	w.stopAll(ctx)
	late := time.After(landFor)
	for w.open.Load() > 0 {
		select {
		case <-late:
			w.log.WarnContext(ctx, "calls in flight did not land in time; they are cut and become unknown", "waited", landFor)
			cut()
		case <-time.After(5 * time.Millisecond):
		}
	}
	w.calls.Wait()
}

// register makes the process known and takes over what dead processes left.
func (w *Worker) register(ctx context.Context) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	var id int64
	err = w.db.Update(ctx, func(tx *store.Tx) (err error) {
		id, err = tx.NextIDs(ctx, store.SeqWorker, 1)
		return err
	})
	if err != nil {
		return fmt.Errorf("register as a worker: %w", err)
	}
	// The lock is held before anybody knows of the worker: without it the
	// process would look dead.
	release, err := w.db.HoldWorker(ctx, id)
	if err != nil {
		return err
	}
	now := time.Now()
	err = w.db.Update(ctx, func(tx *store.Tx) error {
		seq, err := w.known(ctx, tx)
		if err != nil {
			return err
		}
		w.acked.Store(seq)
		if err := tx.KeepAway(ctx, now.UnixMicro(), awayFor.Microseconds()); err != nil {
			return err
		}
		return tx.AddWorker(ctx, store.Worker{
			ID: id, Host: host, PID: int64(os.Getpid()), AckedSeq: seq, StartedUS: now.UnixMicro(),
			LeaseUntilUS: now.Add(w.leaseTime()).UnixMicro(),
		})
	})
	if err != nil {
		release()
		return fmt.Errorf("register as a worker: %w", err)
	}
	if w.release != nil {
		w.release()
	}
	w.release = release
	w.id.Store(id)
	w.lease.Store(w.lastCall(now))
	return nil
}

// known is the newest change that a process which begins goes by. Of stops that is
// all of them, for nothing of it is under way; connections it may have read before
// they were changed, and whoever changed them waits until it has read them again.
func (w *Worker) known(ctx context.Context, tx *store.Tx) (int64, error) {
	seq, err := tx.ControlSeq(ctx)
	if err != nil {
		return 0, err
	}
	changed, err := tx.ConnectionsChanged(ctx)
	if read := w.conns.ChangedAt(); read < changed {
		return read, err
	}
	return seq, err
}

// leave says that the process is gone, so that nobody waits for its lease.
func (w *Worker) leave(ctx context.Context) error {
	if err := w.db.Mark(ctx); err != nil {
		return err
	}
	if err := w.db.Land(ctx, func(tx *store.Tx) error { return tx.EndWorker(ctx, w.workerID(), time.Now().UnixMicro()) }); err != nil {
		return err
	}
	saved, err := w.db.Rescue(ctx, time.Now())
	if saved != "" {
		w.log.ErrorContext(ctx, "the database file was deleted or replaced while it was used; what was written since is in the file beside it", "file", saved)
	}
	return err
}

// beat renews the lease. A process that was declared gone meanwhile (it was
// stopped for longer than its lease) begins anew under another id; what it had
// in flight lands late.
func (w *Worker) beat(ctx context.Context) {
	tick := time.NewTicker(w.leaseTime() / 10)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if time.Now().UnixMicro() > w.lease.Load() {
			// It was silent: stops of the meantime are obeyed before any call
			// may leave again.
			if err := w.obey(ctx); err != nil {
				continue
			}
		}
		if err := w.renew(ctx); err != nil && ctx.Err() == nil {
			w.complain(ctx, "the lease could not be renewed; no call leaves after it has run out", err)
		}
	}
}

func (w *Worker) renew(ctx context.Context) error {
	now := time.Now()
	var ok bool
	silent := now.UnixMicro() > w.lease.Load()
	err := w.db.Update(ctx, func(tx *store.Tx) (err error) {
		if silent { // a machine that slept, which nobody missed
			if err := tx.KeepAway(ctx, now.UnixMicro(), awayFor.Microseconds()); err != nil {
				return err
			}
		}
		ok, err = tx.Heartbeat(ctx, w.workerID(), w.acked.Load(), now.Add(w.leaseTime()).UnixMicro())
		return err
	})
	if err != nil {
		return err
	}
	if !ok {
		w.log.WarnContext(ctx, "this process was silent for longer than its lease; it begins anew", "worker", w.workerID())
		return w.register(ctx)
	}
	w.lease.Store(w.lastCall(now))
	return nil
}

// watch looks for stops, closes the gates and confirms.
func (w *Worker) watch(ctx context.Context) {
	tick := time.NewTicker(controlEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := w.obey(ctx); err != nil && ctx.Err() == nil {
			w.complain(ctx, "stops could not be looked for", err)
		}
	}
}

// obey closes the gates of enrichments that were stopped since the last look,
// reads connections that were changed, and confirms both when no call of theirs
// can leave any more.
func (w *Worker) obey(ctx context.Context) error {
	var seq int64
	var stops map[int64]int64
	err := w.db.View(ctx, func(tx *store.Tx) (err error) {
		if seq, err = tx.ControlSeq(ctx); err != nil || seq <= w.acked.Load() {
			return err
		}
		stops, err = tx.Stops(ctx)
		return err
	})
	if err != nil || seq <= w.acked.Load() {
		return err
	}
	for id, s := range stops {
		if !w.gate(ctx, id).Stop(ctx, s) {
			return nil // not confirmed yet: looked at again
		}
	}
	if err := w.keepUp(ctx); err != nil || !w.conns.Settled(ctx) {
		return err
	}
	w.acked.Store(seq)
	return w.renew(ctx)
}

// gate gives an enrichment's gate.
func (w *Worker) gate(ctx context.Context, id int64) *gate.Gate {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.gates[id]
	if g == nil {
		stopped := int64(0)
		if w.ending {
			stopped = forGood
		}
		g = gate.New(context.WithoutCancel(ctx), stopped)
		w.gates[id] = g
	}
	return g
}

// forGood is the stop number that no claim reaches.
const forGood = 1 << 62

// stopAll closes every gate for good: the process ends.
func (w *Worker) stopAll(ctx context.Context) {
	w.mu.Lock()
	gates := make([]*gate.Gate, 0, len(w.gates))
	for _, g := range w.gates {
		gates = append(gates, g)
	}
	if !w.ending {
		w.ending = true
		close(w.ended)
	}
	w.mu.Unlock()
	for _, g := range gates {
		g.Stop(ctx, forGood)
	}
}
