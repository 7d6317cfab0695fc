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
	// it began to be claimed. The calls of these rows, those of their later steps too,
	// are made with the contexts that below gives.
	Claimed func(ctx context.Context, enrichment string, calls, rows int, began time.Time) (below func(context.Context) context.Context)
	// Called is told of each call that was made: its outcome, as the provider's code
	// understood the answer, and how long the answer took.
	Called func(ctx context.Context, providerName, operation string, outcome provider.Outcome, took time.Duration)
	// Settled is told of each result that was written: how long it had waited since
	// the provider answered.
	Settled func(waited time.Duration)
}

func (w Watch) claimed(ctx context.Context, enrichment string, c claimed, began time.Time) {
	if w.Claimed == nil || len(c.requests) == 0 {
		return
	}
	below := w.Claimed(ctx, enrichment, len(c.requests), len(c.jobs), began)
	for _, r := range c.requests {
		for _, j := range r.jobs {
			j.below = below
		}
	}
}

// watched gives the context with which a request is made: below the page that its
// first row was claimed with, in whichever step it is. It is ctx where that is not
// known, as of a call that was taken over.
func (r *request) watched(ctx context.Context) context.Context {
	if below := r.jobs[0].below; below != nil {
		return below(ctx)
	}
	return ctx
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
