package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/ingest"
	"fettle/provider/declarative"
	"fettle/provider/sandbox"
	"fettle/store"
)

// situation is one thing to estimate. before makes the enrichment "priced" and
// whatever came before it.
type situation struct {
	name   string
	config func(c *sandbox.Config)
	second func(c *sandbox.Config) // of the second provider
	before func(ctx context.Context, s *stage) error
}

func (x situation) named(part string) bool { return strings.Contains(x.name, part) }

// stage is the workspace that a situation is played in.
type stage struct {
	e     *engine.Engine
	db    *store.DB
	rows  int
	rnd   *rand.Rand
	made  int
	books []func() sandbox.Books
}

// secondProvider is another vendor of e-mail addresses, who bills misses as it
// is told.
const secondProvider = `apiVersion: provider/v1
kind: DataProvider
id: second
name: Second
definition_version: 2026.11.29
auth: {type: none}
server: {base_url: "%s", timeout: 30s}
operations:
  - id: find_email
    title: Find work email
    entity: person
    inputs:
      fields:
        full_name: {type: text}
        company_domain: {type: domain}
      require_any: [[full_name, company_domain]]
    request: {method: POST, path: /v1/find_email, body: {full_name: "{{input.full_name}}", company_domain: "{{input.company_domain}}"}}
    outcomes:
      - {when: "resp.status == 200 && body.found == true", is: found}
      - {when: "resp.status == 200 && body.found == false", is: not_found}
    outputs:
      - {field: email, type: email, value: "body.data.email"}
    cost: {unit: credit, estimate: "1.0", miss: "%s", charged_on: [found, not_found], actual: "body.credits"}
`

// play plays a situation in a workspace of its own.
func (x situation) play(ctx context.Context, dir string, n int, c *benchEstimateCmd) (priced, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, stop, err := x.stage(ctx, filepath.Join(dir, strconv.Itoa(n)+".db"), c)
	if err != nil {
		return priced{}, err
	}
	defer func() {
		cancel()
		_ = stop()
	}()
	if err := x.before(ctx, s); err != nil {
		return priced{}, err
	}
	est, err := s.e.Estimate(ctx, benchActor(), "priced", engine.EstimateOptions{})
	if err != nil {
		return priced{}, err
	}
	before, booked, err := s.spent(ctx)
	if err != nil {
		return priced{}, err
	}
	if err := s.run(ctx, "priced"); err != nil {
		return priced{}, err
	}
	after, books, err := s.spent(ctx)
	if err != nil {
		return priced{}, err
	}
	p := priced{
		Name: x.name, Rows: est.ToRun, Low: est.LowCredits, Expected: est.ExpectedCredits, High: est.HighCredits,
		Actual: after - before, Booked: books - booked, Basis: est.Basis, Pilot: est.PilotAdvised,
		LikelyLow: est.LikelyLowCredits, LikelyHigh: est.LikelyHighCredits,
	}
	p.Inside = p.Low <= p.Actual && p.Actual <= p.High
	p.Ratio = 1
	if p.Expected != p.Actual {
		p.Ratio = float64(p.Actual) / float64(max(1, p.Expected))
	}
	return p, nil
}

