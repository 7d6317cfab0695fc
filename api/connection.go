package api

import (
	"context"
	"net/http"

	"fettle"
	"fettle/engine"
)

// connectionBody is what a connection is given; what is left out stays as it is.
type connectionBody struct {
	Key         *string         `json:"key,omitempty" doc:"The secret; empty takes it away. Never shown again."`
	BaseURL     *string         `json:"base_url,omitempty" doc:"Where it is asked; empty for the provider's own address."`
	UnitCredits *fettle.Credits `json:"unit_credits,omitempty" doc:"What one of its units costs in credits."`
}

// connectionRoutes are for the connections that a provider has beside its
// default one: {name} is provider@connection.
func (s *server) connectionRoutes() {
	handle(s, route{http.MethodPost, "/providers/{name}/connection", "addConnection", "Add a connection to a provider: its name is provider@connection", "providers"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body connectionBody
		},
		) (engine.ProviderView, error) {
			if err := s.engine.AddConnection(ctx, a, in.Name, engine.ConnectionInput(in.Body)); err != nil {
				return engine.ProviderView{}, err
			}
			return s.providerView(ctx, a, in.Name)
		})
	act(s, route{http.MethodDelete, "/providers/{name}/connection", "removeConnection", "Take a connection away that nothing uses", "providers"},
		func(ctx context.Context, a fettle.Actor, in *Named) error {
			return s.engine.RemoveConnection(ctx, a, in.Name)
		})
	handle(s, route{http.MethodGet, "/providers/{name}/models", "listModels", "List the models that a connection's server offers", "providers"},
		func(ctx context.Context, a fettle.Actor, in *Named) (list[engine.Model], error) {
			return listOf(s.engine.Models(ctx, a, in.Name))
		})
}
