package run

import (
	"context"
	"fmt"
	"time"

	"fettle/limits"
	"fettle/store"
)

// Notify writes a notification in the caller's transaction, once for each key,
// and has it posted to the webhook, if there is one. Whoever listens is told
// after the commit.
func (w *Worker) Notify(ctx context.Context, tx *store.Tx, kind string, enrichment int64, message, once string) error {
	fresh, err := tx.Notify(ctx, store.Notification{AtUS: time.Now().UnixMicro(), Kind: kind, EnrichmentID: enrichment, Message: message, Once: once})
	if err != nil || !fresh {
		return err
	}
	tx.After(func() { w.events.Publish("notification", "") })
	return w.cfg.Deliver(ctx, tx, message)
}

// nearPercent is how much of a limit is used when people are told.
const nearPercent = 80

// warnNear notifies, once for each period and amount, when most of a limit of
// the enrichment's own or of the workspace is used.
func (w *Worker) warnNear(ctx context.Context, e store.Enrichment, bounds []limits.Bound) error {
	var near []limits.Bound
	for _, b := range bounds {
		if b.Cap.Credits != nil && *b.Cap.Credits > 0 && b.Balance.Used()*100 >= *b.Cap.Credits*nearPercent ||
			b.Cap.Records != nil && *b.Cap.Records > 0 && b.Balance.UsedRecords()*100 >= *b.Cap.Records*nearPercent {
			near = append(near, b)
		}
	}
	w.mu.Lock()
	var fresh []limits.Bound
	for _, b := range near {
		k := limits.OnceKey("near", e.ID, b)
		if !w.warned[k] {
			w.warned[k] = true
			fresh = append(fresh, b)
		}
	}
	w.mu.Unlock()
	if len(fresh) == 0 {
		return nil
	}
	return w.db.Update(ctx, func(tx *store.Tx) error {
		for _, b := range fresh {
			text := nearText(b, e.Name)
			if err := w.Notify(ctx, tx, "near_limit", e.ID, text, limits.OnceKey("near", e.ID, b)); err != nil {
				return err
			}
		}
		return nil
	})
}

func nearText(b limits.Bound, name string) string {
	whose := name
	if b.Key.Scope != store.ScopeEnrichment {
		whose = string(b.Key.Scope)
		if b.Key.Key != "" {
			whose += " " + b.Key.Key
		}
	}
	text := fmt.Sprintf("%d %% of the ", limits.UsedPercent(b)) + string(b.Key.Per) + " limit of " + whose + " is used"
	if b.Cap.Credits != nil {
		text += ": " + b.Balance.Used().Text() + " of " + b.Cap.Credits.Text() + " credits"
	}
	return text + "."
}
