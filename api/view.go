package api

import (
	"context"
	"net/http"

	"fettle"
	"fettle/engine"
)

// ViewBody says what a view is to be.
type ViewBody struct {
	Name   *string      `json:"name,omitempty" doc:"How people call it."`
	Shared *bool        `json:"shared,omitempty" doc:"Everybody has it; else only who made it."`
	Look   *fettle.Look `json:"look,omitempty"`
}

func (b ViewBody) input() engine.ViewInput {
	return engine.ViewInput{Name: b.Name, Shared: b.Shared, Look: b.Look}
}

// viewRoutes are the saved layouts of the grid.
func (s *server) viewRoutes() {
	handle(s, route{http.MethodGet, "/views", "listViews", "List the saved views of an entity or an audience: one's own and everybody's", "views"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Entity   fettle.Entity `query:"entity" doc:"Of all its records; or name an audience."`
			Audience string        `query:"audience"`
		},
		) (list[fettle.SavedView], error) {
			return listOf(s.engine.Views(ctx, a, in.Entity, in.Audience))
		})
	handle(s, route{http.MethodPost, "/views", "addView", "Keep a view under a name", "views"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				Entity   fettle.Entity `json:"entity,omitempty" doc:"Of all its records; or name an audience."`
				Audience string        `json:"audience,omitempty"`
				ViewBody
			}
		},
		) (fettle.SavedView, error) {
			return s.engine.AddView(ctx, a, in.Body.Entity, in.Body.Audience, in.Body.input())
		})
	handle(s, route{http.MethodPatch, "/views/{id}", "changeView", "Change a view; what is left out stays", "views"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Numbered
			Body ViewBody
		},
		) (fettle.SavedView, error) {
			return s.engine.ChangeView(ctx, a, in.ID, in.Body.input())
		})
	act(s, route{http.MethodDelete, "/views/{id}", "deleteView", "Delete a view", "views"},
		func(ctx context.Context, a fettle.Actor, in *Numbered) error {
			return s.engine.DeleteView(ctx, a, in.ID)
		})
}
