package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"fettle"
	"fettle/engine"
)

// metrics is what /metrics tells, in a registry of its own.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "fettle_http_requests_total", Help: "Requests by route and status."}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "fettle_http_request_duration_seconds", Help: "Time to answer, by route.", Buckets: []float64{.001, .005, .025, .1, .5, 2.5, 10},
		}, []string{"route"}),
	}
	m.registry.MustRegister(m.requests, m.seconds, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe counts a request under its route's pattern, which the mux has
// written into the request; a name in a path makes no series of its own.
func (m *metrics) observe(r *http.Request, status int, took time.Duration) {
	route := r.Pattern
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// money tells of the workspace's credits and rows, read when it is asked for.
type money struct {
	engine  *engine.Engine
	credits *prometheus.Desc
	rows    *prometheus.Desc
	vendor  *prometheus.Desc
	passes  *prometheus.Desc
	up      *prometheus.Desc
}

func newMoney(e *engine.Engine) *money {
	return &money{
		engine:  e,
		credits: prometheus.NewDesc("fettle_credits", "The workspace's credits, by what became of them.", []string{"state"}, nil),
		rows:    prometheus.NewDesc("fettle_enrichment_remaining_rows", "Rows that are left to do.", []string{"enrichment"}, nil),
		vendor:  prometheus.NewDesc("fettle_provider_balance_units", "What a provider said last that is left on the account there, in its own unit.", []string{"provider"}, nil),
		passes:  prometheus.NewDesc("fettle_worker_passes_total", "How often this process has looked at everything that is to do, to its end.", nil, nil),
		up:      prometheus.NewDesc("fettle_database_up", "Whether the database answered just now; where it did not, what is read from it is left out.", nil, nil),
	}
}

// Describe is part of a collector.
func (m *money) Describe(ch chan<- *prometheus.Desc) {
	ch <- m.credits
	ch <- m.rows
	ch <- m.vendor
	ch <- m.passes
	ch <- m.up
}

// Collect reads the database. What cannot be read is left out, and up says so:
// a server without its database still tells of itself.
func (m *money) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) //nolint:forbidigo // a collector is given no context
	defer cancel()
	ch <- prometheus.MustNewConstMetric(m.passes, prometheus.CounterValue, float64(m.engine.Passes()))
	for name, n := range m.engine.VendorBalances() {
		ch <- prometheus.MustNewConstMetric(m.vendor, prometheus.GaugeValue, float64(n)/float64(fettle.Credit), name)
	}
	v, err := m.engine.Credits(ctx, fettle.System())
	var all []fettle.EnrichmentView
	if err == nil {
		all, err = m.engine.Enrichments(ctx, fettle.System())
	}
	if err != nil {
		ch <- prometheus.MustNewConstMetric(m.up, prometheus.GaugeValue, 0)
		return
	}
	ch <- prometheus.MustNewConstMetric(m.up, prometheus.GaugeValue, 1)
	for state, n := range map[string]fettle.Credits{
		"granted": v.GrantedCredits, "settled": v.SettledCredits, "reserved": v.ReservedCredits, "unknown": v.UnknownCredits, "overrun": v.OverrunCredits,
	} {
		ch <- prometheus.MustNewConstMetric(m.credits, prometheus.GaugeValue, float64(n)/float64(fettle.Credit), state)
	}
	for _, e := range all {
		ch <- prometheus.MustNewConstMetric(m.rows, prometheus.GaugeValue, float64(e.RemainingRows), e.Name)
	}
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
