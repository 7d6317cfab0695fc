package engine

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"fettle"
	"fettle/ledger"
	"fettle/store"
)

// The highest limits: more is a slip of the hand.
const (
	mostCredits = 1_000_000_000 * fettle.Credit
	mostRecords = 1_000_000_000
)

// checkLimit refuses a limit that cannot be, and fills in its period.
func checkLimit(l fettle.Limit) (fettle.Limit, error) {
	l.Per = cmp.Or(l.Per, fettle.Lifetime)
	switch l.Per {
	case fettle.Lifetime, fettle.PerDay, fettle.PerMonth, fettle.PerRun:
	default:
		return l, fettle.Errorf(fettle.Invalid, "limit.per: %q is not known", l.Per).WithHint("Use lifetime, day, month or run.").With("key", "limit.per")
	}
	if (l.Credits != nil && *l.Credits < 0) || (l.Records != nil && *l.Records < 0) {
		return l, fettle.Errorf(fettle.Invalid, "limit: a limit cannot be negative").WithHint("Write a number of credits, such as 1000, or 0 to allow nothing.").With("key", "limit")
	}
	if l.Credits != nil && *l.Credits > mostCredits {
		return l, fettle.Errorf(fettle.Invalid, "limit: %s credits are more than a limit can be", l.Credits).WithHint("The most is %s; without a limit, say none.", mostCredits).With("key", "limit.credits")
	}
	if l.Records != nil && *l.Records > mostRecords {
		return l, fettle.Errorf(fettle.Invalid, "limit: %d records are more than a limit can be", *l.Records).WithHint("The most is %d; without a limit in records, leave it out.", int64(mostRecords)).With("key", "limit.records")
	}
	if !l.None && l.Credits == nil && l.Records == nil {
		return l, fettle.Errorf(fettle.Invalid, "limit: neither credits nor records are given").
			WithHint("Write limit: {credits: 1000}, or say that there is none: limit: none.").With("key", "limit")
	}
	return l, nil
}

// SetEnrichmentLimit sets a limit of an enrichment. It does not resume by
// itself unless asked to (see RaiseAndResume). Without a period it replaces the
// limit that the enrichment has, if it has one.
func (e *Engine) SetEnrichmentLimit(ctx context.Context, actor fettle.Actor, name string, l fettle.Limit, resume bool) (fettle.EnrichmentView, error) {
	if resume {
		return e.RaiseAndResume(ctx, actor, name, l, StartOptions{})
	}
	if err := actor.RequireSpend("set limits"); err != nil {
		return fettle.EnrichmentView{}, err
	}
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		_, err := putEnrichmentLimit(ctx, tx, actor, name, l)
		return err
	})
	return e.limitSet(ctx, actor, name, err)
}

// RaiseAndResume sets a limit and goes on within it, both or neither: refused,
// the limit stays as it was. Of an enrichment that is live it only sets the
// limit.
func (e *Engine) RaiseAndResume(ctx context.Context, actor fettle.Actor, name string, l fettle.Limit, opt StartOptions) (fettle.EnrichmentView, error) {
	if err := actor.RequireSpend("set limits"); err != nil {
		return fettle.EnrichmentView{}, err
	}
	t, err := e.agreed(ctx, actor, name, opt)
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		cur, err := putEnrichmentLimit(ctx, tx, actor, name, l)
		if err != nil || cur.State == fettle.Live {
			return err
		}
		return e.goLiveTx(ctx, tx, actor, cur, "resume", fettle.CauseStart, t)
	})
	return e.limitSet(ctx, actor, name, err)
}

// limitSet makes the worker look anew after a limit was set.
func (e *Engine) limitSet(ctx context.Context, actor fettle.Actor, name string, err error) (fettle.EnrichmentView, error) {
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	e.worker.rescanAll()
	e.worker.look()
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
	old, err := limitsOf(ctx, tx, store.ScopeEnrichment, key)
	if err != nil {
		return cur, err
	}
	if l.Per == "" && len(old) == 1 {
		l.Per = old[0].Limit.Per
	}
	set, err := checkLimit(l)
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
	return cur, tx.Act(ctx, actor, "enrichment.limit", name, limitWords(set))
}

func limitWords(l fettle.Limit) string {
	if l.None {
		return "none"
	}
	s := ""
	if l.Credits != nil {
		s = l.Credits.String() + " credits"
	}
	if l.Records != nil {
		if s != "" {
			s += ", "
		}
		s += fmt.Sprintf("%d records", *l.Records)
	}
	return s + " per " + string(l.Per)
}

func limitsOf(ctx context.Context, tx *store.Tx, scope store.Scope, key string) ([]store.Limit, error) {
	all, err := tx.Limits(ctx, scope)
	var out []store.Limit
	for _, l := range all {
		if l.Key == key {
			out = append(out, l)
		}
	}
	return out, err
}

