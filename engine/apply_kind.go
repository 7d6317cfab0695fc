package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/declare"
	"fettle/limits"
	"fettle/rights"
	"fettle/run"
	"fettle/store"
)

func (a *applier) definition(ctx context.Context, d *declare.Document) (Change, error) {
	all, err := a.tx.ProviderDefinitions(ctx)
	if err != nil {
		return Change{}, err
	}
	name, text := a.definitions[d.Number], string(d.Definition)
	c := Change{Action: actionCreate}
	for _, old := range all {
		if old.Provider != name {
			continue
		}
		if strings.TrimSpace(old.YAML) == strings.TrimSpace(text) {
			return Change{Action: actionUnchanged}, nil
		}
		c = Change{Action: actionUpdate, Diff: []string{"the definition's text changes"}}
	}
	if err := a.tx.PutProviderDefinition(ctx, store.ProviderDefinition{Provider: name, YAML: text, UpdatedAtUS: time.Now().UnixMicro()}); err != nil {
		return c, err
	}
	return c, a.tx.Act(ctx, a.actor, "provider.define", name, "")
}

func (a *applier) connection(ctx context.Context, p *declare.Provider) (Change, error) {
	conn, err := a.e.conns.For(p.Name)
	if err != nil {
		return Change{}, err
	}
	s, existed, err := a.tx.Connection(ctx, conn.Description.Name, conn.Of)
	if err != nil {
		return Change{}, err
	}
	before := map[string]any{"base_url": s.BaseURL, "unit_credits": s.UnitPrice}
	s.Provider, s.Name = conn.Description.Name, conn.Of
	if p.BaseURL != nil {
		s.BaseURL = strings.TrimSuffix(*p.BaseURL, "/")
	}
	if p.UnitCredits != nil {
		s.UnitPrice = p.UnitCredits
	}
	c, err := changeOf(existed, before, map[string]any{"base_url": s.BaseURL, "unit_credits": s.UnitPrice})
	if err != nil || c.Action == actionUnchanged {
		return c, err
	}
	if err := placeServer(ctx, a.tx, conn.Description, &s, p.BaseURL != nil); err != nil {
		return c, err
	}
	s.UpdatedAtUS = time.Now().UnixMicro()
	if err := a.tx.PutConnection(ctx, s); err != nil {
		return c, err
	}
	return c, a.tx.Act(ctx, a.actor, "provider.connect", conn.Name, "")
}

func (a *applier) field(ctx context.Context, d *declare.Document) (Change, error) {
	f := *d.Field
	old, err := a.tx.Field(ctx, f.Entity, f.Key)
	if fettle.CodeOf(err) == fettle.NotFound {
		if err := checkChoices(&f); err != nil {
			return Change{}, err
		}
		diff := []string{"type: " + string(f.Type)}
		if len(f.Options) > 0 {
			diff = append(diff, "options: "+strings.Join(f.Options, ", "))
		}
		_, err := addField(ctx, a.tx, a.actor, f)
		return Change{Action: actionCreate, Diff: diff}, err
	}
	if err != nil {
		return Change{}, err
	}
	// What the document does not name stays as it is.
	now := old
	if d.Has("type") && f.Type != old.Type {
		if !mayBecome(old, f.Type) {
			return Change{}, retyped(old, f.Type)
		}
		now.Type = f.Type
	}
	if d.Has("options") {
		now.Options = f.Options
	}
	if d.Has("currency") {
		now.Currency = f.Currency
	}
	if d.Has("label") {
		now.Label = f.Label
	}
	if d.Has("description") {
		now.Description = f.Description
	}
	if d.Has("key") {
		now.KeyField = f.KeyField
	}
	c, err := changeOf(true, old, now)
	if err != nil || c.Action == actionUnchanged {
		return c, err
	}
	if old.Type != now.Type || !slices.Equal(old.Options, now.Options) {
		a.remark = append(a.remark, now)
	}
	_, err = updateField(ctx, a.tx, now)
	return c, err
}

func (a *applier) audience(ctx context.Context, d *declare.Document) (Change, error) {
	old, _, err := a.e.checkAudience(ctx, a.tx, *d.Audience)
	if err != nil {
		return Change{}, err
	}
	type shown struct {
		Where       string `json:"where"`
		Description string `json:"description"`
	}
	c, err := changeOf(old.ID != 0, shown{old.Where, old.Description}, shown{d.Audience.Where, d.Audience.Description})
	if err != nil {
		return c, err
	}
	d.Audience.Label = d.Label
	if relabelled := old.ID != 0 && c.relabel(old.Label, d.Label); c.Action == actionUnchanged && !relabelled {
		return c, nil
	}
	entering := entering{}
	if err := a.e.addEntering(ctx, a.tx, *d.Audience, entering); err != nil {
		return c, err
	}
	for name, t := range entering {
		a.entering.add(name, t)
	}
	if c.Price, err = a.audiencePrice(ctx, entering); err != nil {
		return c, err
	}
	_, err = a.e.saveAudience(ctx, a.tx, a.actor, a.standing, *d.Audience)
	return c, err
}

