package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/internal/asread"
	"fettle/internal/nearest"
	"fettle/judge"
	"fettle/rights"
	"fettle/run"
	"fettle/store"
)

// Audiences lists the audiences.
func (e *Engine) Audiences(ctx context.Context, actor fettle.Actor) ([]fettle.Audience, error) {
	if err := actor.Require(fettle.Viewer, "see audiences"); err != nil {
		return nil, err
	}
	var out []fettle.Audience
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = tx.Audiences(ctx)
		return err
	})
	return out, err
}

// Audience gives one audience.
func (e *Engine) Audience(ctx context.Context, actor fettle.Actor, name string) (fettle.Audience, error) {
	var a fettle.Audience
	if err := actor.Require(fettle.Viewer, "see audiences"); err != nil {
		return a, err
	}
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		a, err = findAudience(ctx, tx, name)
		return err
	})
	return a, err
}

// findAudience finds an audience by name, or says which was probably meant.
func findAudience(ctx context.Context, tx *store.Tx, name string) (fettle.Audience, error) {
	a, err := tx.Audience(ctx, name)
	if fettle.CodeOf(err) != fettle.NotFound {
		return a, err
	}
	all, listErr := tx.Audiences(ctx)
	if listErr != nil {
		return a, listErr
	}
	names := make([]string, len(all))
	for i, x := range all {
		names[i] = x.Name
	}
	if near := nearest.Of(name, names); near != "" {
		return a, fettle.AsError(err).WithHint("Did you mean %s?", near).With("nearest", near)
	}
	return a, err
}

// AudienceUsers lists the enrichments that are pointed at an audience.
func (e *Engine) AudienceUsers(ctx context.Context, actor fettle.Actor, name string) ([]string, error) {
	if err := actor.Require(fettle.Viewer, "see audiences"); err != nil {
		return nil, err
	}
	var users []store.Enrichment
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		users, err = audienceUsers(ctx, tx, name)
		return err
	})
	return enrichmentNamesOf(users), err
}

func enrichmentNamesOf(list []store.Enrichment) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = x.Name
	}
	return out
}

func audienceUsers(ctx context.Context, tx *store.Tx, name string) ([]store.Enrichment, error) {
	all, err := tx.Enrichments(ctx)
	return slices.DeleteFunc(all, func(x store.Enrichment) bool { return !slices.Contains(x.Definition.Audience, name) }), err
}

// CreateAudience makes an audience; without a name it is named after its label.
func (e *Engine) CreateAudience(ctx context.Context, actor fettle.Actor, a fettle.Audience) (fettle.Audience, error) {
	s, err := e.may(ctx, actor, "createAudience")
	if err != nil {
		return a, err
	}
	n, err := Naming{Name: a.Name, Label: a.Label, New: true}.checked("an audience")
	if err != nil {
		return a, err
	}
	made := a
	err = e.db.Update(ctx, func(tx *store.Tx) (err error) {
		a.Label = n.Label
		if a.Name, err = n.named(ctx, tx, "audience", store.LabelledAudience); err == nil {
			made, err = e.saveAudience(ctx, tx, actor, s, a)
		}
		return err
	})
	if err == nil {
		e.fieldsChanged()
		e.events.Publish("audience", made.Name)
	}
	return made, err
}

// SaveAudience creates an audience, or replaces the one of its name; without a
// label it keeps the one that it has. The filter is checked against the fields.
// Where it would put many records into live enrichments it is refused with
// fettle.Confirm unless confirmed.
func (e *Engine) SaveAudience(ctx context.Context, actor fettle.Actor, a fettle.Audience, confirm bool) (fettle.Audience, error) {
	s, err := e.may(ctx, actor, "saveAudience")
	if err != nil {
		return a, err
	}
	n, err := Naming{Name: a.Name, Label: a.Label}.checked("an audience")
	if err != nil {
		return a, err
	}
	a.Label = n.Label
	if !confirm || !s.Spends() {
		entering, err := e.audienceEntering(ctx, a)
		if err == nil {
			_, err = e.quietSpend(ctx, actor, s, entering, confirm, "")
		}
		if err != nil {
			return a, err
		}
	}
	err = e.db.Update(ctx, func(tx *store.Tx) (err error) {
		if err := unchanged(ctx, tx, asread.Audience, a.Name); err != nil {
			return err
		}
		if a, err = e.saveAudience(ctx, tx, actor, s, a); err != nil {
			return err
		}
		return e.audienceLoops(ctx, tx, a.Name)
	})
	if err == nil {
		e.fieldsChanged()
		e.events.Publish("audience", a.Name)
	}
	return a, err
}

