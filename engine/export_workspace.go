package engine

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fettle"
	"fettle/declare"
	"fettle/limits"
	"fettle/signal"
	"fettle/store"
)

// DocumentFile is a file of documents.
type DocumentFile struct {
	Path string `json:"path"` // relative, with slashes: audiences/leaders.yaml
	Text string `json:"text"`
}

// ExportWorkspace writes what a workspace is set up as, in the documents that
// Apply takes: fields, audiences, signals, enrichments, sources, destinations, channels, how providers are
// reached, their definitions, and limits. There are no records in it and no
// secrets; a key that is missing is named beside its provider. Applied on an empty workspace and exported again, it is the same.
func (e *Engine) ExportWorkspace(ctx context.Context, actor fettle.Actor) ([]DocumentFile, error) {
	if err := actor.Require(fettle.Editor, "export a workspace"); err != nil {
		return nil, err
	}
	x := &exporter{e: e}
	if err := e.db.View(ctx, func(tx *store.Tx) error { return x.all(ctx, tx) }); err != nil {
		return nil, err
	}
	out := make([]DocumentFile, 0, len(x.files))
	for path, text := range x.files {
		out = append(out, DocumentFile{Path: path, Text: text.String()})
	}
	slices.SortFunc(out, func(a, b DocumentFile) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// exporter gathers files.
type exporter struct {
	e     *Engine
	files map[string]*bytes.Buffer
	docs  []exported
}

// exported is a document with its text.
type exported struct {
	declare.Document
	text string
}

// all writes what the workspace is set up as.
func (x *exporter) all(ctx context.Context, tx *store.Tx) error {
	x.files, x.docs = map[string]*bytes.Buffer{}, nil
	for _, write := range []func(context.Context, *store.Tx) error{x.fields, x.audiences, x.signals, x.enrichments, x.sources, x.destinations, x.channels, x.views, x.providers, x.limits} {
		if err := write(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// put adds a document to a file, behind a note for people.
func (x *exporter) put(path string, d declare.Document, note string) error {
	text, err := declare.Write(d)
	if err != nil {
		return fmt.Errorf("write the %s %s: %w", strings.ToLower(string(d.Kind)), d.Name, err)
	}
	x.docs = append(x.docs, exported{d, string(text)})
	b := x.files[path]
	if b == nil {
		b = &bytes.Buffer{}
		x.files[path] = b
		if d.Kind != declare.KindDataProvider { // whose text stays as it was written
			up := strings.Repeat("../", strings.Count(path, "/"))
			b.WriteString("# yaml-language-server: $schema=" + up + "schema/" + string(d.Kind) + ".json\n")
		}
	} else {
		b.WriteString("---\n")
	}
	if note != "" {
		b.WriteString("# " + note + "\n")
	}
	b.Write(text)
	return nil
}

// called is the label of what has another than its name.
func called(name, label string) string {
	if label == name {
		return ""
	}
	return label
}

// fields writes the fields in their order; those that polls make themselves come
// last, as they do where the rules are applied.
func (x *exporter) fields(ctx context.Context, tx *store.Tx) error {
	rules, err := tx.SignalRules(ctx)
	if err != nil {
		return err
	}
	for _, entity := range fettle.Entities() {
		all, err := tx.Fields(ctx, entity)
		if err != nil {
			return err
		}
		ofPoll := func(f fettle.Field) bool {
			return slices.ContainsFunc(rules, func(r store.SignalRule) bool {
				return r.Detect == fettle.DetectPoll && r.Entity == entity && signal.PollField(r.Name) == f.Key
			})
		}
		slices.SortStableFunc(all, func(a, b fettle.Field) int {
			if ofPoll(a) && ofPoll(b) {
				return strings.Compare(a.Key, b.Key)
			}
			return cmp.Compare(rank(ofPoll(a)), rank(ofPoll(b)))
		})
		for _, f := range all {
			d := declare.Document{Kind: declare.KindField, Name: string(entity) + "." + f.Key, Field: &f, Made: ofPoll(f)}
			if err := x.put("fields/"+string(entity)+".yaml", d, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *exporter) audiences(ctx context.Context, tx *store.Tx) error {
	all, err := tx.Audiences(ctx)
	for _, a := range all {
		if a.Builtin {
			continue
		}
		d := declare.Document{Kind: declare.KindAudience, Name: a.Name, Label: called(a.Name, a.Label), Audience: &a}
		if err := x.put("audiences/"+a.Name+".yaml", d, ""); err != nil {
			return err
		}
	}
	return err
}

func (x *exporter) signals(ctx context.Context, tx *store.Tx) error {
	all, err := tx.SignalRules(ctx)
	for _, r := range all {
		d := declare.Document{Kind: declare.KindSignal, Name: r.Name, Label: called(r.Name, r.Label), Signal: &r.SignalRule}
		if err := x.put("signals/"+r.Name+".yaml", d, ""); err != nil {
			return err
		}
	}
	return err
}

func (x *exporter) enrichments(ctx context.Context, tx *store.Tx) error {
	all, err := tx.Enrichments(ctx)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Definition.Poll != "" {
			continue // its rule makes it
		}
		stands, err := limits.Of(ctx, tx, store.ScopeEnrichment, strconv.FormatInt(r.ID, 10))
		if err != nil {
			return err
		}
		if len(stands) == 1 {
			r.Definition.Limit = &stands[0].Limit
		}
		d := declare.Document{Kind: declare.KindEnrichment, Name: r.Name, Label: called(r.Name, r.Label), Enrichment: &r.Definition}
		if err := x.put("enrichments/"+r.Name+".yaml", d, ""); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) sources(ctx context.Context, tx *store.Tx) error {
	all, err := tx.Sources(ctx)
	for _, s := range all {
		d := declare.Document{Kind: declare.KindSource, Name: s.Name, Label: called(s.Name, s.Label), Source: &s.Source}
		if err := x.put("sources/"+s.Name+".yaml", d, fmt.Sprintf("Its token is not in here (fettle source token %s).", s.Name)); err != nil {
			return err
		}
	}
	return err
}

func (x *exporter) destinations(ctx context.Context, tx *store.Tx) error {
	all, err := tx.Destinations(ctx)
	for _, dest := range all {
		d := declare.Document{Kind: declare.KindDestination, Name: dest.Name, Label: called(dest.Name, dest.Label), Destination: &dest.Destination}
		note := fmt.Sprintf("It is off where it is applied, and its key is not in here (fettle destination set %s --key …, fettle destination on %s).", dest.Name, dest.Name)
		if err := x.put("destinations/"+dest.Name+".yaml", d, note); err != nil {
			return err
		}
	}
	return err
}

// channels writes who is told what, and how each gets what is secret of it.
func (x *exporter) channels(ctx context.Context, tx *store.Tx) error {
	all, err := tx.Channels(ctx)
	for _, ch := range all {
		d := declare.Document{Kind: declare.KindChannel, Name: ch.Name, Label: called(ch.Name, ch.Label), Channel: declaredChannel(ch)}
		note := fmt.Sprintf("Its address is not in here, and without one it is told nothing (fettle channel set %s --%s URL).", ch.Name, ch.Kind)
		if ch.Kind == fettle.ChannelEmail {
			note = fmt.Sprintf("A mail server of its own, if it has one, is not in here (fettle channel set %s --smtp URL).", ch.Name)
		}
		if err := x.put("channels/"+ch.Name+".yaml", d, note); err != nil {
			return err
		}
	}
	return err
}

// views writes the views that everybody has; who keeps one alone keeps it.
func (x *exporter) views(ctx context.Context, tx *store.Tx) error {
	all, err := tx.SharedViews(ctx)
	for _, v := range all {
		d := &declare.View{Name: v.Name, Entity: v.Entity, Audience: v.Audience}
		if d.Audience != "" {
			d.Entity = ""
		}
		if err := json.Unmarshal([]byte(v.Look), &d.Look); err != nil {
			return err
		}
		name := cmp.Or(d.Audience, string(d.Entity)) + ": " + v.Name
		if err := x.put("views.yaml", declare.Document{Kind: declare.KindView, Name: name, View: d}, ""); err != nil {
			return err
		}
	}
	return err
}

func (x *exporter) providers(ctx context.Context, tx *store.Tx) error {
	definitions, err := tx.ProviderDefinitions(ctx)
	if err != nil {
		return err
	}
	for _, def := range definitions {
		d := declare.Document{Kind: declare.KindDataProvider, Name: def.Provider, Definition: []byte(strings.TrimSpace(def.YAML) + "\n")}
		if err := x.put("providers/"+def.Provider+".yaml", d, ""); err != nil {
			return err
		}
	}
	reached, err := tx.Connections(ctx)
	slices.SortStableFunc(reached, func(a, b store.Connection) int { // whether another asks the server of the default one shows then
		return cmp.Or(strings.Compare(a.Provider, b.Provider), cmp.Compare(rank(a.FullName() != a.Provider), rank(b.FullName() != b.Provider)))
	})
	for _, c := range reached {
		name := c.FullName()
		d := declare.Document{Kind: declare.KindProvider, Name: name, Provider: &declare.Provider{Name: name, UnitCredits: c.UnitPrice}}
		if c.BaseURL != "" {
			d.Provider.BaseURL = &c.BaseURL
		}
		if err := x.put("connections.yaml", d, x.keyNote(name)); err != nil {
			return err
		}
	}
	return err
}

// keyNote says how a provider gets its key, which no document holds.
func (x *exporter) keyNote(name string) string {
	c, err := x.e.conns.For(name)
	if err != nil || !c.Description.NeedsKey {
		return ""
	}
	where := ""
	if env := c.Description.KeyEnv; env != "" && c.IsDefault() {
		where = ", or in the variable " + env + " of the server"
	}
	return fmt.Sprintf("The key is not in here: it is set beside the provider%s (fettle provider key %s).", where, name)
}

func (x *exporter) limits(ctx context.Context, tx *store.Tx) error {
	all, err := tx.Limits(ctx, store.ScopeWorkspace, store.ScopeBudget, store.ScopeProvider, store.ScopePerson)
	if err != nil {
		return err
	}
	named, err := budgets(ctx, tx)
	slices.SortStableFunc(all, func(a, b store.Limit) int {
		return cmp.Or(strings.Compare(string(a.Scope), string(b.Scope)), strings.Compare(a.Key, b.Key), strings.Compare(string(a.Limit.Per), string(b.Limit.Per)))
	})
	for _, l := range all {
		if _, err := x.e.conns.For(l.Key); err != nil && l.Scope == store.ScopeProvider {
			continue // of a connection that was taken away, when it had none any more
		}
		d := declare.Document{Kind: declare.KindLimit, Name: strings.TrimSuffix(string(l.Scope)+" "+l.Key, " "), Limit: &declare.Limit{Scope: string(l.Scope), Key: l.Key, Limit: l.Limit}}
		if i := slices.IndexFunc(named, func(v fettle.BudgetView) bool { return v.Name == l.Key }); i >= 0 && l.Scope == store.ScopeBudget {
			d.Limit.Enrichments, d.Limit.People = named[i].Enrichments, named[i].People
			named = slices.Delete(named, i, i+1) // of several limits of one budget the first says it
		}
		if err := x.put("limits.yaml", d, ""); err != nil {
			return err
		}
	}
	return err
}

// rank puts what holds behind what does not.
func rank(late bool) int {
	if late {
		return 1
	}
	return 0
}
