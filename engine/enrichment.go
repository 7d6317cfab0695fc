package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/internal/asread"
	"fettle/limits"
	"fettle/rights"
	"fettle/run"
	"fettle/schedule"
	"fettle/store"
)

// CheckEnrichment validates a definition without saving it.
func (e *Engine) CheckEnrichment(ctx context.Context, actor fettle.Actor, name string, def fettle.Definition) error {
	if err := actor.Require(fettle.Viewer, "check enrichments"); err != nil {
		return err
	}
	if err := fettle.CheckName("an enrichment", name); err != nil {
		return err
	}
	def, err := complete(def)
	if err != nil {
		return err
	}
	return e.db.View(ctx, func(tx *store.Tx) error {
		_, err := e.judge.Compile(ctx, tx, 0, name, 0, def)
		return err
	})
}

// maxLoop is how often a record may come back through others, at the most.
const maxLoop = 100

// complete fills in what a definition leaves out, and refuses what cannot be.
func complete(def fettle.Definition) (fettle.Definition, error) {
	def.Write = cmp.Or(def.Write, fettle.FillBlanks)
	def.RerunOn = cmp.Or(def.RerunOn, "never")
	def.Unknown = cmp.Or(def.Unknown, "hold")
	for _, c := range []struct {
		key, value string
		allowed    []string
	}{
		{"write", string(def.Write), []string{string(fettle.FillBlanks), string(fettle.Overwrite), string(fettle.OverwriteAll)}},
		{"rerun_on", def.RerunOn, []string{"never", "inputs", "signal"}},
		{"unknown", def.Unknown, []string{"hold", "write_off"}},
		{"until", def.Until, []string{"", "first", "all"}},
	} {
		if !slices.Contains(c.allowed, c.value) {
			return def, fettle.Errorf(fettle.Invalid, "%s: %q is not known", c.key, c.value).WithHint("Use one of: %s.", strings.Join(c.allowed, ", ")).With("key", c.key)
		}
	}
	if err := def.Guards.Check(); err != nil {
		return def, err
	}
	if def.Schedule != nil {
		if _, err := schedule.Parse(*def.Schedule); err != nil {
			return def, err
		}
	}
	if def.Loop < 0 || def.Loop > maxLoop {
		return def, fettle.Errorf(fettle.Invalid, "loop: %d is not how often a record may come back", def.Loop).WithHint("Write a number from 1 to %d, or leave it out: then loops are refused.", maxLoop).With("key", "loop")
	}
	if def.Limit != nil {
		l, err := limits.Check(*def.Limit)
		if err != nil {
			return def, err
		}
		def.Limit = &l
	}
	return def, nil
}

// SaveEnrichment creates an enrichment or gives it a new version. While it is
// live, audience, logic and field mapping cannot be changed. A changed
// definition buys nothing by itself.
func (e *Engine) SaveEnrichment(ctx context.Context, actor fettle.Actor, name string, def fettle.Definition) (fettle.EnrichmentView, error) {
	return e.DefineEnrichment(ctx, actor, Naming{Name: name}, def)
}

// DefineEnrichment is SaveEnrichment of one that may be new, and be named after its
// label.
func (e *Engine) DefineEnrichment(ctx context.Context, actor fettle.Actor, n Naming, def fettle.Definition) (fettle.EnrichmentView, error) {
	operation := "saveEnrichment"
	if n.New {
		operation = "createEnrichment"
	}
	if _, err := e.may(ctx, actor, operation); err != nil {
		return fettle.EnrichmentView{}, err
	}
	n, err := n.checked("an enrichment")
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	if def, err = complete(def); err != nil {
		return fettle.EnrichmentView{}, err
	}
	name, note := "", ""
	err = e.db.Update(ctx, func(tx *store.Tx) (err error) {
		if name, err = n.named(ctx, tx, "enrichment", store.LabelledEnrichment); err != nil {
			return err
		}
		if err = unchanged(ctx, tx, asread.Enrichment, name); err != nil {
			return err
		}
		if err = e.putEnrichment(ctx, tx, actor, name, def); err != nil {
			return err
		}
		if n.Label != "" {
			if _, err = e.rename(ctx, tx, store.LabelledEnrichment, name, n.Label); err != nil {
				return err
			}
		}
		note, err = e.judge.Loop(ctx, tx, name)
		return err
	})
	if err == nil {
		err = e.worker.FinishClearing(ctx)
	}
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	e.publishDefinition(name)
	v, err := e.Enrichment(ctx, actor, name)
	if err == nil && note != "" {
		v.Message = strings.TrimSuffix(note+". "+v.Message, ". ")
	}
	return v, err
}

