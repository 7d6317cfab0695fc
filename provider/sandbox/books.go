package sandbox

import (
	"maps"
	"sync"
	"time"

	"fettle"
)

// Books is what GET /books answers: what was really called and billed.
type Books struct {
	Calls         int64                     `json:"calls"`
	BilledCalls   int64                     `json:"billed_calls"`
	BilledCredits fettle.Credits            `json:"billed_credits"`
	Repeats       int64                     `json:"repeats"` // billed again for an input already billed
	Replayed      int64                     `json:"replayed"`
	Throttled     int64                     `json:"throttled"`
	InFlight      int64                     `json:"in_flight"`
	MaxInFlight   int64                     `json:"max_in_flight"`
	LastCallAt    *time.Time                `json:"last_call_at"` // of the last arrival; null: none
	ByOperation   map[string]OperationBooks `json:"by_operation"`
}

// OperationBooks is one operation's part of the books.
type OperationBooks struct {
	Calls         int64          `json:"calls"`
	BilledCalls   int64          `json:"billed_calls"`
	BilledCredits fettle.Credits `json:"billed_credits"`
	Repeats       int64          `json:"repeats"`
}

// tally is what is known of one input of one operation.
type tally struct{ arrivals, billed uint32 }

// ledger is everything that a call changes, behind one short mutex: a call is
// in the books, billed or not, before any byte of its answer is written.
type ledger struct {
	mu     sync.Mutex
	books  Books
	seen   map[dice]tally
	log    callLog
	window window
	first  map[string]*firstAnswer // by operation and idempotency key
	paid   map[string]time.Time    // contact → when it was billed
	kept   int                     // how many inputs are remembered; 0: all
}

func newLedger(rate int) *ledger {
	l := &ledger{window: window{limit: rate}, first: map[string]*firstAnswer{}}
	l.clear()
	return l
}

// clear empties the books. Calls in flight stay in flight.
func (l *ledger) clear() {
	inFlight := l.books.InFlight
	l.books = Books{InFlight: inFlight, MaxInFlight: inFlight, ByOperation: map[string]OperationBooks{}}
	l.seen = map[dice]tally{}
	l.log = callLog{}
	l.paid = map[string]time.Time{}
}

// forget drops what is remembered of single calls. The sums of the books stay.
func (l *ledger) forget() {
	l.seen, l.first, l.log, l.paid = map[dice]tally{}, map[string]*firstAnswer{}, callLog{}, map[string]time.Time{}
}

// enter records an arrival and what becomes of it. decide is called with the
// arrival's number for this input, under the lock: it must not block.
func (l *ledger) enter(q question, decide func(nth uint32) verdict) (verdict, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.kept > 0 && len(l.seen) >= l.kept {
		l.forget()
	}
	l.books.InFlight++
	l.books.MaxInFlight = max(l.books.MaxInFlight, l.books.InFlight)

	if wait := l.window.admit(now); wait > 0 {
		v := verdict{outcome: throttled}
		l.record(now, q, v)
		return v, wait
	}
	if v, ok := l.replay(q); ok {
		l.record(now, q, v)
		return v, 0
	}
	t := l.seen[q.id]
	t.arrivals++
	v := decide(t.arrivals)
	l.once(now, q, &v)
	l.repeats(q, &v)
	if v.billed > 0 && q.records == nil {
		t.billed++
		v.repeat = t.billed > 1
	}
	l.seen[q.id] = t
	l.remember(q, &v)
	l.record(now, q, v)
	return v, 0
}

// leave records that a call is answered.
func (l *ledger) leave(v verdict) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.books.InFlight--
	if v.first != nil && v.outcome != replayed {
		close(v.first.answered)
	}
}

func (l *ledger) record(now time.Time, q question, v verdict) {
	b := &l.books
	op := b.ByOperation[q.operation]
	b.Calls++
	op.Calls++
	if v.billed > 0 {
		b.BilledCalls++
		op.BilledCalls++
		b.BilledCredits += v.billed
		op.BilledCredits += v.billed
	}
	again := v.again
	if v.repeat {
		again++
	}
	b.Repeats += again
	op.Repeats += again
	switch v.outcome {
	case replayed:
		b.Replayed++
	case throttled:
		b.Throttled++
	case found, notFound, failed, dropped, droppedBilled, chargedThenFailed, badInput, refused:
	}
	b.ByOperation[q.operation] = op
	at := now.UTC()
	b.LastCallAt = &at
	l.log.add(entry{arrival: now, operation: q.operation, key: q.key, input: q.input, billed: v.billed, outcome: v.outcome})
}

// reject records a call that was refused before it became a question.
func (l *ledger) reject(q question, o outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record(time.Now(), q, verdict{outcome: o})
}

func (l *ledger) snapshot() Books {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.books
	b.ByOperation = maps.Clone(l.books.ByOperation)
	return b
}

func (l *ledger) calls(after, limit int64) ([]entry, int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.page(after, limit), l.log.next
}

func (l *ledger) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clear()
}

// window admits at most limit calls in any second, by their arrival.
type window struct {
	limit  int
	recent []time.Time // the last limit admitted arrivals, a ring
	oldest int
}

// admit lets the call in, or says after how long there is room again.
func (w *window) admit(now time.Time) time.Duration {
	if w.limit == 0 {
		return 0
	}
	if len(w.recent) < w.limit {
		w.recent = append(w.recent, now)
		return 0
	}
	if wait := time.Second - now.Sub(w.recent[w.oldest]); wait > 0 {
		return wait
	}
	w.recent[w.oldest] = now
	w.oldest = (w.oldest + 1) % w.limit
	return 0
}

// room is how many calls would be let in now, and until when that holds.
func (w *window) room(now time.Time) (limit, remaining int, reset time.Duration) {
	if w.limit == 0 {
		return unlimited, unlimited, time.Second
	}
	remaining = w.limit
	for i := range w.recent {
		if left := time.Second - now.Sub(w.recent[(w.oldest+i)%len(w.recent)]); left > 0 {
			if reset == 0 {
				reset = left
			}
			remaining--
		}
	}
	return w.limit, remaining, reset
}

// unlimited stands for no limit where a header needs a number.
const unlimited = 1_000_000

func (l *ledger) room() (limit, remaining int, reset time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.window.room(time.Now())
}
