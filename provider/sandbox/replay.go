package sandbox

import "fettle"

// firstAnswer is what a repeat of an idempotency key gets: the answer that was
// worked out for the key's first call, whether or not it reached the client.
type firstAnswer struct {
	input    dice
	outcome  outcome
	billed   fettle.Credits
	records  []verdict
	job      string        // the id that it was answered with
	answered chan struct{} // closed when the first call is answered: repeats wait for it
}

// replay finds the first answer to a repeated key.
func (l *ledger) replay(q question) (verdict, bool) {
	if q.key == "" {
		return verdict{}, false
	}
	f, ok := l.first[q.operation+"\x00"+q.key]
	switch {
	case !ok:
		return verdict{}, false
	case f.input != q.id:
		return verdict{outcome: badInput, message: "this Idempotency-Key was used with another input"}, true
	}
	return verdict{outcome: replayed, first: f, charged: f.billed, records: f.records}, true
}

// remember keeps the answer for repeats of the key, if there is one to keep: a
// call that was refused without being billed is worked out anew when repeated.
// A call whose answer was lost on the way is answered properly when repeated.
func (l *ledger) remember(q question, v *verdict) {
	if q.key == "" || !q.idempotent {
		return
	}
	f := &firstAnswer{input: q.id, outcome: v.outcome, billed: v.billed, records: v.records, answered: make(chan struct{})}
	switch v.outcome {
	case found, notFound:
	case droppedBilled, chargedThenFailed:
		f.outcome = found
		if !v.hit {
			f.outcome = notFound
		}
	case failed, dropped, throttled, replayed, badInput, refused:
		return
	}
	l.first[q.operation+"\x00"+q.key] = f
	v.first = f
}