// audiencePrice is what a changed filter would put into live enrichments.
func (a *applier) audiencePrice(ctx context.Context, entering entering) (any, error) {
	if !a.priced || len(entering) == 0 {
		return nil, nil //nolint:nilnil // costs nothing
	}
	most, err := limits.GuardRows(ctx, a.tx)
	if err != nil {
		return nil, err
	}
	out := []fettle.QuietSpend{}
	for name, t := range entering {
		q, _, err := a.e.quietOne(ctx, a.tx, name, t, store.Quiet{}, most)
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

func (a *applier) enrichment(ctx context.Context, d *declare.Document) (Change, error) {
	def, err := complete(*d.Enrichment)
	if err != nil {
		return Change{}, err
	}
	for _, name := range def.Audience {
		if _, err := findAudience(ctx, a.tx, name); err != nil {
			return Change{}, fettle.AsError(err).With("key", "audience")
		}
	}
	cur, err := a.tx.LockEnrichment(ctx, d.Name)
	existed := err == nil
	if err != nil && fettle.CodeOf(err) != fettle.NotFound {
		return Change{}, err
	}
	if def, err = withChoices(ctx, a.tx, def, cur); err != nil {
		return Change{}, err
	}
	if !existed && def.Limit == nil {
		return Change{}, fettle.Errorf(fettle.Invalid, "limit is missing").
			WithHint("Set a credit spend limit, such as limit: {credits: 1000}, or say that there is none: limit: none.").With("key", "limit")
	}
	if def, err = keepLimit(ctx, a.tx, a.actor, cur, existed, def); err != nil {
		return Change{}, fettle.AsError(err).With("key", "limit")
	}
	c, err := changeOf(existed, cur.Definition, def)
	if err != nil {
		return c, err
	}
	if c.Action == actionUnchanged && !sameJSON(cur.Definition.Outputs, def.Outputs) {
		c.Action, c.Diff = actionUpdate, []string{"outputs: in another order"}
	}
	redefined := c.Action == actionUpdate
	if existed {
		c.relabel(cur.Label, d.Label)
	}
	switch {
	case !existed:
		c.Diff = nil // all of it is new
		if c.Message, err = spentBefore(ctx, a.tx, d.Name); err != nil {
			return c, err
		}
		err = a.e.createEnrichment(ctx, a.tx, a.actor, d.Name, def)
	case redefined:
		err = a.e.editEnrichment(ctx, a.tx, a.actor, cur, def)
	}
	if err == nil && d.Label != "" {
		_, err = a.e.rename(ctx, a.tx, store.LabelledEnrichment, d.Name, d.Label)
	}
	if err != nil || !a.priced || existed && !redefined {
		return c, err
	}
	c.Price, err = a.estimate(ctx, d.Name)
	return c, err
}

// maxPlanned is how many records a plan judges: it holds a transaction.
const maxPlanned = 20_000

// estimate prices an enrichment as it would be after the documents.
func (a *applier) estimate(ctx context.Context, name string) (any, error) {
	cur, err := a.tx.Enrichment(ctx, name)
	if err != nil {
		return nil, err
	}
	p, err := a.e.judge.Compile(ctx, a.tx, cur.ID, cur.Name, cur.Version, cur.Definition)
	if err != nil {
		return nil, err
	}
	m, err := a.e.judge.Membership(ctx, a.tx, p.Entity, cur.Definition.Audience)
	if err != nil {
		return nil, err
	}
	t, err := a.e.priceSet(ctx, inside(a.tx), cur, p, rowSet{where: m.Where, most: maxPlanned})
	if err != nil {
		return unpriced(t.est, err)
	}
	err = a.e.finishEstimate(ctx, a.tx, cur, &t, a.actor.Name)
	return t.est, err
}

// unpriced turns what stands against pricing (no key, no price yet) into a
// warning: a plan may come before its provider is set up.
func unpriced(est fettle.Estimate, err error) (any, error) {
	if fettle.CodeOf(err) != fettle.Refused {
		return nil, err
	}
	est = fettle.Estimate{Enrichment: est.Enrichment, SampleRun: []fettle.Sample{}, SampleReused: []fettle.Sample{}, Warnings: est.Warnings}
	est.Warnings = append(est.Warnings, "Not priced: "+err.Error()+". "+fettle.AsError(err).Hint)
	return est, nil
}

func (a *applier) limit(ctx context.Context, d *declare.Limit) (Change, error) {
	l, err := limits.Check(d.Limit)
	if err != nil {
		return Change{}, err
	}
	if l.Per == fettle.PerRun {
		return Change{}, fettle.Errorf(fettle.Invalid, "a limit per run is an enrichment's").WithHint("Use lifetime, day or month.").With("key", "limit.per")
	}
	key := d.Key
	if d.Scope == string(store.ScopeProvider) {
		c, err := a.e.conns.For(key)
		if err != nil {
			return Change{}, fettle.AsError(err).With("key", "name")
		}
		if key, err = providerLimitKey(c, key, l); err != nil {
			return Change{}, err
		}
	}
	all, err := limits.Of(ctx, a.tx, store.Scope(d.Scope), key)
	if err != nil {
		return Change{}, err
	}
	var old *fettle.Limit
	for _, x := range all {
		if x.Limit.Per == l.Per {
			old = &x.Limit
		}
	}
	if d.Scope == string(store.ScopeBudget) {
		return a.budget(ctx, d, old, l)
	}
	c, err := changeOf(old != nil, old, &l)
	if err != nil || c.Action == actionUnchanged {
		return c, err
	}
	if err := a.tx.PutLimit(ctx, store.Limit{Scope: store.Scope(d.Scope), Key: key, Limit: l, Actor: a.actor.Name, SetAtUS: time.Now().UnixMicro()}); err != nil {
		return c, err
	}
	if d.Scope == string(store.ScopePerson) {
		if err := run.WakeOwn(ctx, a.tx, key, time.Now().UnixMicro()); err != nil {
			return c, err
		}
	}
	if err := limits.KnowNear(ctx, a.tx, limits.KeysOf(store.Scope(d.Scope), key, time.Now())...); err != nil {
		return c, err
	}
	return c, a.tx.Act(ctx, a.actor, "limit", strings.TrimSpace(d.Scope+" "+key), limits.Words(l))
}

// budget makes a budget what a document declares: its limit, and what counts in
// it where the document says.
func (a *applier) budget(ctx context.Context, d *declare.Limit, old *fettle.Limit, l fettle.Limit) (Change, error) {
	if err := fettle.CheckName("a budget", d.Key); err != nil {
		return Change{}, fettle.AsError(err).With("key", "name")
	}
	if err := mayLimitBudget(ctx, a.tx, a.actor, d.Key, l); err != nil {
		return Change{}, err
	}
	before, err := a.inBudget(ctx, d.Key)
	if err != nil {
		return Change{}, err
	}
	after := fettle.BudgetMembers{Enrichments: before.Enrichments, People: before.People}
	if d.Enrichments != nil {
		after.Enrichments = slices.Sorted(slices.Values(d.Enrichments))
	}
	if d.People != nil {
		after.People = slices.Sorted(slices.Values(d.People))
	}
	type budget struct {
		Limit *fettle.Limit `json:"limit"`
		fettle.BudgetMembers
	}
	c, err := changeOf(old != nil, budget{old, before}, budget{&l, after})
	if err != nil || c.Action == actionUnchanged {
		return c, err
	}
	if err := a.tx.PutLimit(ctx, store.Limit{Scope: store.ScopeBudget, Key: d.Key, Limit: l, Actor: a.actor.Name, SetAtUS: time.Now().UnixMicro()}); err != nil {
		return c, err
	}
	if err := a.putInBudget(ctx, d.Key, before, after); err != nil {
		return c, err
	}
	if err := wakeBudget(ctx, a.tx, d.Key, nil); err != nil {
		return c, err
	}
	return c, a.tx.Act(ctx, a.actor, "limit", "budget "+d.Key, limits.Words(l)+", "+membersWords(fettle.BudgetView{Enrichments: after.Enrichments, People: after.People}))
}

// inBudget is what counts in a budget now.
func (a *applier) inBudget(ctx context.Context, name string) (fettle.BudgetMembers, error) {
	all, err := budgets(ctx, a.tx)
	for _, v := range all {
		if v.Name == name {
			return fettle.BudgetMembers{Enrichments: v.Enrichments, People: v.People}, err
		}
	}
	return fettle.BudgetMembers{}, err
}

// putInBudget attaches what is to count in a budget, and takes out what is not:
// admins alone take out.
func (a *applier) putInBudget(ctx context.Context, name string, before, after fettle.BudgetMembers) error {
	list, err := membersOf(ctx, a.tx, after)
	if err != nil {
		return err
	}
	if err := attach(ctx, a.tx, a.actor, name, list); err != nil {
		return err
	}
	outside := func(list []string) func(string) bool {
		return func(s string) bool { return slices.Contains(list, s) }
	}
	gone := fettle.BudgetMembers{
		Enrichments: slices.DeleteFunc(slices.Clone(before.Enrichments), outside(after.Enrichments)),
		People:      slices.DeleteFunc(slices.Clone(before.People), outside(after.People)),
	}
	if list, err = membersOf(ctx, a.tx, gone); err != nil || len(list) == 0 {
		return err
	}
	if err := rights.Check(a.actor, a.standing, "detachFromBudget"); err != nil {
		return err
	}
	for _, m := range list {
		if err := a.tx.DropBudgetMember(ctx, m); err != nil {
			return err
		}
	}
	return nil
}
