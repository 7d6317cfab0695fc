package pace

import (
	"fmt"
	"maps"
	"time"

	"fettle/provider"
)

// Share is a part of what a credential is allowed: how many calls of each rate
// policy, and at once, by the name of the bound. The processes that use the
// credential hold shares whose sum is never more than the whole.
type Share map[string]int

// Concurrent is the name of the bound of calls at once.
const Concurrent = "concurrent"

// boundOf names the bound of a policy. Processes that know a policy by other
// numbers do not share it.
func boundOf(p provider.RatePolicy) string {
	return fmt.Sprintf("%s %d/%s", p.ID, p.Requests, p.Per)
}

// Bound is a bound of a credential as a whole.
type Bound struct {
	Name string
	Most int
	Hold time.Duration // how long a call counts after it left; 0: until it has ended
}

// Bounds lists what the credential as a whole is held to.
func (p *Pacer) Bounds() []Bound {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Bound
	if p.whole > 0 {
		out = append(out, Bound{Name: Concurrent, Most: p.whole})
	}
	for _, w := range p.windows {
		out = append(out, Bound{Name: boundOf(w.policy), Most: len(w.at), Hold: time.Duration(w.hold)})
	}
	return out
}

// Lease gives this process a share until a time: no call starts after it,
// unless the share is leased again, or beyond it. A share that is smaller than
// what is in use holds calls back until it fits. Before the first lease, a
// pacer has the whole, without an end.
func (p *Pacer) Lease(s Share, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leased = true
	p.until = int64(until.Sub(p.base))
	p.max = s[Concurrent]
	p.gap = 0
	for _, w := range p.windows {
		w.share = min(s[boundOf(w.policy)], len(w.at))
		p.gap = max(p.gap, w.gap())
	}
	p.dispatch(p.now())
}

// Divided reports whether this process has a share only.
func (p *Pacer) Divided() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.leased
}

// Used is how much of each bound this process uses: what others have to count
// beside its share, if that is smaller.
func (p *Pacer) Used() Share {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, now := Share{}, p.now()
	if p.whole > 0 {
		s[Concurrent] = p.inFlight
	}
	for _, w := range p.windows {
		s[boundOf(w.policy)] = w.used(p.started, now)
	}
	return s
}

// wantsFor is how long after its last call a process is believed to have more.
const wantsFor = time.Second

// Ask says that there will be calls soon.
func (p *Pacer) Ask() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.askedAt = p.now()
}

// Wants reports whether this process has calls to make.
func (p *Pacer) Wants() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	return p.inFlight > 0 || p.waiting.Len() > 0 || now < p.lastAt+int64(wantsFor) || now < p.askedAt+int64(wantsFor)
}

// Blocked is how long every call is held back, as the provider asked.
func (p *Pacer) Blocked() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(max(0, p.blocked-p.now()))
}

// Block holds every call back, as the provider asked another process.
func (p *Pacer) Block(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.blocked = max(p.blocked, p.now()+int64(min(d, waitMost)))
}

// Shrink takes from the share what a new one does not have, at once: what is
// given to others afterwards is not used here any more.
func (p *Pacer) Shrink(s Share) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.leased {
		return
	}
	p.max = min(p.max, s[Concurrent])
	for _, w := range p.windows {
		w.share = min(w.share, s[boundOf(w.policy)])
	}
}

// Holder is another process that uses the credential.
type Holder struct {
	ID     int64
	Wants  bool
	Share  Share         // what it may use, or has used, whichever is more
	Lapsed time.Duration // how long ago its lease ran out; below zero while it holds
}

// Long windows are given out in slices, so that the share of a process that
// dies is not lost for as long as the window is.
const (
	longWindow = 10 * time.Second
	sliceParts = 50
)

// Divide says what share of the bounds a process may have beside the others:
// an even part among those that have calls to make, as far as the others leave
// it. What a process has used counts until it has left the window.
func Divide(bounds []Bound, me int64, wants bool, used Share, others []Holder) Share {
	out := Share{}
	rank, among := 0, 1
	for _, o := range others {
		if o.Wants && o.Lapsed < 0 {
			among++
			if o.ID < me {
				rank++
			}
		}
	}
	for _, b := range bounds {
		if !wants {
			out[b.Name] = 0
			continue
		}
		even := b.Most / among
		if rank < b.Most%among {
			even++
		}
		if b.Hold > longWindow {
			even = min(even, used[b.Name]+max(1, b.Most/sliceParts))
		}
		left := b.Most
		for _, o := range others {
			if o.Lapsed < b.Hold || o.Lapsed < 0 {
				left -= o.Share[b.Name]
			}
		}
		out[b.Name] = max(0, min(even, left))
	}
	return out
}

// Most is, bound by bound, the larger of two shares.
func (s Share) Most(t Share) Share {
	out := maps.Clone(s)
	for name, n := range t {
		out[name] = max(out[name], n)
	}
	return out
}
