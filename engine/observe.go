package engine

import (
	"context"
	"database/sql"
	"time"

	"fettle/store"
)

// Observed is how a process and its workspace stand, for whoever watches them.
type Observed struct {
	Providers []ObservedProvider // as this process reaches them
	Unwritten int64              // calls of this process under way, or answered and not written yet
	// Workspace is nil where the database does not answer.
	Workspace *store.Standing
}

// ObservedProvider is a provider as this process reaches it.
type ObservedProvider struct {
	Name     string
	InFlight int  // calls under way
	Waiting  int  // calls that wait for their turn under the provider's rate
	Down     bool // it does not answer: calls are held back
	Blocked  bool // it asked for patience, or is down: no call leaves now
}

// Database is the pool that this process writes through, for its statistics.
func (e *Engine) Database() *sql.DB { return e.db.Writer() }

// Observe tells how this process and the workspace stand; err is the database's.
func (e *Engine) Observe(ctx context.Context) (o Observed, err error) {
	for _, c := range e.conns.All() {
		u := c.Pacer.Load().Usage()
		o.Providers = append(o.Providers, ObservedProvider{Name: c.Name, InFlight: u.InFlight, Waiting: u.Waiting, Down: u.Open, Blocked: u.BlockedUntil != nil})
	}
	o.Unwritten = e.worker.Unwritten()
	jobs := e.queue.Load() != nil // before that, its tables may not be there
	err = e.db.View(ctx, func(tx *store.Tx) error {
		s, err := tx.Standing(ctx, time.Now().UnixMicro(), jobs)
		o.Workspace = &s
		return err
	})
	if err != nil {
		o.Workspace = nil
	}
	return o, err
}
