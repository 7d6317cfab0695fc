package engine_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/ingest"
	"fettle/provider"
	"fettle/provider/catalog"
	"fettle/provider/declarative"
	"fettle/provider/formula"
	"fettle/provider/llm"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

func TestMain(m *testing.M) {
	if beWorker() {
		return
	}
	// A history takes seconds: few and short ones, unless asked for more. Tests
	// mostly wait: more of them at once than there are processors.
	settings := map[string]string{"rapid.checks": "2", "rapid.steps": "20", "test.parallel": "10"}
	if underRace {
		settings = map[string]string{"rapid.checks": "1", "rapid.steps": "8"}
	}
	for name, n := range settings {
		if err := flag.Set(name, n); err != nil {
			panic(err)
		}
	}
	storetest.Main(m)
}

// world is a workspace with a sandbox of its own and an engine that works.
type world struct {
	t    *testing.T
	db   *store.DB
	e    *engine.Engine
	sb   *sandbox.Server
	http *httptest.Server

	imported int      // persons that asks has imported
	hosts    []string // private addresses that providers may have, beside the sandbox's
	inbox    string   // the folder whose files sources read
}

var admin = fettle.Actor{Name: "ann", Role: fettle.Admin}

func newWorld(t *testing.T, db *store.DB, cfg sandbox.Config) *world {
	t.Helper()
	w := &world{t: t, db: db, sb: sandbox.New(cfg)}
	w.http = httptest.NewServer(w.sb.Handler())
	t.Cleanup(w.http.Close)
	w.e = w.engine()
	return w
}

// engine makes another engine on the same database, as another process would.
func (w *world) engine() *engine.Engine {
	w.t.Helper()
	e, err := engine.New(w.t.Context(), w.config())
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// config is what every engine of the world is made of.
func (w *world) config() engine.Config {
	w.t.Helper()
	if w.inbox == "" {
		w.inbox = w.t.TempDir()
	}
	defs, err := catalog.Definitions()
	if err != nil {
		w.t.Fatal(err)
	}
	providers := []provider.Provider{llm.OpenAI(), llm.Anthropic(), llm.Simulated(), formula.New()}
	for _, d := range defs {
		providers = append(providers, declarative.New(d))
	}
	return engine.Config{
		DB: w.db, Log: slog.New(slog.DiscardHandler), Providers: providers,
		Sandbox: w.http.URL, AllowHosts: w.hosts, SecretKey: make([]byte, 32), Inbox: w.inbox,
	}
}

// work makes the engine a worker until the test ends or the returned function
// is called. The others know of it when work returns: who changes something waits
// for it.
func (w *world) work(e *engine.Engine) func() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	before := w.newestWorker()
	go func() { done <- e.Run(ctx) }()
	for end := time.Now().Add(patience); w.newestWorker() <= before && len(done) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatal("a process does not become known")
		}
	}
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("the worker ended: %v", err)
		}
	}
	w.t.Cleanup(stop)
	return stop
}

// newestWorker is the number of the process that was the last to begin; 0 while
// the database does not answer.
func (w *world) newestWorker() (id int64) {
	_ = w.db.View(context.Background(), func(tx *store.Tx) error {
		live, err := tx.LiveWorkers(context.Background())
		for _, x := range live {
			id = max(id, x.ID)
		}
		return err
	})
	return id
}

// people imports n people with names and company domains; title says which
// audience they are in.
func (w *world) people(from, n int, title string) {
	w.t.Helper()
	err := w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		now := time.Now()
		origin, err := tx.OriginID(w.t.Context(), store.Origin{Kind: store.OriginImport, Name: "csv", Day: fettle.DayOf(now)})
		if err != nil {
			return err
		}
		in := ingest.UpsertInput{
			Entity: fettle.People, Source: "csv", Origin: origin, Actor: "test", Now: now,
			Fields: []string{"external_id", "name", "company_domain", "title"},
		}
		for i := range n {
			in.Rows = append(in.Rows, ingest.Row{Line: i + 1, Values: []any{
				fmt.Sprintf("p%d", from+i), fmt.Sprintf("Person Number%d", from+i),
				fmt.Sprintf("company%d.com", from+i), title,
			}})
		}
		_, err = ingest.Upsert(w.t.Context(), tx, in)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) audience(name, where string) {
	w.t.Helper()
	if _, err := w.e.SaveAudience(w.t.Context(), admin, fettle.Audience{Name: name, Entity: fettle.People, Where: where}, true); err != nil {
		w.t.Fatal(err)
	}
}

func credits(n int64) *fettle.Credits {
	c := fettle.Credits(n) * fettle.Credit
	return &c
}

