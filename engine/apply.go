package engine

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"fettle"
	"fettle/connect"
	"fettle/declare"
	"fettle/judge"
	"fettle/provider/declarative"
	"fettle/rights"
	"fettle/store"
)

// Change is what applying a document does to what it declares.
type Change struct {
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	Action  string   `json:"action" enum:"create,update,unchanged,remove,keep"` // create, update, unchanged; where pruned also remove, and keep for what stays although no document declares it
	Diff    []string `json:"diff,omitempty"`                                    // one line a key that changes
	Message string   `json:"message,omitempty"`                                 // what a person should know of it
	Price   any      `json:"price,omitempty"`                                   // of an enrichment: a fettle.Estimate; of an audience: []fettle.QuietSpend
}

// The actions of changes.
const (
	actionCreate    = "create"
	actionUpdate    = "update"
	actionUnchanged = "unchanged"
	actionRemove    = "remove"
	actionKeep      = "keep"
)

// Plan says what applying documents would do, and its price. It writes nothing.
func (e *Engine) Plan(ctx context.Context, actor fettle.Actor, docs []byte) ([]Change, error) {
	return e.plan(ctx, actor, docs, nil)
}

func (e *Engine) plan(ctx context.Context, actor fettle.Actor, docs []byte, p *pruning) ([]Change, error) {
	if err := actor.Require(fettle.Viewer, "plan"); err != nil {
		return nil, err
	}
	a, err := e.newApplier(ctx, fettle.System(), docs)
	if err != nil {
		return nil, err
	}
	a.priced, a.pruning = true, p
	a.standing = rights.Of(a.actor, false)
	if err := e.rolledBack(ctx, func(tx *store.Tx) error { return a.run(ctx, tx) }); err != nil {
		return nil, err
	}
	return a.changes, nil
}

// Apply makes the workspace what documents declare: all of it, or nothing. What
// documents do not name stays. A filter that would put many records into live
// enrichments is refused with fettle.Confirm unless it is confirmed.
func (e *Engine) Apply(ctx context.Context, actor fettle.Actor, docs []byte, confirm bool) ([]Change, error) {
	return e.apply(ctx, actor, docs, confirm, nil)
}

func (e *Engine) apply(ctx context.Context, actor fettle.Actor, docs []byte, confirm bool, p *pruning) ([]Change, error) {
	s, err := e.may(ctx, actor, "apply")
	if err != nil {
		return nil, err
	}
	a, err := e.newApplier(ctx, actor, docs)
	if err != nil {
		return nil, err
	}
	if err := a.mayDeclare(s); err != nil {
		return nil, err
	}
	if a.pruning = p; p != nil {
		if err := e.agree(ctx, a, s, confirm); err != nil {
			return nil, err
		}
	}
	e.readSignals(ctx) // what was written before is judged by the rules of before
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		if err := a.run(ctx, tx); err != nil {
			return err
		}
		if p != nil {
			if err := p.stillAgreed(); err != nil {
				return err
			}
		}
		_, err := e.quietSpend(ctx, actor, s, a.entering, confirm, "")
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, f := range a.remark {
		if err := e.remark(ctx, f, false); err != nil {
			return nil, err
		}
	}
	if err := e.worker.FinishClearing(ctx); err != nil {
		return nil, err
	}
	if err := e.providersChanged(ctx); err != nil {
		return nil, err
	}
	e.fieldsChanged()
	e.publishChanges(a.changes)
	return a.changes, nil
}

// publishChanges tells pages what documents changed.
func (e *Engine) publishChanges(changes []Change) {
	for _, c := range changes {
		if c.Action == actionUnchanged || c.Action == actionKeep {
			continue
		}
		switch declare.Kind(c.Kind) {
		case declare.KindEnrichment:
			e.publishDefinition(c.Name)
		case declare.KindSignal:
			e.events.Publish("signal", c.Name)
		case declare.KindAudience:
			if c.Action == actionRemove {
				e.events.Publish("audience", c.Name)
			}
		case declare.KindField, declare.KindSource, declare.KindDestination, declare.KindChannel, declare.KindView, declare.KindProvider, declare.KindDataProvider, declare.KindLimit:
		}
	}
}

// applier applies documents in one transaction, so that each is checked
// against those before it.
type applier struct {
	e           *Engine // with the providers that the documents declare
	actor       fettle.Actor
	standing    rights.Standing
	docs        []declare.Document
	definitions map[int]string // number of the document → the provider that it defines
	priced      bool
	pruning     *pruning // nil: what documents do not name stays

	tx       *store.Tx
	changes  []Change
	remark   []fettle.Field // whose options may have changed
	entering entering       // what changed filters put into live enrichments
}

