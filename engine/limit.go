package engine

import (
	"context"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/limits"
	"fettle/rights"
	"fettle/run"
	"fettle/store"
)

// SetEnrichmentLimit sets a limit of an enrichment. It does not resume by
// itself unless asked to (see RaiseAndResume). Without a period it replaces the
// limit that the enrichment has, if it has one.
func (e *Engine) SetEnrichmentLimit(ctx context.Context, actor fettle.Actor, name string, l fettle.Limit, resume bool) (fettle.EnrichmentView, error) {
	if resume {
		return e.RaiseAndResume(ctx, actor, name, l, StartOptions{})
	}
	if _, err := e.may(ctx, actor, "setEnrichmentLimit"); err != nil {
		return fettle.EnrichmentView{}, err
	}
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		_, err := putEnrichmentLimit(ctx, tx, actor, name, l)
		return err
	})
	return e.limitSet(ctx, actor, name, err)
}

// RaiseAndResume sets a limit and goes on within it, both or neither: refused,
// the limit stays as it was. Of an enrichment that is live it sets the limit,
// and lets the rows go on, on the account of who asks, that wait for room under
// the own limit of who opened them.
func (e *Engine) RaiseAndResume(ctx context.Context, actor fettle.Actor, name string, l fettle.Limit, opt StartOptions) (fettle.EnrichmentView, error) {
	if _, err := e.may(ctx, actor, "setEnrichmentLimit"); err != nil {
		return fettle.EnrichmentView{}, err
	}
	_, notAllowed := e.may(ctx, actor, "approve")
	t, err := e.agreed(ctx, actor, name, opt)
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		cur, err := putEnrichmentLimit(ctx, tx, actor, name, l)
		if err != nil {
			return err
		}
		if cur.State == fettle.Live {
			if err := opt.ask(t.est, fettle.Estimate{}); err != nil || notAllowed != nil {
				return err
			}
			_, err := releaseOwn(ctx, tx, actor, cur)
			return err
		}
		within, err := t.under(ctx, tx, cur, actor.Name)
		if err != nil {
			return err
		}
		if err := opt.ask(t.est, within); err != nil {
			return err
		}
		return e.goLiveTx(ctx, tx, actor, cur, "resume", fettle.CauseStart, t, opt.Now)
	})
	return e.limitSet(ctx, actor, name, err)
}

// limitSet makes the worker look anew after a limit was set.
func (e *Engine) limitSet(ctx context.Context, actor fettle.Actor, name string, err error) (fettle.EnrichmentView, error) {
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	e.worker.RescanAll()
	e.worker.Look()
	e.events.Publish("enrichment", name)
	return e.Enrichment(ctx, actor, name)
}

// putEnrichmentLimit sets a limit of an enrichment, and gives it as it is then.
func putEnrichmentLimit(ctx context.Context, tx *store.Tx, actor fettle.Actor, name string, l fettle.Limit) (store.Enrichment, error) {
	cur, err := tx.LockEnrichment(ctx, name)
	if err != nil {
		return cur, err
	}
	key := strconv.FormatInt(cur.ID, 10)
	old, err := limits.Of(ctx, tx, store.ScopeEnrichment, key)
	if err != nil {
		return cur, err
	}
	if l.Per == "" && len(old) == 1 {
		l.Per = old[0].Limit.Per
	}
	set, err := limits.Check(l)
	if place := inPlace(old, set); err == nil && (len(place) > 0 || len(old) == 0) {
		err = mayLimit(ctx, tx, actor, cur, place, &set)
	}
	if err != nil {
		return cur, err
	}
	if len(old) > 0 && (set.None || old[0].Limit.None) {
		if err := tx.DropLimits(ctx, store.ScopeEnrichment, key); err != nil {
			return cur, err
		}
	}
	if err := tx.PutLimit(ctx, store.Limit{Scope: store.ScopeEnrichment, Key: key, Limit: set, Actor: actor.Name, SetAtUS: time.Now().UnixMicro()}); err != nil {
		return cur, err
	}
	cur.Definition.Limit = &set
	if err := tx.PutEnrichment(ctx, cur); err != nil {
		return cur, err
	}
	if err := limits.KnowNear(ctx, tx, limits.EnrichmentKeys(cur, time.Now())...); err != nil {
		return cur, err
	}
	return cur, tx.Act(ctx, actor, "enrichment.limit", name, limits.Words(set))
}

// inPlace are the limits whose place a new one takes: the one over its period. None
// takes the place of all, and any the place of none.
func inPlace(old []store.Limit, set fettle.Limit) (place []store.Limit) {
	for _, l := range old {
		if set.None || l.Limit.None || l.Limit.Per == set.Per {
			place = append(place, l)
		}
	}
	return place
}

