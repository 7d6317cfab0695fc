package engine

import (
	"context"
	"fmt"
	"time"

	"fettle"
	"fettle/store"
)

// notify writes a notification in the caller's transaction, once for each key,
// and has it posted to the webhook, if there is one. Whoever listens is told
// after the commit.
func (e *Engine) notify(ctx context.Context, tx *store.Tx, kind string, enrichment int64, message, once string) error {
	fresh, err := tx.Notify(ctx, store.Notification{AtUS: time.Now().UnixMicro(), Kind: kind, EnrichmentID: enrichment, Message: message, Once: once})
	if err != nil || !fresh {
		return err
	}
	tx.After(func() { e.events.Publish("notification", "") })
	if e.cfg.Deliver == nil || e.cfg.Webhook == "" {
		return nil
	}
	return e.cfg.Deliver(ctx, tx, message)
}

// nearPercent is how much of a limit is used when people are told.
const nearPercent = 80

// warnNear notifies, once for each period and amount, when most of a limit of
// the enrichment's own or of the workspace is used.
func (w *worker) warnNear(ctx context.Context, e store.Enrichment, bounds []bound) error {
	var near []bound
	for _, b := range bounds {
		if b.cap.Credits != nil && *b.cap.Credits > 0 && b.balance.Used()*100 >= *b.cap.Credits*nearPercent ||
			b.cap.Records != nil && *b.cap.Records > 0 && b.balance.UsedRecords()*100 >= *b.cap.Records*nearPercent {
			near = append(near, b)
		}
	}
	w.mu.Lock()
	var fresh []bound
	for _, b := range near {
		k := onceKey("near", e.ID, b)
		if !w.warned[k] {
			w.warned[k] = true
			fresh = append(fresh, b)
		}
	}
	w.mu.Unlock()
	if len(fresh) == 0 {
		return nil
	}
	return w.e.db.Update(ctx, func(tx *store.Tx) error {
		for _, b := range fresh {
			text := nearText(b, e.Name)
			if err := w.e.notify(ctx, tx, "near_limit", e.ID, text, onceKey("near", e.ID, b)); err != nil {
				return err
			}
		}
		return nil
	})
}

func nearText(b bound, name string) string {
	whose := name
	if b.key.Scope != store.ScopeEnrichment {
		whose = string(b.key.Scope)
		if b.key.Key != "" {
			whose += " " + b.key.Key
		}
	}
	text := fmt.Sprintf("%d %% of the ", usedPercent(b)) + string(b.key.Per) + " limit of " + whose + " is used"
	if b.cap.Credits != nil {
		text += ": " + b.balance.Used().String() + " of " + b.cap.Credits.String() + " credits"
	}
	return text + "."
}

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

// enrichmentNames maps ids to names.
func enrichmentNames(ctx context.Context, tx *store.Tx) (map[int64]string, error) {
	list, err := tx.Enrichments(ctx)
	out := make(map[int64]string, len(list))
	for _, e := range list {
		out[e.ID] = e.Name
	}
	return out, err
}

// usedPercent is how much of a limit is used, of credits or records whichever
// is more.
func usedPercent(b bound) int64 {
	used := int64(0)
	if b.cap.Credits != nil && *b.cap.Credits > 0 {
		used = int64(float64(b.balance.Used())/float64(*b.cap.Credits)*100 + 1e-9)
	}
	if b.cap.Records != nil && *b.cap.Records > 0 {
		used = max(used, b.balance.UsedRecords()*100 / *b.cap.Records)
	}
	return used
}
