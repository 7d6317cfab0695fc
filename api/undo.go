package api

import (
	"context"
	"net/http"

	"fettle"
	"fettle/engine"
)

// SetPath names a change set.
type SetPath struct {
	ID string `path:"id" doc:"Its kind and number, such as run-12."`
}

// undoRoutes are what was changed as one, and taking it back.
func (s *server) undoRoutes() {
	handle(s, route{http.MethodGet, "/undo", "listUndo", "What was changed as one, newest first: edits, imports, runs, what was sent and typed, merges, splits, suppressions, deletions, undos", "undo"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Kind  string `query:"kind" enum:"edit,import,run,upsert,add,merge,split,suppress,delete,undo" doc:"All without it. upsert: sent through the API, that of one sender within a minute; add: typed."`
			By    string `query:"by" maxLength:"200" doc:"Only by this person or token."`
			Since string `query:"since" doc:"From then on: 30d, a date or a time."`
			Until string `query:"until" doc:"Until then: a date, whose day (UTC) is included, or a time."`
			After string `query:"after" doc:"The next of the page before."`
			Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
		},
		) (list[fettle.ChangeSetView], error) {
			items, next, err := s.engine.ChangeSets(ctx, a, engine.SetsQuery{Kind: in.Kind, By: in.By, Since: in.Since, Until: in.Until, After: in.After, Limit: in.Limit})
			return list[fettle.ChangeSetView]{Items: items, Next: next}, err
		})
	handle(s, route{http.MethodGet, "/undo/{id}", "getUndo", "One of them, with the newest of its changes", "undo"},
		func(ctx context.Context, a fettle.Actor, in *SetPath) (fettle.ChangeSetView, error) {
			return s.engine.ChangeSet(ctx, a, in.ID)
		})
	handle(s, route{http.MethodPost, "/undo/{id}", "takeBack", "Take it back; taking an undo back does the thing again", "undo"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			SetPath
			Body struct {
				DryRun  bool `json:"dry_run,omitempty" doc:"Say what would be taken back, what would be left and why, and write nothing."`
				Confirm bool `json:"confirm,omitempty" doc:"Go ahead."`
			}
		},
		) (fettle.TakeBackView, error) {
			return s.engine.TakeBack(ctx, a, in.ID, in.Body.DryRun, in.Body.Confirm)
		})
}
