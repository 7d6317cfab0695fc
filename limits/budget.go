package limits

import (
	"context"
	"strconv"
	"time"

	"fettle/store"
)

// members reads which budget everything that is attached to one counts in.
func members(ctx context.Context, tx *store.Tx) (map[store.Member]string, error) {
	list, err := tx.BudgetMembers(ctx)
	out := make(map[store.Member]string, len(list))
	for _, m := range list {
		out[m.Member] = m.Budget
	}
	return out, err
}

// Under gives a payer the budgets that its calls count in from now on: those of
// its enrichment, of the person and of the opener, each once.
func (c Caps) Under(p Payer) Payer {
	p.Budgets = store.Budgets{}
	if len(c.budgets) == 0 {
		return p
	}
	of := func(kind store.MemberKind, key string) string { return c.budgets[store.Member{Kind: kind, Key: key}] }
	p.Budgets[0] = of(store.MemberEnrichment, strconv.FormatInt(p.Enrichment, 10))
	if b := of(store.MemberPerson, p.Person); b != p.Budgets[0] {
		p.Budgets[1] = b
	}
	if b := of(store.MemberPerson, p.Opener); b != p.Budgets[0] && b != p.Budgets[1] {
		p.Budgets[2] = b
	}
	return p
}

// Binds reports whether a limit of a budget binds a person beside their own.
func (c Caps) Binds(person string) bool {
	b := c.budgets[store.Member{Kind: store.MemberPerson, Key: person}]
	for _, l := range c.InForce {
		if b != "" && l.Scope == store.ScopeBudget && l.Key == b {
			return true
		}
	}
	return false
}

// OwnBounds are the limits of one person, and of the budget that they count in.
func OwnBounds(ctx context.Context, tx *store.Tx, person string) ([]Bound, error) {
	c, err := Read(ctx, tx)
	if err != nil {
		return nil, err
	}
	pays := c.Under(Payer{Opener: person, At: time.Now()})
	keys := pays.OwnKeys()
	if b := pays.Budgets[2]; b != "" {
		keys = append(keys, KeysOf(store.ScopeBudget, b, pays.At)...)
	}
	return c.Bounds(ctx, tx, keys)
}
