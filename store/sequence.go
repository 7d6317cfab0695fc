package store

import (
	"context"
	"math"
)

// The sequences. The ones of logs (change, journal, …) become visible in
// their own order: the row of a sequence stays locked until the commit.
const (
	SeqRecord       = "record"
	SeqSignal       = "signal"
	SeqChange       = "change"
	SeqAttempt      = "attempt"
	SeqOrigin       = "origin"
	SeqRun          = "run"
	SeqAudience     = "audience"
	SeqEnrichment   = "enrichment"
	SeqImport       = "import"
	SeqWorker       = "worker"
	SeqNotification = "notification"
	SeqControl      = "control"
	SeqPace         = "pace"
	SeqEdit         = "edit"
	SeqEvent        = "event" // events and their deliveries
	SeqMisc         = "misc"
	SeqChangeSet    = "set"
)

// NextIDs takes n ids from a sequence and gives the first; the others follow.
// Ids start at 1. On PostgreSQL it locks the sequence until the transaction
// ends, so a transaction that needs several sequences takes them late, and in
// the order of their constants.
func (tx *Tx) NextIDs(ctx context.Context, name string, n int) (first int64, err error) {
	err = tx.get(ctx, []any{&first}, `INSERT INTO sequences (name, next) VALUES ($1, 1 + CAST($2 AS BIGINT))
		ON CONFLICT (name) DO UPDATE SET next = sequences.next + CAST($2 AS BIGINT)
		RETURNING next - CAST($2 AS BIGINT)`, name, n)
	return first, err
}

// orNewest turns 0, as the entry to go on from, into the end of the list.
func orNewest(before int64) int64 {
	if before == 0 {
		return math.MaxInt64
	}
	return before
}
