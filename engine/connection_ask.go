package engine

import (
	"context"
	"time"

	"fettle"
	"fettle/connect"
	"fettle/provider"
)

// checker is a provider whose key can be tried without buying anything.
type checker interface {
	Check(ctx context.Context, conn provider.Connection) error
}

// lister is a provider that can say which models it offers.
type lister interface {
	Models(ctx context.Context, conn provider.Connection) ([]string, error)
	Priced(model string, conn provider.Connection) bool
}

// patience is how long a provider is waited for by a person who asks about its
// connection.
const patience = 30 * time.Second

// TestConnection tries a provider's key and address without buying anything.
func (e *Engine) TestConnection(ctx context.Context, actor fettle.Actor, name string) (string, error) {
	c, err := e.readyConnection(actor, name)
	if err != nil {
		return "", err
	}
	k, ok := c.Provider.(checker)
	if !ok {
		return c.Name + " is set up; it has no free call with which its key could be tried.", nil
	}
	tctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := k.Check(tctx, c.Conn); err != nil {
		return "", err
	}
	return c.Name + " accepts the key.", nil
}

// Model is a model that a connection's server offers.
type Model struct {
	Model  string `json:"model"`
	Priced bool   `json:"priced"` // its price is known: a step may ask it
}

// Models lists the models that a connection's server offers. It buys nothing.
func (e *Engine) Models(ctx context.Context, actor fettle.Actor, name string) ([]Model, error) {
	c, err := e.readyConnection(actor, name)
	if err != nil {
		return nil, err
	}
	l, ok := c.Provider.(lister)
	if !ok {
		return nil, fettle.Errorf(fettle.Invalid, "%s offers no models", c.Name).WithHint("Models are listed of AI providers, such as llm/openai.")
	}
	tctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	names, err := l.Models(tctx, c.Conn)
	if err != nil {
		return nil, err
	}
	out := make([]Model, 0, len(names))
	for _, m := range names {
		out = append(out, Model{Model: m, Priced: l.Priced(m, c.Conn)})
	}
	return out, nil
}

func (e *Engine) readyConnection(actor fettle.Actor, name string) (*connect.Connection, error) {
	if err := actor.Require(fettle.Editor, "test providers"); err != nil {
		return nil, err
	}
	c, err := e.conns.For(name)
	if err != nil {
		return nil, err
	}
	return c, c.Ready()
}
