package sandbox

import (
	"fmt"
	"testing"
)

// TestInsideForgets holds what a sandbox in a server's process keeps of its calls
// within a bound; the sums of its books stay.
func TestInsideForgets(t *testing.T) {
	l := newLedger(0)
	l.kept = 10
	for i := range 95 {
		q := question{operation: "find_email", input: fmt.Sprint(i), key: fmt.Sprint(i), idempotent: true, id: roll(1, fmt.Sprint(i))}
		v, _ := l.enter(q, func(uint32) verdict { return verdict{outcome: found, hit: true, billed: 1} })
		l.leave(v)
		if len(l.seen) > 10 || len(l.first) > 10 || l.log.next > 11 {
			t.Fatalf("after %d calls %d inputs, %d keys and %d calls are kept", i+1, len(l.seen), len(l.first), l.log.next)
		}
	}
	if b := l.snapshot(); b.Calls != 95 || b.BilledCalls != 95 || b.InFlight != 0 {
		t.Errorf("books: %+v", b)
	}
}
