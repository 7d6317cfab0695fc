package api

import (
	"context"
	"net/http"

	"fettle"
)

// requestRoutes ask for more than a limit leaves, and decide it.
func (s *server) requestRoutes() {
	handle(s, route{http.MethodGet, "/enrichments/{name}/ask", "whatToAsk", "Which limit keeps an enrichment from all its rows, and the amount that they would fit", "requests"},
		func(ctx context.Context, a fettle.Actor, in *Named) (fettle.AskView, error) {
			return s.engine.WhatToAsk(ctx, a, in.Name)
		})
	handle(s, route{http.MethodGet, "/requests", "listRequests", "List requests for more, newest first", "requests"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			All bool `query:"all" doc:"Also those that were decided, or have expired."`
		},
		) (list[fettle.RequestView], error) {
			return listOf(s.engine.Requests(ctx, a, in.All))
		})
	handle(s, route{http.MethodPost, "/requests", "createRequest", "Ask that one limit be one amount; without a limit the one that binds, without an amount what all rows fit", "requests"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Body fettle.AskInput }) (fettle.RequestView, error) {
			return s.engine.AskMore(ctx, a, in.Body)
		})
	handle(s, route{http.MethodGet, "/requests/{id}", "getRequest", "One request; while it can be decided, with the price of now and what changed", "requests"},
		func(ctx context.Context, a fettle.Actor, in *Numbered) (fettle.RequestView, error) {
			return s.engine.Request(ctx, a, in.ID)
		})
	handle(s, route{http.MethodPost, "/requests/{id}/approve", "approveRequest", "Set the limit to what was asked, once; the run goes on on the asker's account", "requests"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Numbered
			Body struct {
				EstimateID string `json:"estimate_id,omitempty" doc:"Of the price that is confirmed; needed where anything changed since it was asked."`
			}
		},
		) (fettle.RequestView, error) {
			return s.engine.ApproveRequest(ctx, a, in.ID, in.Body.EstimateID)
		})
	handle(s, route{http.MethodPost, "/requests/{id}/refuse", "refuseRequest", "Refuse a request, or withdraw one's own", "requests"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Numbered
			Body struct {
				Note string `json:"note,omitempty" maxLength:"1000" doc:"Why: who asked reads it."`
			}
		},
		) (fettle.RequestView, error) {
			return s.engine.RefuseRequest(ctx, a, in.ID, in.Body.Note)
		})
}
