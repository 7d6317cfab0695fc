package store

import (
	"context"
	"database/sql"
	"errors"
)

// MemberKind is what is attached to a budget.
type MemberKind string

// The kinds of members.
const (
	MemberEnrichment MemberKind = "enrichment"
	MemberPerson     MemberKind = "person" // or a token
)

// Member is what counts in a budget: an enrichment by its id, a person or a
// token by its name.
type Member struct {
	Kind MemberKind
	Key  string
}

// BudgetMember is a member with the budget that it counts in.
type BudgetMember struct {
	Member
	Budget  string
	Actor   string
	SetAtUS int64
}

// BudgetMembers lists what is attached to budgets.
func (tx *Tx) BudgetMembers(ctx context.Context) ([]BudgetMember, error) {
	var out []BudgetMember
	err := tx.query(ctx, func(r *sql.Rows) error {
		var m BudgetMember
		err := r.Scan(&m.Kind, &m.Key, &m.Budget, &m.Actor, &m.SetAtUS)
		out = append(out, m)
		return err
	}, `SELECT kind, member, budget, actor, set_at_us FROM budget_members ORDER BY kind, member`)
	return out, err
}

// BudgetOf is the budget that something is attached to; "" for none.
func (tx *Tx) BudgetOf(ctx context.Context, m Member) (budget string, err error) {
	err = tx.get(ctx, []any{&budget}, `SELECT budget FROM budget_members WHERE kind = $1 AND member = $2`, string(m.Kind), m.Key)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return budget, err
}

// PutBudgetMember attaches something to a budget; it leaves the one that it was
// attached to.
func (tx *Tx) PutBudgetMember(ctx context.Context, m BudgetMember) error {
	_, err := tx.exec(ctx, `INSERT INTO budget_members (kind, member, budget, actor, set_at_us) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (kind, member) DO UPDATE SET budget = excluded.budget, actor = excluded.actor, set_at_us = excluded.set_at_us`,
		string(m.Kind), m.Key, m.Budget, m.Actor, m.SetAtUS)
	return err
}

// DropBudgetMember detaches something from its budget.
func (tx *Tx) DropBudgetMember(ctx context.Context, m Member) error {
	_, err := tx.exec(ctx, `DELETE FROM budget_members WHERE kind = $1 AND member = $2`, string(m.Kind), m.Key)
	return err
}

// DropBudget takes a budget away: its limits, and what is attached to it. What
// was spent in it stays counted under its name.
func (tx *Tx) DropBudget(ctx context.Context, name string) error {
	if _, err := tx.exec(ctx, `DELETE FROM budget_members WHERE budget = $1`, name); err != nil {
		return err
	}
	return tx.DropLimits(ctx, ScopeBudget, name)
}
