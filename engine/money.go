package engine

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"fettle"
	"fettle/ledger"
	"fettle/store"
)

// payer is on whose account a call is made: every limit of every one of these
// applies to it.
type payer struct {
	enrichment int64
	run        int64
	person     string
	provider   string
	at         time.Time // of the reservation: a charge counts in its period
}

var periods = []fettle.Period{fettle.Lifetime, fettle.PerDay, fettle.PerMonth}

// rowKeys are the balances that a row's whole hold counts in.
func (p payer) rowKeys() []store.BalanceKey {
	id := strconv.FormatInt(p.enrichment, 10)
	keys := []store.BalanceKey{{Scope: store.ScopeEnrichment, Key: id, Per: fettle.PerRun, Start: p.run}}
	for _, per := range periods {
		start := periodStart(per, p.at)
		keys = append(keys, store.BalanceKey{Scope: store.ScopeEnrichment, Key: id, Per: per, Start: start},
			store.BalanceKey{Scope: store.ScopePerson, Key: p.person, Per: per, Start: start},
			store.BalanceKey{Scope: store.ScopeWorkspace, Per: per, Start: start})
	}
	return keys
}

// stepKeys are the balances that one call's own hold counts in.
func (p payer) stepKeys() []store.BalanceKey {
	keys := make([]store.BalanceKey, 0, len(periods))
	for _, per := range periods {
		keys = append(keys, store.BalanceKey{Scope: store.ScopeProvider, Key: p.provider, Per: per, Start: periodStart(per, p.at)})
	}
	return keys
}

func periodStart(per fettle.Period, at time.Time) int64 {
	if s := per.Start(at); !s.IsZero() {
		return s.UnixMicro()
	}
	return 0
}

func payerOf(a store.Attempt) payer {
	return payer{enrichment: a.EnrichmentID, run: a.RunID, person: a.Actor, provider: a.Provider, at: time.UnixMicro(a.ReservedUS)}
}

// caps are the limits in force, by scope, key and period.
type caps struct {
	limits  []store.Limit
	granted *fettle.Credits // nil: nothing was granted, only limits bind
}

func readCaps(ctx context.Context, tx *store.Tx) (caps, error) {
	var c caps
	limits, err := tx.Limits(ctx)
	if err != nil {
		return c, err
	}
	for _, l := range limits {
		if !l.Limit.None {
			c.limits = append(c.limits, l)
		}
	}
	c.granted, err = granted(ctx, tx)
	return c, err
}

// settingGranted holds the sum of all grants, in micro-credits.
const settingGranted = "granted_uc"

// granted is the sum of the credits granted to the workspace; nil if none ever
// was.
func granted(ctx context.Context, tx *store.Tx) (*fettle.Credits, error) {
	v, ok, err := tx.Setting(ctx, settingGranted)
	if err != nil || !ok {
		return nil, err
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read the granted credits: %w", err)
	}
	c := fettle.Credits(n)
	return &c, nil
}

// of gives the cap of one balance; an empty cap if no limit binds it.
func (c caps) of(k store.BalanceKey) ledger.Cap {
	var out ledger.Cap
	for _, l := range c.limits {
		if l.Scope == k.Scope && l.Key == k.Key && l.Limit.Per == k.Per {
			out = l.Cap()
		}
	}
	if k.Scope == store.ScopeWorkspace && k.Per == fettle.Lifetime && c.granted != nil {
		if out.Credits == nil || *out.Credits > *c.granted {
			out.Credits = c.granted
		}
	}
	return out
}

// bound is a limit that binds, and what it leaves.
type bound struct {
	key     store.BalanceKey
	cap     ledger.Cap
	balance ledger.Balance
	room    ledger.Room
	grant   bool // the workspace's credits, not a limit
}

// bounds reads what the limits leave for the balances.
func (c caps) bounds(ctx context.Context, tx *store.Tx, keys []store.BalanceKey) ([]bound, error) {
	var out []bound
	for _, k := range keys {
		limit := c.of(k)
		if limit.Credits == nil && limit.Records == nil {
			continue
		}
		b, err := tx.Balance(ctx, k)
		if err != nil {
			return nil, err
		}
		grant := k.Scope == store.ScopeWorkspace && k.Per == fettle.Lifetime && c.granted != nil && limit.Credits == c.granted
		out = append(out, bound{key: k, cap: limit, balance: b, room: limit.Left(b), grant: grant})
	}
	return out, nil
}

// room is the tightest of several bounds.
func room(bounds []bound) ledger.Room {
	r := ledger.Unbounded()
	for _, b := range bounds {
		r = r.Min(b.room)
	}
	return r
}

// moves gathers what a transaction does to balances: first by payer, of which
// a transaction has few, then by balance.
type moves struct {
	caps   caps
	payers map[payer]*[2]ledger.Balance // by side
}

func newMoves(c caps) *moves { return &moves{caps: c, payers: map[payer]*[2]ledger.Balance{}} }

// add counts what happens to one call's hold.
func (m *moves) add(p payer, delta func(ledger.Side) ledger.Balance) {
	p.at = fettle.PerDay.Start(p.at) // no period is shorter
	sums := m.payers[p]
	if sums == nil {
		sums = new([2]ledger.Balance)
		m.payers[p] = sums
	}
	for _, side := range []ledger.Side{ledger.RowSide, ledger.StepSide} {
		sums[side] = sums[side].Add(delta(side))
	}
}

// deltas sums the moves up by balance.
func (m *moves) deltas() map[store.BalanceKey]ledger.Balance {
	out := map[store.BalanceKey]ledger.Balance{}
	for p, sums := range m.payers {
		for _, k := range p.rowKeys() {
			out[k] = out[k].Add(sums[ledger.RowSide])
		}
		for _, k := range p.stepKeys() {
			out[k] = out[k].Add(sums[ledger.StepSide])
		}
	}
	return out
}

// apply writes the balances. It fails with store.ErrNoRoom where a reservation
// does not fit.
func (m *moves) apply(ctx context.Context, tx *store.Tx) error {
	deltas := m.deltas()
	changes := make([]store.Change, 0, len(deltas))
	for k, d := range deltas {
		if d == (ledger.Balance{}) {
			continue
		}
		changes = append(changes, store.Change{Key: k, Delta: d, Cap: m.caps.of(k)})
	}
	return tx.ApplyBalances(ctx, changes)
}

// entry is the journal's line for what happens to one call's hold.
func entry(kind string, attempt int64, d ledger.Balance, actor string, now time.Time) store.JournalEntry {
	return store.JournalEntry{
		AtUS: now.UnixMicro(), Kind: kind, AttemptID: attempt, Reserved: int64(d.Reserved), Settled: int64(d.Settled),
		Unknown: int64(d.Unknown), Overrun: int64(d.Overrun), Actor: actor,
	}
}
