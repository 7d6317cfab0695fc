package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"fettle"
	"fettle/client"
	"fettle/provider/sandbox"
)

type benchLimitCmd struct {
	Rows      int `default:"1000" help:"How many rows want to run."`
	Processes int `default:"4" help:"How many processes run them at once."`
	Limit     int `default:"10" help:"How many calls the limit allows."`
	Pairs     int `default:"200000" help:"How many reservations are made and settled under one limit, to see how fast that goes."`
}

const benchLimitDocuments = `apiVersion: fettle/v1
kind: Enrichment
name: burst
audience: all-people
steps:
  - provider: sandbox/find_email
    inputs: {full_name: name, company_domain: company_domain}
outputs: {email: email}
limit: {credits: %d}
`

// burst is the outcome of a burst.
type burst struct {
	Rows        int             `json:"rows"`
	Processes   int             `json:"processes"`
	Limit       int             `json:"limit"`
	PaidCalls   int             `json:"paid_calls"` // as the sandbox's books say
	Settled     fettle.Credits  `json:"settled_credits"`
	Overspent   bool            `json:"overspent"`
	Unused      bool            `json:"unused"`
	TookSeconds float64         `json:"took_seconds"`
	Hot         hot             `json:"hot_limit"`
	LimitLeft   *fettle.Credits `json:"limit_left_credits"`
}

func (c *benchLimitCmd) Run(ctx context.Context, s *session) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
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
	pairs, err := c.hot(ctx, db)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	books, stop, err := s.benchSandbox(ctx)
	if err != nil {
		cancel()
		return err
	}
	defer func() {
		cancel()
		_ = stop()
	}()
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	if err := c.prepare(ctx, api); err != nil {
		return err
	}
	began := time.Now()
	if err := c.burst(ctx, s, self); err != nil {
		return err
	}
	v, err := api.Enrichment(ctx, "burst")
	if err != nil {
		return err
	}
	b := burst{
		Rows: c.Rows, Processes: c.Processes, Limit: c.Limit, PaidCalls: int(books().BilledCalls), Settled: v.SpentCredits,
		TookSeconds: time.Since(began).Seconds(), LimitLeft: v.Limit.LeftCredits, Hot: pairs,
	}
	b.Overspent, b.Unused = b.PaidCalls > c.Limit, b.PaidCalls < min(c.Limit, c.Rows)
	err = s.print(b, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s at once in %s against a limit of %s: %s paid, %s settled\n", plural(int64(c.Rows), "row", "rows"),
			plural(int64(c.Processes), "process", "processes"), plural(int64(c.Limit), "call", "calls"), plural(int64(b.PaidCalls), "call", "calls"), b.Settled.Words())
		_, _ = fmt.Fprintf(w, "one hot limit, %d at a time: %s reservations settled a second; the same by bare batches: %s; ratio %.2f (to reach: 20,000 a second)\n",
			hotBatch, thousands(int64(pairs.PerSec)), thousands(int64(pairs.Bound)), pairs.Ratio)
	})
	if err == nil && (b.Overspent || b.Unused) {
		return quiet(fettle.Internal.Exit())
	}
	return err
}

func (s *session) benchSandbox(ctx context.Context) (books func() sandbox.Books, stop func() error, err error) {
	listener, err := listenLoopback(ctx)
	if err != nil {
		return nil, nil, err
	}
	s.Sandbox = "http://" + listener.Addr().String()
	cfg := sandbox.Defaults()
	cfg.Latency = 50 * time.Millisecond
	server := sandbox.New(cfg)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	return server.Books, func() error { return <-ended }, nil
}

func (c *benchLimitCmd) prepare(ctx context.Context, api *client.Client) error {
	var people strings.Builder
	people.WriteString("external_id,name,company_domain\n")
	for i := range c.Rows {
		n := strconv.Itoa(i)
		people.WriteString("b" + n + ",Ada " + n + ",acme" + n + ".example\n")
	}
	if _, err := api.Import(ctx, client.Import{Entity: fettle.People, File: "burst.csv", Source: "bench", Map: map[string]string{}, NoRun: true}, strings.NewReader(people.String())); err != nil {
		return err
	}
	if _, err := api.Apply(ctx, client.Documents{Text: fmt.Sprintf(benchLimitDocuments, c.Limit), Confirm: true}); err != nil {
		return err
	}
	_, err := api.Start(ctx, "burst", client.StartOptions{Confirm: true})
	return err
}

// burst runs the enrichment in several processes at once. Each ends when it
// pauses at its limit.
func (c *benchLimitCmd) burst(ctx context.Context, s *session, self string) error {
	var wg sync.WaitGroup
	errs := make([]error, c.Processes)
	for i := range errs {
		wg.Go(func() {
			cmd := exec.CommandContext(ctx, self, "enrichment", "run", "burst", "--db", s.DB, "--sandbox", s.Sandbox, "--json")
			var out bytes.Buffer
			cmd.Stderr = &out
			err := cmd.Run()
			if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == fettle.Refused.Exit() {
				return // paused by the limit: what it is for
			}
			if err != nil {
				errs[i] = fmt.Errorf("process %d: %w: %s", i+1, err, strings.TrimSpace(out.String()))
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