// findEmail is an enrichment with sandbox/find_email.
func findEmail(audience string, limit int64) fettle.Definition {
	return fettle.Definition{
		Audience: []string{audience},
		Steps:    []fettle.Step{{Provider: "sandbox/find_email", Inputs: map[string]string{"full_name": "name", "company_domain": "company_domain"}}},
		Outputs:  fettle.Outputs{{Name: "email", Field: "email"}}, Follow: true,
		Limit: &fettle.Limit{Credits: credits(limit)},
	}
}

func (w *world) save(name string, def fettle.Definition) {
	w.t.Helper()
	if _, err := w.e.SaveEnrichment(w.t.Context(), admin, name, def); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) start(name string) {
	w.t.Helper()
	if _, err := w.e.Start(w.t.Context(), admin, name, engine.StartOptions{}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) show(name string) fettle.EnrichmentView {
	w.t.Helper()
	v, err := w.e.Enrichment(w.t.Context(), admin, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// settle waits until an enrichment is paused or, if it follows its audience,
// has nothing left to do. What pauses it may come a moment after its last row: see paused.
func (w *world) settle(name string) fettle.EnrichmentView {
	w.t.Helper()
	w.whileBusy(name)
	return w.until(name, func(v fettle.EnrichmentView) bool {
		return v.State == fettle.Paused || (v.Definition.Follow && !v.Planning && v.RemainingRows == v.WaitAlone() && v.InFlight == 0)
	})
}

// paused waits until an enrichment is paused.
func (w *world) paused(name string) fettle.EnrichmentView {
	w.t.Helper()
	w.whileBusy(name)
	return w.until(name, func(v fettle.EnrichmentView) bool { return v.State == fettle.Paused })
}

func (w *world) whileBusy(name string) {
	w.t.Helper()
	for end := time.Now().Add(patience); w.busyWith(name) && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
}

// busyWith reports that an enrichment cannot have settled, by what costs little
// to read: it is live and looks for rows, or its calls are in flight.
func (w *world) busyWith(name string) (busy bool) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
		cur, err := tx.Enrichment(w.t.Context(), name)
		if err != nil || cur.State == fettle.Paused {
			return err
		}
		newest, err := tx.NewestChange(w.t.Context())
		if err != nil {
			return err
		}
		calls, err := tx.InFlight(w.t.Context(), cur.ID)
		busy = cur.State == fettle.Live && (cur.PlanState != store.Planned || newest > cur.FollowCursor) || len(calls) > 0
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return busy
}

// patience is how long a test waits for what must come.
const patience = slowdown * time.Minute

func (w *world) until(name string, ok func(fettle.EnrichmentView) bool) fettle.EnrichmentView {
	w.t.Helper()
	for end := time.Now().Add(patience); ; {
		began := time.Now()
		v := w.show(name)
		if ok(v) {
			return v
		}
		if time.Now().After(end) {
			w.t.Fatalf("%s does not get there: %+v", name, v)
		}
		// To look costs much of what it looks at: at most a tenth of the time.
		time.Sleep(max(20*time.Millisecond, 9*time.Since(began)))
	}
}

// billed waits until the provider has billed so many calls. What an enrichment
// shows is read after it: a view from before the calls shows none in flight too.
func (w *world) billed(calls int64) {
	w.t.Helper()
	for end := time.Now().Add(patience); w.sb.Books().BilledCalls < calls; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("%d calls were billed, want %d", w.sb.Books().BilledCalls, calls)
		}
	}
}

// looked waits until the process has twice looked at everything that is to do
// (the pass under way may have begun before), and all that it called has
// landed: what was not called by then is not called.
func (w *world) looked() {
	w.t.Helper()
	w.passes(2)
	all, err := w.e.Enrichments(w.t.Context(), admin)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range all {
		w.until(e.Name, func(v fettle.EnrichmentView) bool { return !v.Planning && v.InFlight == 0 })
	}
}

// passes waits until the process has looked so often at everything.
func (w *world) passes(n int64) {
	w.t.Helper()
	from := w.e.Passes()
	for end := time.Now().Add(patience); w.e.Passes() < from+n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("the process looks at nothing: %d passes", w.e.Passes()-from)
		}
	}
}

// sound fails the test unless the audit is sound.
func (w *world) sound() {
	w.t.Helper()
	a, err := w.e.Audit(w.t.Context(), admin)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range a.Checks {
		if !c.OK {
			w.t.Errorf("audit %s: %s", c.Name, c.Detail)
		}
	}
	w.recordsCounted()
}
