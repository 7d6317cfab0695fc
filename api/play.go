package api

import (
	"context"
	"net/http"

	"fettle"
)

// playRoutes are what a team can begin with.
func (s *server) playRoutes() {
	handle(s, route{http.MethodGet, "/plays", "listPlays", "Sets of documents that do one job together, ready to be applied", "workspace"},
		func(ctx context.Context, a fettle.Actor, _ *struct{}) (list[fettle.Play], error) {
			return listOf(s.engine.Plays(ctx, a))
		})
	handle(s, route{http.MethodGet, "/plays/{name}", "getPlay", "One of them", "workspace"},
		func(ctx context.Context, a fettle.Actor, in *Named) (fettle.Play, error) {
			return s.engine.Play(ctx, a, in.Name)
		})
}
