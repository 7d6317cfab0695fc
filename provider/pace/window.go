package pace

import (
	"time"

	"fettle/provider"
)

// A window holds the calls of a policy to its number in any sliding window, as
// the provider sees it. The provider sees arrivals, which come a little after
// the starts and not evenly so: each call therefore counts for the window's
// length and a margin, from the moment its request was written.
type window struct {
	policy provider.RatePolicy
	hold   int64   // the window's length and the margin, in nanoseconds
	at     []int64 // when the last calls started or were written, by number modulo len
	floor  int64   // the latest of those that are no longer in at
}

// The margin is 1.2 % of the window, so that at least 98 % of what is allowed
// can be used; unevenness does not grow with the window, so it is 100 ms at
// most.
const (
	marginShare = 0.012
	marginMost  = 100 * time.Millisecond
)

// mostKept is how many calls of a window are remembered one by one.
const mostKept = 1 << 17

// longAgo is before any window that could still count.
const longAgo = -int64(1 << 61)

func newWindow(p provider.RatePolicy) *window {
	n, per := p.Requests, p.Per
	for n > mostKept { // half as many in half the time is never looser
		n, per = n/2, per/2
	}
	margin := min(time.Duration(float64(per)*marginShare), marginMost)
	w := &window{policy: p, hold: int64(per + margin), at: make([]int64, n), floor: longAgo}
	for i := range w.at {
		w.at[i] = longAgo
	}
	return w
}

// gap is the shortest time between two starts. Windows of up to 10 s are not
// opened with all their calls at one instant, which would arrive unevenly; at
// half the even distance, what was late is still caught up.
func (w *window) gap() int64 {
	even := w.policy.Per / time.Duration(w.policy.Requests)
	if w.policy.Per > 10*time.Second || even < 2*time.Millisecond {
		return 0
	}
	return int64(even / 2)
}

// freeAt is when call n may start: once every call up to n minus the window's
// number has left the window.
func (w *window) freeAt(n int64) int64 {
	at := max(w.floor, w.at[n%int64(len(w.at))])
	if at >= never {
		return 2 * never
	}
	return at + w.hold
}

// take notes that call n starts now.
func (w *window) take(n, now int64) {
	i := n % int64(len(w.at))
	w.floor = max(w.floor, w.at[i])
	w.at[i] = now
}

// stamp notes when the request of call n was written; never: not yet. Call
// next is the next to start.
func (w *window) stamp(n, at, next int64) {
	if next-n <= int64(len(w.at)) {
		w.at[n%int64(len(w.at))] = at
	} else if at < never {
		w.floor = max(w.floor, at) // its place is another call's by now
	}
}

// free counts the calls that could start by the time, at most limit.
func (w *window) free(next, by int64, limit int) int {
	n := 0
	for n < min(limit, len(w.at)) && w.freeAt(next+int64(n)) <= by {
		n++
	}
	return n
}

// used counts the calls in the window.
func (w *window) used(now int64) int {
	n := 0
	for _, at := range w.at {
		if at+w.hold > now {
			n++
		}
	}
	return n
}

// A quota is what a provider said is left until it begins anew. It only ever
// holds calls back.
type quota struct {
	left  int
	until int64
}
