package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/internal/asread"
	"fettle/judge"
	"fettle/rights"
	"fettle/signal"
	"fettle/store"
)

// SignalRules lists what is looked for, with what came of it.
func (e *Engine) SignalRules(ctx context.Context, actor fettle.Actor) ([]fettle.SignalRuleView, error) {
	if err := actor.Require(fettle.Viewer, "see signal rules"); err != nil {
		return nil, err
	}
	var out []fettle.SignalRuleView
	err := e.db.View(ctx, func(tx *store.Tx) error {
		rules, err := tx.SignalRules(ctx)
		if err == nil {
			out, err = ruleViews(ctx, tx, rules)
		}
		return err
	})
	return out, err
}

// SignalRule gives one rule.
func (e *Engine) SignalRule(ctx context.Context, actor fettle.Actor, name string) (fettle.SignalRuleView, error) {
	var v fettle.SignalRuleView
	if err := actor.Require(fettle.Viewer, "see signal rules"); err != nil {
		return v, err
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		x, err := tx.SignalRule(ctx, name)
		if err != nil {
			return err
		}
		views, err := ruleViews(ctx, tx, []store.SignalRule{x})
		if err == nil {
			v = views[0]
		}
		return err
	})
	return v, err
}

func ruleViews(ctx context.Context, tx *store.Tx, rules []store.SignalRule) ([]fettle.SignalRuleView, error) {
	counts, err := tx.SignalsByRule(ctx)
	if err != nil {
		return nil, err
	}
	disagree, err := tx.Disagreements(ctx)
	if err != nil {
		return nil, err
	}
	hooks, err := tx.SignalHooks(ctx)
	if err != nil {
		return nil, err
	}
	newest, err := tx.NewestChange(ctx)
	if err != nil {
		return nil, err
	}
	audiences, err := tx.Audiences(ctx)
	if err != nil {
		return nil, err
	}
	named := make(map[int64]string, len(audiences))
	for _, a := range audiences {
		named[a.ID] = a.Name
	}
	out := make([]fettle.SignalRuleView, len(rules))
	for i, x := range rules {
		v := fettle.SignalRuleView{
			SignalRule: x.SignalRule, Name: x.Name, Label: x.Label, State: x.State, CompanionAudience: named[x.AudienceID], Signals: counts[x.ID].Signals, LastAt: when(counts[x.ID].LastUS),
			Disagreements: []fettle.Disagreement{}, HookToken: hooks[x.ID],
		}
		if x.Enrichment != 0 {
			v.Enrichment = x.Name
		}
		if x.Detect != fettle.DetectPosted {
			v.Behind = max(0, newest-x.Cursor)
		}
		for _, d := range disagree[x.ID] {
			v.Disagreements = append(v.Disagreements, fettle.Disagreement{Field: d.Field, Source: d.Source, Times: d.Times, LastAt: time.UnixMicro(d.LastUS).UTC(), LastID: d.Record})
		}
		out[i] = v
	}
	return out, nil
}

// SaveSignalRule makes a rule, or replaces the one of its name. A new one looks at
// what is written from now on.
func (e *Engine) SaveSignalRule(ctx context.Context, actor fettle.Actor, name string, def fettle.SignalRule) (fettle.SignalRuleView, error) {
	return e.DefineSignalRule(ctx, actor, Naming{Name: name}, def)
}

// DefineSignalRule is SaveSignalRule of one that may be new, and be named after
// its label.
func (e *Engine) DefineSignalRule(ctx context.Context, actor fettle.Actor, n Naming, def fettle.SignalRule) (fettle.SignalRuleView, error) {
	operation := "saveSignalRule"
	if n.New {
		operation = "createSignalRule"
	}
	if _, err := e.may(ctx, actor, operation); err != nil {
		return fettle.SignalRuleView{}, err
	}
	n, err := n.checked("a signal rule")
	if err != nil {
		return fettle.SignalRuleView{}, err
	}
	e.readSignals(ctx) // what was written before is judged by the rule of before
	name := ""
	err = e.db.Update(ctx, func(tx *store.Tx) (err error) {
		// Its audience, and the enrichment of one that asks, have its name.
		if name, err = n.named(ctx, tx, "signal", store.LabelledSignal, store.LabelledAudience, store.LabelledEnrichment); err != nil {
			return err
		}
		if err := unchanged(ctx, tx, asread.SignalRule, name); err != nil {
			return err
		}
		if err := e.saveSignalRule(ctx, tx, actor, name, n.Label, def); err != nil {
			return err
		}
		_, err = e.judge.Loop(ctx, tx, judge.RuleName(name))
		return err
	})
	if err != nil {
		return fettle.SignalRuleView{}, err
	}
	e.events.Publish("signal", name)
	return e.SignalRule(ctx, actor, name)
}

