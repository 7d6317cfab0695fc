package main

import (
	"cmp"
	"context"
	"io"
	"net"
	"time"

	"fettle"
	"fettle/client"
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
	api, err := client.New("http://"+net.JoinHostPort(host, port), "", nil)
	if err != nil {
		return err
	}
	said, err := api.Ready(ctx)
	_, _ = io.WriteString(s.stdout, said)
	return err
}
