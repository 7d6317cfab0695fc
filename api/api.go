// Package api serves the product over HTTP: JSON under /api/v1, described by an
// OpenAPI document that is made from the code, with every error a problem
// (RFC 9457) that has a code and a hint; server-sent events; uploads and
// downloads as streams; metrics and health. It holds no rule of the product:
// it translates, and the engine decides.
package api

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"fettle"
	"fettle/account"
	"fettle/engine"
	"fettle/internal/trace"
)

const prefix = "/api/v1"

// Config is how the API is served.
type Config struct {
	Log       *slog.Logger
	Version   string
	Local     fettle.Actor    // who asks where no token is needed
	Loopback  bool            // only this machine can connect: no one need say who they are until someone has joined or there is a token
	InProcess bool            // the caller holds the database itself: no token is needed
	UI        http.Handler    // the web app; nil for none
	PublicURL string          // where browsers reach the server; "" for the address that they ask
	Issuer    *account.Issuer // where people may sign in besides; nil for nowhere. Off this machine it needs a PublicURL
	SpoolDir  string          // where uploads wait; "" for the system's
	Metrics   *Metrics        // what /metrics tells; nil for its own
	Scrape    string          // a token that reads /metrics and nothing else; "" for none
	Trace     *trace.Tracer   // what requests are told to; nil for nobody
	Done      <-chan struct{}
}

type server struct {
	cfg     Config
	log     *slog.Logger
	engine  *engine.Engine
	mux     *http.ServeMux
	api     huma.API
	metrics *Metrics

	described func() ([]byte, error) // the OpenAPI document
}

// New makes the handler of everything that is served. Done, when it closes,
// ends event streams, so that a server can stop.
func New(e *engine.Engine, cfg Config) http.Handler {
	s := build(e, cfg)
	return s.outer(compressed(s.headers(s.hosts(s.origins(s.readable(s.authenticate(s.idempotent(s.tagged(s.mux)))))))))
}

// OpenAPI gives the OpenAPI document, indented.
func OpenAPI(version string) ([]byte, error) {
	s := build(nil, Config{Log: slog.New(slog.DiscardHandler), Version: version})
	return s.document()
}

func build(e *engine.Engine, cfg Config) *server {
	s := &server{cfg: cfg, log: cfg.Log, engine: e, mux: http.NewServeMux(), metrics: cfg.Metrics}
	if s.metrics == nil {
		s.metrics = NewMetrics(cfg.Version)
		if e != nil {
			s.metrics.Of(e)
		}
	}
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Fettle", Version: cfg.Version,
				Description: "People and companies, audiences, bulk enrichments under a hard credit spend limit, and the Data Hub. " +
					"Money is a decimal string of credits; times are RFC 3339. A write may carry an Idempotency-Key.",
			},
			Components: &huma.Components{
				Schemas: newSchemas(),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token":   {Type: "http", Scheme: "bearer"},
					"session": {Type: "apiKey", In: "cookie", Name: cookieName, Description: "A browser's; the port follows the name where the address has one."},
				},
			},
			Security: []map[string][]string{{"token": {}}, {"session": {}}, {}},
		},
		Formats:                      formats(),
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{s.translate},
	}
	s.api = humago.New(s.mux, config)
	s.described = sync.OnceValues(s.document)
	s.recordRoutes()
	s.importRoutes()
	s.importAfterRoutes()
	s.conflictRoutes()
	s.duplicateRoutes()
	s.strangerRoutes()
	s.undoRoutes()
	s.playRoutes()
	s.signalRoutes()
	s.audienceRoutes()
	s.enrichmentRoutes()
	s.namedRoutes()
	s.moneyRoutes()
	s.workspaceRoutes()
	s.channelRoutes()
	s.destinationRoutes()
	s.sourceRoutes()
	s.viewRoutes()
	s.accountRoutes()
	s.eventRoutes()
	s.documentRoutes()
	schemas := s.api.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel") // huma's own errors leave as problems
	delete(schemas, "ErrorDetail")
	s.plain()
	return s
}

// methodsOf are the methods that the path of a request is served with.
func (s *server) methodsOf(r *http.Request) []string {
	var out []string
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		as := *r
		as.Method = m
		if _, pattern := s.mux.Handler(&as); pattern != "/api/" && strings.Contains(pattern, "/api/") {
			out = append(out, m)
		}
	}
	return out
}

// plain registers what is not part of the API.
func (s *server) plain() {
	s.mux.Handle("GET /metrics", s.metrics.handler())
	s.mux.HandleFunc("GET /healthz", healthy)
	s.mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		text, err := ready(r.Context(), s.engine)
		if err != nil {
			s.write(w, r, err)
			return
		}
		_, _ = io.WriteString(w, text) // a client that has gone is no concern of ours
	})
	s.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		if allow := s.methodsOf(r); len(allow) > 0 {
			w.Header().Set("Allow", strings.Join(allow, ", "))
			p := s.problem(r.Context(), fettle.Errorf(fettle.Invalid, "%s does not take %s", r.URL.Path, r.Method).WithHint("It takes %s.", strings.Join(allow, ", ")))
			p.Status, p.Title = http.StatusMethodNotAllowed, http.StatusText(http.StatusMethodNotAllowed)
			s.send(w, p.Status, p)
			return
		}
		s.write(w, r, fettle.Errorf(fettle.NotFound, "%s %s is not served here", r.Method, r.URL.Path).WithHint("See %s/openapi.json.", prefix))
	})
	if s.cfg.UI != nil {
		s.mux.Handle("/", s.cfg.UI)
	}
}
