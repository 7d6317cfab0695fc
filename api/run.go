package api

import (
	"context"
	"net/http"

	"fettle"
)

// RunPath names a run of an enrichment.
type RunPath struct {
	Named
	Run int64 `path:"run" minimum:"1" doc:"Its number."`
}

// runViewRoutes are what runs did, and what comes due.
func (s *server) runViewRoutes() {
	handle(s, route{http.MethodGet, "/enrichments/{name}/runs", "listRuns", "List the runs of an enrichment, newest first: what each cost, filled and overwrote", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Page
		},
		) (list[fettle.RunView], error) {
			after, err := in.after()
			if err != nil {
				return list[fettle.RunView]{}, err
			}
			return pageOf(s.engine.Runs(ctx, a, in.Name, after, in.Limit))
		})
	handle(s, route{http.MethodGet, "/enrichments/{name}/runs/{run}", "getRun", "One run, with the estimate that was agreed to", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *RunPath) (fettle.RunView, error) {
			return s.engine.EnrichmentRun(ctx, a, in.Name, in.Run)
		})
	handle(s, route{
		http.MethodGet, "/enrichments/{name}/runs/{run}/overwrites", "listOverwrites",
		"The values that a run put in the place of others, each with why it was allowed; a page may be short and have a next one", "enrichments",
	},
		func(ctx context.Context, a fettle.Actor, in *struct {
			RunPath
			Page
		},
		) (list[fettle.RunOverwrite], error) {
			after, err := in.after()
			if err != nil {
				return list[fettle.RunOverwrite]{}, err
			}
			return pageOf(s.engine.RunOverwrites(ctx, a, in.Name, in.Run, after, in.Limit))
		})
	handle(s, route{http.MethodGet, "/enrichments/{name}/due", "getDue", "How many rows come due in each of the next twelve weeks, and what they would cost at today's price", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *Named) (fettle.DueView, error) {
			return s.engine.Due(ctx, a, in.Name)
		})
	handle(s, route{
		http.MethodGet, "/enrichments/{name}/progress", "getProgress",
		"What an enrichment has done over time, what each of its steps came to, its spend in the period of its limit, and the rows that ended last", "enrichments",
	},
		func(ctx context.Context, a fettle.Actor, in *Named) (fettle.EnrichmentProgress, error) {
			return s.engine.EnrichmentProgress(ctx, a, in.Name)
		})
}
