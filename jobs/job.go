package jobs

import (
	"context"
	"time"
)

// Job is one piece of work to enqueue: HubSnapshot.
type Job interface {
	// Kind names the kind of job in the database.
	Kind() string
}

// HubSnapshot stores the Data Hub's counts of today.
type HubSnapshot struct{}

// Kind implements Job.
func (HubSnapshot) Kind() string { return "hub_snapshot" }

// Handlers do the work. A kind without its handler is left to other
// processes.
type Handlers struct {
	// Snapshot stores the counts of the day of now. It may run again.
	Snapshot func(ctx context.Context, now time.Time) error
}
