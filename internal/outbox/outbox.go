// Package outbox has what waits in queues of the database be sent: it looks for
// queues with something due, has each drained by one sender at a time, and says when
// what failed is tried again.
package outbox

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// The times of an outbox.
const (
	KeepFor    = 30 * 24 * time.Hour // how long the log of what was sent is kept
	NoteEvery  = time.Second         // how often a result is written again that could not be
	giveUp     = 72 * time.Hour      // how long something is tried
	lookEvery  = time.Second         // how often it looks without being woken
	pruneEvery = time.Hour
)

// waits are the times between tries; the last is used on and on.
var waits = [...]time.Duration{5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour}

// NextTry is when something is tried again that failed so many times, first at a
// time; the zero time when it is given up.
func NextTry(tries int64, first, now time.Time, after time.Duration) time.Time {
	end := first.Add(giveUp)
	if !now.Before(end) {
		return time.Time{}
	}
	next := now.Add(max(after, waits[min(int(max(tries, 1)), len(waits))-1]))
	if next.After(end) {
		return end // once more, at the very end
	}
	return next
}

// Patience is how long a queue rests as a whole in which nothing has worked for a
// time: as long as one thing would that was tried all the while.
func Patience(failing time.Duration) time.Duration {
	for _, wait := range waits {
		if failing -= wait; failing < 0 {
			return wait
		}
	}
	return waits[len(waits)-1]
}

// Work is what an outbox sends.
type Work struct {
	Log *slog.Logger
	Of  string // whose queues, for the log: channels
	// Due gives the queues with something due for a worker.
	Due func(ctx context.Context, worker int64) ([]int64, error)
	// Drain sends what is due in a queue while ctx lasts. What is on its way may
	// arrive while sending does.
	Drain func(ctx, sending context.Context, queue int64, worker func() int64)
	// Prune forgets a piece of what was noted before a time, and gives how much.
	Prune func(ctx context.Context, beforeUS int64) (int, error)
}

// Outbox sends work. It is safe for concurrent use.
type Outbox struct {
	work Work
	poke chan struct{}

	mu   sync.Mutex
	busy map[int64]bool // queues that this process drains
}

// New makes an outbox that sends nothing before Run.
func New(w Work) *Outbox {
	return &Outbox{work: w, poke: make(chan struct{}, 1), busy: map[int64]bool{}}
}

// Look has what is due sent now.
func (o *Outbox) Look() {
	select {
	case o.poke <- struct{}{}:
	default:
	}
}

// Run sends what is due until ctx ends. What is on its way then may still arrive,
// until patience runs out. worker is the number of the worker that sends, as long as
// it lives.
func (o *Outbox) Run(ctx context.Context, worker func() int64, patience time.Duration) {
	sending, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(patience, cut) })()
	var senders sync.WaitGroup
	defer senders.Wait()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var pruned time.Time
	failed := false
	for ctx.Err() == nil {
		due, err := o.work.Due(ctx, worker())
		if err == nil && time.Since(pruned) >= pruneEvery {
			err, pruned = o.prune(ctx), time.Now()
		}
		if err != nil && ctx.Err() == nil && !failed {
			o.work.Log.ErrorContext(ctx, "what is due could not be looked for; it is looked for again", "of", o.work.Of, "error", err)
		}
		failed = err != nil
		for _, id := range due {
			if o.begin(id) {
				senders.Go(func() {
					defer o.end(id)
					o.work.Drain(ctx, sending, id, worker)
				})
			}
		}
		select {
		case <-ctx.Done():
		case <-o.poke:
		case <-tick.C:
		}
	}
}

// begin makes this process drain a queue, unless it does already.
func (o *Outbox) begin(id int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.busy[id] {
		return false
	}
	o.busy[id] = true
	return true
}

func (o *Outbox) end(id int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.busy, id)
}

func (o *Outbox) prune(ctx context.Context) error {
	before := time.Now().Add(-KeepFor).UnixMicro()
	for n := 1; n > 0; {
		var err error
		if n, err = o.work.Prune(ctx, before); err != nil {
			return err
		}
	}
	return nil
}