// checkSignalRule checks a rule that is to be saved, and gives the one that it
// replaces, with an id of 0 for none.
func (e *Engine) checkSignalRule(ctx context.Context, tx *store.Tx, name string, def fettle.SignalRule) (old store.SignalRule, checked fettle.SignalRule, err error) {
	if err := fettle.CheckName("a signal rule", name); err != nil {
		return old, def, err
	}
	if _, err := fettle.ParseEntity(string(def.Entity)); err != nil {
		return old, def, fettle.AsError(err).With("key", "entity")
	}
	old, err = tx.SignalRule(ctx, name)
	if err != nil && fettle.CodeOf(err) != fettle.NotFound {
		return old, def, err
	}
	env, fields, err := signal.Env(ctx, tx, def.Entity)
	if err != nil {
		return old, def, err
	}
	checked, _, err = signal.Check(env, fields, def)
	if err != nil {
		return old, def, err
	}
	if old.ID != 0 {
		for key, same := range map[string]bool{"entity": old.Entity == def.Entity, "type": old.Type == checked.Type, "detect": old.Detect == checked.Detect} {
			if !same {
				return old, def, fettle.Errorf(fettle.Refused, "the %s of the signal rule %s stays as it is", key, name).
					WithHint("Make another rule: what this one raised is of its %s.", key).With("key", key)
			}
		}
	}
	return old, checked, nil
}

// saveSignalRule makes a rule, or replaces one; label "" keeps what it is called.
func (e *Engine) saveSignalRule(ctx context.Context, tx *store.Tx, actor fettle.Actor, name, label string, def fettle.SignalRule) error {
	if err := e.putSignalRule(ctx, tx, actor, name, label, def); err != nil || label == "" {
		return err
	}
	_, err := e.rename(ctx, tx, store.LabelledSignal, name, label)
	return err
}

func (e *Engine) putSignalRule(ctx context.Context, tx *store.Tx, actor fettle.Actor, name, label string, def fettle.SignalRule) error {
	old, def, err := e.checkSignalRule(ctx, tx, name, def)
	if err != nil {
		return err
	}
	asks := old.Enrichment
	if def.Detect == fettle.DetectPoll {
		if asks, err = e.ensurePoll(ctx, tx, actor, name, def, old); err != nil {
			return err
		}
	}
	now := time.Now().UnixMicro()
	if old.ID != 0 {
		def.Companion = old.Companion // made once
		old.Enrichment = asks
		old.SignalRule, old.UpdatedUS = def, now
		if err := tx.PutSignalRule(ctx, old); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "signal.change", name, def.When)
	}
	x := store.SignalRule{SignalRule: def, Name: name, Label: cmp.Or(label, name), Enrichment: asks, State: fettle.RuleLive, CreatedUS: now, UpdatedUS: now}
	if x.Cursor, err = tx.NewestChange(ctx); err != nil {
		return err
	}
	if err := e.addCompanion(ctx, tx, actor, &x); err != nil {
		return err
	}
	if err := tx.AddSignalRule(ctx, &x); err != nil {
		return err
	}
	return tx.Act(ctx, actor, "signal.add", name, def.When)
}

// addCompanion makes the audience of those with a signal of a new rule's type.
// It is an ordinary audience, made once: from then on people edit it. It goes by
// the type, so that whatever tells such a signal is in it.
func (e *Engine) addCompanion(ctx context.Context, tx *store.Tx, actor fettle.Actor, x *store.SignalRule) error {
	c := fettle.Companion{Name: x.Name, Within: fettle.Interval(30 * 24 * time.Hour)}
	if x.Companion != nil {
		c.Name = cmp.Or(x.Companion.Name, c.Name)
		c.Within = cmp.Or(x.Companion.Within, c.Within)
	}
	x.Companion = &c
	_, err := tx.Audience(ctx, c.Name)
	switch {
	case err == nil:
		return fettle.Errorf(fettle.Refused, "there is an audience %s already", c.Name).
			WithHint("Give the rule's own audience another name: companion: {name: …}.").With("key", "companion.name")
	case fettle.CodeOf(err) != fettle.NotFound:
		return err
	}
	where := fmt.Sprintf("signals.exists(s, s.type == %q && within(s.at, %q))", x.Type, c.Within)
	if x.Detect == fettle.DetectPoll { // of those that it asks about
		of, err := findAudience(ctx, tx, x.Audience)
		if err != nil {
			return err
		}
		if of.Where != "" {
			where += " && (" + of.Where + "\n)" // its last line may end with a comment
		}
	}
	a := fettle.Audience{Name: c.Name, Entity: x.Entity, Where: where, Description: "Made with the signal rule " + x.Label + "."}
	if c.Name == x.Name {
		a.Label = x.Label
	} else if words := strings.ReplaceAll(c.Name, "-", " "); words != c.Name {
		a.Label = strings.ToUpper(words[:1]) + words[1:] // job-changers are Job changers
	}
	a, err = e.saveAudience(ctx, tx, actor, rights.Viewer, a)
	x.AudienceID = a.ID
	return err
}

