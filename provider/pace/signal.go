package pace

import (
	"time"

	"fettle/provider"
)

// Waits after an answer that said "too fast" without saying for how long:
// doubled while such answers follow each other.
const (
	throttleFirst = time.Second
	throttleMost  = time.Minute
	refusedWait   = time.Second    // after a refused key or account: time to stop the rest
	waitMost      = 48 * time.Hour // whatever a header says
)

// heed takes what the answer of a call that started at a time says about the
// pace. It never loosens a policy.
func (p *Pacer) heed(res provider.Result, at, now int64) {
	if res.Outcome == provider.Throttled {
		if at >= p.slowed { // the calls of one burst say the same thing once
			p.throttle++
			p.slowed = now
		}
		d := res.RetryAfter
		if d <= 0 || res.Guessed {
			first := max(d, throttleFirst)
			d = max(first, min(first<<min(max(p.throttle-1, 0), 10), throttleMost))
		}
		p.blocked = max(p.blocked, now+int64(min(d, waitMost)))
	} else {
		if res.HTTPStatus != 0 {
			p.throttle = 0
		}
		if res.Outcome == provider.AuthError || res.Outcome == provider.OutOfCredit {
			p.blocked = max(p.blocked, now+int64(refusedWait))
		}
		if res.RetryAfter > 0 && (res.Outcome == provider.Transient || res.Outcome == provider.Pending) {
			p.blocked = max(p.blocked, now+int64(min(res.RetryAfter, waitMost)))
		}
	}
	for _, s := range res.Signals {
		if s.Reset <= 0 {
			continue
		}
		// Calls under way may not be counted in the answer yet.
		p.quotas[s.Policy] = &quota{left: s.Remaining - p.inFlight, until: now + int64(min(s.Reset, waitMost))}
	}
}

// maxFree bounds what Free counts where nothing else does.
const maxFree = 1 << 16

// Free tells how many calls could start by the time, those that already wait
// for their turn taken off. Claim no more rows than that. A time a little
// ahead of now keeps the next calls ready at the gate, so that the
// time of a claim is not lost to the rate.
func (p *Pacer) Free(by time.Time) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := int64(by.Sub(p.base))
	n := maxFree
	if p.whole > 0 {
		n = p.max - p.inFlight
	}
	if p.lapsed(p.now()) || p.blocked > t || p.breaker.wait(t) > 0 {
		n = 0
	} else if p.breaker.until != 0 {
		n = min(n, 1) // the probe
	}
	for _, q := range p.quotas {
		if q.until > t {
			n = min(n, q.left)
		}
	}
	for _, w := range p.windows {
		n = w.free(p.started, t, max(n, 0))
	}
	n -= p.waiting.Len()
	if p.whole > 0 {
		n = min(n, p.max-p.claimed)
	}
	return max(0, n)
}

// Claim announces a call that will soon ask for its slot, so that Free does not
// give the slot to another meanwhile; done must be called once, when the call
// has ended.
func (p *Pacer) Claim() (done func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.claimed++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.claimed--
	}
}

// Usage is a view of the pacer for people.
type Usage struct {
	InFlight     int           `json:"in_flight"`
	Waiting      int           `json:"waiting"`
	Started      int64         `json:"started"`       // since the process began
	Open         bool          `json:"open"`          // the breaker holds calls back: the provider seems down
	BlockedUntil *time.Time    `json:"blocked_until"` // by Retry-After or the breaker
	Windows      []WindowUsage `json:"windows"`
}

// Down reports whether the provider does not answer, so that calls are held
// back, and until when: a call then tries it.
func (p *Pacer) Down() (until time.Time, down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.base.Add(time.Duration(p.breaker.until)), p.breaker.until != 0
}

// WindowUsage is how far a rate policy is used.
type WindowUsage struct {
	ID       string        `json:"id"`
	Requests int           `json:"requests"`
	Per      time.Duration `json:"per"`
	Used     int           `json:"used"`
}

// Usage says how the pacer stands.
func (p *Pacer) Usage() Usage {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	u := Usage{InFlight: p.inFlight, Waiting: p.waiting.Len(), Started: p.started, Open: p.breaker.until != 0}
	if until := max(p.blocked, p.breaker.until); until > now {
		t := p.base.Add(time.Duration(until))
		u.BlockedUntil = &t
	}
	for _, w := range p.windows {
		u.Windows = append(u.Windows, WindowUsage{ID: w.policy.ID, Requests: w.policy.Requests, Per: w.policy.Per, Used: w.used(p.started, now)})
	}
	return u
}
