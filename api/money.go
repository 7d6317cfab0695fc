package api

import (
	"context"
	"net/http"

	"fettle"
	"fettle/engine"
)

func (s *server) moneyRoutes() {
	handle(s, route{http.MethodGet, "/credits", "getCredits", "The workspace's money", "credits"},
		func(ctx context.Context, a fettle.Actor, _ *none) (fettle.CreditsView, error) {
			return s.engine.Credits(ctx, a)
		})
	handle(s, route{http.MethodGet, "/credits/journal", "listJournal", "Every entry of the journal", "credits"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Enrichment string `query:"enrichment"`
			Provider   string `query:"provider"`
			Record     int64  `query:"record"`
			Kind       string `query:"kind" doc:"reserve, settle, release, unknown, resolve, late or grant; charges without it."`
			Page
		},
		) (list[fettle.JournalEntry], error) {
			after, err := in.after()
			if err != nil {
				return list[fettle.JournalEntry]{}, err
			}
			items, next, err := s.engine.Journal(ctx, a, engine.JournalQuery{
				Enrichment: in.Enrichment, Provider: in.Provider, RecordID: in.Record, Kind: in.Kind, After: after, Limit: in.Limit,
			})
			return pageOf(items, next, err)
		})
	handle(s, route{http.MethodGet, "/credits/by/{group}", "spendBy", "Spend by group", "credits"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Group string `path:"group" enum:"enrichment,provider,model,cause,day"`
		},
		) (list[fettle.SpendView], error) {
			return listOf(s.engine.SpendBy(ctx, a, in.Group))
		})
	handle(s, route{http.MethodPost, "/credits/grants", "grantCredits", "Add credits to the balance", "credits"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				Credits fettle.Credits `json:"credits"`
				Note    string         `json:"note,omitempty" maxLength:"1000"`
			}
		},
		) (fettle.CreditsView, error) {
			return s.engine.Grant(ctx, a, in.Body.Credits, in.Body.Note)
		})
	s.limitRoutes()
	s.unknownRoutes()
	handle(s, route{http.MethodGet, "/audit", "audit", "Recompute everything from the journal and compare", "credits"},
		func(ctx context.Context, a fettle.Actor, _ *none) (fettle.AuditView, error) {
			return s.engine.Audit(ctx, a)
		})
}

func (s *server) limitRoutes() {
	handle(s, route{http.MethodGet, "/limits", "listLimits", "List limits", "limits"},
		func(ctx context.Context, a fettle.Actor, _ *none) (list[engine.LimitRow], error) {
			return listOf(s.engine.Limits(ctx, a))
		})
	handle(s, route{http.MethodPut, "/limits", "setLimit", "Set a limit of the workspace, a provider or a person", "limits"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				Scope string `json:"scope" enum:"workspace,provider,person"`
				Key   string `json:"key,omitempty" doc:"The provider or person."`
				LimitBody
			}
		},
		) (list[engine.LimitRow], error) {
			if err := s.engine.SetLimit(ctx, a, in.Body.Scope, in.Body.Key, *in.Body.limit()); err != nil {
				return list[engine.LimitRow]{}, err
			}
			return listOf(s.engine.Limits(ctx, a))
		})
}

func (s *server) unknownRoutes() {
	handle(s, route{http.MethodGet, "/unknown", "listUnknowns", "List calls that may have been billed", "unknown"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Enrichment string `query:"enrichment"`
		},
		) (list[fettle.UnknownView], error) {
			return listOf(s.engine.Unknowns(ctx, a, in.Enrichment))
		})
	handle(s, route{http.MethodPost, "/unknown/resolve", "resolveUnknowns", "End unknowns: those Named, or all", "unknown"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				IDs     []int64         `json:"ids,omitempty"`
				All     bool            `json:"all,omitempty"`
				Action  string          `json:"action" enum:"retry,write_off,not_billed,found"`
				Value   *string         `json:"value,omitempty" doc:"found: the value."`
				Credits *fettle.Credits `json:"credits,omitempty" doc:"found: what was billed."`
			}
		},
		) (count, error) {
			b := in.Body
			if len(b.IDs) == 0 && !b.All {
				return count{}, fettle.Errorf(fettle.Invalid, "no unknown is named").WithHint("Name their ids, or say all.")
			}
			n, err := s.engine.Resolve(ctx, a, b.IDs, b.All, fettle.Resolution{Action: b.Action, Value: b.Value, Credits: b.Credits})
			return count{int64(n)}, err
		})
}
