package engine

import (
	"context"
	"sync"
	"time"
)

// gate is where the calls of one enrichment leave this process. A stop closes
// it for every call that was claimed before the stop.
type gate struct {
	mu        sync.Mutex
	stopped   int64 // the newest stop number
	confirmed int64 // the newest stop number after which nothing left any more
	launching int   // calls that passed and may not have left yet
	quiet     chan struct{}
	lastLeft  time.Time       // when the newest call had left
	ctx       context.Context //nolint:containedctx // ends the wait for a call's turn when the gate closes
	cancel    context.CancelFunc
}

func newGate(ctx context.Context, stopped int64) *gate {
	g := &gate{stopped: stopped}
	g.ctx, g.cancel = context.WithCancel(ctx)
	return g
}

// turn is the context in which a call claimed at stop number seq may wait for
// its turn.
func (g *gate) turn(seq int64) (context.Context, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ctx, seq >= g.stopped
}

// enter lets a call pass; left must be called once, when its request has been
// written or the call has ended.
func (g *gate) enter(seq int64) (left func(), ok bool) {
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

// stop closes the gate for calls claimed before the stop, and waits until
// those that passed it have left. From then on no such call leaves. confirmed
// is false if one is still being written when the wait ends.
func (g *gate) stop(ctx context.Context, seq int64) (confirmed bool) {
	g.mu.Lock()
	if seq <= g.confirmed {
		g.mu.Unlock()
		return true // long ago: what leaves now was claimed since
	}
	g.close(ctx, seq)
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

// shut closes the gate for calls claimed before the stop, without waiting for
// those that passed it.
func (g *gate) shut(seq int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.close(context.Background(), seq)
}

// close is called with the gate's lock held.
func (g *gate) close(ctx context.Context, seq int64) {
	if seq <= g.stopped {
		return
	}
	g.stopped = seq
	g.cancel()
	g.ctx, g.cancel = context.WithCancel(ctx)
}

// confirm waits until a call that left at a time will have arrived.
func (g *gate) confirm(ctx context.Context, seq int64, left time.Time) bool {
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
