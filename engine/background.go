package engine

import (
	"context"
	"time"

	"fettle/jobs"
)

// stopJobsFor is how long jobs under way may take to end when the process
// does; what is cut off is tried again later.
const stopJobsFor = 10 * time.Second

// openQueue opens the job queue.
func (e *Engine) openQueue(ctx context.Context) error {
	q, err := jobs.New(ctx, e.db, e.log, jobs.Handlers{Snapshot: e.SnapshotHub})
	if err == nil {
		e.queue.Store(q)
	}
	return err
}

// startChannels sends what channels wait for until the returned function is
// called.
func (e *Engine) startChannels(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.Channels.Run(ctx, e.worker.ID, stopJobsFor)
	}()
	return func() {
		cancel()
		<-done
	}
}

// startDestinations sends what destinations wait for until the returned function is
// called.
func (e *Engine) startDestinations(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.Destinations.Run(ctx, e.worker.ID, stopJobsFor)
	}()
	return func() {
		cancel()
		<-done
	}
}

// startFiles reads the files of sources as their schedules say, until the returned
// function is called.
func (e *Engine) startFiles(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.files.Run(ctx, e.worker.ID, stopJobsFor)
	}()
	return func() {
		cancel()
		<-done
	}
}

// startJobs works jobs until the returned function is called. Enrichments do
// not depend on them: that the queue does not start is only logged.
func (e *Engine) startJobs(ctx context.Context) (stop func()) {
	if !e.cfg.Jobs {
		return func() {}
	}
	endSearch, endEntered, endChannels, endSends, endFiles := e.startSearch(ctx), e.startEntered(ctx), e.startChannels(ctx), e.startDestinations(ctx), e.startFiles(ctx)
	end := func() {
		endFiles()
		endSends()
		endSearch()
		endEntered()
		endChannels()
	}
	var err error
	if e.queue.Load() == nil {
		err = e.openQueue(ctx)
	}
	if err == nil {
		err = e.queue.Load().Start(ctx)
	}
	if err != nil {
		e.log.ErrorContext(ctx, "background jobs do not run: no count of the day is stored", "error", err)
		return end
	}
	return func() {
		end()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopJobsFor)
		defer cancel()
		if err := e.queue.Load().Stop(ctx); err != nil {
			e.log.WarnContext(ctx, "background jobs were cut off", "error", err)
		}
	}
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
