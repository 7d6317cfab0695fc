package engine

import (
	"context"
	"time"

	"fettle"
	"fettle/past"
	"fettle/store"
)

// CountThen says how many records an audience had at a time.
type CountThen struct {
	Count        int64      `json:"count"`
	AsOf         *time.Time `json:"as_of,omitempty"`         // absent: now
	Filter       string     `json:"filter,omitempty"`        // by which it was counted
	Erased       int64      `json:"erased,omitempty"`        // records that were erased since: not included, whether or not they were in it
	HistorySince *time.Time `json:"history_since,omitempty"` // from when on the past is known
}

// CountAsOf counts the members that an audience had at a time, by what was known
// then: merged records apart, deleted ones among them. The filter is today's, or
// the one of then.
func (e *Engine) CountAsOf(ctx context.Context, actor fettle.Actor, name string, at time.Time, then bool) (out CountThen, err error) {
	if err := actor.Require(fettle.Viewer, "count audiences"); err != nil {
		return out, err
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		out = CountThen{AsOf: &at}
		a, err := findAudience(ctx, tx, name)
		if err != nil {
			return err
		}
		since, err := past.Since(ctx, tx, at)
		if err != nil {
			return err
		}
		out.HistorySince = &since
		if out.Filter = a.Where; then {
			if out.Filter, err = filterThen(ctx, tx, a, at); err != nil {
				return err
			}
		}
		p, err := e.membersThen(ctx, tx, a, out.Filter, at)
		if err != nil {
			return err
		}
		if out.Erased, err = tx.ErasedSince(ctx, a.Entity, p.First); err != nil {
			return err
		}
		for done := false; !done; {
			var in []int64
			if in, done, err = p.Page(ctx); err != nil {
				return err
			}
			out.Count += int64(len(in))
		}
		return nil
	})
	return out, err
}

// filterThen is the filter that an audience had at a time.
func filterThen(ctx context.Context, tx *store.Tx, a fettle.Audience, at time.Time) (string, error) {
	where, since, err := tx.AudienceThen(ctx, a.ID, at.UnixMicro())
	if err == nil && where == nil {
		return "", fettle.Errorf(fettle.Refused, "the filter that %s had at %s is not known: it is kept from %s on", a.Label, at.Format(time.RFC3339),
			time.UnixMicro(since).UTC().Format(time.RFC3339)).WithHint("Count by today's filter instead (without --filter then).")
	}
	if err != nil {
		return "", err
	}
	return *where, nil
}

// membersThen goes through the members that an audience had at a time, by a filter.
func (e *Engine) membersThen(ctx context.Context, tx *store.Tx, a fettle.Audience, where string, at time.Time) (*past.Audience, error) {
	env, err := e.judge.Env(ctx, tx, a.Entity)
	if err != nil {
		return nil, err
	}
	f, err := env.Filter(where)
	if err != nil {
		return nil, err
	}
	return past.Members(ctx, tx, a.Entity, f, at)
}