// putEnrichment creates an enrichment, or gives it a definition.
func (e *Engine) putEnrichment(ctx context.Context, tx *store.Tx, actor fettle.Actor, name string, def fettle.Definition) error {
	cur, err := tx.LockEnrichment(ctx, name)
	isNew := fettle.CodeOf(err) == fettle.NotFound
	if err != nil && !isNew {
		return err
	}
	if def, err = withChoices(ctx, tx, def, cur); err != nil {
		return err
	}
	if isNew {
		return e.createEnrichment(ctx, tx, actor, name, def)
	}
	return e.editEnrichment(ctx, tx, actor, cur, def)
}

// spentBefore says what deleted enrichments of a name were charged: one made
// again under it neither inherits that nor hides it.
func spentBefore(ctx context.Context, tx *store.Tx, name string) (string, error) {
	gone, err := tx.DeletedEnrichments(ctx, name)
	if err != nil {
		return "", err
	}
	var spent fettle.Credits
	for _, d := range gone {
		b, err := tx.Balance(ctx, store.BalanceKey{Scope: store.ScopeEnrichment, Key: strconv.FormatInt(d.ID, 10), Per: fettle.Lifetime})
		if err != nil {
			return "", err
		}
		spent += b.Settled + b.Overrun
	}
	if spent == 0 {
		return "", nil
	}
	return fmt.Sprintf("the journal keeps %s that enrichments of the name %s spent before they were deleted. Its limit begins anew, at 0 used.", spent.Words(), name), nil
}

func (e *Engine) createEnrichment(ctx context.Context, tx *store.Tx, actor fettle.Actor, name string, def fettle.Definition) error {
	def, err := keepLimit(ctx, tx, actor, store.Enrichment{}, false, def)
	if err != nil {
		return err
	}
	p, err := e.judge.Compile(ctx, tx, 0, name, 1, def)
	if err != nil {
		return err
	}
	id, err := tx.NextIDs(ctx, store.SeqEnrichment, 1)
	if err != nil {
		return err
	}
	now := time.Now().UnixMicro()
	if err := tx.PutEnrichment(ctx, store.Enrichment{
		ID: id, Name: name, Entity: p.Entity, State: fettle.Draft, Version: 1, LogicVersion: 1,
		Definition: def, PlanState: store.Edited, CreatedUS: now, UpdatedUS: now,
	}); err != nil {
		return err
	}
	if err := e.putLimit(ctx, tx, actor, id, def.Limit); err != nil {
		return err
	}
	if err := tx.AddVersion(ctx, id, store.Version{Version: 1, Definition: def, Logic: true, Actor: actor.Name, AtUS: now}); err != nil {
		return err
	}
	return tx.Act(ctx, actor, "enrichment.create", name, "")
}

// putLimit makes the definition's limit the enrichment's only one.
func (e *Engine) putLimit(ctx context.Context, tx *store.Tx, actor fettle.Actor, id int64, l *fettle.Limit) error {
	key := strconv.FormatInt(id, 10)
	if err := tx.DropLimits(ctx, store.ScopeEnrichment, key); err != nil || l == nil {
		return err
	}
	return tx.PutLimit(ctx, store.Limit{Scope: store.ScopeEnrichment, Key: key, Limit: *l, Actor: actor.Name, SetAtUS: time.Now().UnixMicro()})
}

