package engine

import (
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/provider/catalog"
	"fettle/provider/declarative"
	"fettle/store"
)

// DefinitionView is the text of a provider's definition.
type DefinitionView struct {
	Provider   string `json:"provider"`
	Definition string `json:"definition"` // YAML, as it was written
	Shipped    bool   `json:"shipped"`    // it ships with the program, and cannot be changed
}

// Definition gives the definition of a provider: of the catalogue, or added here.
func (e *Engine) Definition(ctx context.Context, actor fettle.Actor, name string) (DefinitionView, error) {
	if err := actor.Require(fettle.Editor, "see definitions of providers"); err != nil {
		return DefinitionView{}, err
	}
	own, err := e.ownDefinition(ctx, name)
	if err != nil || own.Provider != "" {
		return DefinitionView{Provider: own.Provider, Definition: own.YAML}, err
	}
	shipped, err := catalog.Definitions()
	if err != nil {
		return DefinitionView{}, err
	}
	for _, d := range shipped {
		if d.ID == name {
			return DefinitionView{Provider: name, Definition: string(d.Source()), Shipped: true}, nil
		}
	}
	return DefinitionView{}, fettle.Errorf(fettle.NotFound, "there is no definition of %s", name).
		WithHint("Definitions are of data providers: those of the catalogue, such as hunter, and those that were added here (fettle provider list).")
}

// ownDefinition is a definition that was added here; one without a name if there
// is none.
func (e *Engine) ownDefinition(ctx context.Context, name string) (own store.ProviderDefinition, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) error {
		all, err := tx.ProviderDefinitions(ctx)
		for _, d := range all {
			if d.Provider == name {
				own = d
			}
		}
		return err
	})
	return own, err
}

// BeginDefinition writes a definition to begin with.
func (e *Engine) BeginDefinition(actor fettle.Actor, s declarative.Start) (string, error) {
	if err := actor.Require(fettle.Editor, "begin definitions of providers"); err != nil {
		return "", err
	}
	text, err := declarative.Begin(s)
	return string(text), err
}

// LiveCheck asks a vendor's free call with a key that is kept nowhere.
type LiveCheck struct {
	Key   string         // "" where the vendor wants none
	Units fettle.Credits // what the call costs there, as a person says
}

// DefinitionReport is what was found of a definition.
type DefinitionReport struct {
	declarative.Report

	Live string `json:"live,omitempty"` // what the vendor said, where it was asked
}

// CheckDefinition reads a definition and runs its fixtures, and changes nothing.
// The vendor is asked only where live says so with a price, which must be none:
// what is billed is bought by a run, where limits bind.
func (e *Engine) CheckDefinition(ctx context.Context, actor fettle.Actor, yaml []byte, live *LiveCheck) (DefinitionReport, error) {
	if err := actor.Require(fettle.Editor, "check definitions of providers"); err != nil {
		return DefinitionReport{}, err
	}
	if live != nil {
		if err := actor.Require(fettle.Admin, "ask a vendor before it is added"); err != nil {
			return DefinitionReport{}, err
		}
	}
	r, def := declarative.Check(ctx, yaml)
	out := DefinitionReport{Report: r}
	if def == nil {
		return out, nil
	}
	if e.builtIn(def.ID) {
		out.Taken(def)
	}
	if live == nil || !out.OK {
		return out, nil
	}
	if err := live.may(def); err != nil {
		return out, err
	}
	tctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := e.conns.Try(tctx, def, live.Key); err != nil {
		return out, err
	}
	out.Live = def.Title() + " answers " + def.FreeCall() + ", and accepts the key."
	return out, nil
}

func (l *LiveCheck) may(def *declarative.Definition) error {
	switch {
	case def.FreeCall() == "":
		return fettle.Errorf(fettle.Refused, "%s has no call that bills nothing", def.ID).
			WithHint("Write auth.test, if the vendor has one. Else add the provider, say what its unit costs, and pilot one record: a limit binds there.").With("key", "auth.test")
	case l.Units != 0:
		return fettle.Errorf(fettle.Refused, "a call that costs %s is not made to test a definition", l.Units).
			WithHint("Nothing would bind it. Add the provider, say what its unit costs, and pilot one record; or write a call that bills nothing into auth.test.").With("key", "live.units")
	case def.NeedsKey() && l.Key == "":
		return fettle.Errorf(fettle.Invalid, "no key was given").WithHint("Give the vendor's key: it is used once, and not kept.").With("key", "live.key")
	}
	return nil
}

// builtIn reports whether a provider is part of the program.
func (e *Engine) builtIn(name string) bool {
	for _, p := range e.cfg.Providers {
		if p.Describe().Name == name {
			return true
		}
	}
	return false
}

// RemoveDefinition takes a provider away that was added here, with its key and
// price. It is refused while anything uses it: what it was asked and what it found
// stay.
func (e *Engine) RemoveDefinition(ctx context.Context, actor fettle.Actor, name string) error {
	if _, err := e.may(ctx, actor, "removeDefinition"); err != nil {
		return err
	}
	if e.builtIn(name) {
		return fettle.Errorf(fettle.Refused, "the provider %s is built in and stays", name).WithHint("Nothing asks it unless a step names it.")
	}
	err := e.db.Update(ctx, func(tx *store.Tx) error { return e.removeDefinition(ctx, tx, actor, name) })
	if err != nil {
		return err
	}
	return e.providersChanged(ctx)
}

func (e *Engine) removeDefinition(ctx context.Context, tx *store.Tx, actor fettle.Actor, name string) error {
	all, err := tx.ProviderDefinitions(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(d store.ProviderDefinition) bool { return d.Provider == name }) {
		return fettle.Errorf(fettle.NotFound, "there is no provider %s that was added here", name).WithHint("Providers lists them (fettle provider list).")
	}
	reached, err := tx.Connections(ctx)
	if err != nil {
		return err
	}
	of := []string{""} // the default one is there without a key or price of its own
	for _, c := range reached {
		if c.Provider == name && c.Name != "" {
			of = append(of, c.Name)
		}
	}
	for _, one := range of {
		if err := connectionUnused(ctx, tx, name, one); err != nil {
			return err
		}
		if err := tx.DropConnection(ctx, name, one); err != nil {
			return err
		}
	}
	if err := tx.DropProviderDefinition(ctx, name); err != nil {
		return err
	}
	return tx.Act(ctx, actor, "provider.remove", name, "")
}

// putDefinition stores a definition that was checked.
func (e *Engine) putDefinition(ctx context.Context, actor fettle.Actor, name string, yaml []byte) error {
	return e.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.PutProviderDefinition(ctx, store.ProviderDefinition{Provider: name, YAML: string(yaml), UpdatedAtUS: time.Now().UnixMicro()}); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "provider.define", name, "")
	})
}
