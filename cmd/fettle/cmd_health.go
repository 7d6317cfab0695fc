package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"fettle"
)

// healthCmd asks the process beside it, for a container that has no other program.
type healthCmd struct {
	Addr    string `setting:"" default:"127.0.0.1:7070" help:"Where the server listens."`
	Metrics string `name:"metrics-addr" setting:"" placeholder:"HOST:PORT" help:"Where the server or worker serves its health; else --addr is asked."`
}

// Run fails unless the process is ready.
func (c *healthCmd) Run(ctx context.Context, s *session) error {
	host, port, err := net.SplitHostPort(cmp.Or(c.Metrics, c.Addr))
	if err != nil {
		return fettle.Errorf(fettle.Invalid, "%q is not an address", cmp.Or(c.Metrics, c.Addr)).WithHint("Write HOST:PORT, such as 127.0.0.1:7070.")
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fettle.Errorf(fettle.Unavailable, "nobody answers: %w", err).WithHint("Is it running, and is this its --addr or --metrics-addr?")
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	said, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if err == nil && resp.StatusCode != http.StatusOK {
		return fettle.Errorf(fettle.Unavailable, "%s", strings.TrimSpace(string(said))).WithHint("Its log says more.")
	}
	_, _ = fmt.Fprint(s.stdout, string(said))
	return err
}
