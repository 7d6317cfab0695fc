package engine

import (
	"context"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/store"
)

// SnapshotHub stores the counts of the day of now: of each entity and of each
// audience that an enrichment is pointed at. Storing again replaces them.
func (e *Engine) SnapshotHub(ctx context.Context, now time.Time) error {
	scopes, err := e.snapshotScopes(ctx)
	if err != nil {
		return err
	}
	for _, s := range scopes {
		if err := e.snapshot(ctx, s, now); err != nil {
			return err
		}
	}
	return nil
}

// snapshotScope is a scope and the key of its stored counts.
type snapshotScope struct {
	store.HubScope

	key string
}

func (e *Engine) snapshotScopes(ctx context.Context) ([]snapshotScope, error) {
	var out []snapshotScope
	err := e.db.View(ctx, func(tx *store.Tx) error {
		out = nil
		for _, entity := range fettle.Entities() {
			out = append(out, snapshotScope{store.HubScope{Entity: entity}, store.HubKey(entity, 0)})
		}
		all, err := tx.Enrichments(ctx)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, x := range all {
			for _, name := range x.Definition.Audience {
				if seen[name] {
					continue
				}
				seen[name] = true
				a, err := tx.Audience(ctx, name)
				if err != nil {
					return err
				}
				m, err := e.judge.Membership(ctx, tx, a.Entity, []string{name})
				if err != nil {
					return err
				}
				out = append(out, snapshotScope{store.HubScope{Entity: a.Entity, Where: m.Where}, store.HubKey(a.Entity, a.ID)})
			}
		}
		return nil
	})
	return out, err
}

// snapshot counts without holding up writers, and then stores.
func (e *Engine) snapshot(ctx context.Context, s snapshotScope, now time.Time) error {
	var filled map[string]int64
	var records int64
	err := e.db.View(ctx, func(tx *store.Tx) error {
		fields, err := tx.Fields(ctx, s.Entity)
		if err != nil {
			return err
		}
		keys := make([]string, len(fields))
		for i, f := range fields {
			keys[i] = f.Key
		}
		records, filled, err = tx.HubFilled(ctx, s.HubScope, keys)
		return err
	})
	if err != nil {
		return err
	}
	return e.db.Update(ctx, func(tx *store.Tx) error {
		return tx.PutHubDay(ctx, s.key, fettle.DayOf(now), records, filled)
	})
}

// snapshotAtOnce is the most records of which the day's counts are stored right
// after a change of many; of more, the daily job does it.
const snapshotAtOnce = 200_000

// snapshotLater stores the day's counts if that is quick. A failure costs a
// point of the trend and is only logged.
func (e *Engine) snapshotLater(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	var n int64
	err := e.db.View(ctx, func(tx *store.Tx) error {
		for _, entity := range fettle.Entities() {
			m, err := tx.Count(ctx, entity, expr.Fragment{})
			if err != nil {
				return err
			}
			n += m
		}
		return nil
	})
	if err == nil && n <= snapshotAtOnce {
		err = e.SnapshotHub(ctx, time.Now())
	}
	if err != nil {
		e.log.WarnContext(ctx, "the Data Hub's counts of the day were not stored", "error", err)
	}
}
