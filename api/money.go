package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fettle"
	"fettle/engine"
)

func (s *server) moneyRoutes() {
	handle(s, route{http.MethodGet, "/credits", "getCredits", "The workspace's money", "credits"},
		func(ctx context.Context, a fettle.Actor, _ *none) (fettle.CreditsView, error) {
			return s.engine.Credits(ctx, a)
		})
	s.journalRoutes()
	handle(s, route{http.MethodGet, "/credits/forecast", "forecastLimits", "When each limit will be reached, the soonest first", "credits"},
		func(ctx context.Context, a fettle.Actor, _ *none) (list[fettle.LimitForecast], error) {
			return listOf(s.engine.Forecasts(ctx, a))
		})
	handle(s, route{http.MethodGet, "/credits/why", "whySpend", "What drove the spend of a time, beside the time of equal length before it", "credits"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Window }) (fettle.WhyView, error) {
			from, to, err := in.times()
			if err != nil {
				return fettle.WhyView{}, err
			}
			return s.engine.WhySpend(ctx, a, from, to)
		})
	handle(s, route{http.MethodGet, "/credits/by/{group}", "spendBy", "Spend by group", "credits"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Group string `path:"group" enum:"enrichment,provider,model,cause,day"`
		},
		) (list[fettle.SpendView], error) {
			return listOf(s.engine.SpendBy(ctx, a, in.Group))
		})
	handle(s, route{http.MethodGet, "/credits/days", "spendByDay", "Spend by day and enrichment; the last 30 days unless said", "credits"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Window }) (fettle.SpendDays, error) {
			from, to, err := in.times()
			if err != nil {
				return fettle.SpendDays{}, err
			}
			return s.engine.SpendByDay(ctx, a, from, to)
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
	s.budgetRoutes()
	s.requestRoutes()
	s.pilotRoutes()
	s.unknownRoutes()
	handle(s, route{http.MethodGet, "/audit", "audit", "Recompute everything from the journal and compare", "credits"},
		func(ctx context.Context, a fettle.Actor, _ *none) (fettle.AuditView, error) {
			return s.engine.Audit(ctx, a)
		})
}

func (s *server) pilotRoutes() {
	handle(s, route{http.MethodGet, "/limits/pilots", "getPilotAllowance", "What the pilots of who may not spend may buy a day, and what of it is left", "credits"},
		func(ctx context.Context, a fettle.Actor, _ *none) (fettle.PilotAllowanceView, error) {
			return s.engine.PilotAllowance(ctx, a)
		})
	handle(s, route{http.MethodPut, "/limits/pilots", "setPilotAllowance", "Set what the pilots of who may not spend may buy a day", "credits"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				Rows    int64          `json:"rows" minimum:"0" maximum:"1000000000"`
				Credits fettle.Credits `json:"credits"`
			}
		},
		) (fettle.PilotAllowanceView, error) {
			return s.engine.SetPilotAllowance(ctx, a, fettle.PilotAllowance{Rows: in.Body.Rows, Credits: in.Body.Credits})
		})
}

// Window is a stretch of time.
type Window struct {
	From string `query:"from" doc:"A day (UTC) or a time, such as 2026-01-31 or 2026-01-31T15:04:05Z."`
	To   string `query:"to" doc:"A day, which is part of it, or a time, which is not."`
}

func (w Window) times() (from, to time.Time, err error) { return fettle.ParseWindow(w.From, w.To) }

// JournalFilter narrows the journal.
type JournalFilter struct {
	Enrichment string       `query:"enrichment"`
	Version    int64        `query:"version" doc:"Of the enrichment."`
	Provider   string       `query:"provider"`
	Model      string       `query:"model"`
	Cause      fettle.Cause `query:"cause" enum:"start,entered,input_changed,refresh,retry,rerun,pilot,signal,poll"`
	Record     int64        `query:"record"`
	Kind       string       `query:"kind" doc:"reserve, settle, release, unknown, resolve, late or grant; charges without it."`
	Window
}

func (f JournalFilter) query() (engine.JournalQuery, error) {
	from, to, err := f.times()
	return engine.JournalQuery{
		Enrichment: f.Enrichment, Version: f.Version, Provider: f.Provider, Model: f.Model, Cause: f.Cause, RecordID: f.Record, Kind: f.Kind, From: from, To: to,
	}, err
}

