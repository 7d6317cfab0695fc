package connect

import (
	"context"

	"fettle/provider"
	"fettle/provider/declarative"
)

// Try asks the free call of a definition that is no provider of the workspace
// yet, with a key that is kept nowhere.
func (cs *Connections) Try(ctx context.Context, def *declarative.Definition, key string) error {
	client, err := cs.Outbound()
	if err != nil {
		return err
	}
	return declarative.New(def).Check(ctx, provider.Connection{Provider: def.ID, Key: key, Client: client})
}