// stage makes the workspace, the simulated provider and an engine.
func (x situation) stage(ctx context.Context, file string, c *benchEstimateCmd) (s *stage, stop func() error, err error) {
	s = &stage{rows: c.Rows, rnd: rand.New(rand.NewPCG(c.Seed, 7))}
	if s.db, err = store.Open(ctx, file, slog.New(slog.DiscardHandler)); err != nil {
		return nil, nil, err
	}
	serve := func(change func(*sandbox.Config), seed uint64) (string, error) {
		cfg := sandbox.Defaults()
		cfg.Seed = seed
		if change != nil {
			change(&cfg)
		}
		listener, err := listenLoopback(ctx)
		if err != nil {
			return "", err
		}
		server := sandbox.New(cfg)
		s.books = append(s.books, server.Books)
		go func() { _ = server.Serve(ctx, listener) }()
		return listener.Addr().String(), nil
	}
	host, err := serve(x.config, c.Seed)
	if err != nil {
		return nil, nil, err
	}
	providers, err := builtinProviders()
	if err != nil {
		return nil, nil, err
	}
	conf := engine.Config{DB: s.db, Log: slog.New(slog.DiscardHandler), Sandbox: "http://" + host, SecretKey: make([]byte, 32)}
	if x.second != nil {
		other, err := serve(x.second, c.Seed+1)
		if err != nil {
			return nil, nil, err
		}
		cfg := sandbox.Defaults()
		x.second(&cfg)
		miss := "0.0"
		if cfg.BillMiss {
			miss = "1.0"
		}
		def, err := declarative.Parse(fmt.Appendf(nil, secondProvider, "http://"+other, miss))
		if err != nil {
			return nil, nil, err
		}
		providers, conf.AllowHosts = append(providers, declarative.New(def)), []string{other}
		one := fettle.Credit
		if err := s.db.Update(ctx, func(tx *store.Tx) error {
			return tx.PutConnection(ctx, store.Connection{Provider: "second", UnitPrice: &one})
		}); err != nil {
			return nil, nil, err
		}
	}
	conf.Providers = providers
	if s.e, err = engine.New(ctx, conf); err != nil {
		return nil, nil, err
	}
	work := make(chan error, 1)
	go func() { work <- s.e.Run(ctx) }()
	return s, func() error { return errors.Join(<-work, s.db.Close()) }, nil
}

// spent is what the enrichments have paid, and what the providers have billed.
func (s *stage) spent(ctx context.Context) (paid, booked fettle.Credits, err error) {
	v, err := s.e.Credits(ctx, benchActor())
	for _, books := range s.books {
		booked += books().BilledCredits
	}
	return v.SettledCredits + v.OverrunCredits, booked, err
}

// people makes more people with a title; blank says which field stays empty.
func (s *stage) people(ctx context.Context, n int, title string, blank ...string) error {
	keys := []string{"external_id", "name", "title", "location", "company_domain", "email"}
	in := ingest.UpsertInput{Entity: fettle.People, Source: "bench", Actor: "bench", Now: time.Now(), Fields: keys}
	for range n {
		s.made++
		name := fmt.Sprintf("%s %s %d", benchNames[s.rnd.IntN(len(benchNames))], benchNames[s.rnd.IntN(len(benchNames))], s.made)
		v := []any{"b" + strconv.Itoa(s.made), name, title, "Berlin", fmt.Sprintf("acme%d.example", s.made), nil}
		for i, k := range keys {
			for _, b := range blank {
				if b == k {
					v[i] = nil
				}
			}
		}
		in.Rows = append(in.Rows, ingest.Row{Line: s.made, Values: v})
	}
	return s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if in.Origin, err = tx.OriginID(ctx, store.Origin{Kind: store.OriginImport, Name: "bench", Day: fettle.DayOf(in.Now), NoRun: true}); err != nil {
			return err
		}
		_, err = ingest.Upsert(ctx, tx, in)
		return err
	})
}

var benchNames = []string{"Ada", "Grace", "Edsger", "Barbara", "Alan", "Katherine", "Bartholomew", "Maximiliana", "Li", "Oluwaseun", "Ng", "Konstantinopoulos"}

// apply makes or changes what YAML documents declare.
func (s *stage) apply(ctx context.Context, docs string) error {
	_, err := s.e.Apply(ctx, benchActor(), []byte(docs), true)
	return err
}

// pilot runs an enrichment on its first rows.
func (s *stage) pilot(ctx context.Context, name string, n int) error {
	if _, err := s.e.Pilot(ctx, benchActor(), name, n); err != nil {
		return err
	}
	return s.until(ctx, name, func(v fettle.EnrichmentView) bool { return !v.Piloting && v.InFlight == 0 })
}

// run starts an enrichment and waits until it has paused by itself.
func (s *stage) run(ctx context.Context, name string) error {
	if _, err := s.e.Start(ctx, benchActor(), name, engine.StartOptions{Confirm: true}); err != nil {
		return err
	}
	return s.until(ctx, name, func(v fettle.EnrichmentView) bool { return v.State == fettle.Paused && v.InFlight == 0 })
}

func (s *stage) until(ctx context.Context, name string, done func(fettle.EnrichmentView) bool) error {
	for {
		v, err := s.e.Enrichment(ctx, benchActor(), name)
		if err != nil || done(v) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
