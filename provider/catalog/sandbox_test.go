package catalog

import (
	"net/http/httptest"
	"testing"
	"time"

	"fettle"
	"fettle/internal/safehttp"
	"fettle/provider"
	"fettle/provider/declarative"
	"fettle/provider/sandbox"
)

// world is the sandbox's definition, connected to a real sandbox.
func world(t *testing.T, cfg sandbox.Config) (*declarative.Provider, provider.Connection, *sandbox.Server) {
	t.Helper()
	defs, err := Definitions()
	if err != nil {
		t.Fatal(err)
	}
	server := sandbox.New(cfg)
	srv := httptest.NewServer(server.Handler())
	t.Cleanup(srv.Close)
	client, err := safehttp.NewClient(safehttp.Options{Allow: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	for _, d := range defs {
		if d.ID == "sandbox" {
			return declarative.New(d), provider.Connection{Provider: d.ID, BaseURL: srv.URL, Client: client}, server
		}
	}
	t.Fatal("no definition of the sandbox")
	return nil, provider.Connection{}, nil
}

func prepare(t *testing.T, p *declarative.Provider, conn provider.Connection, name string) provider.Operation {
	t.Helper()
	op, err := p.Prepare(fettle.Step{Provider: "sandbox/" + name}, conn)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

func TestSandboxOperations(t *testing.T) {
	p, conn, server := world(t, sandbox.Defaults())
	for _, tt := range []struct {
		op      string
		inputs  map[string]any
		outputs []string
		units   provider.Units // 0: varies
	}{
		{"find_email", map[string]any{"full_name": "Ada Lovelace", "company_domain": "example.com"}, []string{"email"}, provider.Unit},
		{"job_title", map[string]any{"email": "ada@example.com"}, []string{"title", "linkedin_url"}, 2 * provider.Unit},
		{"company", map[string]any{"domain": "example.com"}, []string{"industry", "employee_count"}, provider.Unit / 2},
		{"variable", map[string]any{"name": "Ada"}, []string{"score"}, 0},
	} {
		op := prepare(t, p, conn, tt.op)
		call := provider.Call{Key: tt.op, Inputs: tt.inputs}
		q, ok := op.Quote(call)
		before := server.Books().BilledCredits
		res, err := op.Do(t.Context(), call)
		if err != nil || !ok || res.Outcome != provider.Found || len(res.Outputs) != len(tt.outputs) {
			t.Fatalf("%s: %+v, %v", tt.op, res, err)
		}
		if res.Units > q.HitMax || res.Units < q.Low || tt.units != 0 && res.Units != tt.units || res.Units != server.Books().BilledCredits-before {
			t.Errorf("%s: %s units, quoted %+v", tt.op, res.Units, q)
		}
	}
	if res, err := prepare(t, p, conn, "job_title").Do(t.Context(), provider.Call{Inputs: map[string]any{"email": "nonsense"}}); err != nil || res.Outcome != provider.BadInput {
		t.Errorf("%+v, %v", res, err)
	}
}

// Until the sandbox was asked, the worst is assumed; then what it says.
func TestSandboxCapabilities(t *testing.T) {
	cfg := sandbox.Defaults()
	cfg.HitRate, cfg.Idempotent, cfg.Rate = 0, true, 25
	p, conn, server := world(t, cfg)
	op := prepare(t, p, conn, "find_email")
	call := provider.Call{Key: "k1", Inputs: map[string]any{"full_name": "Ada Lovelace", "company_domain": "example.com"}}

	q, _ := op.Quote(call)
	if q.MissMax != provider.Unit || op.Recovery().Resend || len(p.Describe().Limits) != 0 {
		t.Errorf("before: %+v, %+v, %+v", q, op.Recovery(), p.Describe().Limits)
	}
	if err := p.Refresh(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	q, _ = op.Quote(call)
	limits := p.Describe().Limits
	if q.MissMax != 0 || q.HitMax != provider.Unit || op.Recovery() != (provider.Recovery{Resend: true, Retention: 24 * time.Hour}) {
		t.Errorf("after: %+v, %+v", q, op.Recovery())
	}
	if len(limits) != 1 || limits[0].Requests != 25 || limits[0].Per != time.Second {
		t.Errorf("limits %+v", limits)
	}
	if res, err := op.Do(t.Context(), call); err != nil || res.Outcome != provider.NotFound || res.Units != 0 {
		t.Errorf("%+v, %v", res, err)
	}

	conn.BaseURL += "/nowhere"
	if err := p.Refresh(t.Context(), conn); err == nil {
		t.Error("another server's answer was taken for capabilities")
	}
	if !op.Recovery().Resend {
		t.Error("a failed Refresh forgot what was known")
	}
	if server.Books().Calls != 1 {
		t.Errorf("%d calls", server.Books().Calls)
	}
}

func TestSandboxFailures(t *testing.T) {
	for name, tt := range map[string]struct {
		set  func(*sandbox.Config)
		want provider.Outcome
	}{
		"throttled":         {func(c *sandbox.Config) { c.ThrottleRate = 1 }, provider.Throttled},
		"failed for free":   {func(c *sandbox.Config) { c.FailRate = 1 }, provider.Transient},
		"dropped":           {func(c *sandbox.Config) { c.DropRate = 1 }, provider.Unknown},
		"charged, then 502": {func(c *sandbox.Config) { c.ChargeThenFailRate = 1 }, provider.Unknown},
		"not found":         {func(c *sandbox.Config) { c.HitRate = 0 }, provider.NotFound},
		"billed miss":       {func(c *sandbox.Config) { c.HitRate, c.BillMiss = 0, true }, provider.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := sandbox.Defaults()
			tt.set(&cfg)
			p, conn, server := world(t, cfg)
			op := prepare(t, p, conn, "company")
			res, err := op.Do(t.Context(), provider.Call{Key: "k1", Inputs: map[string]any{"domain": "example.com"}})
			if err != nil || res.Outcome != tt.want || server.Books().Calls != 1 {
				t.Errorf("%+v, %v; %d calls arrived", res, err, server.Books().Calls)
			}
			if res.Outcome == provider.Throttled && res.RetryAfter <= 0 {
				t.Error("throttled without a wait")
			}
			if res.Outcome == provider.NotFound && res.Units != server.Books().BilledCredits {
				t.Errorf("%s units; the sandbox billed %s", res.Units, server.Books().BilledCredits)
			}
		})
	}
}
