package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"fettle"
	"fettle/account"
	"fettle/engine"
	"fettle/provider"
)

// status says who asks and what is served.
type status struct {
	Version   string      `json:"version"`
	Workspace string      `json:"workspace,omitempty" doc:"What people call this workspace; absent where nobody has said."`
	Actor     string      `json:"actor"`
	Role      fettle.Role `json:"role"`
	MaySpend  bool        `json:"may_spend" doc:"May do what spends: an admin, or an editor who has been let."`
	Following bool        `json:"following" doc:"A process is there that makes calls."`
	Session   bool        `json:"session" doc:"The one who asks has signed in, and may sign out."`
}

// tokenView is a token. Its secret is shown once, when it is made.
type tokenView struct {
	Name      string      `json:"name"`
	Role      fettle.Role `json:"role"`
	MaySpend  bool        `json:"may_spend" doc:"An editor's that may do what spends."`
	CreatedAt time.Time   `json:"created_at"`
	Secret    string      `json:"secret,omitempty"`
	// Limits are its own, beside those of the workspace.
	Limits []fettle.LimitView `json:"limits"`
}

// TokenBody is a token to be made.
type TokenBody struct {
	Name     string          `json:"name"`
	Role     fettle.Role     `json:"role"`
	MaySpend bool            `json:"may_spend,omitempty" doc:"Lets an editor's token do what spends."`
	Credits  *fettle.Credits `json:"credits,omitempty" doc:"Its own spend limit, in credits."`
	Per      fettle.Period   `json:"per,omitempty" doc:"What the limit is counted over: lifetime, day or month."`
}

type message struct {
	Message string `json:"message"`
}

func (s *server) workspaceRoutes() {
	handle(s, route{http.MethodGet, "/status", "getStatus", "Who asks and what is served", "workspace"},
		func(ctx context.Context, a fettle.Actor, _ *none) (status, error) {
			return s.status(ctx, a)
		})
	handle(s, route{http.MethodPut, "/workspace", "nameWorkspace", "Say what people call this workspace", "workspace"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				Name string `json:"name" doc:"One line of free text, at most 120 characters; empty takes the name away."`
			}
		},
		) (status, error) {
			if err := s.engine.NameWorkspace(ctx, a, in.Body.Name); err != nil {
				return status{}, err
			}
			return s.status(ctx, a)
		})
	handle(s, route{http.MethodGet, "/notifications", "listNotifications", "List notifications, newest first", "workspace"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Unread bool `query:"unread"`
		},
		) (list[fettle.NotificationView], error) {
			return listOf(s.engine.Notifications(ctx, a, in.Unread))
		})
	act(s, route{http.MethodPost, "/notifications/read", "readNotifications", "Mark notifications as read; none Named means all", "workspace"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				IDs []int64 `json:"ids,omitempty" nullable:"false" minItems:"1"`
			}
		},
		) error {
			return s.engine.MarkRead(ctx, a, in.Body.IDs)
		})
	s.providerRoutes()
	s.declareRoutes()
	s.tokenRoutes()
}

func (s *server) status(ctx context.Context, a fettle.Actor) (status, error) {
	following, err := s.engine.Following(ctx)
	if err != nil {
		return status{}, err
	}
	name, err := s.engine.WorkspaceName(ctx)
	return status{
		Version: s.cfg.Version, Workspace: name, Actor: a.Name, Role: a.Role, MaySpend: a.Spends(), Following: following, Session: requestOf(ctx).session,
	}, err
}

