package pace

import (
	"slices"
	"sort"
	"time"

	"fettle/provider"
)

// A window holds the calls of a policy to its share of the policy's number in
// any sliding window, as the provider sees it. The provider sees arrivals,
// which come a little after the starts and not evenly so: each call therefore
// counts for the window's length and a margin, from the moment its request was
// written.
type window struct {
	policy    provider.RatePolicy
	hold      int64   // the window's length and the margin, in nanoseconds
	share     int     // how many calls of this process may be in the window
	at        []int64 // when the last calls were written, by number modulo len; never falls with the number
	unwritten []int64 // the calls that started and were not written yet, by number
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
	w := &window{policy: p, hold: int64(per + margin), share: n, at: make([]int64, n)}
	for i := range w.at {
		w.at[i] = longAgo
	}
	return w
}

// gap is the shortest time between two starts. Windows of up to 10 s are not
// opened with all their calls at one instant, which would arrive unevenly; at
// half the even distance, what was late is still caught up.
func (w *window) gap() int64 {
	if w.share == 0 || w.policy.Per > 10*time.Second {
		return 0
	}
	even := w.policy.Per / time.Duration(w.policy.Requests) * time.Duration(len(w.at)) / time.Duration(w.share)
	if even < 2*time.Millisecond {
		return 0
	}
	return int64(even / 2)
}

func (w *window) place(n int64) *int64 { return &w.at[n%int64(len(w.at))] }

// freeAt is when call n may start: once every call up to n minus the window's
// share has been written and has left the window.
func (w *window) freeAt(n int64) int64 {
	before := n - int64(w.share)
	switch {
	case w.share == 0, len(w.unwritten) > 0 && w.unwritten[0] <= before:
		return 2 * never
	case before < 0:
		return longAgo
	}
	return *w.place(before) + w.hold
}

// take notes that call n starts now.
func (w *window) take(n, now int64) { *w.place(n) = now }

// leaving notes that the request of call n is about to be written.
func (w *window) leaving(n int64) {
	i, there := slices.BinarySearch(w.unwritten, n)
	if !there {
		w.unwritten = slices.Insert(w.unwritten, i, n)
	}
}

// stamp notes when the request of call n was written. Calls that started later
// count from then on too. Call next is the next to start.
func (w *window) stamp(n, at, next int64) {
	if i, there := slices.BinarySearch(w.unwritten, n); there {
		w.unwritten = slices.Delete(w.unwritten, i, i+1)
	}
	for ; n < next && *w.place(n) < at; n++ {
		*w.place(n) = at
	}
}

// free counts the calls that could start by the time, at most limit.
func (w *window) free(next, by int64, limit int) int {
	n := 0
	for n < min(limit, w.share) && w.freeAt(next+int64(n)) <= by {
		n++
	}
	return n
}

// used counts the calls in the window. Call next is the next to start.
func (w *window) used(next, now int64) int {
	kept := min(next, int64(len(w.at)))
	n := sort.Search(int(kept), func(i int) bool { return *w.place(next - kept + int64(i)) > now-w.hold })
	first := next - kept + int64(n)
	if len(w.unwritten) > 0 {
		first = min(first, w.unwritten[0])
	}
	return int(next - first)
}

// A quota is what a provider said is left until it begins anew. It only ever
// holds calls back.
type quota struct {
	left  int
	until int64
}
