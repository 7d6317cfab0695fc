package store

import (
	"context"
	"errors"
)

// probeBytes is more than a page of either database holds, so that the probe
// needs room as any other write does.
const probeBytes = 20_000

// Probe writes something and takes it away again: it fails where nothing can be
// written, as on a full disk.
func (db *DB) Probe(ctx context.Context) error {
	err := db.Update(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, "INSERT INTO probes (id, body) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET body = excluded.body", make([]byte, probeBytes))
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, "DELETE FROM probes WHERE id = 1")
		return err
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // busy; it answers those who read
	}
	return err
}
