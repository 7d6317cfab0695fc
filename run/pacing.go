package run

import (
	"context"
	"maps"
	"time"

	"fettle/connect"
	"fettle/judge"
	"fettle/provider/pace"
	"fettle/store"
)

// What a provider allows holds for all processes together: each leases a share
// of it in the database, in one transaction for all its providers, a few times
// a second and not once a call. A process that is cut off from the database
// stops calling when its lease has run out.
const (
	paceEvery = 250 * time.Millisecond
	paceLease = 3 * time.Second
	askEvery  = 500 * time.Millisecond // how often rows are looked for that wait for a share
)

// sharing is one process's dealings with its shares.
type sharing struct {
	w       *Worker
	poke    chan struct{}
	holding map[string]bool                   // providers of which it may hold a share
	asked   map[*connect.Connection]time.Time // of the worker's loop alone
	down    map[string]int64                  // what was written down last of the providers that do not answer
	downOf  int64                             // of which worker: one that was silent for too long is another one
	outages map[string]*outage                // of the loop alone
}

func newSharing(w *Worker) *sharing {
	return &sharing{w: w, poke: make(chan struct{}, 1), holding: map[string]bool{}, asked: map[*connect.Connection]time.Time{}, outages: map[string]*outage{}}
}

// loop renews the shares until ctx ends, and gives them back.
func (s *sharing) loop(ctx context.Context) {
	tick := time.NewTicker(paceEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			if err := s.renew(context.WithoutCancel(ctx), true); err != nil {
				s.w.log.WarnContext(ctx, "what was leased of the providers' limits could not be given back; it runs out", "error", err)
			}
			return
		case <-tick.C:
		case <-s.poke:
		}
		if err := s.renew(ctx, false); err != nil && ctx.Err() == nil {
			s.w.complain(ctx, "the shares of the providers' limits could not be renewed; calls stop when they run out", err)
		}
		if err := s.tellDown(ctx); err != nil && ctx.Err() == nil {
			s.w.complain(ctx, "which providers do not answer could not be written down; other processes do not name them", err)
		}
	}
}

// tellDown writes down which providers this process holds its calls back from,
// since they do not answer: processes that make no calls say why those here wait.
func (s *sharing) tellDown(ctx context.Context) error {
	down := map[string]int64{}
	for _, c := range s.w.conns.All() {
		if until, is := c.Pacer.Load().Down(); is {
			down[c.Name] = until.UnixMicro()
		}
	}
	if err := s.noteOutages(ctx, down, time.Now()); err != nil {
		return err
	}
	id := s.w.workerID()
	if maps.Equal(down, s.down) && (len(down) == 0 || id == s.downOf) {
		return nil
	}
	err := s.w.db.Update(ctx, func(tx *store.Tx) error { return tx.SetDown(ctx, id, down) })
	if err == nil {
		s.down, s.downOf = down, id
	}
	return err
}

// ask has a share leased for an enrichment that has rows to call for and no
// slot to call with.
func (s *sharing) ask(ctx context.Context, p *judge.Program) error {
	var conns []*connect.Connection
	for i := range p.Steps {
		if c := p.Steps[i].Connection; c.Shared() && time.Since(s.asked[c]) >= askEvery {
			conns = append(conns, c)
		}
	}
	if len(conns) == 0 {
		return nil
	}
	var pending int64
	err := s.w.db.View(ctx, func(tx *store.Tx) (err error) {
		pending, err = pendingRows(ctx, tx, p.ID)
		return err
	})
	if err != nil || pending == 0 {
		return err
	}
	s.askFor(conns)
	return nil
}

// askFor has a share leased for connections that a row waits for, whatever room
// others have.
func (s *sharing) askFor(conns []*connect.Connection) {
	asked := false
	for _, c := range conns {
		if c.Shared() && time.Since(s.asked[c]) >= askEvery {
			s.asked[c], asked = time.Now(), true
			c.Pacer.Load().Ask()
		}
	}
	if !asked {
		return
	}
	select {
	case s.poke <- struct{}{}:
	default:
	}
}

// leasing is the share of one provider under way.
type leasing struct {
	pacer *pace.Pacer
	wants bool
	share pace.Share
	block time.Duration
}

// renew leases the shares of the providers that are called now, and gives back
// those of the others; with all it gives back every one.
func (s *sharing) renew(ctx context.Context, all bool) error {
	due := map[string]*leasing{}
	conns := s.w.conns.All()
	for _, c := range conns {
		p := c.Pacer.Load()
		if wants := p.Wants() && !all; c.Shared() && (wants || s.holding[c.Name]) {
			due[c.Name] = &leasing{pacer: p, wants: wants}
		}
	}
	if len(due) == 0 {
		return nil
	}
	begin := time.Now()
	err := s.w.db.Update(ctx, func(tx *store.Tx) error { return s.divide(ctx, tx, due) })
	if err != nil {
		return err
	}
	for name, l := range due {
		s.holding[name] = l.wants
		until := begin
		if l.wants {
			until = begin.Add(paceLease)
		}
		if l.block > 0 {
			l.pacer.Block(l.block)
		}
		l.pacer.Lease(l.share, until)
	}
	s.w.Look()
	return nil
}

// divide writes this process's shares beside those of the others. What a share
// loses is not used any more before the others can see it.
func (s *sharing) divide(ctx context.Context, tx *store.Tx, due map[string]*leasing) error {
	if err := tx.LockPace(ctx); err != nil {
		return err
	}
	nowUS, err := tx.NowUS(ctx)
	if err != nil {
		return err
	}
	stored, err := tx.PaceShares(ctx)
	if err != nil {
		return err
	}
	var puts, drops []store.PaceShare
	for name, l := range due {
		var others []pace.Holder
		bounds := l.pacer.Bounds()
		l.block = 0
		for _, o := range stored {
			lapsed := time.Duration(nowUS-o.LeaseUntilUS) * time.Microsecond
			switch {
			case o.Provider != name || o.WorkerID == s.w.workerID():
			case lapsed > longest(bounds)+time.Minute:
				drops = append(drops, o)
			default:
				others = append(others, pace.Holder{ID: o.WorkerID, Wants: o.Wants, Share: o.Share, Lapsed: lapsed})
				l.block = max(l.block, time.Duration(o.BlockedUntilUS-nowUS)*time.Microsecond)
			}
		}
		l.share = pace.Divide(bounds, s.w.workerID(), l.wants, l.pacer.Used(), others)
		l.pacer.Shrink(l.share)
		put := store.PaceShare{
			Provider: name, WorkerID: s.w.workerID(), Wants: l.wants, Share: l.share.Most(l.pacer.Used()), LeaseUntilUS: nowUS,
			BlockedUntilUS: nowUS + l.pacer.Blocked().Microseconds(),
		}
		if l.wants {
			put.LeaseUntilUS += paceLease.Microseconds()
		}
		puts = append(puts, put)
	}
	if err := tx.DropPaceShares(ctx, drops); err != nil {
		return err
	}
	return tx.PutPaceShares(ctx, puts)
}

// longest is how long a call may count after it left.
func longest(bounds []pace.Bound) time.Duration {
	var d time.Duration
	for _, b := range bounds {
		d = max(d, b.Hold)
	}
	return d
}
