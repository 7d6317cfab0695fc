package run

import (
	"context"
	"time"

	"fettle/provider"
)

// Watch is told what a worker does, for whoever observes the process. It is called
// from many goroutines at once, and must not block. What is nil is not told.
type Watch struct {
	// Claimed is told of each page of rows whose calls are about to be made, and when
	// it began to be claimed. The calls are made with the context that it gives.
	Claimed func(ctx context.Context, enrichment string, calls, rows int, began time.Time) context.Context
	// Called is told of each call that was made: its outcome, as the provider's code
	// understood the answer, and how long the answer took.
	Called func(ctx context.Context, providerName, operation string, outcome provider.Outcome, took time.Duration)
	// Settled is told of each result that was written: how long it had waited since
	// the provider answered.
	Settled func(waited time.Duration)
}

func (w Watch) claimed(ctx context.Context, enrichment string, c claimed, began time.Time) context.Context {
	if w.Claimed == nil || len(c.requests) == 0 {
		return ctx
	}
	return w.Claimed(ctx, enrichment, len(c.requests), len(c.jobs), began)
}

func (w Watch) called(ctx context.Context, providerName, operation string, outcome provider.Outcome, took time.Duration) {
	if w.Called != nil {
		w.Called(ctx, providerName, operation, outcome, took)
	}
}

// settled tells of a batch that was written.
func (w Watch) settled(batch []landing) {
	if w.Settled == nil {
		return
	}
	now := time.Now()
	for _, l := range batch {
		if !l.handed {
			w.Settled(max(0, now.Sub(time.UnixMicro(l.end.DoneUS))))
		}
	}
}
