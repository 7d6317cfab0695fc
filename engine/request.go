package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/notify"
	"fettle/store"
)

// requestsListed is how many requests a list has, at most.
const requestsListed = 500

// WhatToAsk says which limit keeps an enrichment from all its rows, for the
// actor, and which amount they would fit.
func (e *Engine) WhatToAsk(ctx context.Context, actor fettle.Actor, name string) (v fettle.AskView, err error) {
	if err := actor.Require(fettle.Viewer, "see what to ask for"); err != nil {
		return v, err
	}
	t, err := e.estimateFor(ctx, actor.Name, name, EstimateOptions{})
	if err != nil {
		return v, err
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		cur, err := tx.Enrichment(ctx, name)
		if err != nil {
			return err
		}
		b, err := t.limitMeant(ctx, tx, cur, actor, fettle.LimitName{})
		if err != nil {
			return err
		}
		v = fettle.AskView{
			Enrichment: name, LimitName: limitName(cur, b.Key), Amount: t.suggest(b), Was: fettle.Amount{Credits: b.Cap.Credits, Records: b.Cap.Records},
			Text: limits.Reached(b, cur.Label), Rows: t.est.ToRun, HighCredits: t.est.UnlimitedCredits, ExpectedCredits: t.est.UnlimitedExpectedCredits,
		}
		return nil
	})
	return v, err
}

// limitName names a limit as people do: an enrichment's by its name.
func limitName(cur store.Enrichment, k store.BalanceKey) fettle.LimitName {
	key := k.Key
	if k.Scope == store.ScopeEnrichment {
		key = cur.Name
	}
	return fettle.LimitName{Scope: string(k.Scope), Key: key, Per: k.Per}
}

// limitMeant finds the limit that is meant among those that the enrichment counts in
// for the actor; without a name the one that binds.
func (t *tally) limitMeant(ctx context.Context, tx *store.Tx, cur store.Enrichment, actor fettle.Actor, name fettle.LimitName) (limits.Bound, error) {
	all, err := t.countsIn(ctx, tx, cur, actor)
	if err != nil {
		return limits.Bound{}, err
	}
	if name.Scope == "" {
		return t.binding(all, cur)
	}
	found := slices.DeleteFunc(slices.Clone(all), func(b limits.Bound) bool {
		n := limitName(cur, b.Key)
		key := name.Key == n.Key || name.Scope == string(store.ScopeWorkspace) || name.Key == "" && b.Key.Scope == store.ScopeEnrichment
		return b.Grant || n.Scope != name.Scope || !key || name.Per != "" && n.Per != name.Per
	})
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return limits.Bound{}, fettle.Errorf(fettle.NotFound, "%s does not count in such a limit: %s", cur.Label, strings.TrimSpace(name.Scope+" "+name.Key)).
			WithHint("Leave the limit out to ask for the one that binds (fettle request new %s --reason TEXT).", cur.Name)
	}
	return limits.Bound{}, fettle.Errorf(fettle.Invalid, "%s has several limits: per lifetime, day, month or run", strings.TrimSpace(name.Scope+" "+name.Key)).
		WithHint("Say which (--per month).").With("key", "per")
}

// countsIn are the limits that the rows of an enrichment count in, and those of
// the actor.
func (t *tally) countsIn(ctx context.Context, tx *store.Tx, cur store.Enrichment, actor fettle.Actor) ([]limits.Bound, error) {
	all, err := limits.RowBounds(ctx, tx, cur, actor.Name)
	if err != nil {
		return nil, err
	}
	at, err := t.providersLeave(ctx, tx)
	if err != nil {
		return nil, err
	}
	own, err := limits.OwnBounds(ctx, tx, actor.Name)
	for _, b := range append(at, own...) {
		if !slices.ContainsFunc(all, func(x limits.Bound) bool { return x.Key == b.Key }) {
			all = append(all, b)
		}
	}
	return slices.DeleteFunc(all, func(b limits.Bound) bool { return b.Key.Scope == store.ScopePilot }), err
}

// binding is the limit that leaves no room for the next row, or else that which
// leaves least of those that do not fit all of them.
func (t *tally) binding(all []limits.Bound, cur store.Enrichment) (out limits.Bound, err error) {
	found := false
	for _, b := range all {
		short := !t.fits(b)
		if short && (!found || b.Room.Credits < out.Room.Credits) {
			out, found = b, true
		}
	}
	switch {
	case !found:
		return out, fettle.Errorf(fettle.Refused, "no limit keeps %s from the rest of its rows", cur.Label).WithHint("Its page says what it waits for (fettle enrichment show %s).", cur.Name)
	case out.Grant:
		return out, fettle.Errorf(fettle.Refused, "what is short is no limit: %s", limits.Reached(out, cur.Label)).WithHint("Ask an admin to grant credits (fettle credits grant N).")
	}
	return out, nil
}

// need is what all that is left takes of a limit, at its highest price.
func (t *tally) need(b limits.Bound) (fettle.Credits, int64) {
	if b.Key.Scope == store.ScopeProvider {
		s := t.of(b.Key.Key)
		return s.most, int64(s.calls)
	}
	return t.est.UnlimitedCredits, t.est.ToRun
}

