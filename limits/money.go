package limits

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"fettle"
	"fettle/ledger"
	"fettle/store"
)

// Payer is on whose account a call is made: every limit of every one of these
// applies to it.
type Payer struct {
	Enrichment int64
	Run        int64
	Person     string
	Opener     string        // who opened the row, where that is not the person: their own limits count and bind too
	Budgets    store.Budgets // see Caps.Under
	Allowance  bool          // a pilot of somebody who may not spend
	Provider   string
	Connection string    // of the provider's, by which it is called
	At         time.Time // of the reservation: a charge counts in its period
}

// Periods are those that every balance is kept for; an enrichment has one for each
// run beside.
func Periods() []fettle.Period {
	return []fettle.Period{fettle.Lifetime, fettle.PerDay, fettle.PerMonth}
}

// RowKeys are the balances that a row's whole hold counts in.
func (p Payer) RowKeys() []store.BalanceKey {
	id := strconv.FormatInt(p.Enrichment, 10)
	keys := []store.BalanceKey{{Scope: store.ScopeEnrichment, Key: id, Per: fettle.PerRun, Start: p.Run}}
	for _, per := range Periods() {
		start := PeriodStart(per, p.At)
		keys = append(keys, store.BalanceKey{Scope: store.ScopeEnrichment, Key: id, Per: per, Start: start},
			store.BalanceKey{Scope: store.ScopePerson, Key: p.Person, Per: per, Start: start},
			store.BalanceKey{Scope: store.ScopeWorkspace, Per: per, Start: start})
	}
	for _, b := range p.Budgets {
		if b != "" {
			keys = append(keys, KeysOf(store.ScopeBudget, b, p.At)...)
		}
	}
	keys = append(keys, p.OwnKeys()...)
	if p.Allowance {
		keys = append(keys, PilotKey(p.Person, p.At))
	}
	return keys
}

// OwnKeys are the balances of who opened the row, where that is not the person:
// what both count in is counted once.
func (p Payer) OwnKeys() []store.BalanceKey {
	if p.Opener == "" || p.Opener == p.Person {
		return nil
	}
	keys := make([]store.BalanceKey, 0, len(Periods()))
	for _, per := range Periods() {
		keys = append(keys, store.BalanceKey{Scope: store.ScopePerson, Key: p.Opener, Per: per, Start: PeriodStart(per, p.At)})
	}
	return keys
}

// StepKeys are the balances that one call's own hold counts in: those of its
// provider, whose connections count together, and those of its connection.
func (p Payer) StepKeys() []store.BalanceKey {
	keys := make([]store.BalanceKey, 0, 2*len(Periods()))
	for _, key := range []string{p.Provider, ConnectionKey(p.Provider, p.Connection)} {
		keys = append(keys, KeysOf(store.ScopeProvider, key, p.At)...)
	}
	return keys
}

// ConnectionKey is the key of the limit and the balance of one connection of a
// provider. Its default connection is named too: the provider's own name is the
// key of them all.
func ConnectionKey(provider, connection string) string {
	return provider + "@" + cmp.Or(connection, fettle.DefaultConnection)
}

// PeriodStart is when the period of a balance began, in microseconds; 0 for one
// that has no beginning.
func PeriodStart(per fettle.Period, at time.Time) int64 {
	if s := per.Start(at); !s.IsZero() {
		return s.UnixMicro()
	}
	return 0
}

// PayerOf is on whose account a call was reserved.
func PayerOf(a store.Attempt) Payer {
	return Payer{Enrichment: a.EnrichmentID, Run: a.RunID, Person: a.Actor, Opener: a.Opener, Budgets: a.Budgets, Allowance: a.Allowance, Provider: a.Provider, Connection: a.Connection, At: time.UnixMicro(a.ReservedUS)}
}

// Caps are the limits in force, by scope, key and period.
type Caps struct {
	InForce []store.Limit
	Pilots  ledger.Cap      // of the pilots of each person who may not spend, a day
	Granted *fettle.Credits // nil: nothing was granted, only limits bind

	budgets map[store.Member]string // what is attached to budgets
}

