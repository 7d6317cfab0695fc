package engine

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/rights"
	"fettle/run"
	"fettle/store"
)

// Budgets lists the budgets by name: what they leave, and what counts in them.
func (e *Engine) Budgets(ctx context.Context, actor fettle.Actor) ([]fettle.BudgetView, error) {
	if err := actor.Require(fettle.Viewer, "see budgets"); err != nil {
		return nil, err
	}
	out := []fettle.BudgetView{}
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = budgets(ctx, tx)
		return err
	})
	return out, err
}

func budgets(ctx context.Context, tx *store.Tx) ([]fettle.BudgetView, error) {
	inForce, err := tx.Limits(ctx, store.ScopeBudget)
	if err != nil {
		return nil, err
	}
	out := []fettle.BudgetView{}
	for _, l := range inForce {
		if n := len(out); n == 0 || out[n-1].Name != l.Key {
			out = append(out, fettle.BudgetView{Name: l.Key, Limits: []fettle.LimitView{}, Enrichments: []string{}, People: []string{}})
		}
		v, err := limits.View(ctx, tx, l, 0, 0, 0)
		if err != nil {
			return nil, err
		}
		last := &out[len(out)-1]
		last.Limits = append(last.Limits, v)
	}
	list, err := tx.BudgetMembers(ctx)
	if err != nil {
		return nil, err
	}
	names, err := enrichmentNames(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		i := slices.IndexFunc(out, func(v fettle.BudgetView) bool { return v.Name == m.Budget })
		switch {
		case i < 0:
		case m.Kind == store.MemberPerson:
			out[i].People = append(out[i].People, m.Key)
		default:
			if id, err := strconv.ParseInt(m.Key, 10, 64); err == nil {
				out[i].Enrichments = append(out[i].Enrichments, names[id])
			}
		}
	}
	for i := range out {
		slices.Sort(out[i].Enrichments)
	}
	return out, nil
}

// Attach has enrichments and people count in a budget from now on. Whatever is
// attached to another one leaves it, which admins alone may do; so may they alone
// attach people, whom it bounds.
func (e *Engine) Attach(ctx context.Context, actor fettle.Actor, budget string, m fettle.BudgetMembers) (fettle.BudgetView, error) {
	if _, err := e.may(ctx, actor, "attachToBudget"); err != nil {
		return fettle.BudgetView{}, err
	}
	return e.changeBudget(ctx, actor, budget, m, func(tx *store.Tx, list []store.Member) error {
		return attach(ctx, tx, actor, budget, list)
	})
}

// Detach has enrichments and people count in a budget no more.
func (e *Engine) Detach(ctx context.Context, actor fettle.Actor, budget string, m fettle.BudgetMembers) (fettle.BudgetView, error) {
	if _, err := e.may(ctx, actor, "detachFromBudget"); err != nil {
		return fettle.BudgetView{}, err
	}
	return e.changeBudget(ctx, actor, budget, m, func(tx *store.Tx, list []store.Member) error {
		for _, x := range list {
			now, err := tx.BudgetOf(ctx, x)
			if err != nil {
				return err
			}
			if now != budget {
				return fettle.Errorf(fettle.NotFound, "%s is not attached to the budget %s", memberWords(ctx, tx, x), budget).WithHint("The budget lists what counts in it (fettle budget list).")
			}
			if err := tx.DropBudgetMember(ctx, x); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *Engine) changeBudget(ctx context.Context, actor fettle.Actor, budget string, m fettle.BudgetMembers, do func(*store.Tx, []store.Member) error) (v fettle.BudgetView, err error) {
	if len(m.Enrichments)+len(m.People) == 0 {
		return v, fettle.Errorf(fettle.Invalid, "nothing is named").WithHint("Name enrichments or people (fettle budget attach %s --enrichment NAME --person NAME).", budget)
	}
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		if err := budgetIsThere(ctx, tx, budget); err != nil {
			return err
		}
		list, err := membersOf(ctx, tx, m)
		if err != nil {
			return err
		}
		if err := do(tx, list); err != nil {
			return err
		}
		if err := wakeBudget(ctx, tx, budget, list); err != nil {
			return err
		}
		all, err := budgets(ctx, tx)
		for _, x := range all {
			if x.Name == budget {
				v = x
			}
		}
		if err != nil {
			return err
		}
		return tx.Act(ctx, actor, "budget", budget, membersWords(v))
	})
	if err == nil {
		e.worker.RescanAll()
		e.worker.Look()
		e.events.Publish("limit", budget)
	}
	return v, err
}

// membersWords says what counts in a budget, for the log of who did what.
func membersWords(v fettle.BudgetView) string {
	return "counts " + cmp.Or(strings.Join(append(slices.Clone(v.Enrichments), v.People...), ", "), "nothing")
}

// DeleteBudget takes a budget away: nothing counts in it any more. What was spent
// in it counts again where one of the same name is made.
func (e *Engine) DeleteBudget(ctx context.Context, actor fettle.Actor, budget string) error {
	if _, err := e.may(ctx, actor, "deleteBudget"); err != nil {
		return err
	}
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		if err := budgetIsThere(ctx, tx, budget); err != nil {
			return err
		}
		if err := wakeBudget(ctx, tx, budget, nil); err != nil {
			return err
		}
		if err := tx.DropBudget(ctx, budget); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "budget.delete", budget, "")
	})
	if err == nil {
		e.worker.RescanAll()
		e.worker.Look()
		e.events.Publish("limit", budget)
	}
	return err
}