func (e *Engine) editEnrichment(ctx context.Context, tx *store.Tx, actor fettle.Actor, cur store.Enrichment, def fettle.Definition) error {
	if err := notByHand(cur, def); err != nil {
		return err
	}
	def, err := keepLimit(ctx, tx, actor, cur, true, def)
	if err != nil {
		return err
	}
	logic, audience := !sameLogic(cur.Definition, def), !slices.Equal(cur.Definition.Audience, def.Audience)
	limit := !reflect.DeepEqual(cur.Definition.Limit, def.Limit)
	if !logic && !audience && !limit && sameRest(cur.Definition, def) {
		return nil
	}
	if cur.State == fettle.Live && (logic || audience || !sameRest(cur.Definition, def)) {
		return locked(cur)
	}
	p, err := e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version+1, def)
	if err != nil {
		return err
	}
	if p.Entity != cur.Entity {
		return fettle.Errorf(fettle.Refused, "%s is of %s", cur.Label, cur.Entity).WithHint("Make another enrichment for %s.", p.Entity)
	}
	now := time.Now().UnixMicro()
	asks := !sameAsked(cur.Definition, def)
	cur.Version++
	if asks {
		cur.LogicVersion = cur.Version
	}
	switch {
	case audience && cur.State != fettle.Draft:
		if err := run.BeginClearing(ctx, tx, &cur); err != nil {
			return err
		}
	case cur.State != fettle.Live && cur.PlanState != store.Clearing:
		cur.PlanState = store.Edited
	}
	if logic || audience || !sameRest(cur.Definition, def) {
		standsStill(&cur, "its definition was changed: resume it when it may go on")
	}
	if logic {
		forgetsFailures(&cur)
	}
	cur.Definition, cur.UpdatedUS = def, now
	if err := tx.PutEnrichment(ctx, cur); err != nil {
		return err
	}
	if limit {
		if err := e.putLimit(ctx, tx, actor, cur.ID, def.Limit); err != nil {
			return err
		}
	}
	if err := tx.AddVersion(ctx, cur.ID, store.Version{Version: cur.Version, Definition: def, Logic: asks, Actor: actor.Name, AtUS: now}); err != nil {
		return err
	}
	return tx.Act(ctx, actor, "enrichment.edit", cur.Name, fmt.Sprintf("version %d", cur.Version))
}

// locked is the refusal of a change to a live enrichment.
func locked(cur store.Enrichment) error {
	return fettle.Errorf(fettle.Refused, "%s is live: its audience, logic and field mapping cannot be changed while it runs", cur.Label).
		WithHint("Pause it first (fettle enrichment pause %s). Pausing only means that new data is not enriched meanwhile; resume catches everything up.", cur.Name)
}

// sameLogic reports whether two definitions ask the same and write it to the
// same fields.
func sameLogic(a, b fettle.Definition) bool {
	return sameJSON(a.Steps, b.Steps) && sameJSON(a.Outputs, b.Outputs) && a.When == b.When && a.Until == b.Until && a.AllowSharedKeys == b.AllowSharedKeys
}

// sameAsked is sameLogic but for what chooses among answers or rows (the statuses
// that steps accept, shared keys): what was bought is not older for it.
func sameAsked(a, b fettle.Definition) bool {
	for _, d := range []*fettle.Definition{&a, &b} {
		d.AllowSharedKeys = false
		d.Steps = slices.Clone(d.Steps)
		for i := range d.Steps {
			d.Steps[i].Accept = nil
		}
	}
	return sameLogic(a, b)
}

// sameRest reports whether two definitions agree in everything that is neither
// logic, audience nor limit.
func sameRest(a, b fettle.Definition) bool {
	return a.Write == b.Write && a.Follow == b.Follow && a.RerunOn == b.RerunOn && a.Refresh == b.Refresh && a.NotFoundRetry == b.NotFoundRetry && a.UnsureRetry == b.UnsureRetry &&
		a.Unknown == b.Unknown && a.Loop == b.Loop && a.Poll == b.Poll && sameJSON(a.Guards, b.Guards) && sameJSON(a.Schedule, b.Schedule)
}

// sameJSON compares by what is stored, so that a value and its copy read back
// from the database are the same.
func sameJSON(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}

// DeleteEnrichment removes an enrichment that is not live and has nothing in
// flight. What it bought, its calls and its charges stay.
func (e *Engine) DeleteEnrichment(ctx context.Context, actor fettle.Actor, name string) error {
	if err := actor.Require(fettle.Editor, "delete enrichments"); err != nil {
		return err
	}
	if err := e.clearToDelete(ctx, actor, name); err != nil {
		return err
	}
	err := e.db.Update(ctx, func(tx *store.Tx) error { return deleteEnrichment(ctx, tx, actor, name) })
	e.publishDefinition(name)
	return err
}

