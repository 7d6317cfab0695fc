package store

import (
	"context"
	"database/sql"
)

// Notification tells people something once.
type Notification struct {
	ID           int64
	AtUS         int64
	Kind         string
	EnrichmentID int64 // 0 for the workspace
	Message      string
	Read         bool
	Once         string // what makes it the same notification
}

// Notify writes a notification. It reports false, and writes nothing, if there
// is one with the same Once already, read or not.
func (tx *Tx) Notify(ctx context.Context, n Notification) (bool, error) {
	id, err := tx.NextIDs(ctx, SeqNotification, 1)
	if err != nil {
		return false, err
	}
	written, err := tx.exec(ctx, `INSERT INTO notifications (id, at_us, kind, enrichment_id, message, read, once)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (once) DO NOTHING`,
		id, n.AtUS, n.Kind, n.EnrichmentID, n.Message, n.Read, n.Once)
	return written == 1, err
}

// Notifications lists notifications, newest first. before is the id of the one
// to go on from, or 0.
func (tx *Tx) Notifications(ctx context.Context, unread bool, before int64, limit int) ([]Notification, error) {
	var out []Notification
	err := tx.query(ctx, func(r *sql.Rows) error {
		var n Notification
		err := r.Scan(&n.ID, &n.AtUS, &n.Kind, &n.EnrichmentID, &n.Message, &n.Read, &n.Once)
		out = append(out, n)
		return err
	}, `SELECT id, at_us, kind, enrichment_id, message, read, once FROM notifications
		WHERE (NOT $1 OR NOT read) AND id < $2 ORDER BY id DESC LIMIT $3`, unread, orNewest(before), limit)
	return out, err
}

// MarkRead marks notifications as read: those with these ids, or all if there
// are none.
func (tx *Tx) MarkRead(ctx context.Context, ids ...int64) error {
	if len(ids) == 0 {
		_, err := tx.exec(ctx, "UPDATE notifications SET read = TRUE WHERE NOT read")
		return err
	}
	_, err := tx.execBatch(ctx, idBatch(ids), "WITH v(id) AS (@rows) UPDATE notifications SET read = TRUE FROM v WHERE notifications.id = v.id")
	return err
}
