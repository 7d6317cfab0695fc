package engine_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"fettle"
	"fettle/engine"
	"fettle/ingest"
	"fettle/provider"
	"fettle/store"
	"fettle/store/storetest"
)

// benchRows is how many rows, and jobs, one pass of BenchmarkRun works.
const benchRows = 20_000

// BenchmarkRun runs an enrichment over 20,000 people with a provider in this
// process that answers at once or after 50 ms: claim, reserve, call, settle,
// value, charge, journal. Beside it, on the same database, River works as many
// jobs that do nothing and write nothing. Read rows/s:
//
//	go test ./engine -run '^$' -bench Run -benchtime 1x
func BenchmarkRun(b *testing.B) {
	for _, kind := range storetest.Kinds() {
		for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
			b.Run(fmt.Sprintf("%s/fettle/%dms", kind, latency.Milliseconds()), func(b *testing.B) {
				for b.Loop() {
					b.ReportMetric(benchRows/enrichAll(b, benchDatabase(b, kind), latency).Seconds(), "rows/s")
				}
			})
		}
		b.Run(kind+"/river-noop", func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(benchRows/workNothing(b, benchDatabase(b, kind)).Seconds(), "rows/s")
			}
		})
	}
}

// benchDatabase is an empty workspace; SQLite's lies on a disk, where a commit
// costs what it costs.
func benchDatabase(b *testing.B, kind string) *store.DB {
	b.Helper()
	if kind == storetest.PostgreSQL {
		return storetest.Postgres(b)
	}
	db, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"), quiet())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	return db
}

// enrichAll gives the time from the start of the workers to the last row.
func enrichAll(b *testing.B, db *store.DB, latency time.Duration) time.Duration {
	b.Helper()
	importPeople(b, db)
	if err := db.Update(b.Context(), func(tx *store.Tx) error {
		return tx.PutConnection(b.Context(), store.Connection{Provider: "instant", UnitPrice: credits(1)})
	}); err != nil {
		b.Fatal(err)
	}
	e, err := engine.New(b.Context(), engine.Config{DB: db, Log: quiet(), Providers: []provider.Provider{instant{latency}}, SecretKey: make([]byte, 32)})
	if err != nil {
		b.Fatal(err)
	}
	def := fettle.Definition{
		Audience: []string{fettle.AllPeople}, Steps: []fettle.Step{{Provider: "instant/find_email", Inputs: map[string]string{"name": "name"}}},
		Outputs: fettle.Outputs{{Name: "email", Field: "email"}}, Limit: &fettle.Limit{Credits: credits(benchRows)},
	}
	if _, err := e.SaveEnrichment(b.Context(), admin, "bench", def); err != nil {
		b.Fatal(err)
	}
	if _, err := e.Start(b.Context(), admin, "bench", engine.StartOptions{}); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	done := make(chan error, 1)
	began := time.Now()
	go func() { done <- e.Run(ctx) }()
	for {
		v, err := e.Enrichment(b.Context(), admin, "bench")
		if err != nil {
			b.Fatal(err)
		}
		if v.State == fettle.Paused {
			took := time.Since(began)
			stop()
			if err := <-done; err != nil || v.Rows.Found != benchRows {
				b.Fatalf("%d of %d rows were found (%s): %v", v.Rows.Found, benchRows, v.PauseDetail, err)
			}
			return took
		}
		if time.Since(began) > time.Minute {
			b.Fatalf("it does not get on: %+v", v)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func importPeople(b *testing.B, db *store.DB) {
	b.Helper()
	const batch = 1000
	for from := 0; from < benchRows; from += batch {
		err := db.Update(b.Context(), func(tx *store.Tx) error {
			now := time.Now()
			origin, err := tx.OriginID(b.Context(), store.Origin{Kind: store.OriginImport, Name: "bench", Day: fettle.DayOf(now), NoRun: true})
			if err != nil {
				return err
			}
			in := ingest.UpsertInput{Entity: fettle.People, Source: "bench", Origin: origin, Actor: "bench", Now: now, Fields: []string{"external_id", "name"}}
			for i := range batch {
				n := strconv.Itoa(from + i)
				in.Rows = append(in.Rows, ingest.Row{Line: from + i + 1, Values: []any{"p" + n, "Person " + n}})
			}
			_, err = ingest.Upsert(b.Context(), tx, in)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// instant is a provider in this process that finds an address for everybody,
// for one credit.
type instant struct{ latency time.Duration }

func (instant) Describe() provider.Description {
	return provider.Description{
		Name: "instant", Title: "Instant", Kind: provider.Data, Unit: "credit", MaxConcurrent: 2000, Operations: []provider.OperationInfo{instantOperation{}.Info()},
	}
}

func (p instant) Prepare(fettle.Step, provider.Connection) (provider.Operation, error) {
	return instantOperation(p), nil
}

type instantOperation struct{ latency time.Duration }

func (instantOperation) Info() provider.OperationInfo {
	return provider.OperationInfo{
		ID: "instant/find_email", Title: "Find an email", Inputs: []provider.Param{{Name: "name", Type: fettle.Text}},
		RequireAny: [][]string{{"name"}}, Outputs: []provider.Param{{Name: "email", Type: fettle.Email}},
	}
}

func (instantOperation) Fingerprint() string { return "instant/find_email" }

func (instantOperation) Quote(provider.Call) (provider.Quote, bool) {
	return provider.Quote{Expected: provider.Unit, HitMax: provider.Unit}, true
}

func (o instantOperation) Do(ctx context.Context, call provider.Call) (provider.Result, error) {
	select {
	case <-ctx.Done():
		return provider.Result{Outcome: provider.Unknown}, nil
	case <-time.After(o.latency):
	}
	return provider.Result{Outcome: provider.Found, Units: provider.Unit, Outputs: map[string]any{"email": call.Key + "@example.com"}}, nil
}

func (instantOperation) Recovery() provider.Recovery { return provider.Recovery{} }

// nothing is a job that does nothing.
type nothing struct {
	N int `json:"n"`
}

// Kind implements river.JobArgs.
func (nothing) Kind() string { return "nothing" }

// workNothing gives the time in which River works benchRows jobs.
func workNothing(b *testing.B, db *store.DB) time.Duration {
	b.Helper()
	var driver riverdriver.Driver[*sql.Tx] = riversqlite.New(db.Writer())
	if db.Postgres() {
		driver = riverdatabasesql.New(db.Writer())
	}
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet()})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := m.Migrate(b.Context(), rivermigrate.DirectionUp, nil); err != nil {
		b.Fatal(err)
	}
	var worked atomic.Int64
	all := make(chan struct{})
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[nothing]) error {
		if worked.Add(1) == benchRows {
			close(all)
		}
		return nil
	}))
	client, err := river.NewClient(driver, &river.Config{
		Logger: quiet(), Workers: workers, PollOnly: true, FetchPollInterval: 10 * time.Millisecond, FetchCooldown: 10 * time.Millisecond,
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2000}},
	})
	if err != nil {
		b.Fatal(err)
	}
	for from := 0; from < benchRows; from += 1000 {
		jobs := make([]river.InsertManyParams, 1000)
		for i := range jobs {
			jobs[i].Args = nothing{from + i}
		}
		if _, err := client.InsertMany(b.Context(), jobs); err != nil {
			b.Fatal(err)
		}
	}
	began := time.Now()
	if err := client.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	<-all
	took := time.Since(began)
	if err := client.Stop(context.WithoutCancel(b.Context())); err != nil {
		b.Fatal(err)
	}
	return took
}