// clearToDelete clears the rows of enrichments that are to be deleted, so many in a
// transaction; the rest goes at once.
func (e *Engine) clearToDelete(ctx context.Context, actor fettle.Actor, names ...string) error {
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		for _, name := range names {
			cur, err := mayDelete(ctx, tx, actor, name)
			if err != nil {
				return err
			}
			if err := run.BeginClearing(ctx, tx, &cur); err != nil {
				return err
			}
			if err := tx.PutEnrichment(ctx, cur); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(names) == 0 {
		return err
	}
	return e.worker.FinishClearing(ctx)
}

// deleteEnrichment removes an enrichment whose rows were cleared.
func deleteEnrichment(ctx context.Context, tx *store.Tx, actor fettle.Actor, name string) error {
	if err := actor.Require(fettle.Editor, "delete enrichments"); err != nil {
		return err
	}
	cur, err := mayDelete(ctx, tx, actor, name)
	if err != nil {
		return err
	}
	if _, err := tx.ClearRows(ctx, cur.ID, run.PlanPage); err != nil {
		return err
	}
	if err := tx.DropLimits(ctx, store.ScopeEnrichment, strconv.FormatInt(cur.ID, 10)); err != nil {
		return err
	}
	if err := tx.DropBudgetMember(ctx, store.Member{Kind: store.MemberEnrichment, Key: strconv.FormatInt(cur.ID, 10)}); err != nil {
		return err
	}
	if err := tx.DeleteEnrichment(ctx, store.Deleted{ID: cur.ID, Name: cur.Name, Actor: actor.Name, AtUS: time.Now().UnixMicro()}); err != nil {
		return err
	}
	return tx.Act(ctx, actor, "enrichment.delete", name, "")
}

// mayDelete refuses what runs, or may still cost something.
func mayDelete(ctx context.Context, tx *store.Tx, actor fettle.Actor, name string) (store.Enrichment, error) {
	cur, err := tx.LockEnrichment(ctx, name)
	if err != nil {
		return cur, err
	}
	// Deleted and made again it would count in no budget.
	budget, err := tx.BudgetOf(ctx, store.Member{Kind: store.MemberEnrichment, Key: strconv.FormatInt(cur.ID, 10)})
	if err == nil {
		err = rights.Attach(actor, false, budget)
	}
	if err != nil {
		return cur, err
	}
	if cur.State == fettle.Live {
		return cur, fettle.Errorf(fettle.Refused, "%s is live", name).WithHint("Pause it first (fettle enrichment pause %s).", name)
	}
	flights, err := tx.InFlight(ctx, cur.ID)
	if err != nil {
		return cur, err
	}
	unknown, err := tx.UnknownAttempts(ctx, cur.ID, 1)
	if err == nil && (len(flights) > 0 || len(unknown) > 0) {
		err = fettle.Errorf(fettle.Refused, "%s has calls in flight or unknown charges", name).WithHint("Wait for the calls, and resolve the charges under Credits → To resolve (fettle unknown list).")
	}
	return cur, err
}

// Versions reads the versions of a definition, newest first.
func (e *Engine) Versions(ctx context.Context, actor fettle.Actor, name string) ([]fettle.VersionView, error) {
	if err := actor.Require(fettle.Viewer, "see enrichments"); err != nil {
		return nil, err
	}
	out := []fettle.VersionView{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		cur, err := tx.Enrichment(ctx, name)
		if err != nil {
			return err
		}
		list, err := tx.Versions(ctx, cur.ID)
		for i, v := range list {
			diff := []string{}
			if i+1 < len(list) {
				c, err := changeOf(true, list[i+1].Definition, v.Definition)
				if err != nil {
					return err
				}
				diff = append(diff, c.Diff...)
			}
			out = append(out, fettle.VersionView{Diff: diff, Version: v.Version, Logic: v.Logic, Actor: v.Actor, At: time.UnixMicro(v.AtUS).UTC(), Definition: v.Definition})
		}
		return err
	})
	return out, err
}