func (t *tally) fits(b limits.Bound) bool {
	credits, records := t.need(b)
	return (b.Cap.Credits == nil || credits <= b.Room.Credits) && (b.Cap.Records == nil || records <= b.Room.Records)
}

// suggest is the amount of a limit that all that is left fits, in what it is
// short of; at least a little more than it is.
func (t *tally) suggest(b limits.Bound) (a fettle.Amount) {
	credits, records := t.need(b)
	if b.Cap.Credits != nil && (credits > b.Room.Credits || b.Cap.Records == nil) {
		n := b.Balance.Used() + credits
		n = max(n, *b.Cap.Credits+fettle.Credit)
		if part := n % fettle.Credit; part > 0 {
			n += fettle.Credit - part
		}
		a.Credits = &n
		return a
	}
	n := max(b.Balance.UsedRecords()+records, *b.Cap.Records+1)
	a.Records = &n
	return a
}

// AskMore asks that one limit be one amount. It changes nothing: an admin who is
// another approves it, within a week.
func (e *Engine) AskMore(ctx context.Context, actor fettle.Actor, in fettle.AskInput) (v fettle.RequestView, err error) {
	if err := actor.Require(fettle.Editor, "ask for more"); err != nil {
		return v, err
	}
	if strings.TrimSpace(in.Reason) == "" {
		return v, fettle.Errorf(fettle.Invalid, "reason: it says nothing").WithHint("Say what it is for (--reason TEXT): whoever approves it reads that.").With("key", "reason")
	}
	t, err := e.estimateFor(ctx, actor.Name, in.Enrichment, EstimateOptions{})
	if err != nil {
		return v, err
	}
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		cur, err := tx.LockEnrichment(ctx, in.Enrichment)
		if err != nil {
			return err
		}
		r, err := t.request(ctx, tx, cur, actor, in)
		if err != nil {
			return err
		}
		if err := alreadyAsked(ctx, tx, r); err != nil {
			return err
		}
		if err := tx.AddRequest(ctx, &r); err != nil {
			return err
		}
		v = viewRequest(r, cur.Name, cur.Label, time.Now())
		text := fmt.Sprintf("%s asks that the %s limit of %s be %s, for %s: %s", actor.Name, r.Per, whoseLimit(v), r.Asked.Words(), cur.Label, r.Reason)
		if err := e.Channels.Raise(ctx, tx, requestEvent(fettle.EventAsked, v, cur.ID, text+". Decide under Credits → Requests (fettle request show "+strconv.FormatInt(r.ID, 10)+").")); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "request", strconv.FormatInt(r.ID, 10), text)
	})
	if err == nil {
		e.events.Publish("request", "")
	}
	return v, err
}

// request makes the request that is meant.
func (t *tally) request(ctx context.Context, tx *store.Tx, cur store.Enrichment, actor fettle.Actor, in fettle.AskInput) (r store.Request, err error) {
	b, err := t.limitMeant(ctx, tx, cur, actor, in.LimitName)
	if err != nil {
		return r, err
	}
	a := in.Amount
	if a.Credits == nil && a.Records == nil {
		a = t.suggest(b)
	}
	if err := checkAmount(a, b); err != nil {
		return r, err
	}
	audience, err := filters(ctx, tx, cur)
	now := time.Now()
	return store.Request{
		EnrichmentID: cur.ID, Asker: actor.Name, ByToken: actor.Token, Scope: b.Key.Scope, Key: b.Key.Key, Per: b.Key.Per,
		Asked: a, Was: fettle.Amount{Credits: b.Cap.Credits, Records: b.Cap.Records}, Reason: in.Reason,
		Rows: t.est.ToRun, High: t.est.UnlimitedCredits, Expected: t.est.UnlimitedExpectedCredits, Version: cur.Version, Audience: audience,
		GoesOn: actor.Spends(), State: fettle.RequestOpen, AskedUS: now.UnixMicro(), ExpiresUS: now.Add(fettle.RequestHolds).UnixMicro(),
	}, err
}

// checkAmount refuses what is not one amount, or not more than a limit is.
func checkAmount(a fettle.Amount, b limits.Bound) error {
	if a.Credits != nil && a.Records != nil {
		return fettle.Errorf(fettle.Invalid, "a request is for one amount").WithHint("Ask for credits or for records.")
	}
	if _, err := limits.Check(fettle.Limit{Credits: a.Credits, Records: a.Records}); err != nil {
		return err
	}
	switch {
	case a.Credits != nil && b.Cap.Credits == nil, a.Records != nil && b.Cap.Records == nil:
		return fettle.Errorf(fettle.Invalid, "that limit is not in what is asked for").WithHint("It is %s.", fettle.Amount{Credits: b.Cap.Credits, Records: b.Cap.Records}.Words())
	case a.Credits != nil && *a.Credits <= *b.Cap.Credits, a.Records != nil && *a.Records <= *b.Cap.Records:
		return fettle.Errorf(fettle.Invalid, "%s is no more than the limit is already", a.Words()).WithHint("Ask for what the limit is to be in all: more than %s.", fettle.Amount{Credits: b.Cap.Credits, Records: b.Cap.Records}.Words())
	}
	return nil
}

