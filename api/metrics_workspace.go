package api

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"fettle"
	"fettle/engine"
)

// workspaceMetrics tells of a workspace's money and work, and of how this process
// reaches its providers, read when it is asked for.
type workspaceMetrics struct {
	engine *engine.Engine
	descs  map[string]*prometheus.Desc
}

func newWorkspaceMetrics(e *engine.Engine) *workspaceMetrics {
	m := &workspaceMetrics{engine: e, descs: map[string]*prometheus.Desc{}}
	add := func(name, help string, labels ...string) {
		m.descs[name] = prometheus.NewDesc("fettle_"+name, help, labels, nil)
	}
	add("database_up", "Whether the database answered just now; where it did not, what is read from it is left out.")
	add("worker_passes_total", "How often this process has looked at everything that is to do, to its end.")
	add("credits", "The workspace's credits, by what became of them.", "state")
	add("enrichment_remaining_rows", "Rows that are left to do.", "enrichment")
	add("enrichment_state", "1; the labels say in which state the enrichment is, and why it is paused.", "enrichment", "state", "reason")
	add("calls_in_flight", "Calls of all processes that have no result yet.")
	add("calls_oldest_seconds", "Age of the oldest call without a result; 0 where there is none.")
	add("calls_unknown", "Calls that may have been billed and wait for a person.")
	add("calls_unwritten", "Calls of this process under way, or answered and not written yet.")
	add("workers", "Processes whose lease holds.")
	add("deliveries_waiting", "Messages of channels that wait to be sent.")
	add("channels_failing", "Channels that nothing has reached for days.")
	add("jobs", "Background jobs, by the state that their queue gives them.", "state")
	add("provider_in_flight", "Calls of this process under way.", "provider")
	add("provider_waiting", "Calls of this process that wait for their turn under the provider's rate.", "provider")
	add("provider_breaker_open", "Whether this process holds calls back because the provider does not answer.", "provider")
	add("provider_blocked", "Whether no call of this process leaves now: the provider asked for patience, or is down.", "provider")
	add("provider_balance_units", "What a provider said last that is left on the account there, in its own unit.", "provider")
	return m
}

// Describe is part of a collector.
func (m *workspaceMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range m.descs {
		ch <- d
	}
}

// Collect reads the database. What cannot be read is left out, and database_up says
// so: a server without its database still tells of itself.
func (m *workspaceMetrics) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) //nolint:forbidigo // a collector is given no context
	defer cancel()
	gauge := func(name string, n float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(m.descs[name], prometheus.GaugeValue, n, labels...)
	}
	ch <- prometheus.MustNewConstMetric(m.descs["worker_passes_total"], prometheus.CounterValue, float64(m.engine.Passes()))
	for name, n := range m.engine.VendorBalances() {
		gauge("provider_balance_units", float64(n)/float64(fettle.Credit), name)
	}
	o, err := m.engine.Observe(ctx)
	for _, p := range o.Providers {
		gauge("provider_in_flight", float64(p.InFlight), p.Name)
		gauge("provider_waiting", float64(p.Waiting), p.Name)
		gauge("provider_breaker_open", oneIf(p.Down), p.Name)
		gauge("provider_blocked", oneIf(p.Blocked), p.Name)
	}
	gauge("calls_unwritten", float64(o.Unwritten))
	if err == nil {
		err = m.money(ctx, gauge)
	}
	gauge("database_up", oneIf(err == nil))
	s := o.Workspace
	if s == nil {
		return
	}
	gauge("calls_in_flight", float64(s.InFlight))
	gauge("calls_oldest_seconds", float64(s.Unanswered)/1e6)
	gauge("calls_unknown", float64(s.Unknown))
	gauge("workers", float64(s.Workers))
	gauge("deliveries_waiting", float64(s.ToSend))
	gauge("channels_failing", float64(s.Failing))
	for state, n := range s.Jobs {
		gauge("jobs", float64(n), state)
	}
}

// money tells of credits and enrichments.
func (m *workspaceMetrics) money(ctx context.Context, gauge func(name string, n float64, labels ...string)) error {
	v, err := m.engine.Credits(ctx, fettle.System())
	if err != nil {
		return err
	}
	all, err := m.engine.Enrichments(ctx, fettle.System())
	if err != nil {
		return err
	}
	for state, n := range map[string]fettle.Credits{
		"granted": v.GrantedCredits, "settled": v.SettledCredits, "reserved": v.ReservedCredits, "unknown": v.UnknownCredits, "overrun": v.OverrunCredits,
	} {
		gauge("credits", float64(n)/float64(fettle.Credit), state)
	}
	for _, e := range all {
		gauge("enrichment_remaining_rows", float64(e.RemainingRows), e.Name)
		gauge("enrichment_state", 1, e.Name, string(e.State), string(e.PauseReason))
	}
	return nil
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
