// Package gate is where calls leave a process: a stop closes it for every call
// that was claimed before, and is confirmed when none can leave any more.
package gate

import (
	"context"
	"sync"
	"time"
)

// Gate is where the calls of one enrichment leave this process. A stop closes
// it for every call that was claimed before the stop.
type Gate struct {
	mu        sync.Mutex
	stopped   int64 // the newest stop number
	confirmed int64 // the newest stop number after which nothing left any more
	launching int   // calls that passed and may not have left yet
	quiet     chan struct{}
	lastLeft  time.Time       // when the newest call had left
	parent    context.Context //nolint:containedctx // of every turn; whoever stops the gate lives shorter
	ctx       context.Context //nolint:containedctx // ends the wait for a call's turn when the gate closes
	cancel    context.CancelFunc
}

// New makes a gate that is closed for calls claimed before a stop number. When
// ctx ends, no call waits for its turn any more.
func New(ctx context.Context, stopped int64) *Gate {
	g := &Gate{stopped: stopped, parent: ctx}
	g.ctx, g.cancel = context.WithCancel(ctx)
	return g
}

// Turn is the context in which a call claimed at stop number seq may wait for
// its turn.
func (g *Gate) Turn(seq int64) (context.Context, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ctx, seq >= g.stopped
}

// Enter lets a call pass; left must be called once, when its request has been
// written or the call has ended.
func (g *Gate) Enter(seq int64) (left func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if seq < g.stopped {
		return nil, false
	}
	g.launching++
	var once sync.Once
	return func() {
		once.Do(func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.launching--
			g.lastLeft = time.Now()
			if g.launching == 0 && g.quiet != nil {
				close(g.quiet)
				g.quiet = nil
			}
		})
	}, true
}

// stopWait bounds the wait for a request that is being written; transit is how
// long one that was written may take to arrive, so that none seems to leave
// after a confirmation.
const (
	stopWait = 5 * time.Second
	transit  = 200 * time.Millisecond
)

// Stop closes the gate for calls claimed before the stop, and waits until
// those that passed it have left. From then on no such call leaves. confirmed
// is false if one is still being written when the wait ends. ctx is for the
// wait alone: calls that are claimed later outlive it.
func (g *Gate) Stop(ctx context.Context, seq int64) (confirmed bool) {
	g.mu.Lock()
	if seq <= g.confirmed {
		g.mu.Unlock()
		return true // long ago: what leaves now was claimed since
	}
	g.close(seq)
	if g.launching == 0 {
		last := g.lastLeft
		g.mu.Unlock()
		return g.confirm(ctx, seq, last)
	}
	if g.quiet == nil {
		g.quiet = make(chan struct{})
	}
	quiet := g.quiet
	g.mu.Unlock()
	select {
	case <-quiet:
		return g.confirm(ctx, seq, time.Now())
	case <-time.After(stopWait):
	case <-ctx.Done():
	}
	return false
}

// Shut closes the gate for calls claimed before the stop, without waiting for
// those that passed it.
func (g *Gate) Shut(seq int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.close(seq)
}

// close is called with the gate's lock held.
func (g *Gate) close(seq int64) {
	if seq <= g.stopped {
		return
	}
	g.stopped = seq
	g.cancel()
	g.ctx, g.cancel = context.WithCancel(g.parent)
}

// confirm waits until a call that left at a time will have arrived.
func (g *Gate) confirm(ctx context.Context, seq int64, left time.Time) bool {
	select {
	case <-time.After(time.Until(left.Add(transit))):
	case <-ctx.Done():
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.confirmed = max(g.confirmed, seq)
	return true
}
