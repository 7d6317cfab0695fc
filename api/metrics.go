package api

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"fettle/engine"
	"fettle/provider"
	"fettle/run"
)

// Metrics is what /metrics tells, in a registry of its own.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	calls    *prometheus.CounterVec
	answers  *prometheus.HistogramVec
	settling prometheus.Histogram
}

// NewMetrics makes the metrics of a process of a version.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "fettle_http_requests_total", Help: "Requests by route and status."}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "fettle_http_request_duration_seconds", Help: "Time to answer, by route.", Buckets: []float64{.001, .005, .025, .1, .5, 2.5, 10},
		}, []string{"route"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fettle_provider_calls_total", Help: "Calls that this process made, by provider, operation and what came of them; throttled and unknown are outcomes too.",
		}, []string{"provider", "operation", "outcome"}),
		answers: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "fettle_provider_call_duration_seconds", Help: "Time from a call of this process to its answer.", Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		}, []string{"provider", "operation"}),
		settling: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "fettle_settle_lag_seconds", Help: "Time from a provider's answer to its result in the database.", Buckets: []float64{.005, .01, .025, .05, .1, .5, 1, 5, 30, 120},
		}),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "fettle_build_info", Help: "1; the labels say what runs."}, []string{"version", "goversion"})
	build.WithLabelValues(version, runtime.Version()).Set(1)
	m.registry.MustRegister(m.requests, m.seconds, m.calls, m.answers, m.settling, build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Watch is what a worker tells these metrics.
func (m *Metrics) Watch() run.Watch {
	return run.Watch{
		Called: func(_ context.Context, name, operation string, outcome provider.Outcome, took time.Duration) {
			m.calls.WithLabelValues(name, operation, string(outcome)).Inc()
			m.answers.WithLabelValues(name, operation).Observe(took.Seconds())
		},
		Settled: func(waited time.Duration) { m.settling.Observe(waited.Seconds()) },
	}
}

// Of has the metrics tell of an engine's workspace too, read when they are asked
// for. It is called once.
func (m *Metrics) Of(e *engine.Engine) {
	m.registry.MustRegister(newWorkspaceMetrics(e), collectors.NewDBStatsCollector(e.Database(), "fettle"))
}

// Names are the names of all that is told, also of what has no sample yet.
func (m *Metrics) Names() map[string]bool {
	descs := make(chan *prometheus.Desc)
	go func() {
		defer close(descs)
		m.registry.Describe(descs)
	}()
	out := map[string]bool{}
	for d := range descs {
		if _, rest, ok := strings.Cut(d.String(), `fqName: "`); ok {
			name, _, _ := strings.Cut(rest, `"`)
			out[name] = true
		}
	}
	return out
}

// observe counts a request under its route's pattern, which the mux has
// written into the request; a name in a path makes no series of its own.
func (m *Metrics) observe(r *http.Request, status int, took time.Duration) {
	route := r.Pattern
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Observe makes the handler of an address that only operators reach: health,
// readiness and metrics, without signing in, and nothing else.
func Observe(e *engine.Engine, m *Metrics) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.handler())
	mux.HandleFunc("GET /healthz", healthy)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		text, err := ready(r.Context(), e)
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			text = err.Error() + "\n"
		}
		_, _ = io.WriteString(w, text) // a client that has gone is no concern of ours
	})
	return mux
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte("ok\n")) // as above
}

// ready says that the workspace can be worked on, and what stands still all the
// same: whoever mends that still has to reach the server.
func ready(ctx context.Context, e *engine.Engine) (string, error) {
	still, err := e.Ready(ctx)
	if err != nil {
		return "", err
	}
	return strings.Join(append([]string{"ok"}, still...), "\n") + "\n", nil
}
