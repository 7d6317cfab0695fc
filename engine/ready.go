package engine

import (
	"context"
	"sync"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/run"
	"fettle/store"
)

// Following reports whether a process is there that makes calls and follows
// audiences.
func (e *Engine) Following(ctx context.Context) (ok bool, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) (err error) {
		ok, err = run.Followed(ctx, tx, time.Now())
		return err
	})
	return ok, err
}

// The times of asking whether the database can be written.
const (
	probeEvery = time.Second     // at most; whoever asks in between gets what was found
	probeFor   = 3 * time.Second // longer is a busy database, not a full disk
)

// probes is what the last probe of the database found.
type probes struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

func (p *probes) ask(ctx context.Context, db *store.DB) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.at) < probeEvery {
		return p.err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeFor)
	defer cancel()
	p.err, p.at = db.Probe(ctx), time.Now()
	return p.err
}

// Ready fails if the database does not answer, cannot be written, or is not the
// file that was opened; the error is in words that anybody may read. Otherwise
// it gives what stands still and needs a person.
func (e *Engine) Ready(ctx context.Context) (still []string, err error) {
	if err := e.db.Lost(); err != nil {
		return nil, fettle.Errorf(fettle.Unavailable, "not ready: spending paused: %s", fettle.AsError(err).Message).WithHint("%s", fettle.AsError(err).Hint)
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		why, _, err := tx.Setting(ctx, limits.SettingSpendingPaused)
		if err != nil {
			return err
		}
		if why != "" {
			still = append(still, "spending is paused until an audit is sound")
		}
		if why, _, err = tx.Setting(ctx, store.SettingCopied); why != "" {
			still = append(still, "spending is paused: "+why+" (fettle restore --in-place, or fettle serve --moved)")
		}
		return err
	})
	if err != nil {
		return nil, fettle.Errorf(fettle.Unavailable, "not ready: the database does not answer")
	}
	if err := e.probes.ask(ctx, e.db); err != nil {
		e.log.ErrorContext(ctx, "the database cannot be written", "error", err)
		hint := fettle.AsError(err).Hint
		if hint == "" {
			hint = "The server's log says why."
		}
		return nil, fettle.Errorf(fettle.Unavailable, "not ready: the database cannot be written").WithHint("%s", hint)
	}
	if n := e.worker.UnwrittenOf(0); n > 0 {
		still = append(still, fettle.Count(n, "call", "calls")+" cannot be written: see the notifications")
	}
	return still, nil
}

// Moved lets a workspace spend again that seemed to be a copy, for whoever says
// that its original is gone. It refuses while the original is there.
func (e *Engine) Moved(ctx context.Context, actor fettle.Actor) error {
	if err := actor.Require(fettle.Admin, "say that the workspace was moved"); err != nil {
		return err
	}
	if err := e.db.Moved(ctx); err != nil {
		return err
	}
	return e.db.Update(ctx, func(tx *store.Tx) error { return tx.Act(ctx, actor, "moved", "", "the original is gone") })
}