// PauseSignalRule has a rule look at nothing more, or go on from where it stopped:
// what was written meanwhile is looked at then.
func (e *Engine) PauseSignalRule(ctx context.Context, actor fettle.Actor, name string, pause bool) (fettle.SignalRuleView, error) {
	err := actor.Require(fettle.Editor, "pause signal rules")
	if !pause {
		_, err = e.may(ctx, actor, "resumeSignalRule")
	}
	if err != nil {
		return fettle.SignalRuleView{}, err
	}
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		x, err := tx.SignalRule(ctx, name)
		if err != nil {
			return err
		}
		locked, err := tx.LockSignalRules(ctx, x.ID)
		if err != nil || len(locked) == 0 {
			return err
		}
		x = locked[0]
		state, action := fettle.RuleLive, "signal.resume"
		if pause {
			state, action = fettle.RulePaused, "signal.pause"
			if err := e.pauseAsking(ctx, tx, actor, x); err != nil {
				return err
			}
		}
		if x.State == state {
			return nil
		}
		x.State, x.UpdatedUS = state, time.Now().UnixMicro()
		if err := tx.PutSignalRule(ctx, x); err != nil {
			return err
		}
		return tx.Act(ctx, actor, action, name, "")
	})
	if err != nil {
		return fettle.SignalRuleView{}, err
	}
	e.readSignals(ctx)
	e.events.Publish("signal", name)
	e.events.Publish("enrichment", name)
	return e.SignalRule(ctx, actor, name)
}

// DeleteSignalRule forgets a rule. What it raised stays, and so does its
// companion audience.
func (e *Engine) DeleteSignalRule(ctx context.Context, actor fettle.Actor, name string) error {
	err := e.db.Update(ctx, func(tx *store.Tx) error { return e.deleteSignalRule(ctx, tx, actor, name) })
	if err == nil {
		e.events.Publish("signal", name)
	}
	return err
}

func (e *Engine) deleteSignalRule(ctx context.Context, tx *store.Tx, actor fettle.Actor, name string) error {
	if err := actor.Require(fettle.Editor, "delete signal rules"); err != nil {
		return err
	}
	x, err := tx.SignalRule(ctx, name)
	if err != nil {
		return err
	}
	if err := pollUnused(ctx, tx, x); err != nil {
		return err
	}
	if err := e.refuseUsed(ctx, tx, x); err != nil {
		return err
	}
	if err := tx.DeleteSignalRule(ctx, x.ID); err != nil {
		return err
	}
	return tx.Act(ctx, actor, "signal.delete", name, x.When)
}

// refuseUsed keeps a rule while something goes by its companion audience, which
// nobody would enter any more.
func (e *Engine) refuseUsed(ctx context.Context, tx *store.Tx, x store.SignalRule) error {
	all, err := tx.Audiences(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(a fettle.Audience) bool { return a.ID == x.AudienceID && a.ID != 0 })
	if i < 0 {
		return nil
	}
	return e.unused(ctx, tx, all[i], fmt.Sprintf("the audience %s of the signal rule %s", all[i].Name, x.Name))
}

// rulesReading gives the rules that read a field, by name.
func rulesReading(ctx context.Context, tx *store.Tx, f fettle.Field) ([]string, error) {
	rules, err := tx.SignalRules(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, x := range rules {
		if x.Detect != fettle.DetectChanges {
			continue
		}
		env, fields, err := signal.Env(ctx, tx, x.Entity)
		if err != nil {
			return nil, err
		}
		_, rule, err := signal.Check(env, fields, x.SignalRule)
		if err != nil {
			continue // it reads what is gone already
		}
		if rule.Reads(f) {
			out = append(out, x.Name)
		}
	}
	return out, nil
}
