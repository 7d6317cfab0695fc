package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"fettle"
	"fettle/api"
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
// the story of who changed jobs and of the two safeguards on it, and serves it.
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
	if err := s.welcome(ctx, demoNext, listener.Addr()); err != nil {
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

// listenLoopback opens a free port that only this machine can reach.
func listenLoopback(ctx context.Context) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fettle.Errorf(fettle.Unavailable, "no port can be listened on: %w", err)
	}
	return listener, nil
}
