package run

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/notify"
	"fettle/store"
)

// nearFor is how long most of a limit has to be used before people are warned: a
// limit that is reached within that time is told by itself.
const nearFor = time.Minute

// nearing is a limit of which most is used, and of which people are warned soon.
type nearing struct {
	id    int64 // of the enrichment that came near it
	name  string
	key   store.BalanceKey
	since time.Time
}

// nearKey is what makes a warning the same: of a limit that enrichments share
// there is one.
func nearKey(id int64, b limits.Bound) string {
	if b.Key.Scope != store.ScopeEnrichment {
		id = 0
	}
	return limits.OnceKey("near", id, b)
}

// noticeNear notes the limits of which most is used.
func (w *Worker) noticeNear(e store.Enrichment, bounds []limits.Bound) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range bounds {
		k := nearKey(e.ID, b)
		if !limits.Near(b) || w.warned[k] {
			continue
		}
		w.warned[k] = true
		w.near[k] = nearing{id: e.ID, name: e.Name, key: b.Key, since: time.Now()}
	}
}

// noticeSettled looks at the limits of the enrichments that were settled for
// since it was called last: the last claim may be what brought them near.
func (w *Worker) noticeSettled(ctx context.Context) error {
	w.mu.Lock()
	ids := slices.Collect(maps.Keys(w.settledFor))
	clear(w.settledFor)
	w.mu.Unlock()
	for _, id := range ids {
		var cur store.Enrichment
		var bounds []limits.Bound
		err := w.db.View(ctx, func(tx *store.Tx) (err error) {
			if cur, err = tx.EnrichmentByID(ctx, id); err != nil {
				return err
			}
			caps, err := limits.Read(ctx, tx)
			if err != nil {
				return err
			}
			payer := limits.Payer{Enrichment: cur.ID, Run: cur.RunID, At: time.Now()}
			if cur.RunID != 0 {
				r, err := tx.Run(ctx, cur.RunID)
				if err != nil {
					return err
				}
				payer.Person = r.Actor
			}
			bounds, err = caps.Bounds(ctx, tx, caps.Under(payer).RowKeys())
			return err
		})
		if fettle.CodeOf(err) == fettle.NotFound {
			continue // it was deleted
		}
		if err != nil {
			return err
		}
		w.noticeNear(cur, bounds)
	}
	return nil
}

// warnNear warns of the limits that have been near for a while, or whose
// enrichment has stopped meanwhile for another reason; ending does not wait. Of
// a limit that is reached by then, or was set when most of it was used, there
// is no warning.
func (w *Worker) warnNear(ctx context.Context, ending bool) error {
	if err := w.noticeSettled(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	due := map[string]nearing{}
	maps.Copy(due, w.near)
	w.mu.Unlock()
	for k, n := range due {
		if waits, err := w.waitsToWarn(ctx, n, ending); err != nil {
			return err
		} else if waits {
			continue
		}
		done, near := false, false
		err := w.db.Update(ctx, func(tx *store.Tx) (err error) {
			done, near, err = w.warnOf(ctx, tx, k, n)
			return err
		})
		if err != nil {
			return err
		}
		w.mu.Lock()
		if done {
			delete(w.near, k)
		}
		if done && !near {
			delete(w.warned, k) // what was reserved came back: it may come near again
		}
		w.mu.Unlock()
	}
	return nil
}

// waitsToWarn reports whether it is too early to warn of a limit. It only reads:
// it looks at each pass.
func (w *Worker) waitsToWarn(ctx context.Context, n nearing, ending bool) (waits bool, err error) {
	if ending || time.Since(n.since) >= nearFor {
		return false, nil
	}
	err = w.db.View(ctx, func(tx *store.Tx) error {
		cur, err := tx.EnrichmentByID(ctx, n.id)
		waits = cur.State == fettle.Live || cur.PilotRunID != 0
		return err
	})
	if fettle.CodeOf(err) == fettle.NotFound {
		return false, nil
	}
	return waits, err
}

// warnOf warns of a limit. done says that there is nothing more to wait for, near
// that most of the limit is used still.
func (w *Worker) warnOf(ctx context.Context, tx *store.Tx, k string, n nearing) (done, near bool, err error) {
	cur, err := tx.LockEnrichmentByID(ctx, n.id)
	if fettle.CodeOf(err) == fettle.NotFound {
		return true, true, nil
	}
	if err != nil {
		return false, false, err
	}
	if cur.PauseReason == fettle.PausedByLimit || cur.PauseReason == fettle.PausedByBalance {
		return true, true, nil // that is told
	}
	caps, err := limits.Read(ctx, tx)
	if err != nil {
		return false, true, err
	}
	now, err := caps.Bounds(ctx, tx, []store.BalanceKey{n.key})
	if err != nil || len(now) == 0 || nearKey(n.id, now[0]) != k || !limits.Near(now[0]) {
		return true, false, err
	}
	known, err := limits.KnownNear(ctx, tx, now[0])
	if err != nil || known || limits.UsedPercent(now[0]) >= 100 {
		return true, true, err
	}
	e := notify.Event{
		Type: fettle.EventLimitNear, Notice: "near_limit", Enrichment: cur.ID, Name: cur.Name, Message: nearText(now[0], cur.Label), Once: k,
		Subject: limitSubject(now[0]), Data: limitData(now[0]),
	}
	if now[0].Grant {
		e.Type = fettle.EventBalanceLow
	}
	return true, true, w.tell(ctx, tx, e)
}

func nearText(b limits.Bound, name string) string {
	whose := name
	if b.Key.Scope != store.ScopeEnrichment {
		whose = string(b.Key.Scope)
		if b.Key.Key != "" {
			whose += " " + b.Key.Key
		}
	}
	text := fmt.Sprintf("%d%% of the %s limit of %s is used", limits.UsedPercent(b), b.Key.Per, whose)
	if b.Grant {
		text = fmt.Sprintf("%d%% of the credits that were granted is used", limits.UsedPercent(b))
	}
	var of []string
	if b.Cap.Credits != nil {
		of = append(of, b.Balance.Used().Text()+" of "+b.Cap.Credits.Text()+" credits")
	}
	if b.Cap.Records != nil {
		of = append(of, fettle.Thousands(b.Balance.UsedRecords())+" of "+fettle.Thousands(*b.Cap.Records)+" records")
	}
	return text + ": " + strings.Join(of, ", ") + "."
}
