package run

import (
	"time"

	"fettle/provider"
)

// Watch is told what a worker does, for whoever observes the process. It is called
// from many goroutines at once, and must not block. What is nil is not told.
type Watch struct {
	// Called is told of each call that was made: its outcome, as the provider's code
	// understood the answer, and how long the answer took.
	Called func(providerName, operation string, outcome provider.Outcome, took time.Duration)
	// Settled is told of each result that was written: how long it had waited since
	// the provider answered.
	Settled func(waited time.Duration)
}

func (w Watch) called(providerName, operation string, outcome provider.Outcome, took time.Duration) {
	if w.Called != nil {
		w.Called(providerName, operation, outcome, took)
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
