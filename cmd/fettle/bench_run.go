package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"runtime/pprof"
	"strconv"
	"strings"
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
	e, err := benchEngine(ctx, db)
	if err != nil {
		return 0, err
	}
	stop, err := profile(c.Profile)
	if err != nil {
		return 0, err
	}
	defer stop()
	v, took, err := benchEnrich(ctx, e, benchEmail, "email", c.Rows)
	if err == nil && v.Rows.Found != int64(c.Rows) {
		err = fettle.Errorf(fettle.Internal, "%d of %d rows were found: %s", v.Rows.Found, c.Rows, v.PauseDetail)
	}
	return took, err
}

// profile writes a CPU profile to a file until the returned function is called;
// "" writes none.
func profile(file string) (stop func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}, nil
}

// benchEngine is an engine that asks the benchmark's own provider.
func benchEngine(ctx context.Context, db *store.DB) (*engine.Engine, error) {
	one := fettle.Credit
	if err := db.Update(ctx, func(tx *store.Tx) error {
		return tx.PutConnection(ctx, store.Connection{Provider: "bench", UnitPrice: &one})
	}); err != nil {
		return nil, err
	}
	return engine.New(ctx, engine.Config{DB: db, Log: slog.New(slog.DiscardHandler), Providers: []provider.Provider{benchProvider{}}, SecretKey: make([]byte, 32)})
}

// benchActor is who a benchmark acts as.
func benchActor() fettle.Actor { return fettle.Actor{Name: "bench", Role: fettle.Admin} }

// benchEnrich fills a field of everybody by one operation, and gives the time
// from start to the last row.
func benchEnrich(ctx context.Context, e *engine.Engine, op benchOperation, field string, rows int) (v fettle.EnrichmentView, took time.Duration, err error) {
	actor, name := benchActor(), "bench-"+strconv.Itoa(int(op))
	limit := fettle.Credit * fettle.Credits(rows)
	def := fettle.Definition{
		Audience: []string{fettle.AllPeople}, Steps: []fettle.Step{{Provider: op.id(), Inputs: map[string]string{"name": "name"}}},
		Outputs: fettle.Outputs{{Name: "answer", Field: field}}, Limit: &fettle.Limit{Credits: &limit},
	}
	if _, err := e.SaveEnrichment(ctx, actor, name, def); err != nil {
		return v, 0, err
	}
	if _, err := e.Start(ctx, actor, name, engine.StartOptions{}); err != nil {
		return v, 0, err
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	began := time.Now()
	go func() { done <- e.Run(work) }()
	for {
		v, err = e.Enrichment(ctx, actor, name)
		if err != nil || v.State == fettle.Paused {
			took = time.Since(began)
			stop()
			return v, took, errors.Join(err, <-done)
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
			v[1] = "person " + strconv.Itoa(from+i) // what is asked: no two rows share a question
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
	d := provider.Description{Name: "bench", Title: "Bench", Kind: provider.Data, Unit: "credit", MaxConcurrent: 4096}
	for op := range benchOperations {
		d.Operations = append(d.Operations, op.Info())
	}
	return d
}

func (benchProvider) Prepare(s fettle.Step, _ provider.Connection) (provider.Operation, error) {
	for op := range benchOperations {
		if op.id() == s.Provider {
			return op, nil
		}
	}
	return nil, fettle.Errorf(fettle.Internal, "there is no operation %s", s.Provider)
}

// benchOperation is one of benchOperations. The first finds an address for
// everybody, the others a text for nine people of ten.
type benchOperation int

const (
	benchEmail      benchOperation = 0
	benchOperations benchOperation = 4
)

func (o benchOperation) id() string { return "bench/ask_" + strconv.Itoa(int(o)) }

func (o benchOperation) Info() provider.OperationInfo {
	answer := provider.Param{Name: "answer", Type: fettle.Text}
	if o == benchEmail {
		answer.Type = fettle.Email
	}
	return provider.OperationInfo{
		ID: o.id(), Title: "Ask", Inputs: []provider.Param{{Name: "name", Type: fettle.Text}},
		RequireAny: [][]string{{"name"}}, Outputs: []provider.Param{answer},
	}
}

func (o benchOperation) Fingerprint() string { return o.id() }

func (benchOperation) Quote(provider.Call) (provider.Quote, bool) {
	return provider.Quote{Low: 0, Expected: provider.Unit, HitMax: provider.Unit}, true
}

func (o benchOperation) Do(_ context.Context, call provider.Call) (provider.Result, error) {
	if o != benchEmail && strings.HasSuffix(call.Key, "0") {
		return provider.Result{Outcome: provider.NotFound}, nil
	}
	return provider.Result{Outcome: provider.Found, Units: provider.Unit, Outputs: map[string]any{"answer": call.Key + "@example.com"}}, nil
}

func (benchOperation) Recovery() provider.Recovery { return provider.Recovery{} }
