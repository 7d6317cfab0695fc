// Package pace keeps the calls of one credential, in this process, within its
// share of what its provider allows: so many in any sliding window, so many at once, none
// before Retry-After has passed, and none into a provider that is down.
package pace

import (
	"container/list"
	"context"
	"net/http/httptrace"
	"sync"
	"time"

	"fettle/provider"
)

// Pacer paces the calls of one credential. All operations of a connection
// share one. It starts no goroutine. It is safe for concurrent use.
type Pacer struct {
	mu       sync.Mutex
	base     time.Time // times below are nanoseconds since base, monotonic
	windows  []*window
	quotas   map[string]*quota // what headers said, by policy
	breaker  breaker
	max      int   // calls at once that this process may have; 0: no bound, unless it is leased
	whole    int   // calls at once of the credential as a whole; 0: no bound
	leased   bool  // it has a share, until a time
	until    int64 // no call starts after, unless the share is leased again
	askedAt  int64 // when Ask was called last
	inFlight int   // started and not released
	claimed  int   // announced by Claim and not done
	started  int64 // calls started so far; the next call's number
	gap      int64 // shortest time between two starts
	lastAt   int64 // when the last call started
	blocked  int64 // no call starts before, as Retry-After said
	throttle int   // bursts of answers in a row that said: too fast
	slowed   int64 // when the newest of these bursts was noticed
	waiting  list.List
	timer    *time.Timer
}

// never is a wait that no time ends: something must be sent or released first.
const never = int64(1 << 61)

// New makes a pacer. Policies without requests or length are ignored.
// maxConcurrent 0 leaves the number of calls at once to the caller.
func New(policies []provider.RatePolicy, maxConcurrent int) *Pacer {
	p := &Pacer{base: time.Now(), quotas: map[string]*quota{}, max: maxConcurrent, whole: maxConcurrent, lastAt: -int64(time.Hour), askedAt: -int64(time.Hour)}
	for _, pol := range policies {
		if pol.Requests <= 0 || pol.Per <= 0 {
			continue
		}
		w := newWindow(pol)
		p.windows = append(p.windows, w)
		p.gap = max(p.gap, w.gap())
	}
	return p
}

// Slot is leave to make one call.
type Slot struct {
	p       *Pacer
	number  int64
	at      int64
	probe   bool // the one call that tries whether the provider is back
	timed   bool // its request has yet to be written
	ready   chan struct{}
	granted bool
	done    bool
}

// Do makes the call when its turn has come: the usual way to use a Pacer. The
// error is the context's, if the turn did not come, or the operation's.
func (p *Pacer) Do(ctx context.Context, op provider.Operation, call provider.Call) (provider.Result, error) {
	s, err := p.Slot(ctx)
	if err != nil {
		return provider.Result{}, err
	}
	var res provider.Result
	defer func() { s.Release(res) }()
	res, err = op.Do(s.Context(ctx), call)
	return res, err
}

// Slot waits, first come first served, for leave to make one call. It fails
// only when the context ends.
func (p *Pacer) Slot(ctx context.Context) (*Slot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := &Slot{p: p}
	p.mu.Lock()
	now := p.now()
	if p.waiting.Len() == 0 && p.wait(now) == 0 {
		p.start(s, now)
		p.mu.Unlock()
		return s, nil
	}
	s.ready = make(chan struct{})
	e := p.waiting.PushBack(s)
	p.dispatch(now)
	p.mu.Unlock()

	select {
	case <-s.ready:
		return s, nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	if !s.granted {
		p.waiting.Remove(e)
		p.dispatch(p.now())
		p.mu.Unlock()
		return nil, ctx.Err()
	}
	p.mu.Unlock()
	s.release(provider.Result{}, false)
	return nil, ctx.Err()
}

// Context gives the context to make the call with. Through it the pacer learns
// when the request has really left, which may be a while after the slot was
// given: the provider's window begins there. Until then the call stays in every
// window.
func (s *Slot) Context(ctx context.Context) context.Context {
	if len(s.p.windows) == 0 {
		return ctx
	}
	s.p.mu.Lock()
	s.timed = true
	for _, w := range s.p.windows {
		w.leaving(s.number)
	}
	s.p.mu.Unlock()
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { s.sent() }})
}

// sent notes that the request was written.
func (s *Slot) sent() {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	s.timed = false
	now := p.now()
	p.stamp(s.number, now)
	p.dispatch(now)
}

// stamp notes when the request of call n was written.
func (p *Pacer) stamp(n, at int64) {
	for _, w := range p.windows {
		w.stamp(n, at, p.started)
	}
}

// Release gives the slot back with what became of the call. Only the first
// release counts.
func (s *Slot) Release(res provider.Result) { s.release(res, true) }

// release takes the slot back; made says whether a call was made in it.
func (s *Slot) release(res provider.Result, made bool) {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.done {
		return
	}
	s.done = true
	p.inFlight--
	now := p.now()
	if s.timed { // it ended without a request
		p.stamp(s.number, s.at)
	}
	if made {
		p.breaker.report(res.Outcome, s.probe, now)
		p.heed(res, s.at, now)
	} else if s.probe {
		p.breaker.probing = false
	}
	p.dispatch(now)
}

// now is the time since the pacer was made, in nanoseconds.
func (p *Pacer) now() int64 { return int64(time.Since(p.base)) }

// start takes the next slot. The caller has checked that there is one.
func (p *Pacer) start(s *Slot, now int64) {
	s.granted, s.number, s.at, s.probe = true, p.started, now, p.breaker.take()
	for _, w := range p.windows {
		w.take(p.started, now)
	}
	for _, q := range p.quotas {
		q.left--
	}
	p.started++
	p.inFlight++
	p.lastAt = now
}

// wait is how long until the next call may start: 0, a time, or never.
func (p *Pacer) wait(now int64) int64 {
	if p.full() || p.lapsed(now) {
		return never
	}
	d := max(p.breaker.wait(now), p.blocked-now, 0)
	for id, q := range p.quotas {
		if q.until <= now {
			delete(p.quotas, id)
		} else if q.left <= 0 {
			d = max(d, q.until-now)
		}
	}
	if p.gap > 0 {
		d = max(d, p.lastAt+p.gap-now)
	}
	for _, w := range p.windows {
		d = max(d, w.freeAt(p.started)-now)
	}
	return d
}

// full reports whether as many calls are in flight as this process may have.
func (p *Pacer) full() bool { return p.whole > 0 && p.inFlight >= p.max }

// lapsed reports whether the lease of this process's share has run out.
func (p *Pacer) lapsed(now int64) bool { return p.leased && now >= p.until }

// dispatch starts the calls that wait and may start, and sets the timer for
// the next one.
func (p *Pacer) dispatch(now int64) {
	for p.waiting.Len() > 0 {
		d := p.wait(now)
		if d >= never {
			return // what is awaited will dispatch again
		}
		if d > 0 {
			p.wakeAfter(time.Duration(d))
			return
		}
		s, ok := p.waiting.Remove(p.waiting.Front()).(*Slot)
		if ok {
			p.start(s, now)
			close(s.ready)
		}
	}
}

func (p *Pacer) wakeAfter(d time.Duration) {
	if p.timer != nil {
		p.timer.Reset(d)
		return
	}
	p.timer = time.AfterFunc(d, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.dispatch(p.now())
	})
}
