package api

import (
	"context"
	"net/http"

	"fettle"
	"fettle/engine"
	"fettle/provider/declarative"
)

// DefinitionText is the text of a provider's definition.
type DefinitionText struct {
	Definition string `json:"definition" doc:"YAML."`
}

// LiveCheck asks the vendor itself, by the definition's free call.
type LiveCheck struct {
	Key   string         `json:"key,omitempty" doc:"The vendor's key; it is used once, and not kept."`
	Units fettle.Credits `json:"units" doc:"What the call costs there, in the vendor's units, by its documentation: 0. What costs something is refused."`
}

// definitionRoutes are the definitions of data providers: read, begun, checked
// and kept.
func (s *server) definitionRoutes() {
	handle(s, route{http.MethodGet, "/providers/{name}/definition", "getDefinition", "The definition of a data provider: of the catalogue, or added here", "providers"},
		func(ctx context.Context, a fettle.Actor, in *Named) (engine.DefinitionView, error) {
			return s.engine.Definition(ctx, a, in.Name)
		})
	handle(s, route{http.MethodPost, "/providers/definitions/begin", "beginDefinition", "Write a definition to begin with; its fixtures hold", "providers"},
		func(_ context.Context, a fettle.Actor, in *struct{ Body declarative.Start }) (DefinitionText, error) {
			text, err := s.engine.BeginDefinition(a, in.Body)
			return DefinitionText{text}, aboutBody(err)
		})
	handle(s, route{http.MethodPost, "/providers/definitions/check", "checkDefinition", "Say all that is wrong with a definition, and run its fixtures; nobody is asked unless live says so", "providers"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				DefinitionText
				Live *LiveCheck `json:"live,omitempty"`
			}
		},
		) (engine.DefinitionReport, error) {
			return s.engine.CheckDefinition(ctx, a, []byte(in.Body.Definition), (*engine.LiveCheck)(in.Body.Live))
		})
	act(s, route{http.MethodPost, "/providers/definitions", "saveDefinition", "Add or replace a provider/v1 definition", "providers"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Body DefinitionText }) error {
			return s.engine.SaveDefinition(ctx, a, []byte(in.Body.Definition))
		})
	act(s, route{http.MethodDelete, "/providers/{name}/definition", "removeDefinition", "Take a provider away that was added here, where nothing uses it", "providers"},
		func(ctx context.Context, a fettle.Actor, in *Named) error {
			return s.engine.RemoveDefinition(ctx, a, in.Name)
		})
}
