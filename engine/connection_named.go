package engine

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/internal/asread"
	"fettle/limits"
	"fettle/provider"
	"fettle/store"
)

// underName is what a provider says of itself, under the name of one of its
// connections: the ids of its operations are what steps write.
func underName(c *connect.Connection) provider.Description {
	d := c.Description
	if c.IsDefault() {
		return d
	}
	d.Name, d.Title = c.Name, c.Title()
	d.Operations = slices.Clone(d.Operations)
	for i := range d.Operations {
		d.Operations[i].ID = fettle.ConnectionName(d.Operations[i].ID, c.Of)
	}
	return d
}

// ConnectionInput changes parts of a connection; nil leaves a part as it is.
type ConnectionInput struct {
	Key         *string // "" takes the key away
	BaseURL     *string // "" for the definition's own
	UnitCredits *fettle.Credits
}

// check refuses what no connection of the provider can have.
func (in *ConnectionInput) check(d provider.Description, name string) error {
	if in.UnitCredits != nil && *in.UnitCredits < 0 {
		return fettle.Errorf(fettle.Invalid, "a price cannot be negative").WithHint("Write what one %s costs in credits.", d.Unit).With("key", "unit_credits")
	}
	if in.UnitCredits != nil && d.Unit == "USD" {
		return fettle.Errorf(fettle.Invalid, "%s is priced in US dollars", name).WithHint("Set the price of a model under Providers (fettle provider price %s --model NAME …).", name).With("key", "unit_credits")
	}
	if in.BaseURL == nil || *in.BaseURL == "" {
		return nil
	}
	if u, err := url.Parse(*in.BaseURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fettle.Errorf(fettle.Invalid, "%.100q is not the address of a provider", *in.BaseURL).
			WithHint("Write it with its scheme, such as http://localhost:11434/v1.").With("key", "base_url")
	}
	return nil
}

// SetConnection changes how a provider is connected. The key is sealed before
// it is stored.
func (e *Engine) SetConnection(ctx context.Context, actor fettle.Actor, name string, in ConnectionInput) error {
	if _, err := e.may(ctx, actor, "setConnection"); err != nil {
		return err
	}
	c, err := e.conns.For(name)
	if err != nil {
		return err
	}
	if err := in.check(c.Description, c.Name); err != nil {
		return err
	}
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		if err := unchanged(ctx, tx, asread.Connection, name); err != nil {
			return err
		}
		s, stored, err := tx.Connection(ctx, c.Description.Name, c.Of)
		if err != nil {
			return err
		}
		if !stored && !c.IsDefault() {
			return fettle.Errorf(fettle.NotFound, "%s was disconnected", c.Name).WithHint("Add it again (fettle provider connect %s).", c.Name)
		}
		s.Provider, s.Name = c.Description.Name, c.Of
		return e.writeConnection(ctx, tx, actor, c.Description, s, in)
	})
	if err != nil {
		return err
	}
	return e.providersChanged(ctx)
}

// AddConnection adds a connection to a provider, under a name that is free.
func (e *Engine) AddConnection(ctx context.Context, actor fettle.Actor, name string, in ConnectionInput) error {
	if _, err := e.may(ctx, actor, "addConnection"); err != nil {
		return err
	}
	base, s, err := e.newConnection(name)
	if err != nil {
		return err
	}
	if err := in.check(base.Description, s.FullName()); err != nil {
		return err
	}
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		switch _, exists, err := tx.Connection(ctx, s.Provider, s.Name); {
		case err != nil:
			return err
		case exists:
			return fettle.Errorf(fettle.Refused, "there is a connection %s already", s.FullName()).
				WithHint("Change it under Providers (fettle provider key, url or price), or choose another name.")
		}
		return e.writeConnection(ctx, tx, actor, base.Description, s, in)
	})
	if err != nil {
		return err
	}
	return e.providersChanged(ctx)
}

// newConnection reads the name of a connection that is to be added, and finds
// the default connection of its provider.
func (e *Engine) newConnection(name string) (base *connect.Connection, s store.Connection, err error) {
	of, connection, err := fettle.CutConnection(name)
	if err != nil {
		return nil, s, err
	}
	if base, err = e.conns.For(of); err != nil {
		return nil, s, err
	}
	d := base.Description
	switch {
	case connection == fettle.DefaultConnection:
		return nil, s, fettle.Errorf(fettle.Refused, "%s has its default connection already", d.Name).
			WithHint("Name another one: %s@NAME.", d.Name)
	case d.Kind == provider.Formula:
		return nil, s, fettle.Errorf(fettle.Refused, "%s is computed here and needs no connection", d.Name).WithHint("Use it as it is.")
	}
	return base, store.Connection{Provider: d.Name, Name: connection}, nil
}

