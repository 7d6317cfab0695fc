package engine

import (
	"context"
	"time"

	"fettle"
	"fettle/store"
)

// Notifications reads notifications, newest first.
func (e *Engine) Notifications(ctx context.Context, actor fettle.Actor, unread bool) ([]fettle.NotificationView, error) {
	if err := actor.Require(fettle.Viewer, "read notifications"); err != nil {
		return nil, err
	}
	out := []fettle.NotificationView{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		list, err := tx.Notifications(ctx, unread, 0, 1000)
		if err != nil {
			return err
		}
		names, err := enrichmentNames(ctx, tx)
		for _, n := range list {
			out = append(out, fettle.NotificationView{ID: n.ID, At: time.UnixMicro(n.AtUS).UTC(), Kind: n.Kind, Enrichment: names[n.EnrichmentID], Message: n.Message, Read: n.Read})
		}
		return err
	})
	return out, err
}

// MarkRead marks notifications as read; all of them if none is named.
func (e *Engine) MarkRead(ctx context.Context, actor fettle.Actor, ids []int64) error {
	if err := actor.Require(fettle.Viewer, "read notifications"); err != nil {
		return err
	}
	err := e.db.Update(ctx, func(tx *store.Tx) error { return tx.MarkRead(ctx, ids...) })
	e.events.Publish("notification", "")
	return err
}

// enrichmentNames maps ids to names, also of enrichments that were deleted.
func enrichmentNames(ctx context.Context, tx *store.Tx) (map[int64]string, error) {
	list, err := tx.Enrichments(ctx)
	if err != nil {
		return nil, err
	}
	gone, err := tx.DeletedEnrichments(ctx, "")
	out := make(map[int64]string, len(list)+len(gone))
	for _, d := range gone {
		out[d.ID] = d.Name
	}
	for _, e := range list {
		out[e.ID] = e.Name
	}
	return out, err
}
