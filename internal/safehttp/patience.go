package safehttp

import (
	"context"
	"time"
)

// patienceParts is how many parts of a time are waited for one after another:
// a stop of the process costs one part at most.
const patienceParts = 10

// WithPatience ends a context when a time has passed in which this process was
// there to listen. A process that was stopped for longer finds the answers that
// came meanwhile, where a deadline would throw them away: they may have been
// paid for. The cause is context.DeadlineExceeded. Cancel it when the call has
// ended.
func WithPatience(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	part := max(d/patienceParts, time.Nanosecond)
	go func() {
		tick := time.NewTicker(part)
		defer tick.Stop()
		for range patienceParts {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
		cancel(context.DeadlineExceeded)
	}()
	return ctx, func() { cancel(context.Canceled) }
}
