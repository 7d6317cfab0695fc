package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"fettle"
	"fettle/engine"
)

type signalPostsBody struct {
	Entity  fettle.Entity       `json:"entity,omitempty" doc:"people unless said."`
	Source  string              `json:"source,omitempty" doc:"Who says it; api unless said."`
	Signals []fettle.SignalPost `json:"signals" minItems:"1" maxItems:"1000" doc:"Each is answered by itself. One with text that cannot be stored (a NUL character, what is not UTF-8) is invalid, and the others are taken."`
	NoRun   bool                `json:"no_run,omitempty" doc:"Live enrichments do not follow them."`
	Confirm bool                `json:"confirm,omitempty" doc:"Go ahead although it spends in live enrichments."`
}

// signalRoutes are what happened to records, and what is looked for.
func (s *server) signalRoutes() {
	handle(s, route{http.MethodGet, "/signals", "listSignals", "What happened to records, newest first", "signals"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Entity    string `query:"entity" enum:"people,companies" doc:"Both without it."`
			Type      string `query:"type"`
			Kind      string `query:"kind"`
			Rule      string `query:"rule" doc:"Only what this rule raised."`
			Record    int64  `query:"record" doc:"Only those of this record."`
			Audience  string `query:"audience" doc:"Only those of its records."`
			Since     string `query:"since" doc:"Learned of since then: 30d, a date or a time."`
			Retracted bool   `query:"retracted" doc:"Those that were taken back too."`
			After     string `query:"after" doc:"The next of the page before."`
			Limit     int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
		},
		) (list[fettle.Signal], error) {
			items, next, err := s.engine.Signals(ctx, a, engine.SignalsQuery{
				Entity: fettle.Entity(in.Entity), Type: in.Type, Kind: in.Kind, Rule: in.Rule, Record: in.Record, Audience: in.Audience, Since: in.Since,
				Retracted: in.Retracted, After: in.After, Limit: in.Limit,
			})
			return list[fettle.Signal]{Items: items, Next: next}, err
		})
	handle(s, route{http.MethodGet, "/signals/{id}", "getSignal", "One signal with each of its tellings", "signals"},
		func(ctx context.Context, a fettle.Actor, in *Numbered) (fettle.Signal, error) {
			return s.engine.Signal(ctx, a, in.ID)
		})
	handle(s, route{http.MethodPost, "/signals", "postSignals", "Say what happened to up to 1,000 records, and learn what became of each", "signals"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Body signalPostsBody }) (fettle.PostedView, error) {
			b := in.Body
			return s.engine.PostSignals(ctx, a, engine.PostInput{Entity: b.Entity, Source: b.Source, Signals: b.Signals, NoRun: b.NoRun, Confirm: b.Confirm, Unstorable: unstorable(requestOf(ctx).apart)})
		}, textApart("signals"))
	s.signalRuleRoutes()
	s.hookRoutes()
}