// LimitRow is a limit with what it belongs to.
type LimitRow struct {
	Scope string `json:"scope"`
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
		limits, err := tx.Limits(ctx)
		if err != nil {
			return err
		}
		for _, l := range limits {
			v, err := e.limitView(ctx, tx, l, 0, 0, 0)
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

// SetLimit sets a limit of the workspace, a provider or a person.
func (e *Engine) SetLimit(ctx context.Context, actor fettle.Actor, scope, key string, l fettle.Limit) error {
	s := store.Scope(scope)
	if err := maySetLimit(actor, s); err != nil {
		return err
	}
	switch s {
	case store.ScopeWorkspace:
		key = ""
	case store.ScopeProvider:
		c, err := e.connectionFor(key)
		if err != nil {
			return err
		}
		key = c.desc.Name
	case store.ScopePerson:
		if key == "" {
			return fettle.Errorf(fettle.Invalid, "the person is not named").WithHint("Name who it is of (fettle limit set person NAME --credits N).")
		}
	case store.ScopeEnrichment:
		_, err := e.SetEnrichmentLimit(ctx, actor, key, l, false)
		return err
	default:
		return fettle.Errorf(fettle.Invalid, "%q cannot have a limit", scope).WithHint("Set a limit on workspace, provider NAME, person NAME or enrichment NAME.")
	}
	set, err := checkWideLimit(l)
	if err != nil {
		return err
	}
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.PutLimit(ctx, store.Limit{Scope: s, Key: key, Limit: set, Actor: actor.Name, SetAtUS: time.Now().UnixMicro()}); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "limit", scope+" "+key, limitWords(set))
	})
	e.worker.rescanAll()
	e.worker.look()
	return err
}

// maySetLimit refuses who may not set a limit. Those of persons are the admins'
// alone: they bound whom one lets spend.
func maySetLimit(actor fettle.Actor, scope store.Scope) error {
	if scope == store.ScopePerson {
		return actor.Require(fettle.Admin, "set limits of persons")
	}
	return actor.RequireSpend("set limits")
}

// checkWideLimit refuses what cannot be a limit of a person, a provider or the
// workspace.
func checkWideLimit(l fettle.Limit) (fettle.Limit, error) {
	set, err := checkLimit(l)
	if err == nil && set.Per == fettle.PerRun {
		err = fettle.Errorf(fettle.Invalid, "a limit per run is an enrichment's").WithHint("Use lifetime, day or month.")
	}
	return set, err
}

// limitView shows a limit in credits, in money and in rows of an enrichment at
// its highest and expected price.
func (e *Engine) limitView(ctx context.Context, tx *store.Tx, l store.Limit, run int64, high, expected fettle.Credits) (fettle.LimitView, error) {
	now := time.Now()
	start := periodStart(l.Limit.Per, now)
	if l.Limit.Per == fettle.PerRun {
		start = run
	}
	b, err := tx.Balance(ctx, store.BalanceKey{Scope: l.Scope, Key: l.Key, Per: l.Limit.Per, Start: start})
	if err != nil {
		return fettle.LimitView{}, err
	}
	v := fettle.LimitView{None: l.Limit.None, Credits: l.Limit.Credits, Records: l.Limit.Records, Per: l.Limit.Per, UsedCredits: b.Used(), UsedRecords: b.UsedRecords()}
	if next := l.Limit.Per.Next(now); !next.IsZero() {
		v.ResetsAt = &next
	}
	left := l.Cap().Left(b)
	if l.Limit.Records != nil {
		v.LeftRecords = &left.Records
	}
	if l.Limit.Credits == nil {
		return v, nil
	}
	v.LeftCredits = &left.Credits
	micro, err := creditUSDMicro(ctx, tx)
	if err != nil {
		return v, err
	}
	v.Money = dollars(*l.Limit.Credits, micro)
	v.RowsAtHigh, v.RowsExpected = rowsFor(*l.Limit.Credits, high), rowsFor(*l.Limit.Credits, expected)
	return v, nil
}

func rowsFor(c, price fettle.Credits) *int64 {
	if price <= 0 {
		return nil
	}
	n := int64(c / price)
	return &n
}

// creditUSDMicro is what a credit is worth, in millionths of a US dollar.
func creditUSDMicro(ctx context.Context, tx *store.Tx) (int64, error) {
	v, ok, err := tx.Setting(ctx, store.SettingCreditUSDMicro)
	if err != nil || !ok {
		return 10_000, err
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err == nil && n <= 0 {
		err = fettle.Errorf(fettle.Invalid, "a credit is worth %d millionths of a dollar", n).WithHint("Set a positive worth.")
	}
	return n, err
}

// dollars renders credits as US dollars, rounded to the cent away from zero.
func dollars(c fettle.Credits, usdMicro int64) string {
	cents := math.Ceil(float64(c) / float64(fettle.Credit) * float64(usdMicro) / 1e4)
	return fmt.Sprintf("US$%.2f", cents/100)
}

// settlePrice is what was really paid for a call on average; 0 if none was.
func settlePrice(b ledger.Balance) fettle.Credits {
	if b.SettledRecords == 0 {
		return 0
	}
	return (b.Settled + b.Overrun) / fettle.Credits(b.SettledRecords)
}
