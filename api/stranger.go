package api

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"fettle"
	"fettle/engine"
)

// strangerBody names an answer that was held back.
type strangerBody struct {
	Call     int64 `json:"call" doc:"The call that it is the answer of."`
	RecordID int64 `json:"record_id,omitempty" doc:"The record that it is held back for, where that is another one than the call was made for."`
	Confirm  bool  `json:"confirm,omitempty" doc:"Say yes to what it puts into enrichments, at the price that was shown."`
}

// rejectBody says what is done about one.
type rejectBody struct {
	Call     int64 `json:"call" doc:"The call that it is the answer of."`
	RecordID int64 `json:"record_id,omitempty" doc:"The record that it is held back for, where that is another one than the call was made for."`
	Confirm  bool  `json:"confirm,omitempty" doc:"Say yes to the price that was shown."`
	Open     bool  `json:"open,omitempty" doc:"Also ask the steps that were not asked yet for the record, at the price that is shown first."`
}

// strangerRoutes are the answers that were held back because they are about somebody
// else than the record that they were paid for.
func (s *server) strangerRoutes() {
	handle(s, route{http.MethodGet, "/strangers", "listStrangers", "Answers that were paid for and are about somebody else, newest first", "strangers"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			State      string `query:"state" enum:"held,accepted,rejected" doc:"All without it."`
			Enrichment string `query:"enrichment" doc:"Only those of this enrichment."`
			Provider   string `query:"provider" doc:"Only those of this provider."`
			Record     int64  `query:"record" doc:"Only those of this record."`
			After      string `query:"after" doc:"The next of the page before."`
			Limit      int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
		},
		) (list[fettle.StrangerView], error) {
			items, next, err := s.engine.Strangers(ctx, a, engine.StrangersQuery{
				State: in.State, Enrichment: in.Enrichment, Provider: in.Provider, Record: in.Record, After: in.After, Limit: in.Limit,
			})
			return list[fettle.StrangerView]{Items: items, Next: next}, err
		})
	handle(s, route{http.MethodGet, "/strangers/counts", "countStrangers", "How many answers were held back, by what became of them", "strangers"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Enrichment string `query:"enrichment" doc:"Only those of this enrichment."`
		},
		) (fettle.StrangerCounts, error) {
			return s.engine.StrangerCounts(ctx, a, in.Enrichment)
		})
	handle(s, route{http.MethodGet, "/strangers/{call}", "getStranger", "An answer that was held back, beside what is known of the record", "strangers"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Call   int64 `path:"call" doc:"The call that it is the answer of."`
			Record int64 `query:"record" doc:"The record that it is held back for, where that is another one than the call was made for."`
		},
		) (fettle.StrangerView, error) {
			return s.engine.Stranger(ctx, a, in.Call, in.Record)
		})
	handle(s, route{http.MethodPost, "/strangers/accept", "acceptStranger", "Say that an answer is about the record: its values are written, free", "strangers"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Body strangerBody }) (fettle.StrangerDecision, error) {
			return s.engine.AcceptStranger(ctx, a, in.Body.Call, in.Body.RecordID, in.Body.Confirm)
		})
	handle(s, route{http.MethodPost, "/strangers/reject", "rejectStranger", "Say that an answer is about somebody else: it is never written", "strangers"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Body rejectBody }) (fettle.StrangerDecision, error) {
			b := in.Body
			return s.engine.RejectStranger(ctx, a, b.Call, b.RecordID, b.Open, b.Confirm)
		})
	s.stream(route{http.MethodGet, "/strangers/claims.csv", "downloadClaims", "What to claim back from a provider, as CSV: answers about somebody else that were billed", "strangers"},
		func(op *huma.Operation) {
			op.Parameters = append(op.Parameters, &huma.Param{Name: "provider", In: "query", Schema: &huma.Schema{Type: huma.TypeString}, Description: "Only calls of this provider."})
			op.Responses["200"].Content = csvContent()
		}, func(w http.ResponseWriter, r *http.Request) {
			s.csv(w, r, "claims.csv", func(out io.Writer) error {
				return s.engine.ClaimsCSV(r.Context(), requestOf(r.Context()).actor, r.URL.Query().Get("provider"), out)
			})
		})
}