func (s *server) signalRuleRoutes() {
	handle(s, route{http.MethodGet, "/signal-rules", "listSignalRules", "What is looked for, and what came of it", "signals"},
		func(ctx context.Context, a fettle.Actor, _ *struct{}) (list[fettle.SignalRuleView], error) {
			return listOf(s.engine.SignalRules(ctx, a))
		})
	handle(s, route{http.MethodGet, "/signal-rules/{name}", "getSignalRule", "One rule", "signals"},
		func(ctx context.Context, a fettle.Actor, in *Named) (fettle.SignalRuleView, error) {
			return s.engine.SignalRule(ctx, a, in.Name)
		})
	handle(s, route{http.MethodPut, "/signal-rules/{name}", "saveSignalRule", "Create or replace a rule", "signals"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body fettle.SignalRule
		},
		) (fettle.SignalRuleView, error) {
			return s.engine.SaveSignalRule(ctx, a, in.Name, in.Body)
		})
	act(s, route{http.MethodDelete, "/signal-rules/{name}", "deleteSignalRule", "Delete a rule; what it raised stays", "signals"},
		func(ctx context.Context, a fettle.Actor, in *Named) error {
			return s.engine.DeleteSignalRule(ctx, a, in.Name)
		})
	handle(s, route{http.MethodPost, "/signal-rules/{name}/pause", "pauseSignalRule", "Have a rule look at nothing more", "signals"},
		func(ctx context.Context, a fettle.Actor, in *Named) (fettle.SignalRuleView, error) {
			return s.engine.PauseSignalRule(ctx, a, in.Name, true)
		})
	handle(s, route{http.MethodPost, "/signal-rules/{name}/resume", "resumeSignalRule", "Have a rule go on from where it stopped", "signals"},
		func(ctx context.Context, a fettle.Actor, in *Named) (fettle.SignalRuleView, error) {
			return s.engine.PauseSignalRule(ctx, a, in.Name, false)
		})
	handle(s, route{http.MethodPost, "/signal-rules/{name}/token", "makeHookToken", "Give the rule's hook a token; the one before ends", "signals"},
		func(ctx context.Context, a fettle.Actor, in *Named) (engine.HookToken, error) {
			return s.engine.MakeHookToken(ctx, a, in.Name)
		})
	act(s, route{http.MethodDelete, "/signal-rules/{name}/token", "deleteHookToken", "End the token of the rule's hook", "signals"},
		func(ctx context.Context, a fettle.Actor, in *Named) error {
			return s.engine.DeleteHookToken(ctx, a, in.Name)
		})
	handle(s, route{http.MethodGet, "/signal-rules/{name}/posts", "listHookBodies", "What the rule's hook was sent, newest first", "signals"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Before int64 `query:"before" doc:"Go on below the body with this number."`
			Limit  int   `query:"limit" minimum:"1" maximum:"100" default:"20"`
		},
		) (list[engine.HookBody], error) {
			return listOf(s.engine.HookBodies(ctx, a, in.Name, in.Before, in.Limit))
		})
}

// hookRoutes take what others send by a token of their own.
func (s *server) hookRoutes() {
	rt := route{http.MethodPost, "/hooks/{name}", "receiveHook", "Take what another system says has happened, or its records; the rule or the source of that name reads it", "signals"}
	s.stream(rt, func(op *huma.Operation) {
		op.Description = "The own token of the rule or source opens it: Authorization: Bearer TOKEN, or ?token=TOKEN. It is served at /hooks/{name} as well."
		op.Security = []map[string][]string{{"token": {}}}
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{}}}}
		op.Parameters = []*huma.Param{
			{Name: "name", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}, Description: "The rule or the source."},
			{Name: "token", In: "query", Schema: &huma.Schema{Type: huma.TypeString}, Description: "For senders that can send no header."},
		}
		schemas := s.api.OpenAPI().Components.Schemas
		signals, records := schemas.Schema(reflect.TypeFor[fettle.PostedView](), true, ""), schemas.Schema(reflect.TypeFor[fettle.UpsertView](), true, "")
		op.Responses["200"].Headers = quotaHeaders()
		op.Responses["200"].Content = map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{AnyOf: []*huma.Schema{signals, records}}}}
	}, s.hook)
	s.mux.HandleFunc("POST /hooks/{name}", s.hook)
}

// quota says what the address takes besides, as a refusal does.
func quota(w http.ResponseWriter, r fettle.Quota) {
	if r.Policy == "" {
		return
	}
	w.Header().Set("RateLimit-Policy", r.Policy)
	name, _, _ := strings.Cut(r.Policy, ";")
	w.Header().Set("RateLimit", fmt.Sprintf("%s;r=%d;t=%d", name, r.Left, r.Reset))
}

// quotaHeaders describe what an answer says of the quota that it came under.
func quotaHeaders() map[string]*huma.Param {
	text := func(says, example string) *huma.Param {
		return &huma.Param{Description: says, Example: example, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	return map[string]*huma.Param{
		"RateLimit-Policy": text(policySays, policyExample),
		"RateLimit":        text(quotaSays, `"hook";r=598;t=60`),
	}
}

func (s *server) hook(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("token")
	if scheme, sent, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		token = sent
	}
	token = strings.TrimSpace(token)
	if s.records(w, r, token) {
		return
	}
	view, err := s.engine.ReceiveHook(r.Context(), r.PathValue("name"), token, r.Body)
	if err != nil {
		s.write(w, r, err)
		return
	}
	quota(w, view.Quota)
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(view); err != nil {
		s.log.DebugContext(r.Context(), "the client has gone", "error", err)
	}
}
