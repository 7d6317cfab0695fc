package run

import (
	"context"
	"testing"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/internal/gate"
	"fettle/judge"
	"fettle/provider"
	"fettle/provider/pace"
	"fettle/store"
)

// counted is an operation that counts its calls.
type counted struct{ calls int }

func (*counted) Info() provider.OperationInfo                       { return provider.OperationInfo{} }
func (*counted) Fingerprint() string                                { return "counted" }
func (*counted) Recovery() provider.Recovery                        { return provider.Recovery{} }
func (*counted) Quote(provider.Call) (q provider.Quote, known bool) { return q, true }

func (c *counted) Do(context.Context, provider.Call) (provider.Result, error) {
	c.calls++
	return provider.Result{Outcome: provider.Found}, nil
}

// TestNoCallLeavesLate has a worker whose lease has run out, that begins anew
// under another id, or whose enrichment was stopped or connection replaced, make a call that it
// claimed before. What it does not send says nothing of the provider.
func TestNoCallLeavesLate(t *testing.T) {
	soon, past := time.Now().Add(time.Minute).UnixMicro(), time.Now().Add(-time.Second).UnixMicro()
	for name, c := range map[string]struct {
		worker, lease, stopped, replaced int64
		leaves                           bool
	}{
		"in time":             {7, soon, 0, 0, true},
		"lease over":          {7, past, 0, 0, false},
		"another id":          {8, soon, 0, 0, false},
		"stopped meantime":    {7, soon, 5, 0, false},
		"connection replaced": {7, soon, 0, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := New(Config{DB: new(store.DB)})
			w.id.Store(c.worker)
			w.lease.Store(c.lease)
			op := &counted{}
			conn := &connect.Connection{Gate: gate.New(t.Context(), c.replaced)}
			conn.Pacer.Store(pace.New(nil, 10))
			p := &judge.Program{Steps: []judge.Step{{Connection: conn, Operation: op}}}
			j := &job{p: p, ask: []judge.Question{{}}, attempt: store.Attempt{ID: 1, WorkerID: 7, Provider: "p"}, row: store.Row{Cause: fettle.CauseStart}, seq: 4}
			for range 10 { // as many as would open a breaker
				g := gate.New(t.Context(), c.stopped)
				_, made := w.once(t.Context(), t.Context(), g, newRequest(j))
				if made != c.leaves {
					t.Fatalf("made: %v", made)
				}
			}
			if (op.calls == 10) != c.leaves || (op.calls == 0) == c.leaves {
				t.Errorf("%d calls left", op.calls)
			}
			if n := conn.Slots(); n != 10 {
				t.Errorf("%d of 10 slots are free", n)
			}
		})
	}
}
