package engine

import (
	"context"
	"slices"
	"strings"

	"fettle"
	"fettle/declare"
	"fettle/rights"
	"fettle/signal"
)

func pollFieldOf(rule string) string { return signal.PollField(rule) }

// placeOf is the place in which documents of a kind are applied; what they declare is
// removed the other way round.
func placeOf(kind declare.Kind) int {
	docs := []declare.Kind{
		declare.KindDataProvider, declare.KindProvider, declare.KindField, declare.KindAudience, declare.KindSignal, declare.KindEnrichment, declare.KindSource, declare.KindDestination, declare.KindChannel, declare.KindView,
	}
	return slices.Index(docs, kind)
}

// remove removes what a document declares, as its own operation would: by the same
// right, and refused for the same reasons. What holds values, or is at work, is
// refused here besides.
func (a *applier) remove(ctx context.Context, x exported) error {
	name := x.Name
	switch x.Kind {
	case declare.KindField:
		return a.removeField(ctx, *x.Field)
	case declare.KindAudience:
		return a.removeAudience(ctx, name)
	case declare.KindSignal:
		if x.Signal.Detect == fettle.DetectPoll {
			if err := deleteEnrichment(ctx, a.tx, a.actor, name); err != nil && fettle.CodeOf(err) != fettle.NotFound {
				return err
			}
		}
		return a.e.deleteSignalRule(ctx, a.tx, a.actor, name)
	case declare.KindEnrichment:
		return deleteEnrichment(ctx, a.tx, a.actor, name)
	case declare.KindSource:
		return deleteSource(ctx, a.tx, a.actor, name)
	case declare.KindDestination:
		return a.removeDestination(ctx, name)
	case declare.KindChannel:
		return a.e.Channels.DeleteTx(ctx, a.tx, a.actor, name)
	case declare.KindView:
		return a.removeView(ctx, x.View)
	case declare.KindProvider:
		return a.removeConnection(ctx, name)
	case declare.KindDataProvider:
		return a.removeDefinition(ctx, name)
	case declare.KindLimit:
	}
	return fettle.Errorf(fettle.Refused, "what is of the kind %s is not removed by documents", x.Kind)
}

func (a *applier) removeField(ctx context.Context, f fettle.Field) error {
	n, err := a.tx.Holding(ctx, f.Entity, f.Key)
	if err != nil {
		return err
	}
	if n > 0 {
		return fettle.Errorf(fettle.Refused, "the field %s holds a value in %s, and values are not removed by documents", f.Key, many(n, "record", "records")).
			WithHint("If its values are to go, delete the field by itself (fettle field delete %s %s).", f.Entity, f.Key)
	}
	return a.e.deleteField(ctx, a.tx, a.actor, f.Entity, f.Key)
}

func (a *applier) removeAudience(ctx context.Context, name string) error {
	for i := range a.docs {
		if d := &a.docs[i]; d.Kind == declare.KindView && d.View.Audience == name {
			return fettle.Errorf(fettle.Refused, "its view %s is declared, in document %d", d.View.Name, d.Number).WithHint("Leave out both, or neither.")
		}
	}
	return a.e.deleteAudience(ctx, a.tx, a.actor, name)
}

func (a *applier) removeDestination(ctx context.Context, name string) error {
	d, err := a.tx.LockDestination(ctx, name)
	if err != nil {
		return err
	}
	if d.State == fettle.DestinationOn {
		return fettle.Errorf(fettle.Refused, "%s is on", d.Label).WithHint("Turn it off first (fettle destination off %s).", name)
	}
	return a.e.Destinations.DeleteTx(ctx, a.tx, a.actor, name)
}

func (a *applier) removeConnection(ctx context.Context, name string) error {
	if err := rights.Check(a.actor, a.standing, "removeConnection"); err != nil {
		return err
	}
	c, err := a.e.conns.For(name)
	if fettle.CodeOf(err) == fettle.NotFound {
		return nil // went with the definition of its provider
	}
	if err != nil {
		return err
	}
	return removeConnection(ctx, a.tx, a.actor, c)
}

func (a *applier) removeDefinition(ctx context.Context, name string) error {
	if err := rights.Check(a.actor, a.standing, "removeDefinition"); err != nil {
		return err
	}
	for i := range a.docs {
		d := &a.docs[i]
		if d.Kind != declare.KindProvider {
			continue
		}
		if c, err := a.e.conns.For(d.Provider.Name); err == nil && c.Description.Name == name {
			return fettle.Errorf(fettle.Refused, "its connection %s is declared, in document %d", d.Provider.Name, d.Number).WithHint("Leave out both, or neither.")
		}
	}
	return a.e.removeDefinition(ctx, a.tx, a.actor, name)
}