func (s *server) providerRoutes() {
	handle(s, route{http.MethodGet, "/providers", "listProviders", "List providers and how they are connected", "providers"},
		func(ctx context.Context, a fettle.Actor, _ *none) (list[engine.ProviderView], error) {
			return listOf(s.engine.Providers(ctx, a))
		})
	handle(s, route{http.MethodGet, "/simulated-provider", "getSimulated", "Whether the simulated provider is switched on", "providers"},
		func(ctx context.Context, a fettle.Actor, _ *none) (engine.SimulatedView, error) {
			return s.engine.Simulated(ctx, a)
		})
	handle(s, route{http.MethodPut, "/simulated-provider", "setSimulated", "Switch the simulated provider on or off: its answers are made up, nobody is asked, nothing is billed", "providers"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				On bool `json:"on"`
			}
		},
		) (engine.SimulatedView, error) {
			if err := s.engine.SetSimulated(ctx, a, in.Body.On); err != nil {
				return engine.SimulatedView{}, err
			}
			return s.engine.Simulated(ctx, a)
		})
	handle(s, route{http.MethodPut, "/providers/{name}/connection", "setConnection", "Change how a provider is connected", "providers"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Named
			Body connectionBody
		},
		) (engine.ProviderView, error) {
			b := in.Body
			if _, err := s.providerView(ctx, a, in.Name); err != nil {
				return engine.ProviderView{}, err
			}
			if err := s.engine.SetConnection(ctx, a, in.Name, engine.ConnectionInput(b)); err != nil {
				return engine.ProviderView{}, err
			}
			return s.providerView(ctx, a, in.Name)
		})
	s.connectionRoutes()
	handle(s, route{http.MethodPost, "/providers/{name}/test", "testConnection", "Check a provider's key and address", "providers"},
		func(ctx context.Context, a fettle.Actor, in *Named) (message, error) {
			if _, err := s.providerView(ctx, a, in.Name); err != nil {
				return message{}, err
			}
			text, err := s.engine.TestConnection(ctx, a, in.Name)
			return message{text}, err
		})
	s.definitionRoutes()
	handle(s, route{http.MethodGet, "/prices", "listPrices", "List the prices of models", "providers"},
		func(ctx context.Context, a fettle.Actor, _ *none) (list[provider.ModelPrice], error) {
			return listOf(s.engine.Prices(ctx, a))
		})
	act(s, route{http.MethodPut, "/prices", "setPrice", "Set the price of a model from a day on", "providers"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Body priceBody }) error {
			return s.engine.SetPrice(ctx, a, in.Body.price())
		})
}

func (s *server) providerView(ctx context.Context, a fettle.Actor, name string) (engine.ProviderView, error) {
	all, err := s.engine.Providers(ctx, a)
	if err != nil {
		return engine.ProviderView{}, err
	}
	for _, p := range all {
		if p.Name == name {
			return p, nil
		}
	}
	err = fettle.Errorf(fettle.NotFound, "there is no provider %s", name).WithHint("Providers lists them (fettle provider list).")
	if strings.Contains(name, "@") {
		err = fettle.Errorf(fettle.NotFound, "there is no connection %s", name).WithHint("Providers lists them; add it there (fettle provider connect %s).", name)
	}
	return engine.ProviderView{}, err
}

// priceBody is a model's price; what is left out is zero.
type priceBody struct {
	Provider      string         `json:"provider"`
	Model         string         `json:"model"`
	Input         fettle.Credits `json:"input_usd" doc:"US dollars per million tokens, as all prices here."`
	Output        fettle.Credits `json:"output_usd"`
	CacheRead     fettle.Credits `json:"cache_read_usd,omitempty"`
	CacheWrite    fettle.Credits `json:"cache_write_usd,omitempty"`
	Request       fettle.Credits `json:"request_usd,omitempty" doc:"Per request, beside tokens."`
	Context       int64          `json:"context_tokens,omitempty"`
	MaxOutput     int64          `json:"max_output_tokens,omitempty"`
	EffectiveFrom string         `json:"effective_from,omitempty" format:"date" doc:"Today unless said."`
}

func (b priceBody) price() provider.ModelPrice {
	p := provider.ModelPrice(b)
	if p.EffectiveFrom == "" {
		p.EffectiveFrom = time.Now().UTC().Format(time.DateOnly)
	}
	return p
}