// audienceLoops refuses an audience that asks for signals which the enrichments that
// it opens the rows of raise themselves. Other loops do not go by filters.
func (e *Engine) audienceLoops(ctx context.Context, tx *store.Tx, name string) error {
	users, err := audienceUsers(ctx, tx, name)
	if err != nil {
		return err
	}
	for _, x := range users {
		if x.Definition.RerunOn != judge.OnSignal {
			continue
		}
		if _, err := e.judge.Loop(ctx, tx, x.Name); err != nil {
			return err
		}
	}
	return nil
}

// checkAudience checks an audience that is to be saved. It gives the one that
// it replaces, with an id of 0 for none, and the filter.
func (e *Engine) checkAudience(ctx context.Context, tx *store.Tx, a fettle.Audience) (fettle.Audience, *expr.Filter, error) {
	if err := fettle.CheckName("an audience", a.Name); err != nil {
		return fettle.Audience{}, nil, err
	}
	if _, err := fettle.ParseEntity(string(a.Entity)); err != nil {
		return fettle.Audience{}, nil, err
	}
	old, err := tx.Audience(ctx, a.Name)
	if err != nil && fettle.CodeOf(err) != fettle.NotFound {
		return old, nil, err
	}
	if old.Builtin {
		return old, nil, fettle.Errorf(fettle.Refused, "the audience %s is built in", a.Name).WithHint("Choose another name.")
	}
	if old.ID != 0 && old.Entity != a.Entity {
		return old, nil, fettle.Errorf(fettle.Refused, "the audience %s is of %s", old.Label, old.Entity).WithHint("Choose another name for an audience of %s.", a.Entity)
	}
	env, err := e.judge.Env(ctx, tx, a.Entity)
	if err != nil {
		return old, nil, err
	}
	f, err := env.Filter(a.Where)
	if err != nil {
		return old, nil, fettle.AsError(err).With("key", "where")
	}
	return old, f, nil
}

func (e *Engine) saveAudience(ctx context.Context, tx *store.Tx, actor fettle.Actor, s rights.Standing, a fettle.Audience) (fettle.Audience, error) {
	old, _, err := e.checkAudience(ctx, tx, a)
	if err != nil {
		return a, err
	}
	now := time.Now().UnixMicro()
	a.Builtin, a.UpdatedAtUS = false, now
	if old.ID == 0 {
		a.CreatedAtUS, a.Label = now, cmp.Or(a.Label, a.Name)
		if err := tx.AddAudience(ctx, &a); err != nil {
			return a, err
		}
		if err := tx.PutLabel(ctx, store.LabelledAudience, a.Name, a.Label); err != nil {
			return a, err
		}
		if err := tx.KeepWatches(ctx); err != nil {
			return a, err
		}
		return a, tx.Act(ctx, actor, "audience.add", a.Name, a.Where)
	}
	a.ID, a.CreatedAtUS = old.ID, old.CreatedAtUS
	if a.Label = cmp.Or(a.Label, old.Label); a.Label != old.Label {
		if err := tx.PutLabel(ctx, store.LabelledAudience, a.Name, a.Label); err != nil {
			return a, err
		}
	}
	if err := tx.UpdateAudience(ctx, a); err != nil || a.Where == old.Where {
		return a, err
	}
	if err := e.replanUsers(ctx, tx, actor, s, old, a.Where); err != nil {
		return a, err
	}
	return a, tx.Act(ctx, actor, "audience.change", a.Name, a.Where)
}

// replanUsers has the live enrichments that follow an audience look at all its
// members again: a new filter is no change of a record. Paused ones do so when
// they are resumed. Each keeps what was agreed to of its audience.
func (e *Engine) replanUsers(ctx context.Context, tx *store.Tx, actor fettle.Actor, s rights.Standing, was fettle.Audience, now string) error {
	users, err := audienceUsers(ctx, tx, was.Name)
	if err != nil {
		return err
	}
	for _, x := range users {
		cur, err := tx.LockEnrichmentByID(ctx, x.ID)
		if err != nil {
			return err
		}
		if cur.State == fettle.Draft {
			continue
		}
		if cur.Agreed, err = run.Reagreed(ctx, tx, cur, actor, s, was, now); err != nil {
			return err
		}
		cur.UpdatedUS = time.Now().UnixMicro()
		if cur.State == fettle.Live && cur.Definition.Enters() {
			if cur.PlanState == store.Planned {
				cur.PlanState, cur.PlanCause = store.Planning, fettle.CauseEntered
			}
			cur.PlanCursor = 0 // a plan under way begins anew
		}
		if err := tx.PutEnrichment(ctx, cur); err != nil {
			return err
		}
	}
	return nil
}

