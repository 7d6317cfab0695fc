package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"runtime/pprof"
	"strconv"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/ingest"
	"fettle/provider"
	"fettle/store"
)

type benchRunCmd struct {
	Rows    int    `default:"100000" help:"How many people."`
	Fields  int    `default:"50" help:"How many fields a person has."`
	Seed    uint64 `default:"1" help:"The same seed makes the same people."`
	Profile string `help:"Write a CPU profile of the run to this file."`
}

// Run measures the durable path of a bulk run: claim, reserve, attempt,
// settle, value, charge, change log, each committed, with a provider in this
// process that answers at once. Beside it stands the bound of the same run:
// the same final rows in all tables by bare prepared batches.
func (c *benchRunCmd) Run(ctx context.Context, s *session) error {
	dir, err := os.MkdirTemp("", "fettle-bench-")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := benchWorkspace(ctx, s, dir)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := benchPeople(ctx, db, c.Rows, c.Fields, c.Seed); err != nil {
		return err
	}
	took, err := c.enrich(ctx, db)
	if err != nil {
		return err
	}
	bare, err := benchBareRun(ctx, db)
	if err != nil {
		return err
	}
	r := benchResult{Name: "run", Rows: c.Rows, PerSec: float64(c.Rows) / took.Seconds(), Bound: float64(c.Rows) / bare.Seconds()}
	r.Ratio = r.PerSec / r.Bound
	return s.print(r, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "bulk run of %s × %d fields: %s rows/s; the same rows by bare batches: %s rows/s; ratio %.2f (to reach: 0.60)\n",
			plural(int64(c.Rows), "row", "rows"), c.Fields, thousands(int64(r.PerSec)), thousands(int64(r.Bound)), r.Ratio)
	})
}

// enrich runs one enrichment over everybody and gives the time from start to
// the last row.
func (c *benchRunCmd) enrich(ctx context.Context, db *store.DB) (time.Duration, error) {
	one := fettle.Credit
	if err := db.Update(ctx, func(tx *store.Tx) error {
		return tx.PutConnection(ctx, store.Connection{Provider: "bench", UnitPrice: &one})
	}); err != nil {
		return 0, err
	}
	e, err := engine.New(ctx, engine.Config{DB: db, Log: slog.New(slog.DiscardHandler), Providers: []provider.Provider{benchProvider{}}, SecretKey: make([]byte, 32)})
	if err != nil {
		return 0, err
	}
	actor := fettle.Actor{Name: "bench", Role: fettle.Admin}
	limit := fettle.Credit * fettle.Credits(c.Rows)
	def := fettle.Definition{
		Audience: []string{fettle.AllPeople}, Steps: []fettle.Step{{Provider: "bench/find_email", Inputs: map[string]string{"name": "name"}}},
		Outputs: fettle.Outputs{{Name: "email", Field: "email"}}, Limit: &fettle.Limit{Credits: &limit},
	}
	if _, err := e.SaveEnrichment(ctx, actor, "bench", def, false); err != nil {
		return 0, err
	}
	if c.Profile != "" {
		f, err := os.Create(c.Profile)
		if err != nil {
			return 0, err
		}
		defer func() { _ = f.Close() }()
		if err := pprof.StartCPUProfile(f); err != nil {
			return 0, err
		}
		defer pprof.StopCPUProfile()
	}
	if _, err := e.Start(ctx, actor, "bench", engine.StartOptions{}); err != nil {
		return 0, err
	}
	work, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	began := time.Now()
	go func() { done <- e.Run(work) }()
	for {
		v, err := e.Enrichment(ctx, actor, "bench")
		if err != nil {
			stop()
			return 0, err
		}
		if v.State == fettle.Paused {
			took := time.Since(began)
			stop()
			if v.Rows.Found != int64(c.Rows) {
				return 0, fettle.Errorf(fettle.Internal, "%d of %d rows were found: %s", v.Rows.Found, c.Rows, v.PauseDetail)
			}
			return took, <-done
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// benchPeople makes people with random keys and values in every field but the
// one that is bought.
func benchPeople(ctx context.Context, db *store.DB, rows, fields int, seed uint64) error {
	keys := []string{"external_id", "name", "title", "location", "company_domain"}
	for i := len(keys) + 1; i < fields; i++ {
		keys = append(keys, "field_"+strconv.Itoa(i))
	}
	if err := db.Update(ctx, func(tx *store.Tx) error {
		for i, k := range keys[5:] {
			if err := tx.AddField(ctx, fettle.Field{Entity: fettle.People, Key: k, Label: k, Type: fettle.Text, Position: 100 + i}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	rnd := rand.New(rand.NewPCG(seed, 11))
	const batch = 1000
	for from := 0; from < rows; from += batch {
		in := ingest.UpsertInput{Entity: fettle.People, Source: "bench", Actor: "bench", Now: time.Now(), Fields: keys}
		for i := range min(batch, rows-from) {
			v := make([]any, len(keys))
			v[0] = strconv.FormatUint(rnd.Uint64(), 36)
			for j := 1; j < len(v); j++ {
				v[j] = "value " + strconv.FormatUint(rnd.Uint64N(100000), 10)
			}
			in.Rows = append(in.Rows, ingest.Row{Line: from + i + 1, Values: v})
		}
		if err := db.Update(ctx, func(tx *store.Tx) (err error) {
			in.Origin, err = tx.OriginID(ctx, store.Origin{Kind: store.OriginImport, Name: "bench", Day: fettle.DayOf(in.Now), NoRun: true})
			if err != nil {
				return err
			}
			_, err = ingest.Upsert(ctx, tx, in)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// benchProvider answers at once, in this process, for one credit a hit.
type benchProvider struct{}

func (benchProvider) Describe() provider.Description {
	return provider.Description{Name: "bench", Title: "Bench", Kind: provider.Data, Unit: "credit", MaxConcurrent: 4096, Operations: []provider.OperationInfo{benchOperation{}.Info()}}
}

func (benchProvider) Prepare(fettle.Step, provider.Connection) (provider.Operation, error) {
	return benchOperation{}, nil
}

type benchOperation struct{}

func (benchOperation) Info() provider.OperationInfo {
	return provider.OperationInfo{
		ID: "bench/find_email", Title: "Find an email", Inputs: []provider.Param{{Name: "name", Type: fettle.Text}},
		RequireAny: [][]string{{"name"}}, Outputs: []provider.Param{{Name: "email", Type: fettle.Email}},
	}
}

func (benchOperation) Fingerprint() string { return "bench/find_email" }

func (benchOperation) Quote(provider.Call) (provider.Quote, bool) {
	return provider.Quote{Low: 0, Expected: provider.Unit, HitMax: provider.Unit}, true
}

func (benchOperation) Do(_ context.Context, call provider.Call) (provider.Result, error) {
	return provider.Result{Outcome: provider.Found, Units: provider.Unit, Outputs: map[string]any{"email": call.Key + "@example.com"}}, nil
}

func (benchOperation) Recovery() provider.Recovery { return provider.Recovery{} }
