package api

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"fettle"
	"fettle/engine"
)

// importAfterRoutes are about an import that was made: what was left out of it,
// and taking it back.
func (s *server) importAfterRoutes() {
	handle(s, route{http.MethodPost, "/imports/{id}/undo", "undoImport", "Take an import back", "imports"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Numbered
			Body undoBody
		},
		) (fettle.ImportView, error) {
			if in.Body.DryRun {
				return s.engine.PreviewUndo(ctx, a, in.ID)
			}
			if !in.Body.Confirm {
				v, err := s.engine.PreviewUndo(ctx, a, in.ID)
				if err != nil {
					return v, err
				}
				return v, fettle.Errorf(fettle.Confirm, "this takes import %d back: %s", v.ID, v.Undo).WithHint("Confirm to go ahead (--yes).").With("undo", v.Undo)
			}
			return s.engine.UndoImport(ctx, a, in.ID)
		})
	handle(s, route{http.MethodPost, "/imports/{id}/map", "mapImport", "Give columns that an import left out a field, from the rows that it kept", "imports"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Numbered
			Body mapBody
		},
		) (fettle.ImportView, error) {
			b := in.Body
			return s.engine.MapImport(ctx, a, engine.LaterInput{ID: in.ID, Map: b.Map, DryRun: b.DryRun, NoRun: b.NoRun, Confirm: b.Confirm, Strict: b.Strict})
		})
	s.importTable(route{http.MethodGet, "/imports/{id}/rejects", "getRejects", "The rows that were not imported, as CSV with the reason", "imports"}, "rejects", s.engine.RejectsCSV)
	s.importTable(route{http.MethodGet, "/imports/{id}/aside", "getAside", "The values that were set aside, as CSV with the reason", "imports"}, "set-aside", s.engine.AsideCSV)
}

// undoBody asks to take an import back, or what that would do.
type undoBody struct {
	Confirm bool `json:"confirm,omitempty" doc:"Go ahead."`
	DryRun  bool `json:"dry_run,omitempty" doc:"Say what would be taken back, and write nothing."`
}

// mapBody says which columns get a field.
type mapBody struct {
	Map     map[string]string `json:"map" doc:"Column → field, or field:type. A field that is not there is made."`
	DryRun  bool              `json:"dry_run,omitempty" doc:"Say what would happen, and write nothing."`
	NoRun   bool              `json:"no_run,omitempty" doc:"Live enrichments do not follow what is written."`
	Strict  bool              `json:"strict,omitempty" doc:"Reject a row with a value that its field cannot hold; without it the value is set aside."`
	Confirm bool              `json:"confirm,omitempty" doc:"Go ahead although it spends in live enrichments."`
}

// importTable is a route to a table about one import.
func (s *server) importTable(r route, name string, write func(ctx context.Context, a fettle.Actor, id int64, w io.Writer) error) {
	s.stream(r, func(op *huma.Operation) {
		op.Parameters = []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeInteger, Format: "int64"}}}
		op.Responses["200"].Content = csvContent()
	}, func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil {
			s.write(w, r, fettle.Errorf(fettle.Invalid, "%q is not the number of an import", r.PathValue("id")))
			return
		}
		s.csv(w, r, name+"-"+strconv.FormatInt(id, 10)+".csv", func(out io.Writer) error {
			return write(r.Context(), requestOf(r.Context()).actor, id, out)
		})
	})
}