// losing says what goes with something, and what stays, with its numbers.
func (a *applier) losing(ctx context.Context, x exported) (string, error) {
	name := x.Name
	switch x.Kind {
	case declare.KindField:
		return "It is blank in every record.", nil
	case declare.KindAudience:
		return a.losingAudience(ctx, x)
	case declare.KindEnrichment:
		return a.losingEnrichment(ctx, name)
	case declare.KindSignal:
		if x.Signal.Detect != fettle.DetectPoll {
			return "The signals that it raised stay.", nil
		}
		text, err := a.losingEnrichment(ctx, name)
		return "The signals that it raised stay. With it goes what asks. " + text, err
	case declare.KindSource:
		s, err := a.tx.LockSource(ctx, name)
		return "Nothing that is sent to its address is taken any more. " + many(s.Records, "record that came by it stays", "records that came by it stay") + "; what is kept of how they were sent goes.", err
	case declare.KindDestination:
		d, err := a.tx.LockDestination(ctx, name)
		text := "Its log goes."
		if len(d.KeySealed) > 0 {
			text = "Its log goes, and its key, which is in no file."
		}
		return text, err
	case declare.KindChannel:
		return a.losingChannel(ctx, name)
	case declare.KindProvider, declare.KindDataProvider:
		return a.losingKeys(ctx, x)
	case declare.KindView:
		return "Everybody has it.", nil
	case declare.KindLimit:
	}
	return "", nil
}

func (a *applier) losingAudience(ctx context.Context, x exported) (string, error) {
	views, err := a.tx.CountViewsOf(ctx, x.Name)
	if err != nil {
		return "", err
	}
	text := ""
	if m, err := a.e.judge.Membership(ctx, a.tx, x.Audience.Entity, []string{x.Name}); err == nil { // else its filter reads what is not there
		n, err := a.tx.Count(ctx, x.Audience.Entity, m.Where)
		if err != nil {
			return "", err
		}
		text = many(n, "record is in it, and stays.", "records are in it, and stay.")
	}
	if views > 0 {
		text += " " + many(views, "saved view of it goes.", "saved views of it go.")
	}
	return strings.TrimSpace(text), nil
}

func (a *applier) losingEnrichment(ctx context.Context, name string) (string, error) {
	cur, err := a.tx.Enrichment(ctx, name)
	if err != nil {
		return "", err
	}
	counts, err := a.tx.RowCounts(ctx, cur.ID)
	n := int64(0)
	for _, c := range counts {
		n += c
	}
	return "Its " + many(n, "row", "rows") + ", " + many(cur.Version, "version", "versions") + " and its limit go; what it found and what it spent stay, and nothing of it is bought again.", err
}

func (a *applier) losingKeys(ctx context.Context, x exported) (string, error) {
	all, err := a.tx.Connections(ctx)
	if err != nil {
		return "", err
	}
	keys := int64(0)
	for _, c := range all {
		if c.FullName() == x.Name || x.Kind == declare.KindDataProvider && c.Provider == x.Name {
			keys += int64(min(len(c.KeySealed), 1))
		}
	}
	if keys == 0 {
		return "What it was asked stays known.", nil
	}
	return many(keys, "key goes", "keys go") + " with it, which no file has. What it was asked stays known.", nil
}

// broken gives the audiences and enrichments that cannot be read as things are, with
// the reason.
func (a *applier) broken(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	audiences, err := a.tx.Audiences(ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range audiences {
		env, err := a.e.judge.Env(ctx, a.tx, x.Entity)
		if err != nil {
			return nil, err
		}
		if _, err := env.Filter(x.Where); err != nil {
			out["audience "+x.Name] = err.Error()
		}
	}
	enrichments, err := a.tx.Enrichments(ctx)
	for _, x := range enrichments {
		if _, err := a.e.judge.Compile(ctx, a.tx, x.ID, x.Name, x.Version, x.Definition); err != nil {
			out["enrichment "+x.Name] = err.Error()
		}
	}
	return out, err
}

// stillWhole refuses to remove what something that stays cannot do without.
func (a *applier) stillWhole(ctx context.Context, before map[string]string) error {
	after, err := a.broken(ctx)
	if err != nil {
		return err
	}
	var texts []string
	for name, why := range after {
		if before[name] == "" {
			texts = append(texts, name+": "+why)
		}
	}
	if len(texts) == 0 {
		return nil
	}
	slices.Sort(texts)
	return fettle.Errorf(fettle.Refused, "something that stays needs what would be removed, and nothing was done: %s", strings.Join(texts, "; ")).
		WithHint("Change it in its document, or declare what it needs.")
}
