package api

import (
	"context"
	"net/http"

	"fettle"
)

// aboutRoutes tell what a record has to do with, and keep what people write down
// about it.
func (s *server) aboutRoutes() {
	handle(s, route{http.MethodGet, "/records/{id}/about", "aboutRecord", "What a record has to do with: its company or people, the audiences it is in and why, its keys, notes, and what it has cost", "records"},
		func(ctx context.Context, a fettle.Actor, in *Numbered) (fettle.AboutView, error) {
			return s.engine.RecordAbout(ctx, a, in.ID)
		})
	handle(s, route{http.MethodPost, "/records/{id}/notes", "addNote", "Write something down about a record", "records"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Numbered
			Body struct {
				Text string `json:"text" doc:"At most 4 KiB."`
			}
		},
		) (fettle.NoteEntry, error) {
			return s.engine.AddNote(ctx, a, in.ID, in.Body.Text)
		})
	act(s, route{http.MethodDelete, "/notes/{id}", "deleteNote", "Delete a note of one's own, or as an admin anybody's", "records"},
		func(ctx context.Context, a fettle.Actor, in *Numbered) error {
			return s.engine.DeleteNote(ctx, a, in.ID)
		})
}