// filters writes the filters of an enrichment's audiences, to compare.
func filters(ctx context.Context, tx *store.Tx, cur store.Enrichment) (string, error) {
	var all []string
	for _, name := range cur.Definition.Audience {
		a, err := tx.Audience(ctx, name)
		if fettle.CodeOf(err) == fettle.NotFound {
			continue
		}
		if err != nil {
			return "", err
		}
		all = append(all, name+": "+a.Where)
	}
	return strings.Join(all, "\n"), nil
}

// alreadyAsked refuses the same request while somebody may decide the first one.
func alreadyAsked(ctx context.Context, tx *store.Tx, r store.Request) error {
	open, err := tx.Requests(ctx, true, requestsListed)
	for _, x := range open {
		if x.Asker == r.Asker && x.EnrichmentID == r.EnrichmentID && x.Scope == r.Scope && x.Key == r.Key && x.Per == r.Per && x.ExpiresUS > r.AskedUS {
			return fettle.Errorf(fettle.Refused, "you asked for that already: request %d, of %s", x.ID, x.Asked.Words()).
				WithHint("Wait for the answer, or withdraw it and ask anew (fettle request refuse %d).", x.ID).With("request", x.ID)
		}
	}
	return err
}

func requestEvent(kind fettle.EventType, v fettle.RequestView, enrichment int64, text string) notify.Event {
	return notify.Event{
		Type: kind, Notice: "request", Enrichment: enrichment, Name: v.Enrichment, Message: text, Once: fmt.Sprintf("request:%d:%s", v.ID, v.State),
		Data: map[string]any{"request": v.ID, "by": v.Asker, "reason": v.Reason, "asked": v.Amount, "state": v.State},
	}
}

// whoseLimit says whose limit a request is about.
func whoseLimit(v fettle.RequestView) string {
	switch store.Scope(v.Scope) {
	case store.ScopeWorkspace:
		return "the workspace"
	case store.ScopeEnrichment:
		return v.Label
	case store.ScopePerson, store.ScopePilot:
		return v.Key
	case store.ScopeBudget, store.ScopeProvider:
	}
	return "the " + v.Scope + " " + v.Key
}

func viewRequest(r store.Request, name, label string, now time.Time) fettle.RequestView {
	key := r.Key
	if r.Scope == store.ScopeEnrichment {
		key = name
	}
	v := fettle.RequestView{
		ID: r.ID, Enrichment: name, Label: label, Asker: r.Asker, ByToken: r.ByToken, LimitName: fettle.LimitName{Scope: string(r.Scope), Key: key, Per: r.Per},
		Amount: r.Asked, Was: r.Was, Reason: r.Reason, Then: fettle.RequestPrice{Rows: r.Rows, HighCredits: r.High, ExpectedCredits: r.Expected}, GoesOn: r.GoesOn,
		State: r.State, AskedAt: time.UnixMicro(r.AskedUS).UTC(), ExpiresAt: time.UnixMicro(r.ExpiresUS).UTC(), DecidedBy: r.DecidedBy, Note: r.Note,
	}
	if r.DecidedUS > 0 {
		at := time.UnixMicro(r.DecidedUS).UTC()
		v.DecidedAt = &at
	}
	if v.State == fettle.RequestOpen && !now.Before(v.ExpiresAt) {
		v.State = fettle.RequestExpired
	}
	return v
}

// Requests lists requests for more, newest first: those that can be decided, or
// all of them.
func (e *Engine) Requests(ctx context.Context, actor fettle.Actor, all bool) ([]fettle.RequestView, error) {
	if err := actor.Require(fettle.Viewer, "see requests"); err != nil {
		return nil, err
	}
	out := []fettle.RequestView{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		list, err := tx.Requests(ctx, !all, requestsListed)
		if err != nil {
			return err
		}
		there, err := tx.Enrichments(ctx)
		if err != nil {
			return err
		}
		byID := make(map[int64]store.Enrichment, len(there))
		for _, x := range there {
			byID[x.ID] = x
		}
		for _, r := range list {
			name, label := requestFor(byID[r.EnrichmentID])
			if v := viewRequest(r, name, label, time.Now()); all || v.State == fettle.RequestOpen {
				out = append(out, v)
			}
		}
		return nil
	})
	return out, err
}

// requestOf names the enrichment of a request, which may be gone by now.
func requestOf(ctx context.Context, tx *store.Tx, r store.Request) (name, label string, err error) {
	cur, err := tx.EnrichmentByID(ctx, r.EnrichmentID)
	if err != nil && fettle.CodeOf(err) != fettle.NotFound {
		return "", "", err
	}
	name, label = requestFor(cur)
	return name, label, nil
}

func requestFor(cur store.Enrichment) (name, label string) {
	if cur.ID == 0 {
		return "", "an enrichment that was deleted"
	}
	return cur.Name, cur.Label
}
