package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"fettle/store"
)

// hubQueue is the queue of the one handler: one a handler, so that a process
// without it leaves its jobs alone.
const hubQueue = "hub"

// Times of the queue. Both drivers poll. A poll that finds nothing writes
// nothing, but on SQLite it takes its turn at the one writer: once a second is
// often enough for a count of the day.
const (
	pollInterval    = time.Second
	snapshotTimeout = 30 * time.Minute
	rescueAfter     = snapshotTimeout + 5*time.Minute // of a process that died; longer than any job may run
)

// Queue is one process's hold of the job queue. It is safe for concurrent use.
type Queue struct {
	client *river.Client[*sql.Tx]

	mu      sync.Mutex
	started bool
}

// New prepares the queue's tables and the queue. It works no job before
// Start; jobs can be enqueued at once.
func New(ctx context.Context, db *store.DB, log *slog.Logger, h Handlers) (*Queue, error) {
	driver := driverOf(db)
	if err := db.Exclusive(ctx, func() error { return migrate(ctx, driver, log) }); err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	client, err := river.NewClient(driver, config(log, h))
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return &Queue{client: client}, nil
}

func driverOf(db *store.DB) riverdriver.Driver[*sql.Tx] {
	if db.Postgres() {
		return riverdatabasesql.New(db.Writer())
	}
	return riversqlite.New(db.Writer())
}

func migrate(ctx context.Context, driver riverdriver.Driver[*sql.Tx], log *slog.Logger) error {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet(log)})
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// config sets the queue up. There is no uniqueness: River's counts running
// jobs too, so that after a SIGKILL a new job would be dropped until the old
// one is rescued. Handlers may run twice instead.
func config(log *slog.Logger, h Handlers) *river.Config {
	c := &river.Config{
		FetchPollInterval:    pollInterval,
		JobTimeout:           snapshotTimeout,
		RescueStuckJobsAfter: rescueAfter,
		Logger:               quiet(log),
		PollOnly:             true,
		SkipUnknownJobCheck:  true,
		Queues:               map[string]river.QueueConfig{},
		Workers:              river.NewWorkers(),
	}
	if h.Snapshot != nil {
		c.Queues[hubQueue] = river.QueueConfig{MaxWorkers: 1}
		river.AddWorker(c.Workers, &snapshotWorker{do: h.Snapshot})
		c.PeriodicJobs = []*river.PeriodicJob{river.NewPeriodicJob(endOfDay{}, func() (river.JobArgs, *river.InsertOpts) {
			return HubSnapshot{}, options()
		}, &river.PeriodicJobOpts{RunOnStart: true})}
	}
	if len(c.Queues) == 0 {
		c.Queues, c.Workers = nil, nil // only enqueues
	}
	return c
}

// options says how a job is enqueued.
func options() *river.InsertOpts { return &river.InsertOpts{Queue: hubQueue, MaxAttempts: 5} }

// Forget drops the jobs that wait, in a workspace that was restored: they
// belong to the original.
func Forget(ctx context.Context, tx *store.Tx) error {
	if ok, err := tx.HasTable(ctx, "river_job"); err != nil || !ok {
		return err
	}
	if _, err := tx.SQL().ExecContext(ctx, "DELETE FROM river_job WHERE finalized_at IS NULL"); err != nil {
		return fmt.Errorf("drop the jobs that wait: %w", err)
	}
	return nil
}

// Start works jobs until Stop. Starting twice does nothing.
func (q *Queue) Start(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.started {
		return nil
	}
	// The queue ends with Stop, which lets jobs finish, not with ctx, which
	// would cut them off.
	if err := q.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("job queue: %w", err)
	}
	q.started = true
	return nil
}

// Stop takes no more jobs and waits for those under way. When ctx ends first
// it cuts them off; they are tried again later. Stopping twice, or before
// Start, does nothing.
func (q *Queue) Stop(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.started {
		return nil
	}
	q.started = false
	err := q.client.Stop(ctx)
	if err != nil && ctx.Err() != nil {
		cut, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = q.client.StopAndCancel(cut)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("job queue: %w", err)
	}
	return nil
}

// endOfDay is shortly before midnight UTC, so that a day's last count is of
// its end.
type endOfDay struct{}

// Next implements river.PeriodicSchedule.
func (endOfDay) Next(t time.Time) time.Time {
	t = t.UTC()
	next := time.Date(t.Year(), t.Month(), t.Day(), 23, 55, 0, 0, time.UTC)
	if !next.After(t) {
		next = next.AddDate(0, 0, 1)
	}
	return next
}