// Declaration is the documents that declare a workspace.
type Declaration struct {
	Documents string `json:"documents" doc:"YAML; several documents are parted by ---."`
	Prune     bool   `json:"prune,omitempty" doc:"Also remove what is in the workspace, of a kind of which a document is there, and in none of them: nothing that is used, that holds values, or that limits what is spent. Give all documents of the workspace."`
}

func (s *server) declareRoutes() {
	handle(s, route{http.MethodGet, "/workspace/documents", "exportWorkspace", "What the workspace is set up as, as files of the documents that apply takes; no records and no secrets", "workspace"},
		func(ctx context.Context, a fettle.Actor, _ *none) (list[engine.DocumentFile], error) {
			return listOf(s.engine.ExportWorkspace(ctx, a))
		})
	handle(s, route{http.MethodPost, "/plan", "plan", "What applying the documents would do, and its price", "workspace"},
		func(ctx context.Context, a fettle.Actor, in *struct{ Body Declaration }) (list[engine.Change], error) {
			plan := s.engine.Plan
			if in.Body.Prune {
				plan = s.engine.PlanPruned
			}
			changes, err := plan(ctx, a, []byte(in.Body.Documents))
			return listOf(changes, aboutBody(err))
		})
	handle(s, route{http.MethodPost, "/apply", "apply", "Make the workspace what the documents declare: all of it or nothing", "workspace"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				Declaration
				Confirm bool   `json:"confirm,omitempty" doc:"Go ahead although it spends in live enrichments, or removes something."`
				Seen    string `json:"seen,omitempty" doc:"With prune: the mark of what the refusal listed. Nothing else is removed."`
			}
		},
		) (list[engine.Change], error) {
			if in.Body.Prune {
				changes, err := s.engine.ApplyPruned(ctx, a, []byte(in.Body.Documents), in.Body.Seen, in.Body.Confirm)
				return listOf(changes, aboutBody(err))
			}
			changes, err := s.engine.Apply(ctx, a, []byte(in.Body.Documents), in.Body.Confirm)
			return listOf(changes, aboutBody(err))
		})
}

func (s *server) tokenRoutes() {
	handle(s, route{http.MethodGet, "/tokens", "listTokens", "List tokens, without their secrets", "tokens"},
		func(ctx context.Context, a fettle.Actor, _ *none) (list[tokenView], error) {
			all, err := s.engine.Accounts.Tokens(ctx, a)
			if err != nil {
				return list[tokenView]{}, err
			}
			out := make([]tokenView, len(all))
			for i, t := range all {
				out[i] = tokenView{Name: t.Name, Role: t.Role, MaySpend: t.MaySpend, CreatedAt: t.CreatedAt, Limits: t.Limits}
			}
			return listOf(out, nil)
		})
	handle(s, route{http.MethodPost, "/tokens", "createToken", "Make a token; its secret is shown once", "tokens"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body TokenBody
		},
		) (tokenView, error) {
			return s.createToken(ctx, a, in.Body)
		})
	act(s, route{http.MethodDelete, "/tokens/{name}", "deleteToken", "End a token", "tokens"},
		func(ctx context.Context, a fettle.Actor, in *Named) error {
			return s.engine.Accounts.DeleteToken(ctx, a, in.Name)
		})
}

func (s *server) createToken(ctx context.Context, a fettle.Actor, b TokenBody) (tokenView, error) {
	input := account.TokenInput{Name: b.Name, Role: b.Role, MaySpend: b.MaySpend}
	v := tokenView{Name: b.Name, Role: b.Role, MaySpend: b.MaySpend, CreatedAt: time.Now().UTC().Truncate(time.Microsecond), Limits: []fettle.LimitView{}}
	if b.Credits != nil {
		input.Limit = &fettle.Limit{Credits: b.Credits, Per: b.Per}
	}
	secret, err := s.engine.Accounts.CreateToken(ctx, a, input)
	if err != nil {
		return v, err
	}
	v.Secret = secret
	all, err := s.engine.Accounts.Tokens(ctx, a)
	for _, t := range all {
		if t.Name == b.Name {
			v.Limits = t.Limits
		}
	}
	return v, err
}