// audienceEntering prices, for each live enrichment that follows an audience,
// the records that a new filter would put into it. It fails as saving would.
func (e *Engine) audienceEntering(ctx context.Context, a fettle.Audience) (entering, error) {
	entering := entering{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		clear(entering)
		return e.addEntering(ctx, tx, a, entering)
	})
	return entering, err
}

func (e *Engine) addEntering(ctx context.Context, tx *store.Tx, a fettle.Audience, entering entering) error {
	old, f, err := e.checkAudience(ctx, tx, a)
	if err != nil || old.ID == 0 || old.Where == a.Where {
		return err
	}
	users, err := audienceUsers(ctx, tx, a.Name)
	if err != nil {
		return err
	}
	frag := f.SQL(time.Now())
	for _, x := range users {
		if !goesOn(x) || !x.Definition.Enters() {
			continue
		}
		p, err := e.judge.Compile(ctx, tx, x.ID, x.Name, x.Version, x.Definition)
		if err != nil {
			return err
		}
		may, err := run.MayEnter(ctx, tx, x, frag)
		if err != nil {
			return err
		}
		t, err := e.priceSet(ctx, inside(tx), x, p, rowSet{where: expr.All(frag, may), most: mostGuarded})
		if err != nil {
			return err
		}
		entering.add(x.Name, &t)
	}
	return nil
}

// CountAudience counts the records of an audience.
func (e *Engine) CountAudience(ctx context.Context, actor fettle.Actor, name string) (int64, error) {
	var n int64
	if err := actor.Require(fettle.Viewer, "count audiences"); err != nil {
		return 0, err
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		a, err := findAudience(ctx, tx, name)
		if err != nil {
			return err
		}
		m, err := e.judge.Membership(ctx, tx, a.Entity, []string{name})
		if err != nil {
			return err
		}
		n, err = tx.Count(ctx, a.Entity, m.Where)
		return err
	})
	return n, err
}

// CountWhere counts the records for which an expression is true.
func (e *Engine) CountWhere(ctx context.Context, actor fettle.Actor, entity fettle.Entity, where string) (int64, error) {
	var n int64
	if err := actor.Require(fettle.Viewer, "count records"); err != nil {
		return 0, err
	}
	if _, err := fettle.ParseEntity(string(entity)); err != nil {
		return 0, err
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		env, err := e.judge.Env(ctx, tx, entity)
		if err != nil {
			return err
		}
		f, err := env.Filter(where)
		if err != nil {
			return err
		}
		n, err = tx.Count(ctx, entity, f.SQL(time.Now()))
		return err
	})
	return n, err
}

// ExplainMember says clause by clause why a record is in an audience or not.
func (e *Engine) ExplainMember(ctx context.Context, actor fettle.Actor, name string, id int64) (expr.Explanation, error) {
	var out expr.Explanation
	if err := actor.Require(fettle.Viewer, "see audiences"); err != nil {
		return out, err
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		a, err := findAudience(ctx, tx, name)
		if err == nil {
			out, err = e.explain(ctx, tx, a.Entity, a.Where, id)
		}
		return err
	})
	return out, err
}

// ExplainWhere says clause by clause why an expression holds for a record or
// not: one that no audience has, such as one that is being written.
func (e *Engine) ExplainWhere(ctx context.Context, actor fettle.Actor, entity fettle.Entity, where string, id int64) (expr.Explanation, error) {
	var out expr.Explanation
	if err := actor.Require(fettle.Viewer, "see records"); err != nil {
		return out, err
	}
	if _, err := fettle.ParseEntity(string(entity)); err != nil {
		return out, err
	}
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = e.explain(ctx, tx, entity, where, id)
		return err
	})
	return out, err
}

func (e *Engine) explain(ctx context.Context, tx *store.Tx, entity fettle.Entity, where string, id int64) (expr.Explanation, error) {
	env, err := e.judge.Env(ctx, tx, entity)
	if err != nil {
		return expr.Explanation{}, err
	}
	f, err := env.Filter(where)
	if err != nil {
		return expr.Explanation{}, err
	}
	into, err := survivor(ctx, tx, id)
	if err != nil {
		return expr.Explanation{}, err
	}
	found, err := tx.Records(ctx, entity, []int64{into}, f.Fields(), f.CompanyFields())
	if err != nil {
		return expr.Explanation{}, err
	}
	if len(found) == 0 {
		if _, _, err := findRecord(ctx, tx, id); err != nil {
			return expr.Explanation{}, err
		}
		return expr.Explanation{}, fettle.Errorf(fettle.NotFound, "there is no record %d among the %s", id, entity).WithHint("The number of a record is in its panel (fettle records --entity %s).", entity)
	}
	return f.Explain(found[0], time.Now())
}
