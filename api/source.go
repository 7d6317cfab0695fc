package api

import (
	"context"
	"encoding/json"
	"net/http"

	"fettle"
	"fettle/engine"
)

// sourceRoutes are the addresses to which others send records, and the list of all
// ways in and out.
func (s *server) sourceRoutes() {
	handle(s, route{http.MethodGet, "/flows", "listFlows", "List every way by which records come in or go out: last run, rows, what comes next, what went wrong", "destinations"},
		func(ctx context.Context, a fettle.Actor, _ *none) (list[fettle.Flow], error) {
			return listOf(s.engine.Flows(ctx, a))
		})
	handle(s, route{http.MethodGet, "/sources", "listSources", "List the addresses to which others send records and the files that are read on a schedule, without their secrets", "sources"},
		func(ctx context.Context, a fettle.Actor, _ *none) (list[fettle.SourceView], error) {
			return listOf(s.engine.Sources(ctx, a))
		})
	handle(s, route{http.MethodPatch, "/sources/{name}", "setSource", "Keep the secret with which the file of a source is fetched", "sources"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body struct {
				Secret string `json:"secret" doc:"What is sent in the source's header, such as Bearer and a token. Never shown again; empty takes it away."`
			}
		},
		) (fettle.SourceView, error) {
			return s.engine.SetSource(ctx, a, in.Name, in.Body.Secret)
		})
	handle(s, route{http.MethodPost, "/sources/{name}/read", "readSource", "Read the file of a source now", "sources"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body struct {
				DryRun     bool `json:"dry_run,omitempty" doc:"Say what would happen, and write nothing."`
				NewColumns bool `json:"new_columns,omitempty" doc:"Its columns may be others than those of the file before."`
				NoRun      bool `json:"no_run,omitempty" doc:"Live enrichments do not follow what is imported."`
				Confirm    bool `json:"confirm,omitempty" doc:"Go ahead although it spends in live enrichments."`
			}
		},
		) (fettle.SourceReading, error) {
			how := engine.ReadingInput{DryRun: in.Body.DryRun, NewColumns: in.Body.NewColumns, NoRun: in.Body.NoRun, Confirm: in.Body.Confirm}
			return s.engine.ReadSource(ctx, a, in.Name, how)
		})
	act(s, route{http.MethodDelete, "/sources/{name}", "deleteSource", "Take a source away, with what was sent there; the records stay", "sources"},
		func(ctx context.Context, a fettle.Actor, in *Named) error {
			return s.engine.DeleteSource(ctx, a, in.Name)
		})
	handle(s, route{http.MethodPost, "/sources/{name}/token", "makeSourceToken", "Give the source's address a token; the one before ends", "sources"},
		func(ctx context.Context, a fettle.Actor, in *Named) (engine.HookToken, error) {
			return s.engine.MakeSourceToken(ctx, a, in.Name, false)
		})
	act(s, route{http.MethodDelete, "/sources/{name}/token", "deleteSourceToken", "End the token of the source's address", "sources"},
		func(ctx context.Context, a fettle.Actor, in *Named) error {
			_, err := s.engine.MakeSourceToken(ctx, a, in.Name, true)
			return err
		})
	handle(s, route{http.MethodGet, "/sources/{name}/posts", "listSourceBodies", "What the source was sent, newest first, and what became of it", "sources"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Before int64 `query:"before" doc:"The id to go on from."`
			Limit  int   `query:"limit" minimum:"1" maximum:"100" default:"20"`
		},
		) (list[engine.SourceBody], error) {
			return listOf(s.engine.SourceBodies(ctx, a, in.Name, in.Before, in.Limit))
		})
	handle(s, route{http.MethodPost, "/sources/{name}/posts/{id}/replay", "replaySourceBody", "Read a body again that is kept, by what the source says now", "sources"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Numbered
		},
		) (fettle.UpsertView, error) {
			return s.engine.ReplayBody(ctx, a, in.Name, in.ID)
		})
}

// records takes a body that is meant for a source. It reports whether it was.
func (s *server) records(w http.ResponseWriter, r *http.Request, token string) bool {
	view, is, err := s.engine.ReceiveRecords(r.Context(), r.PathValue("name"), token, r.Body)
	if !is && err == nil {
		return false
	}
	if err != nil {
		s.write(w, r, err)
		return true
	}
	quota(w, view.Quota)
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(view); err != nil {
		s.log.DebugContext(r.Context(), "the client has gone", "error", err)
	}
	return true
}
