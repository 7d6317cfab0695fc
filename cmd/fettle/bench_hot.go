package main

import (
	"context"
	"fmt"
	"time"

	"fettle"
	"fettle/ledger"
	"fettle/store"
)

// hotBatch is how many reservations go into one transaction, as in a claim.
const hotBatch = 1000

// hot is how fast one limit takes reservations and settles them, each with its
// line in the journal, every transaction durable; beside it the same lines and
// balances by bare batches without a guard.
type hot struct {
	Pairs  int     `json:"pairs"`
	PerSec float64 `json:"pairs_per_second"`
	Bound  float64 `json:"bound_pairs_per_second"`
	Ratio  float64 `json:"ratio"`
}

func (c *benchLimitCmd) hot(ctx context.Context, db *store.DB) (hot, error) {
	h := hot{Pairs: max(1, c.Pairs/hotBatch) * hotBatch}
	took, err := hotPairs(ctx, db, h.Pairs)
	if err != nil {
		return h, err
	}
	bare, err := hotBare(ctx, db, h.Pairs)
	if err != nil {
		return h, err
	}
	h.PerSec, h.Bound = float64(h.Pairs)/took.Seconds(), float64(h.Pairs)/bare.Seconds()
	h.Ratio = h.PerSec / h.Bound
	// What was only measured is taken away: the books stay sound.
	for _, table := range []string{"journal", "balances"} {
		if _, err := db.Writer().ExecContext(ctx, "DELETE FROM "+table); err != nil {
			return h, fmt.Errorf("clear %s: %w", table, err)
		}
	}
	return h, nil
}

// hotPairs reserves and settles under one limit, as claims and settles do.
func hotPairs(ctx context.Context, db *store.DB, pairs int) (time.Duration, error) {
	limit := fettle.Credit * fettle.Credits(pairs)
	hold := ledger.Hold{Held: fettle.Credit, Step: fettle.Credit, Record: true}
	reserved, settled := hold.Reserve(ledger.RowSide), hold.Settle(ledger.RowSide, fettle.Credit)
	began := time.Now()
	for range pairs / hotBatch {
		for _, move := range []struct {
			kind  string
			delta ledger.Balance
		}{{"reserve", reserved}, {"settle", settled}} {
			err := db.Update(ctx, func(tx *store.Tx) error {
				var sum ledger.Balance
				lines := make([]store.JournalEntry, hotBatch)
				for i := range lines {
					sum = sum.Add(move.delta)
					lines[i] = store.JournalEntry{
						AtUS: began.UnixMicro(), Kind: move.kind, AttemptID: int64(i + 1), Actor: "bench",
						Reserved: int64(move.delta.Reserved), Settled: int64(move.delta.Settled),
					}
				}
				key := store.BalanceKey{Scope: store.ScopeEnrichment, Key: "bench", Per: fettle.Lifetime}
				if err := tx.ApplyBalances(ctx, []store.Change{{Key: key, Delta: sum, Cap: ledger.Cap{Credits: &limit}}}); err != nil {
					return err
				}
				return tx.AppendJournal(ctx, lines)
			})
			if err != nil {
				return 0, err
			}
		}
	}
	return time.Since(began), nil
}

// hotBare writes what hotPairs wrote, by bare prepared batches.
func hotBare(ctx context.Context, db *store.DB, pairs int) (time.Duration, error) {
	cols, rows, err := benchRead(ctx, db.Writer(), "SELECT * FROM journal ORDER BY id")
	if err != nil {
		return 0, err
	}
	if len(rows) != 2*pairs {
		return 0, fettle.Errorf(fettle.Internal, "%d lines in the journal, want %d", len(rows), 2*pairs)
	}
	if _, err := db.Writer().ExecContext(ctx, "DELETE FROM journal"); err != nil {
		return 0, err
	}
	return benchWrite(ctx, db, benchInsertText(db, "journal", cols), rows)
}
