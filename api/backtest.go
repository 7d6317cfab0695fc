package api

import (
	"context"
	"net/http"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/past"
)

func (s *server) pastRoutes() {
	handle(s, route{http.MethodGet, "/enrichments/{name}/backtest", "backtest", "What an enrichment would have bought, had it been live over the last days; spends nothing", "enrichments"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Days  int  `query:"days" minimum:"1" maximum:"366" default:"90" doc:"How many days are replayed."`
			AsRun bool `query:"as_run" doc:"As it was live and paused, under its limit of the time."`
		},
		) (fettle.Backtest, error) {
			return s.engine.Backtest(ctx, a, in.Name, in.Days, in.AsRun)
		})
	handle(s, route{http.MethodGet, "/audiences/{name}/moves", "audienceMoves", "Who entered an audience and who left it between two dates, with what did it", "audiences"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			From   string `query:"from" doc:"The end of a day in UTC (2026-02-01), or a time; without it the last 7 days, or as far as it is known."`
			To     string `query:"to" doc:"Likewise; now without it."`
			Filter string `query:"filter" enum:"today,then" default:"today" doc:"By today's filter, or by the one that it had at each moment."`
			After  string `query:"after" doc:"The cursor of the page before."`
			Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"200"`
		},
		) (fettle.AudienceMoves, error) {
			q := engine.MovesQuery{To: time.Now().UTC(), Then: in.Filter == "then", After: in.After, Limit: in.Limit}
			var err error
			if in.From != "" {
				if q.From, err = past.Parse(in.From, time.Now()); err != nil {
					return fettle.AudienceMoves{}, err
				}
			}
			if in.To != "" {
				if q.To, err = past.Parse(in.To, time.Now()); err != nil {
					return fettle.AudienceMoves{}, err
				}
			}
			return s.engine.AudienceMoves(ctx, a, in.Name, q)
		})
}
