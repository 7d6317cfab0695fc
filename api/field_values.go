package api

import (
	"context"
	"net/http"
	"time"

	"fettle"
	"fettle/engine"
)

// valueRoutes are the values that records have in a field.
func (s *server) valueRoutes() {
	handle(s, route{http.MethodGet, "/records/{entity}/values", "listValues", "The most frequent values of a field, each with how many records have it", "records"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Entity   fettle.Entity `path:"entity"`
			Field    string        `query:"field" required:"true" doc:"A field's key; company.KEY is one of a person's company."`
			Audience string        `query:"audience" doc:"Only the values of its records."`
			Where    string        `query:"where" doc:"CEL over a record; narrows further."`
			Search   string        `query:"search" doc:"Text to find in names, emails and domains; narrows further."`
			Text     string        `query:"q" doc:"Only values that hold it, whatever its case."`
			Limit    int           `query:"limit" minimum:"1" maximum:"1000" default:"20"`
			Wait     int           `query:"wait" minimum:"1" maximum:"10000" default:"500" doc:"Milliseconds to look for at the most. What was looked through by then is counted, and exact says whether that is all."`
		},
		) (fettle.ValuesView, error) {
			return s.engine.FieldValues(ctx, a, engine.ValuesQuery{
				Entity: in.Entity, Field: in.Field, Audience: in.Audience, Where: in.Where, Search: in.Search, Text: in.Text,
				Limit: in.Limit, Wait: time.Duration(in.Wait) * time.Millisecond,
			})
		})
}
