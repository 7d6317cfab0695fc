package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
)

type snapshotWorker struct {
	river.WorkerDefaults[HubSnapshot]
	do func(ctx context.Context, now time.Time) error
}

// Work implements river.Worker.
func (w *snapshotWorker) Work(ctx context.Context, _ *river.Job[HubSnapshot]) error {
	return w.do(ctx, time.Now())
}

// Timeout implements river.Worker.
func (w *snapshotWorker) Timeout(*river.Job[HubSnapshot]) time.Duration { return snapshotTimeout }