// LimitRow is a limit with what it belongs to.
type LimitRow struct {
	Scope string `json:"scope" enum:"workspace,budget,enrichment,provider,person"`
	Key   string `json:"key"`
	fettle.LimitView
}

// Limits lists every limit with what it leaves.
func (e *Engine) Limits(ctx context.Context, actor fettle.Actor) ([]LimitRow, error) {
	if err := actor.Require(fettle.Viewer, "see limits"); err != nil {
		return nil, err
	}
	out := []LimitRow{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		names, err := enrichmentNames(ctx, tx)
		if err != nil {
			return err
		}
		inForce, err := tx.Limits(ctx)
		if err != nil {
			return err
		}
		for _, l := range inForce {
			v, err := limits.View(ctx, tx, l, 0, 0, 0)
			if err != nil {
				return err
			}
			key := l.Key
			if l.Scope == store.ScopeEnrichment {
				if id, err := strconv.ParseInt(key, 10, 64); err == nil {
					key = names[id]
				}
			}
			out = append(out, LimitRow{Scope: string(l.Scope), Key: key, LimitView: v})
		}
		return nil
	})
	return out, err
}

// maxPerson is the longest name of whom a limit is of, in bytes: more than any
// email has, and less than an index of PostgreSQL holds.
const maxPerson = 500

// checkPerson refuses what cannot be the name of a person or a token.
func checkPerson(name string) error {
	if name == "" {
		return fettle.Errorf(fettle.Invalid, "the person is not named").WithHint("Name who it is of (fettle limit set person NAME --credits N).")
	}
	if len(name) > maxPerson {
		return fettle.Errorf(fettle.Invalid, "%.40q… is not the name of a person: it has %d bytes", name, len(name)).WithHint("Names of people and tokens have at most %d.", maxPerson)
	}
	return nil
}

// SetLimit sets a limit of the workspace, a budget, a provider or a person.
func (e *Engine) SetLimit(ctx context.Context, actor fettle.Actor, scope, key string, l fettle.Limit) error {
	s := store.Scope(scope)
	if s == store.ScopeEnrichment {
		_, err := e.SetEnrichmentLimit(ctx, actor, key, l, false)
		return err
	}
	who, err := e.may(ctx, actor, "setLimit")
	if err == nil {
		err = maySetLimit(actor, who, s)
	}
	if err != nil {
		return err
	}
	switch s {
	case store.ScopeWorkspace:
		key = ""
	case store.ScopeProvider:
		c, err := e.conns.For(key)
		if err != nil {
			return err
		}
		if key, err = providerLimitKey(c, key, l); err != nil {
			return err
		}
	case store.ScopePerson:
		if err := checkPerson(key); err != nil {
			return err
		}
	case store.ScopeBudget:
		if err := fettle.CheckName("a budget", key); err != nil {
			return err
		}
	default:
		return fettle.Errorf(fettle.Invalid, "%q cannot have a limit", scope).WithHint("Set a limit on workspace, budget NAME, provider NAME, person NAME or enrichment NAME.")
	}
	set, err := limits.CheckWide(l)
	if err != nil {
		return err
	}
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		if s == store.ScopeBudget {
			if err := mayLimitBudget(ctx, tx, actor, key, set); err != nil {
				return err
			}
			if err := wakeBudget(ctx, tx, key, nil); err != nil {
				return err
			}
		}
		if err := tx.PutLimit(ctx, store.Limit{Scope: s, Key: key, Limit: set, Actor: actor.Name, SetAtUS: time.Now().UnixMicro()}); err != nil {
			return err
		}
		if s == store.ScopePerson {
			if err := run.WakeOwn(ctx, tx, key, time.Now().UnixMicro()); err != nil {
				return err
			}
		}
		if err := limits.KnowNear(ctx, tx, limits.KeysOf(s, key, time.Now())...); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "limit", scope+" "+key, limits.Words(set))
	})
	e.worker.RescanAll()
	e.worker.Look()
	return err
}

// providerLimitKey is the key of a provider's limit, or of one connection's where
// it is named.
func providerLimitKey(c *connect.Connection, name string, l fettle.Limit) (string, error) {
	if !strings.Contains(name, "@") {
		return c.Description.Name, nil
	}
	if l.Records != nil {
		return "", fettle.Errorf(fettle.Invalid, "a limit of one connection is in credits").
			WithHint("Set the limit in records on the provider (fettle limit set provider %s --records N): it counts a record once, whichever connection is asked.", c.Description.Name).
			With("key", "limit.records")
	}
	return c.LimitKey(), nil
}

// maySetLimit refuses who may not set a limit. Those of persons are the admins'
// alone: they bound whom one lets spend.
func maySetLimit(actor fettle.Actor, s rights.Standing, scope store.Scope) error {
	if scope == store.ScopePerson {
		return actor.Require(fettle.Admin, "set limits of persons")
	}
	return rights.Check(actor, s, "setLimit")
}
