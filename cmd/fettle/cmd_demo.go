package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"fettle"
	"fettle/api"
	"fettle/client"
	"fettle/provider/sandbox"
)

//go:embed demo.yaml
var demoDocuments []byte

type demoCmd struct {
	Addr string `default:"127.0.0.1:7070" help:"Where to listen."`
	Seed uint64 `default:"1" help:"The same seed makes the same people."`
	Exit bool   `help:"Tell the story and stop, instead of serving on."`
}

// Run makes a workspace with believable people and a simulated provider, tells
// the story of the two safeguards on it, and serves it.
func (c *demoCmd) Run(ctx context.Context, s *session) (err error) {
	if s.remote() {
		return fettle.Errorf(fettle.Invalid, "the demo makes a workspace of its own").WithHint("Leave --server out.")
	}
	if s.DB == "" {
		folder, err := os.MkdirTemp("", "fettle-demo-")
		if err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		defer func() {
			_ = os.RemoveAll(folder)
			_, _ = fmt.Fprintln(s.stdout, "\nThe demo's workspace is removed. Give --db FILE to keep it.")
		}()
		s.DB = filepath.Join(folder, "fettle.db")
	}
	ctx, cancel := context.WithCancel(ctx)
	stopSandbox, err := s.demoSandbox(ctx, c.Seed)
	if err != nil {
		cancel()
		return err
	}
	defer func() { // the calls in flight land before their provider goes
		err = errors.Join(err, s.stopWorker())
		cancel()
		err = errors.Join(err, stopSandbox())
	}()
	if err := s.open(ctx); err != nil {
		return err
	}
	if err := c.tell(ctx, s); err != nil || c.Exit {
		return err
	}
	listener, err := s.listen(ctx, c.Addr)
	if fettle.CodeOf(err) == fettle.Unavailable { // someone is there already
		listener, err = s.listen(ctx, "127.0.0.1:0")
	}
	if err != nil {
		return err
	}
	if err := s.welcome(ctx, "\nFettle is at %[1]s (stop with Ctrl-C)\nTry: fettle --server %[1]s enrichment list\n", listener.Addr()); err != nil {
		return err
	}
	return s.serve(ctx, listener, api.Config{Loopback: loopback(listener.Addr())})
}

// demoSandbox serves the simulated provider on a free port until ctx ends.
func (s *session) demoSandbox(ctx context.Context, seed uint64) (stop func() error, err error) {
	if s.Sandbox != "" {
		return func() error { return nil }, nil
	}
	listener, err := listenLoopback(ctx)
	if err != nil {
		return nil, err
	}
	s.Sandbox = "http://" + listener.Addr().String()
	cfg := sandbox.Defaults()
	cfg.HitRate, cfg.Latency, cfg.Seed = 0.86, 20*time.Millisecond, seed
	ended := make(chan error, 1)
	go func() { ended <- sandbox.New(cfg).Serve(ctx, listener) }()
	return func() error { return <-ended }, nil
}

// tell tells the story.
func (c *demoCmd) tell(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	people, companies, err := demoWorld(c.Seed)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(s.stdout, format, args...) }
	say("A workspace in %s, with a simulated provider.\n\n", s.DB)
	for _, f := range []struct {
		entity fettle.Entity
		csv    []byte
	}{{fettle.Companies, companies}, {fettle.People, people}} {
		name := string(f.entity) + ".csv"
		v, err := api.Import(ctx, client.Import{Entity: f.entity, File: name, Source: "demo", Map: map[string]string{}, NoRun: true}, bytes.NewReader(f.csv))
		if err != nil {
			return err
		}
		say("%s: ", name)
		printImport(s.stdout, v)
	}
	if _, err := api.Apply(ctx, demoDocuments, true); err != nil {
		return err
	}
	say("\nThe Data Hub, before:\n\n")
	if err := c.hub(ctx, s.stdout, api); err != nil {
		return err
	}
	if err := c.reuse(ctx, s, api, say); err != nil {
		return err
	}
	if err := c.limit(ctx, s, api, say); err != nil {
		return err
	}
	say("\nThe Data Hub, after:\n\n")
	return c.hub(ctx, s.stdout, api)
}

// reuse tells of the first safeguard.
func (c *demoCmd) reuse(ctx context.Context, s *session, api *client.Client, say func(string, ...any)) error {
	const name, there = "work-email", "berlin"
	say("\n1. Reuse. %s runs on the engineering leaders, and is then pointed at everyone in Berlin:\n   whoever is in both is not bought again.\n\n", name)
	if _, err := api.Start(ctx, name, "", true); err != nil {
		return err
	}
	first, err := s.work(ctx, api, name, idle)
	if err != nil {
		return err
	}
	say("   engineering-leaders: %s\n", rowsText(first.Rows))
	if _, err := api.Pause(ctx, name); err != nil {
		return err
	}
	if _, err := api.Point(ctx, name, []string{there}); err != nil {
		return err
	}
	if _, err = api.Resume(ctx, name, true, false); err != nil {
		return err
	}
	v, err := s.work(ctx, api, name, idle)
	if err != nil {
		return err
	}
	say("   %s: %s\n", there, rowsText(v.Rows))
	say("   %s asked, %s known already: free. Spent %s credits in all, saved about %s.\n", plural(v.Rows.Found+v.Rows.NotFound, "row", "rows"),
		thousands(v.Rows.Reused+v.Rows.KnownNotFound), credits(v.SpentCredits), credits(v.SavedCredits/fettle.Credit*fettle.Credit))
	return nil
}

// limit tells of the second safeguard.
func (c *demoCmd) limit(ctx context.Context, s *session, api *client.Client, say func(string, ...any)) error {
	const name = "opening-line"
	say("\n2. The limit. %s asks an AI model for a line to everyone in Berlin, and may spend 250 credits.\n\n", name)
	if _, err := api.Start(ctx, name, "", true); err != nil {
		return err
	}
	v, err := s.work(ctx, api, name, idle)
	if err != nil {
		return err
	}
	say("   spent %s of %s, %s left to do, %s\n", credits(v.SpentCredits), limitText(v.Limit), plural(v.RemainingRows, "row", "rows"), stateText(v))
	all, err := api.Notifications(ctx, true)
	if err != nil {
		return err
	}
	for _, n := range slices.Backward(all) { // as they came
		say("   notification: %s\n", printable(n.Message))
	}
	audit, err := api.Audit(ctx)
	if err != nil {
		return err
	}
	if !audit.OK {
		return fettle.Errorf(fettle.Internal, "the audit disagrees: run fettle audit --db %s", s.DB)
	}
	say("   audit: every balance is what the journal says\n")
	return nil
}

func (c *demoCmd) hub(ctx context.Context, w io.Writer, api *client.Client) error {
	v, err := api.Hub(ctx, fettle.People, "")
	if err != nil {
		return err
	}
	showHub(w, v)
	return nil
}

// listenLoopback opens a free port that only this machine can reach.
func listenLoopback(ctx context.Context) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fettle.Errorf(fettle.Unavailable, "no port can be listened on: %w", err)
	}
	return listener, nil
}
