package run

import (
	"context"
	"sync"
	"time"
)

// complainEvery is how often the same failure is logged: loops that look ten
// times a second meet a database that went away each time.
const complainEvery = 5 * time.Second

// complaints are the failures that were logged, and when.
type complaints struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// due reports whether a failure is logged now.
func (c *complaints) due(what string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.last[what]) < complainEvery {
		return false
	}
	if c.last == nil {
		c.last = map[string]time.Time{}
	}
	c.last[what] = now
	return true
}

// complain logs what a loop failed to do and will do again.
func (w *Worker) complain(ctx context.Context, what string, err error) {
	if w.complaints.due(what, time.Now()) {
		w.log.ErrorContext(ctx, what, "error", err) //nolint:sloglint // a literal of each caller
	}
}