func (s *server) journalRoutes() {
	handle(s, route{http.MethodGet, "/credits/journal", "listJournal", "Every entry of the journal", "credits"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			JournalFilter
			Page
		},
		) (list[fettle.JournalEntry], error) {
			q, err := in.query()
			if err != nil {
				return list[fettle.JournalEntry]{}, err
			}
			if q.After, err = in.after(); err != nil {
				return list[fettle.JournalEntry]{}, err
			}
			q.Limit = in.Limit
			items, next, err := s.engine.Journal(ctx, a, q)
			return pageOf(items, next, err)
		})
	s.stream(route{http.MethodGet, "/credits/journal.csv", "downloadJournal", "The journal as CSV, newest first", "credits"},
		func(op *huma.Operation) {
			text, number := &huma.Schema{Type: huma.TypeString}, &huma.Schema{Type: huma.TypeInteger, Format: "int64"}
			for _, p := range []struct {
				name   string
				schema *huma.Schema
			}{
				{"enrichment", text},
				{"version", number},
				{"provider", text},
				{"model", text},
				{"cause", text},
				{"record", number},
				{"kind", text},
				{"from", text},
				{"to", text},
			} {
				op.Parameters = append(op.Parameters, &huma.Param{Name: p.name, In: "query", Schema: p.schema, Description: "As in listJournal."})
			}
			op.Responses["200"].Content = csvContent()
		}, func(w http.ResponseWriter, r *http.Request) {
			q, err := journalFilter(r.URL.Query())
			if err != nil {
				s.write(w, r, err)
				return
			}
			s.csv(w, r, "journal.csv", func(out io.Writer) error {
				return s.engine.JournalCSV(r.Context(), requestOf(r.Context()).actor, q, out)
			})
		})
}

// journalFilter reads what a download's address asks for.
func journalFilter(v url.Values) (engine.JournalQuery, error) {
	f := JournalFilter{
		Enrichment: v.Get("enrichment"), Provider: v.Get("provider"), Model: v.Get("model"), Cause: fettle.Cause(v.Get("cause")), Kind: v.Get("kind"),
		Window: Window{From: v.Get("from"), To: v.Get("to")},
	}
	for name, to := range map[string]*int64{"version": &f.Version, "record": &f.Record} {
		s := v.Get(name)
		if s == "" {
			continue
		}
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return engine.JournalQuery{}, fettle.Errorf(fettle.Invalid, "%s: %q is not a number", name, s).WithHint("Write a whole number.")
		}
		*to = n
	}
	return f.query()
}

func (s *server) limitRoutes() {
	handle(s, route{http.MethodGet, "/limits", "listLimits", "List limits", "limits"},
		func(ctx context.Context, a fettle.Actor, _ *none) (list[engine.LimitRow], error) {
			return listOf(s.engine.Limits(ctx, a))
		})
	handle(s, route{http.MethodPut, "/limits", "setLimit", "Set a limit of the workspace, a budget, a provider or a person", "limits"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				Scope string `json:"scope" enum:"workspace,budget,provider,person"`
				Key   string `json:"key,omitempty" doc:"The budget, provider or person."`
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

func (s *server) budgetRoutes() {
	handle(s, route{http.MethodGet, "/budgets", "listBudgets", "List budgets: limits under a name, and what counts in each", "limits"},
		func(ctx context.Context, a fettle.Actor, _ *none) (list[fettle.BudgetView], error) {
			return listOf(s.engine.Budgets(ctx, a))
		})
	handle(s, route{http.MethodPost, "/budgets/{name}/attach", "attachToBudget", "Have enrichments and people count in a budget from now on", "limits"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body fettle.BudgetMembers
		},
		) (fettle.BudgetView, error) {
			return s.engine.Attach(ctx, a, in.Name, in.Body)
		})
	handle(s, route{http.MethodPost, "/budgets/{name}/detach", "detachFromBudget", "Have enrichments and people count in a budget no more", "limits"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body fettle.BudgetMembers
		},
		) (fettle.BudgetView, error) {
			return s.engine.Detach(ctx, a, in.Name, in.Body)
		})
	act(s, route{http.MethodDelete, "/budgets/{name}", "deleteBudget", "Delete a budget: nothing counts in it any more", "limits"},
		func(ctx context.Context, a fettle.Actor, in *Named) error {
			return s.engine.DeleteBudget(ctx, a, in.Name)
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
				IDs     []int64         `json:"ids,omitempty" nullable:"false" minItems:"1"`
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