// Read reads the limits in force, and what was granted.
func Read(ctx context.Context, tx *store.Tx) (Caps, error) {
	var c Caps
	limits, err := tx.Limits(ctx)
	if err != nil {
		return c, err
	}
	budgets := false
	for _, l := range limits {
		budgets = budgets || l.Scope == store.ScopeBudget
		if !l.Limit.None {
			c.InForce = append(c.InForce, l)
		}
	}
	if budgets {
		if c.budgets, err = members(ctx, tx); err != nil {
			return c, err
		}
	}
	a, err := PilotAllowance(ctx, tx)
	if err != nil {
		return c, err
	}
	c.Pilots = ledger.Cap{Credits: &a.Credits, Records: &a.Rows}
	c.Granted, err = Granted(ctx, tx)
	return c, err
}

// of gives the cap of one balance; an empty cap if no limit binds it.
func (c Caps) of(k store.BalanceKey) ledger.Cap {
	var out ledger.Cap
	if k.Scope == store.ScopePilot {
		return c.Pilots
	}
	for _, l := range c.InForce {
		if l.Scope == k.Scope && l.Key == k.Key && l.Limit.Per == k.Per {
			out = l.Cap()
		}
	}
	if k.Scope == store.ScopeWorkspace && k.Per == fettle.Lifetime && c.Granted != nil {
		if out.Credits == nil || *out.Credits > *c.Granted {
			out.Credits = c.Granted
		}
	}
	return out
}

// Bound is a limit that binds, and what it leaves.
type Bound struct {
	Key     store.BalanceKey
	Cap     ledger.Cap
	Balance ledger.Balance
	Room    ledger.Room
	Grant   bool // the workspace's credits, not a limit
}

// Bounds reads what the limits leave for the balances.
func (c Caps) Bounds(ctx context.Context, tx *store.Tx, keys []store.BalanceKey) ([]Bound, error) {
	var out []Bound
	for _, k := range keys {
		limit := c.of(k)
		if limit.Credits == nil && limit.Records == nil {
			continue
		}
		b, err := tx.Balance(ctx, k)
		if err != nil {
			return nil, err
		}
		grant := k.Scope == store.ScopeWorkspace && k.Per == fettle.Lifetime && c.Granted != nil && limit.Credits == c.Granted
		out = append(out, Bound{Key: k, Cap: limit, Balance: b, Room: limit.Left(b), Grant: grant})
	}
	return out, nil
}

// Room is the tightest of several bounds.
func Room(bounds []Bound) ledger.Room {
	r := ledger.Unbounded()
	for _, b := range bounds {
		r = r.Min(b.Room)
	}
	return r
}

// Moves gathers what a transaction does to balances: first by payer, of which
// a transaction has few, then by balance.
type Moves struct {
	caps   Caps
	payers map[Payer]*[2]ledger.Balance // by side
}

// NewMoves begins with nothing moved.
func NewMoves(c Caps) *Moves { return &Moves{caps: c, payers: map[Payer]*[2]ledger.Balance{}} }

// Add counts what happens to one call's hold.
func (m *Moves) Add(p Payer, delta func(ledger.Side) ledger.Balance) {
	p.At = fettle.PerDay.Start(p.At) // no period is shorter
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
func (m *Moves) deltas() map[store.BalanceKey]ledger.Balance {
	out := map[store.BalanceKey]ledger.Balance{}
	for p, sums := range m.payers {
		for _, k := range p.RowKeys() {
			out[k] = out[k].Add(sums[ledger.RowSide])
		}
		for _, k := range p.StepKeys() {
			out[k] = out[k].Add(sums[ledger.StepSide])
		}
	}
	return out
}

// Apply writes the balances. It fails with store.ErrNoRoom where a reservation
// does not fit.
func (m *Moves) Apply(ctx context.Context, tx *store.Tx) error {
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

// Entry is the journal's line for what happens to one call's hold.
func Entry(kind string, attempt int64, d ledger.Balance, actor string, now time.Time) store.JournalEntry {
	return store.JournalEntry{
		AtUS: now.UnixMicro(), Kind: kind, AttemptID: attempt, Reserved: int64(d.Reserved), Settled: int64(d.Settled),
		Unknown: int64(d.Unknown), Overrun: int64(d.Overrun), Actor: actor,
	}
}