func budgetIsThere(ctx context.Context, tx *store.Tx, budget string) error {
	there, err := limits.Of(ctx, tx, store.ScopeBudget, budget)
	if err == nil && len(there) == 0 {
		err = fettle.Errorf(fettle.NotFound, "there is no budget %s", budget).WithHint("A budget begins with its limit (fettle limit set budget NAME --credits N).")
	}
	return err
}

// membersOf finds what is named.
func membersOf(ctx context.Context, tx *store.Tx, m fettle.BudgetMembers) ([]store.Member, error) {
	var out []store.Member
	for _, name := range m.Enrichments {
		cur, err := tx.Enrichment(ctx, name)
		if err != nil {
			return nil, err
		}
		out = append(out, store.Member{Kind: store.MemberEnrichment, Key: strconv.FormatInt(cur.ID, 10)})
	}
	for _, name := range m.People {
		if err := checkPerson(name); err != nil {
			return nil, err
		}
		out = append(out, store.Member{Kind: store.MemberPerson, Key: name})
	}
	return out, nil
}

// attach has members count in a budget, as far as the actor may.
func attach(ctx context.Context, tx *store.Tx, actor fettle.Actor, budget string, list []store.Member) error {
	for _, x := range list {
		now, err := tx.BudgetOf(ctx, x)
		if err != nil {
			return err
		}
		if now == budget {
			continue
		}
		if err := rights.Attach(actor, x.Kind == store.MemberPerson, now); err != nil {
			return err
		}
		if err := tx.PutBudgetMember(ctx, store.BudgetMember{Member: x, Budget: budget, Actor: actor.Name, SetAtUS: time.Now().UnixMicro()}); err != nil {
			return err
		}
	}
	return nil
}

func memberWords(ctx context.Context, tx *store.Tx, m store.Member) string {
	if m.Kind == store.MemberPerson {
		return m.Key
	}
	id, err := strconv.ParseInt(m.Key, 10, 64)
	if err != nil {
		return m.Key
	}
	cur, err := tx.EnrichmentByID(ctx, id)
	if err != nil {
		return m.Key
	}
	return cur.Name
}

// wakeBudget lets the rows be looked at again that wait for room under the budget
// of who opened them: of its people, and of those named beside.
func wakeBudget(ctx context.Context, tx *store.Tx, budget string, beside []store.Member) error {
	list, err := tx.BudgetMembers(ctx)
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.Budget == budget {
			beside = append(beside, m.Member)
		}
	}
	for _, m := range beside {
		if m.Kind != store.MemberPerson {
			continue
		}
		if err := run.WakeOwn(ctx, tx, m.Key, time.Now().UnixMicro()); err != nil {
			return err
		}
	}
	return nil
}

// mayLimitBudget refuses who may not set the limit of a budget to what is asked:
// admins alone raise one.
func mayLimitBudget(ctx context.Context, tx *store.Tx, actor fettle.Actor, budget string, now fettle.Limit) error {
	stands, err := limits.Of(ctx, tx, store.ScopeBudget, budget)
	if err != nil {
		return err
	}
	olds := make([]fettle.Limit, len(stands))
	for i, l := range stands {
		olds[i] = l.Limit
	}
	return rights.Budget(actor, olds, now)
}
