package store

import (
	"context"
	"database/sql"
	"encoding/json"
)

// PaceShare is what a process holds of what a provider allows.
type PaceShare struct {
	Provider       string
	WorkerID       int64
	Wants          bool           // has calls to make
	Share          map[string]int // calls, by bound
	LeaseUntilUS   int64
	BlockedUntilUS int64
}

// LockPace keeps other processes from dividing shares until the transaction
// ends.
func (tx *Tx) LockPace(ctx context.Context) error {
	_, err := tx.NextIDs(ctx, SeqPace, 0)
	return err
}

// LockEdits keeps others from editing what they have read, and is to be as it was
// then, until the transaction ends.
func (tx *Tx) LockEdits(ctx context.Context) error {
	_, err := tx.NextIDs(ctx, SeqEdit, 0)
	return err
}

// NowUS is the database's clock: the one by which processes on several machines
// agree.
func (tx *Tx) NowUS(ctx context.Context) (us int64, err error) {
	err = tx.get(ctx, []any{&us}, tx.db.d.nowUS)
	return us, err
}

// PaceShares reads the shares of all processes.
func (tx *Tx) PaceShares(ctx context.Context) ([]PaceShare, error) {
	var out []PaceShare
	err := tx.query(ctx, func(r *sql.Rows) error {
		var s PaceShare
		var share string
		if err := r.Scan(&s.Provider, &s.WorkerID, &s.Wants, &share, &s.LeaseUntilUS, &s.BlockedUntilUS); err != nil {
			return err
		}
		out = append(out, s)
		return json.Unmarshal([]byte(share), &out[len(out)-1].Share)
	}, `SELECT provider, worker_id, wants, share, lease_until_us, blocked_until_us FROM pace_shares ORDER BY provider, worker_id`)
	return out, err
}

// PutPaceShares writes shares.
func (tx *Tx) PutPaceShares(ctx context.Context, shares []PaceShare) error {
	b := NewBatch("text", "bigint", "boolean", "text", "bigint", "bigint")
	for _, s := range shares {
		share, err := json.Marshal(s.Share)
		if err != nil {
			return err
		}
		b.Add(s.Provider, s.WorkerID, s.Wants, string(share), s.LeaseUntilUS, s.BlockedUntilUS)
	}
	_, err := tx.execBatch(ctx, b, `INSERT INTO pace_shares (provider, worker_id, wants, share, lease_until_us, blocked_until_us) @rows
		ON CONFLICT (provider, worker_id) DO UPDATE SET wants = excluded.wants, share = excluded.share,
		lease_until_us = excluded.lease_until_us, blocked_until_us = excluded.blocked_until_us`)
	return err
}

// DropPaceShares deletes shares that count no more.
func (tx *Tx) DropPaceShares(ctx context.Context, shares []PaceShare) error {
	b := NewBatch("text", "bigint")
	for _, s := range shares {
		b.Add(s.Provider, s.WorkerID)
	}
	_, err := tx.execBatch(ctx, b, `WITH v(p, w) AS (@rows) DELETE FROM pace_shares WHERE (provider, worker_id) IN (SELECT p, w FROM v)`)
	return err
}
