package engine

import (
	"context"
	"time"

	"fettle/jobs"
	"fettle/store"
)

// stopJobsFor is how long jobs under way may take to end when the process
// does; what is cut off is tried again later.
const stopJobsFor = 10 * time.Second

// openQueue opens the job queue, by which notifications are posted to the
// webhook, if there is one.
func (e *Engine) openQueue(ctx context.Context) error {
	h := jobs.Handlers{Snapshot: e.SnapshotHub}
	if e.cfg.Webhook != "" {
		client, err := e.conns.Outbound()
		if err != nil {
			return err
		}
		if h.Deliver, err = jobs.Poster(client, e.cfg.Webhook); err != nil {
			return err
		}
	}
	queue, err := jobs.New(ctx, e.db, e.log, h)
	if err != nil {
		return err
	}
	e.queue = queue
	if e.cfg.Deliver == nil {
		e.cfg.Deliver = func(ctx context.Context, tx *store.Tx, text string) error {
			return queue.Enqueue(ctx, tx, jobs.Webhook{Text: text})
		}
	}
	return nil
}

// startJobs works jobs until the returned function is called. Enrichments do
// not depend on them: that the queue does not start is only logged.
func (e *Engine) startJobs(ctx context.Context) (stop func()) {
	if !e.cfg.Jobs {
		return func() {}
	}
	endSearch := e.startSearch(ctx)
	var err error
	if e.queue == nil {
		err = e.openQueue(ctx)
	}
	if err == nil {
		err = e.queue.Start(ctx)
	}
	if err != nil {
		e.log.ErrorContext(ctx, "background jobs do not run: no notification is posted, no count of the day stored", "error", err)
		return endSearch
	}
	return func() {
		endSearch()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopJobsFor)
		defer cancel()
		if err := e.queue.Stop(ctx); err != nil {
			e.log.WarnContext(ctx, "background jobs were cut off", "error", err)
		}
	}
}

// deliver has a notification posted to the webhook, if there is one.
func (e *Engine) deliver(ctx context.Context, tx *store.Tx, text string) error {
	if e.cfg.Deliver == nil || e.cfg.Webhook == "" {
		return nil
	}
	return e.cfg.Deliver(ctx, tx, text)
}

// Passes is how often this process has looked at everything that is to do, to
// its end. While it works it grows; otherwise it is stuck.
func (e *Engine) Passes() int64 { return e.worker.Passes() }

// Run makes this process a worker until ctx ends: rows are planned, claimed,
// called and settled, audiences followed. When ctx ends no new call leaves;
// those in flight land first, for up to two minutes.
//
// An engine works once: for more, make another engine.
func (e *Engine) Run(ctx context.Context) error { return e.worker.Run(ctx) }
