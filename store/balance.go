package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"fettle"
	"fettle/ledger"
)

// Scope is what a balance or a limit belongs to.
type Scope string

// The scopes, in the order in which balances are locked.
const (
	ScopeBudget     Scope = "budget" // a limit under a name, which enrichments and people are attached to
	ScopeEnrichment Scope = "enrichment"
	ScopePerson     Scope = "person"
	ScopePilot      Scope = "pilot" // a person's pilots within the allowance of the workspace
	ScopeProvider   Scope = "provider"
	ScopeWorkspace  Scope = "workspace"
)

// BalanceKey names one balance. Start is the period's first microsecond, the
// run's id for runs, and 0 for the lifetime.
type BalanceKey struct {
	Scope Scope
	Key   string
	Per   fettle.Period
	Start int64
}

func compareBalanceKeys(a, b BalanceKey) int {
	return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Per, b.Per), cmp.Compare(a.Start, b.Start))
}

// Change is what a transaction does to one balance. Cap is checked by the
// database itself where the change takes room.
type Change struct {
	Key   BalanceKey
	Delta ledger.Balance
	Cap   ledger.Cap
}

// ErrNoRoom says that a balance changed since its room was read: the caller
// begins its transaction anew.
var ErrNoRoom = errors.New("no room under a limit")

// noCap stands for no limit in the guarded update.
const noCap = int64(1) << 62

// ApplyBalances adds the deltas to the balances, in one fixed order, so that
// transactions cannot block each other. A delta that takes room is refused
// with ErrNoRoom where settled + reserved + unknown + overrun would pass the
// cap: this guard holds whatever the caller computed.
func (tx *Tx) ApplyBalances(ctx context.Context, changes []Change) error {
	slices.SortFunc(changes, func(a, b Change) int { return compareBalanceKeys(a.Key, b.Key) })
	for _, c := range changes {
		n, err := tx.applyBalance(ctx, c)
		if err == nil && n == 0 {
			// Refused, or the first of its period.
			if err := tx.openBalance(ctx, c.Key); err != nil {
				return err
			}
			n, err = tx.applyBalance(ctx, c)
		}
		if err != nil {
			return err
		}
		if n != 1 {
			return ErrNoRoom
		}
	}
	return nil
}

func (tx *Tx) openBalance(ctx context.Context, k BalanceKey) error {
	_, err := tx.exec(ctx, `INSERT INTO balances (scope, scope_key, per, period_start, reserved_uc, settled_uc, unknown_uc, overrun_uc,
		reserved_records, settled_records, unknown_records) VALUES ($1, $2, $3, $4, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING`,
		string(k.Scope), k.Key, string(k.Per), k.Start)
	return err
}

func (tx *Tx) applyBalance(ctx context.Context, c Change) (int64, error) {
	k, d := c.Key, c.Delta
	credits, records := guards(c)
	return tx.exec(ctx, `UPDATE balances SET reserved_uc = reserved_uc + $5, settled_uc = settled_uc + $6, unknown_uc = unknown_uc + $7,
			overrun_uc = overrun_uc + $8, reserved_records = reserved_records + $9, settled_records = settled_records + $10,
			unknown_records = unknown_records + $11
			WHERE scope = $1 AND scope_key = $2 AND per = $3 AND period_start = $4
			AND reserved_uc + settled_uc + unknown_uc + overrun_uc + $12 <= $13
			AND reserved_records + settled_records + unknown_records + $14 <= $15`,
		string(k.Scope), k.Key, string(k.Per), k.Start, int64(d.Reserved), int64(d.Settled), int64(d.Unknown), int64(d.Overrun),
		d.ReservedRecords, d.SettledRecords, d.UnknownRecords, credits.take, credits.cap, records.take, records.cap)
}

// guard is what a change takes of a cap. A change that takes nothing is never
// refused, since a limit may have been lowered below what is used; nor is an
// overrun, which was billed already.
type guard struct{ take, cap int64 }

func guards(c Change) (credits, records guard) {
	credits, records = guard{0, noCap}, guard{0, noCap}
	d := c.Delta
	if take := int64(d.Used()); d.Reserved+d.Settled+d.Unknown > 0 && c.Cap.Credits != nil {
		credits = guard{take, int64(*c.Cap.Credits)}
	}
	if take := d.UsedRecords(); take > 0 && c.Cap.Records != nil {
		records = guard{take, *c.Cap.Records}
	}
	return credits, records
}

