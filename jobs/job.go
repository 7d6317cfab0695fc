package jobs

import (
	"context"
	"time"
)

// Job is one piece of work to enqueue: HubSnapshot or Webhook.
type Job interface {
	// Kind names the kind of job in the database.
	Kind() string
}

// HubSnapshot stores the Data Hub's counts of today.
type HubSnapshot struct{}

// Kind implements Job.
func (HubSnapshot) Kind() string { return "hub_snapshot" }

// Webhook posts a notification to the outgoing webhook. The address is not
// part of the job: it is a secret of the process that posts.
type Webhook struct {
	Text string `json:"text"`
}

// Kind implements Job.
func (Webhook) Kind() string { return "webhook" }

// Handlers do the work. A kind without its handler is left to other
// processes.
type Handlers struct {
	// Snapshot stores the counts of the day of now. It may run again.
	Snapshot func(ctx context.Context, now time.Time) error
	// Deliver posts the text. It may run again: a delivery whose answer was
	// lost is made twice rather than not at all.
	Deliver func(ctx context.Context, text string) error
}