// writeConnection stores what is changed of a connection.
func (e *Engine) writeConnection(ctx context.Context, tx *store.Tx, actor fettle.Actor, d provider.Description, s store.Connection, in ConnectionInput) (err error) {
	name := s.FullName()
	if in.BaseURL != nil && strings.TrimSuffix(*in.BaseURL, "/") != s.BaseURL {
		// The key goes there.
		if err := actor.Require(fettle.Admin, "change where a provider is asked"); err != nil {
			return err
		}
		s.BaseURL = strings.TrimSuffix(*in.BaseURL, "/")
	}
	if err := placeServer(ctx, tx, d, &s, in.BaseURL != nil); err != nil {
		return err
	}
	s.UpdatedAtUS = time.Now().UnixMicro()
	if in.Key != nil {
		if s.KeySealed, err = e.conns.Seal(name, *in.Key); err != nil {
			return err
		}
	}
	if in.UnitCredits != nil {
		s.UnitPrice = in.UnitCredits
	}
	if err := tx.PutConnection(ctx, s); err != nil {
		return err
	}
	return tx.Act(ctx, actor, "provider.connect", name, "")
}

// placeServer says of a connection that is new, or moves, whether it asks another
// server than its provider's default one.
func placeServer(ctx context.Context, tx *store.Tx, d provider.Description, s *store.Connection, moved bool) error {
	if s.FullName() == d.Name || (s.UpdatedAtUS != 0 && !moved) {
		return nil
	}
	byDefault, _, err := tx.Connection(ctx, d.Name, fettle.DefaultConnection)
	s.Server = connect.ServerOf(d, *s, byDefault)
	return err
}

// RemoveConnection takes a connection away from a provider. It is refused while
// anything uses it: what it was asked and what it found stay.
func (e *Engine) RemoveConnection(ctx context.Context, actor fettle.Actor, name string) error {
	if _, err := e.may(ctx, actor, "removeConnection"); err != nil {
		return err
	}
	c, err := e.conns.For(name)
	if err != nil {
		return err
	}
	if c.IsDefault() {
		return fettle.Errorf(fettle.Refused, "%s is the default connection and stays", c.Name).
			WithHint("Take its key away (fettle provider key %s --remove).", c.Name)
	}
	if err := e.db.Update(ctx, func(tx *store.Tx) error { return removeConnection(ctx, tx, actor, c) }); err != nil {
		return err
	}
	return e.providersChanged(ctx)
}

func removeConnection(ctx context.Context, tx *store.Tx, actor fettle.Actor, c *connect.Connection) error {
	if err := connectionUnused(ctx, tx, c.Description.Name, c.Of); err != nil {
		return err
	}
	if err := tx.DropConnection(ctx, c.Description.Name, c.Of); err != nil {
		return err
	}
	return tx.Act(ctx, actor, "provider.disconnect", c.Name, "")
}

// connectionUnused refuses to take away a connection that an enrichment or a
// signal rule asks, whose calls have not ended, or that has a limit: added again
// under the same name it would be without. It goes by what is stored: another process
// may have added it.
func connectionUnused(ctx context.Context, tx *store.Tx, provider, of string) error {
	name := fettle.ConnectionName(provider, of)
	all, err := tx.Enrichments(ctx)
	if err != nil {
		return err
	}
	var users []string
	for _, x := range all {
		if slices.ContainsFunc(x.Definition.Steps, func(s fettle.Step) bool { return asksThrough(s, provider, of) }) {
			users = append(users, x.Label)
		}
	}
	if len(users) > 0 {
		return fettle.Errorf(fettle.Refused, "%s is used by %s", name, strings.Join(users, ", ")).
			WithHint("Let them ask another connection first (provider: in their definitions), or delete them.").With("used_by", users)
	}
	open, err := tx.OpenThrough(ctx, provider, of)
	if err != nil {
		return err
	}
	if open > 0 {
		return fettle.Errorf(fettle.Refused, "%s through %s have not ended, or may have been billed", many(open, "call", "calls"), name).
			WithHint("Wait until they have, or resolve them first (fettle unknown list).")
	}
	set, err := tx.Limits(ctx, store.ScopeProvider)
	for _, l := range set {
		if l.Key == limits.ConnectionKey(provider, of) && !l.Limit.None {
			return fettle.Errorf(fettle.Refused, "%s has a limit", name).WithHint("Take it away first (fettle limit set provider %s --none).", name)
		}
	}
	return err
}

// asksThrough reports whether a step names the connection.
func asksThrough(s fettle.Step, provider, of string) bool {
	asked, connection, err := fettle.CutConnection(s.Provider)
	return err == nil && connection == of && (asked == provider || strings.HasPrefix(asked, provider+"/"))
}