// Balance reads one balance; one that was never touched is zero.
func (tx *Tx) Balance(ctx context.Context, k BalanceKey) (ledger.Balance, error) {
	var b ledger.Balance
	err := tx.get(ctx, []any{&b.Reserved, &b.Settled, &b.Unknown, &b.Overrun, &b.ReservedRecords, &b.SettledRecords, &b.UnknownRecords},
		`SELECT reserved_uc, settled_uc, unknown_uc, overrun_uc, reserved_records, settled_records, unknown_records
		FROM balances WHERE scope = $1 AND scope_key = $2 AND per = $3 AND period_start = $4`, string(k.Scope), k.Key, string(k.Per), k.Start)
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.Balance{}, nil
	}
	return b, err
}

// Balances reads every balance.
func (tx *Tx) Balances(ctx context.Context) (map[BalanceKey]ledger.Balance, error) {
	out := map[BalanceKey]ledger.Balance{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var k BalanceKey
		var b ledger.Balance
		if err := r.Scan(&k.Scope, &k.Key, &k.Per, &k.Start, &b.Reserved, &b.Settled, &b.Unknown, &b.Overrun,
			&b.ReservedRecords, &b.SettledRecords, &b.UnknownRecords); err != nil {
			return err
		}
		out[k] = b
		return nil
	}, `SELECT scope, scope_key, per, period_start, reserved_uc, settled_uc, unknown_uc, overrun_uc,
		reserved_records, settled_records, unknown_records FROM balances`)
	return out, err
}

// Limit is a stored limit.
type Limit struct {
	Scope   Scope
	Key     string
	Limit   fettle.Limit
	Actor   string
	SetAtUS int64
}

// Cap gives what the limit allows.
func (l Limit) Cap() ledger.Cap {
	return ledger.Cap{Credits: l.Limit.Credits, Records: l.Limit.Records}
}

// Limits reads the limits of the given scopes; all of them if none is given.
func (tx *Tx) Limits(ctx context.Context, scopes ...Scope) ([]Limit, error) {
	var out []Limit
	err := tx.query(ctx, func(r *sql.Rows) error {
		var l Limit
		var credits, records sql.NullInt64
		if err := r.Scan(&l.Scope, &l.Key, &l.Limit.Per, &credits, &records, &l.Limit.None, &l.Actor, &l.SetAtUS); err != nil {
			return err
		}
		if credits.Valid {
			c := fettle.Credits(credits.Int64)
			l.Limit.Credits = &c
		}
		if records.Valid {
			l.Limit.Records = &records.Int64
		}
		if len(scopes) == 0 || slices.Contains(scopes, l.Scope) {
			out = append(out, l)
		}
		return nil
	}, `SELECT scope, scope_key, per, credits_uc, records, none, actor, set_at_us FROM limits ORDER BY scope, scope_key, per`)
	return out, err
}

// PutLimit sets the limit of a scope in one period.
func (tx *Tx) PutLimit(ctx context.Context, l Limit) error {
	var credits, records any
	if l.Limit.Credits != nil {
		credits = int64(*l.Limit.Credits)
	}
	if l.Limit.Records != nil {
		records = *l.Limit.Records
	}
	_, err := tx.exec(ctx, `INSERT INTO limits (scope, scope_key, per, credits_uc, records, none, actor, set_at_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (scope, scope_key, per) DO UPDATE SET credits_uc = excluded.credits_uc, records = excluded.records,
		none = excluded.none, actor = excluded.actor, set_at_us = excluded.set_at_us`,
		string(l.Scope), l.Key, string(l.Limit.Per), credits, records, l.Limit.None, l.Actor, l.SetAtUS)
	return err
}

// DropLimits removes every limit of one scope.
func (tx *Tx) DropLimits(ctx context.Context, scope Scope, key string) error {
	_, err := tx.exec(ctx, `DELETE FROM limits WHERE scope = $1 AND scope_key = $2`, string(scope), key)
	return err
}
