package api

import (
	"context"
	"net/http"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/expr"
	"fettle/past"
)

// audienceView is an audience and who uses it.
type audienceView struct {
	fettle.Audience
	UsedBy []string `json:"used_by" doc:"The enrichments that are pointed at it."`
}

type audienceBody struct {
	Entity      fettle.Entity `json:"entity"`
	Where       string        `json:"where" doc:"CEL over a record; empty for every record."`
	Description string        `json:"description,omitempty"`
	Confirm     bool          `json:"confirm,omitempty" doc:"Go ahead although it spends in live enrichments."`
}

func (s *server) audienceView(ctx context.Context, a fettle.Actor, au fettle.Audience) (audienceView, error) {
	users, err := s.engine.AudienceUsers(ctx, a, au.Name)
	if users == nil {
		users = []string{}
	}
	return audienceView{Audience: au, UsedBy: users}, err
}

func (s *server) audienceRoutes() {
	handle(s, route{http.MethodGet, "/audiences", "listAudiences", "List audiences", "audiences"},
		func(ctx context.Context, a fettle.Actor, _ *none) (list[audienceView], error) {
			all, err := s.engine.Audiences(ctx, a)
			if err != nil {
				return list[audienceView]{}, err
			}
			out := make([]audienceView, len(all))
			for i, au := range all {
				if out[i], err = s.audienceView(ctx, a, au); err != nil {
					return list[audienceView]{}, err
				}
			}
			return listOf(out, nil)
		})
	handle(s, route{http.MethodGet, "/audiences/{name}", "getAudience", "One audience", "audiences"},
		func(ctx context.Context, a fettle.Actor, in *Named) (audienceView, error) {
			au, err := s.engine.Audience(ctx, a, in.Name)
			if err != nil {
				return audienceView{}, err
			}
			return s.audienceView(ctx, a, au)
		})
	handle(s, route{http.MethodPut, "/audiences/{name}", "saveAudience", "Create or replace an audience", "audiences"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body audienceBody
		},
		) (audienceView, error) {
			b := in.Body
			au, err := s.engine.SaveAudience(ctx, a, fettle.Audience{Name: in.Name, Entity: b.Entity, Where: b.Where, Description: b.Description}, b.Confirm)
			if err != nil {
				return audienceView{}, err
			}
			return s.audienceView(ctx, a, au)
		})
	act(s, route{http.MethodDelete, "/audiences/{name}", "deleteAudience", "Delete an audience that nothing uses", "audiences"},
		func(ctx context.Context, a fettle.Actor, in *Named) error {
			return s.engine.DeleteAudience(ctx, a, in.Name)
		})
	s.audienceCountRoutes()
	s.pastRoutes()
	s.runViewRoutes()
}

func (s *server) audienceCountRoutes() {
	handle(s, route{http.MethodGet, "/audiences/count", "countWhere", "Count the records for which an expression is true", "audiences"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Entity fettle.Entity `query:"entity" required:"true"`
			Where  string        `query:"where"`
		},
		) (count, error) {
			n, err := s.engine.CountWhere(ctx, a, in.Entity, in.Where)
			return count{n}, err
		})
	handle(s, route{http.MethodGet, "/audiences/explain", "explainWhere", "Why an expression holds for a record or not, clause by clause", "audiences"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Entity fettle.Entity `query:"entity" required:"true"`
			Where  string        `query:"where" doc:"CEL over a record; no audience needs to have it."`
			Record int64         `query:"record" required:"true"`
		},
		) (expr.Explanation, error) {
			return s.engine.ExplainWhere(ctx, a, in.Entity, in.Where, in.Record)
		})
	handle(s, route{http.MethodGet, "/audiences/{name}/count", "countAudience", "Count an audience", "audiences"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			AsOf   string `query:"as_of" doc:"As it was at the end of a day in UTC (2026-02-28), or at a time; now without it."`
			Filter string `query:"filter" enum:"today,then" default:"today" doc:"With as_of: by today's filter, or by the one that it had then."`
		},
		) (engine.CountThen, error) {
			if in.AsOf == "" {
				n, err := s.engine.CountAudience(ctx, a, in.Name)
				return engine.CountThen{Count: n}, err
			}
			at, err := past.Parse(in.AsOf, time.Now())
			if err != nil {
				return engine.CountThen{}, err
			}
			return s.engine.CountAsOf(ctx, a, in.Name, at, in.Filter == "then")
		})
	handle(s, route{http.MethodGet, "/audiences/{name}/explain", "explainMember", "Why a record is in an audience or not, clause by clause", "audiences"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Record int64 `query:"record" required:"true"`
		},
		) (expr.Explanation, error) {
			return s.engine.ExplainMember(ctx, a, in.Name, in.Record)
		})
	handle(s, route{http.MethodGet, "/audiences/{name}/members", "listMembers", "List the records of an audience", "audiences"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			RecordsQuery
		},
		) (engine.RecordPage, error) {
			q := in.query()
			q.Audience = in.Name
			return s.engine.Records(ctx, a, q)
		})
}