func (e *Engine) newApplier(ctx context.Context, actor fettle.Actor, text []byte) (*applier, error) {
	docs, err := declare.Parse(text)
	if err != nil {
		return nil, err
	}
	a := &applier{actor: actor, docs: docs, definitions: map[int]string{}}
	seen := map[string]int{}
	for i := range docs {
		key := kindAndKey(docs[i])
		if other, twice := seen[key]; twice {
			return nil, docs[i].Wrap(fettle.Errorf(fettle.Invalid, "%s is declared twice, first in document %d", key, other).WithHint("Leave one of them out."))
		}
		seen[key] = docs[i].Number
	}
	inOrder(a.docs)
	if a.e, err = e.withProviders(ctx, a); err != nil {
		return nil, err
	}
	return a, nil
}

// mayDeclare refuses documents that declare what the actor may not change by
// itself either.
func (a *applier) mayDeclare(s rights.Standing) error {
	a.standing = s
	for i := range a.docs {
		var err error
		switch d := &a.docs[i]; {
		case d.Kind == declare.KindDataProvider:
			err = rights.Check(a.actor, s, "saveDefinition")
		case d.Kind == declare.KindProvider && d.Provider.BaseURL != nil:
			err = a.actor.Require(fettle.Admin, "change where a provider is asked")
		case d.Kind == declare.KindProvider:
			err = rights.Check(a.actor, s, "setConnection")
		case d.Kind == declare.KindLimit:
			err = maySetLimit(a.actor, s, store.Scope(d.Limit.Scope))
		}
		if err != nil {
			return a.docs[i].Wrap(err)
		}
	}
	return nil
}

