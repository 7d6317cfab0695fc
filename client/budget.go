package client

import (
	"context"
	"net/url"

	"fettle"
)

// Budgets lists the budgets.
func (c *Client) Budgets(ctx context.Context) ([]fettle.BudgetView, error) {
	p, err := get[Page[fettle.BudgetView]](ctx, c, "/budgets", nil)
	return p.Items, err
}

// AttachToBudget has enrichments and people count in a budget from now on.
func (c *Client) AttachToBudget(ctx context.Context, budget string, m fettle.BudgetMembers) (fettle.BudgetView, error) {
	return post[fettle.BudgetView](ctx, c, "/budgets/"+url.PathEscape(budget)+"/attach", m)
}

// DetachFromBudget has enrichments and people count in a budget no more.
func (c *Client) DetachFromBudget(ctx context.Context, budget string, m fettle.BudgetMembers) (fettle.BudgetView, error) {
	return post[fettle.BudgetView](ctx, c, "/budgets/"+url.PathEscape(budget)+"/detach", m)
}

// DeleteBudget deletes a budget.
func (c *Client) DeleteBudget(ctx context.Context, budget string) error {
	return c.remove(ctx, "/budgets/"+url.PathEscape(budget))
}
