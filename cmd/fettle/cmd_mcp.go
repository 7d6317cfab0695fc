package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"fettle"
	"fettle/api"
	"fettle/client"
	"fettle/mcp"
)

type mcpCmd struct {
	HTTP string `name:"http" placeholder:"HOST:PORT" help:"Serve agents over HTTP at this address, each with a token of its own, instead of one on standard input and output with FETTLE_TOKEN."`
}

// Run serves an agent. It speaks to a server and never opens a workspace itself:
// what an agent may do is what its token may.
func (c *mcpCmd) Run(ctx context.Context, s *session) error {
	if !s.remote() {
		return fettle.Errorf(fettle.Invalid, "agents work with a server, and none is named").WithHint("Start one with fettle serve, and name it with --server or FETTLE_SERVER.")
	}
	if c.HTTP != "" {
		return c.serve(ctx, s)
	}
	token, err := s.secret("FETTLE_TOKEN")
	if err != nil {
		return err
	}
	if token == "" {
		return fettle.Errorf(fettle.Unsigned, "FETTLE_TOKEN is not set: an agent does what its token may").WithHint("Make one: fettle token create agent --role editor --may-spend --credits 100")
	}
	speaks, err := client.New(s.Server, token, nil)
	if err != nil {
		return err
	}
	err = mcp.New(speaks, token, mcp.NewQuotes(), versionNow(), s.log).Run(ctx, &sdk.IOTransport{Reader: io.NopCloser(s.stdin), Writer: nopCloser{s.stdout}})
	if errors.Is(err, io.EOF) {
		return nil // the agent has gone
	}
	return asAsked(ctx, err)
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func (c *mcpCmd) serve(ctx context.Context, s *session) error {
	host, _, err := net.SplitHostPort(c.HTTP)
	if err != nil {
		return fettle.Errorf(fettle.Invalid, "%q is not an address to listen on", c.HTTP).WithHint("Write HOST:PORT, such as 127.0.0.1:7072.")
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.HTTP)
	if err != nil {
		return fettle.Errorf(fettle.Unavailable, "%w", err).WithHint("Choose another --http, or stop what listens there.")
	}
	handler := mcp.Handler(func(token string) (*client.Client, error) { return client.New(s.Server, token, nil) }, versionNow(), s.log)
	if api.IsLoopback(host) {
		handler = onlyHere(handler)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	_, _ = io.WriteString(s.stdout, "agents are served at http://"+shown(listener.Addr())+"\n")
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case <-ctx.Done():
		_ = server.Close() // an agent asks again
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	case err := <-ended:
		return err
	}
}

// onlyHere refuses requests that a page of another host sends to this machine by
// a name that leads here.
func onlyHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if !api.IsLoopback(host) {
			http.Error(w, "this is served on this machine only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