// withProviders gives an engine that knows the providers of the documents too,
// to check and price enrichments by. Definitions are tested by their fixtures.
func (e *Engine) withProviders(ctx context.Context, a *applier) (*Engine, error) {
	o := &Engine{db: e.db, log: e.log, cfg: e.cfg, conns: e.conns.Trial(), Destinations: e.Destinations, Channels: e.Channels}
	o.judge = judge.New(o.conns)
	stored := map[string]store.Connection{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Connections(ctx)
		for _, c := range all {
			stored[c.FullName()] = c
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range a.docs {
		if d := &a.docs[i]; d.Kind == declare.KindDataProvider {
			name, err := o.define(ctx, d.Definition, stored)
			if err != nil {
				return nil, d.Wrap(err)
			}
			a.definitions[d.Number], d.Name = name, name
		}
	}
	for i := range a.docs {
		if d := &a.docs[i]; d.Kind == declare.KindProvider {
			if err := o.declareConnection(d.Provider, stored); err != nil {
				return nil, d.Wrap(err)
			}
		}
	}
	return o, nil
}

func (e *Engine) define(ctx context.Context, source []byte, stored map[string]store.Connection) (string, error) {
	def, err := declarative.Parse(source)
	if err != nil {
		return "", err
	}
	if err := def.Test(ctx); err != nil {
		return "", err
	}
	p := declarative.New(def)
	name := p.Describe().Name
	if e.builtIn(name) {
		return "", fettle.Errorf(fettle.Refused, "the provider %s is built in", name).WithHint("Give the definition another id.").With("key", "id")
	}
	e.conns.Put(e.conns.Join(p, false, ofProvider(name, "", stored)))
	for _, s := range stored {
		if s.Provider == name && s.FullName() != name {
			e.conns.Put(e.conns.Join(p, false, s))
		}
	}
	return name, nil
}

func (e *Engine) declareConnection(p *declare.Provider, stored map[string]store.Connection) error {
	old, err := e.conns.For(p.Name)
	name := ""
	if err == nil {
		name = old.Of
	} else if fettle.CodeOf(err) == fettle.NotFound { // its document adds it
		var s store.Connection
		if old, s, err = e.newConnection(p.Name); err == nil {
			name = s.Name
		}
	}
	if err != nil {
		return fettle.AsError(err).With("key", "name")
	}
	in := ConnectionInput{BaseURL: p.BaseURL, UnitCredits: p.UnitCredits}
	if err := in.check(old.Description, p.Name); err != nil {
		return err
	}
	s := ofProvider(old.Description.Name, name, stored)
	if p.UnitCredits != nil {
		s.UnitPrice = p.UnitCredits
	}
	if p.BaseURL != nil {
		s.BaseURL = *p.BaseURL
	}
	d := old.Description
	if s.FullName() != d.Name && (s.UpdatedAtUS == 0 || p.BaseURL != nil) {
		s.Server = connect.ServerOf(d, s, stored[d.Name])
	}
	e.conns.Put(e.conns.Join(old.Provider, old.Shipped, s))
	stored[s.FullName()] = s // the connections that are declared after it go by it
	return nil
}

// ofProvider is what is stored of a connection, or one of which nothing is.
func ofProvider(provider, name string, stored map[string]store.Connection) store.Connection {
	s, is := stored[fettle.ConnectionName(provider, name)]
	if !is {
		s.Provider, s.Name = provider, name
	}
	return s
}

// run applies every document. Its errors name the document, line and key; those
// of several documents are told at once.
func (a *applier) run(ctx context.Context, tx *store.Tx) error {
	a.tx, a.changes, a.entering, a.remark = tx, nil, entering{}, nil
	var errs []error
	wrong := map[string]bool{}
	for i := range a.docs {
		d := &a.docs[i]
		c, err := a.one(ctx, d)
		if err == nil {
			c.Kind, c.Name = string(d.Kind), d.Name
			a.changes = append(a.changes, c)
			continue
		}
		err = d.Wrap(err)
		if code := fettle.CodeOf(err); code != fettle.Invalid && code != fettle.Refused {
			return err // the transaction may be of no use after it
		}
		wrong[string(d.Kind)+" "+d.Name] = true
		if !follows(d, err, wrong) {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return declare.Together(errs)
	}
	if a.pruning != nil {
		if err := a.prune(ctx); err != nil {
			return err
		}
	}
	return a.loops(ctx)
}

// follows reports whether a document is refused only because it names what a
// document declares that is wrong itself.
func follows(d *declare.Document, err error, wrong map[string]bool) bool {
	if field, ok := fettle.AsError(err).Details["field"].(string); ok {
		if company, of := strings.CutPrefix(field, "company."); of && wrong["Field companies."+company] {
			return true
		}
		if d.Kind != declare.KindField && (wrong["Field people."+field] || wrong["Field companies."+field]) {
			return true
		}
	}
	if d.Kind == declare.KindSignal {
		return wrong["Audience "+d.Signal.Audience]
	}
	if d.Kind == declare.KindDestination {
		return wrong["Audience "+d.Destination.Audience]
	}
	if d.Kind == declare.KindChannel {
		return slices.ContainsFunc(fettle.EnteredAudiences(d.Channel.On), func(name string) bool { return wrong["Audience "+name] })
	}
	if d.Kind == declare.KindView {
		return wrong["Audience "+d.View.Audience]
	}
	return d.Kind == declare.KindEnrichment && slices.ContainsFunc(d.Enrichment.Audience, func(name string) bool { return wrong["Audience "+name] })
}

// loops refuses enrichments that feed each other without an end, as they are
// after all documents.
func (a *applier) loops(ctx context.Context) error {
	for i := range a.docs {
		c := &a.changes[i]
		name := c.Name
		switch {
		case c.Action == actionUnchanged:
			continue
		case a.docs[i].Kind == declare.KindAudience:
			if err := a.e.audienceLoops(ctx, a.tx, name); err != nil {
				return a.docs[i].Wrap(err)
			}
			continue
		case a.docs[i].Kind == declare.KindSignal:
			name = judge.RuleName(c.Name)
		case a.docs[i].Kind != declare.KindEnrichment:
			continue
		}
		note, err := a.e.judge.Loop(ctx, a.tx, name)
		if err != nil {
			return a.docs[i].Wrap(err)
		}
		if note != "" {
			c.Message = strings.TrimSpace(note + ". " + c.Message)
		}
	}
	return nil
}

func (a *applier) one(ctx context.Context, d *declare.Document) (Change, error) {
	switch d.Kind {
	case declare.KindDataProvider:
		return a.definition(ctx, d)
	case declare.KindProvider:
		return a.connection(ctx, d.Provider)
	case declare.KindField:
		return a.field(ctx, d)
	case declare.KindAudience:
		return a.audience(ctx, d)
	case declare.KindSignal:
		return a.signal(ctx, d)
	case declare.KindEnrichment:
		return a.enrichment(ctx, d)
	case declare.KindSource:
		return a.source(ctx, d)
	case declare.KindDestination:
		return a.destination(ctx, d)
	case declare.KindChannel:
		return a.channel(ctx, d)
	case declare.KindView:
		return a.view(ctx, d.View)
	case declare.KindLimit:
		return a.limit(ctx, d.Limit)
	}
	return Change{}, fettle.Errorf(fettle.Invalid, "documents of kind %s are not applied", strconv.Quote(string(d.Kind)))
}
