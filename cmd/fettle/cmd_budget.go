package main

import (
	"context"
	"io"
	"strings"

	"fettle"
	"fettle/client"
)

type budgetCmd struct {
	List   budgetListCmd   `cmd:"" default:"withargs" help:"List budgets, and what counts in each."`
	Attach budgetAttachCmd `cmd:"" help:"Have enrichments and people count in a budget from now on."`
	Detach budgetDetachCmd `cmd:"" help:"Have enrichments and people count in a budget no more."`
	Delete budgetDeleteCmd `cmd:"" help:"Delete a budget: nothing counts in it any more."`
}

type budgetListCmd struct{}

func (c *budgetListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Budgets(ctx)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) { printBudgets(w, all...) })
}

func printBudgets(w io.Writer, all ...fettle.BudgetView) {
	g := newGrid("budget", "limit", "#used", "#left", "enrichments", "people")
	for _, b := range all {
		for i, l := range b.Limits {
			name, enrichments, people := b.Name, strings.Join(b.Enrichments, ", "), strings.Join(b.People, ", ")
			if i > 0 {
				name, enrichments, people = "", "", ""
			}
			used, left := usedText(l)
			g.row(name, limitText(&l), used, left, enrichments, people)
		}
	}
	g.render(w, "no budgets")
}

// membersFlags name what counts in a budget.
type membersFlags struct {
	Name       string   `arg:"" help:"The budget."`
	Enrichment []string `placeholder:"NAME" help:"An enrichment; several: --enrichment A,B."`
	Person     []string `placeholder:"NAME" help:"A person or a token; several: --person A,B."`
}

func (f membersFlags) change(ctx context.Context, s *session, do func(*client.Client, fettle.BudgetMembers) (fettle.BudgetView, error)) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := do(api, fettle.BudgetMembers{Enrichments: f.Enrichment, People: f.Person})
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { printBudgets(w, v) })
}

type budgetAttachCmd struct{ membersFlags }

func (c *budgetAttachCmd) Run(ctx context.Context, s *session) error {
	return c.change(ctx, s, func(api *client.Client, m fettle.BudgetMembers) (fettle.BudgetView, error) {
		return api.AttachToBudget(ctx, c.Name, m)
	})
}

type budgetDetachCmd struct{ membersFlags }

func (c *budgetDetachCmd) Run(ctx context.Context, s *session) error {
	return c.change(ctx, s, func(api *client.Client, m fettle.BudgetMembers) (fettle.BudgetView, error) {
		return api.DetachFromBudget(ctx, c.Name, m)
	})
}

type budgetDeleteCmd struct {
	Name string `arg:"" help:"The budget."`
}

func (c *budgetDeleteCmd) Run(ctx context.Context, s *session) error {
	return removal{
		name: c.Name, asks: "this deletes the budget " + c.Name + ": nothing counts in it any more", says: "deleted " + c.Name,
		there: func(ctx context.Context, api *client.Client) error {
			all, err := api.Budgets(ctx)
			return among(all, err, func(v fettle.BudgetView) bool { return v.Name == c.Name },
				fettle.Errorf(fettle.NotFound, "there is no budget %s", c.Name).WithHint("fettle budget list lists them."))
		},
		remove: func(ctx context.Context, api *client.Client) error { return api.DeleteBudget(ctx, c.Name) },
	}.take(ctx, s)
}
