package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"fettle"
	"fettle/api"
	"fettle/docs"
	"fettle/limits"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/ui"
)

type serveCmd struct {
	Addr  string `setting:"" default:"127.0.0.1:7070" help:"Where to listen. Off this machine people and programs have to sign in."`
	Moved bool   `help:"The workspace seems to be a copy and is not: its original is gone, and this is its newest state. Spending goes on."`
	leaseFlag
	signInFlags
}

// leaseFlag is for the commands that make calls for long.
type leaseFlag struct {
	Metrics string        `name:"metrics-addr" setting:"" placeholder:"HOST:PORT" help:"Serve /healthz, /readyz and /metrics at this address too, without signing in: for operators only."`
	Lease   time.Duration `setting:"" default:"30s" help:"How long this process may be silent before its calls in flight count as lost; at least 1s."`
	Webhook string        `hidden:"" placeholder:"URL" help:"Becomes a channel: see fettle channel."`
}

// apply tells the session.
func (f leaseFlag) apply(s *session) {
	s.lease, s.webhook = f.Lease, cmp.Or(f.Webhook, s.webhook)
}

// check refuses a lease that a busy machine would let run out.
func (f leaseFlag) check() error {
	if f.Lease < time.Second {
		return fettle.Errorf(fettle.Invalid, "--lease %s is too short", f.Lease).WithHint("At least 1s; 30s is usual.")
	}
	return nil
}

// Run serves until it is told to stop. Then no new call is made, what is in
// flight lands, and requests under way are answered.
func (c *serveCmd) Run(ctx context.Context, s *session) (err error) {
	defer func() { err = asAsked(ctx, err) }()
	if s.remote() {
		return fettle.Errorf(fettle.Invalid, "serve works on a workspace, not on a server").WithHint("Name the workspace with --db.")
	}
	host, _, err := net.SplitHostPort(c.Addr)
	if err := errors.Join(c.leaseFlag.check(), c.signInFlags.check(err == nil && api.IsLoopback(host))); err != nil {
		return err
	}
	scrape, err := s.secret("FETTLE_SCRAPE_TOKEN")
	if err != nil {
		return err
	}
	issuer, err := c.issuer(s)
	if err != nil {
		return err
	}
	c.apply(s)
	told, err := s.trace(ctx)
	if err != nil {
		return err
	}
	defer told()
	if err := s.open(ctx); err != nil {
		return err
	}
	if c.Moved {
		if err := s.engine.Moved(ctx, fettle.Actor{Name: "cli", Role: fettle.Admin}); err != nil {
			return err
		}
	}
	if err := s.warnOfCopy(ctx); err != nil {
		return err
	}
	admin, err := s.firstAdmin(ctx, cmp.Or(c.PublicURL, "http://"+shownAt(c.Addr)))
	if err != nil {
		return err
	}
	if c.public() {
		if err := s.someone(ctx, c.PublicURL); err != nil {
			return err
		}
	}
	listener, err := s.listen(ctx, c.Addr)
	if err != nil {
		return err
	}
	if err := s.welcome(ctx, "Fettle is at %s\n", listener.Addr(), admin); err != nil {
		return err
	}
	stop, err := s.observe(ctx, c.Metrics)
	if err != nil {
		return err
	}
	defer stop()
	s.log.InfoContext(ctx, "serving", "address", listener.Addr().String(), "version", versionNow())
	s.warnOfIssuer(ctx, issuer)
	return s.serve(ctx, listener, api.Config{Loopback: loopback(listener.Addr()) && !c.public(), PublicURL: c.PublicURL, Issuer: issuer, Scrape: scrape})
}

// firstAdmin makes the admin whom FETTLE_ADMIN_EMAIL names, until somebody can sign
// in. Without FETTLE_ADMIN_PASSWORD it gives the line with the link to sign in by.
func (s *session) firstAdmin(ctx context.Context, at string) (string, error) {
	email, err := s.secret("FETTLE_ADMIN_EMAIL")
	if err != nil || email == "" {
		return "", err
	}
	pass, err := s.secret("FETTLE_ADMIN_PASSWORD")
	if err != nil {
		return "", err
	}
	link, err := s.engine.Accounts.FirstAdmin(ctx, email, pass)
	if err != nil {
		return "", fettle.Errorf(fettle.Invalid, "FETTLE_ADMIN_EMAIL, FETTLE_ADMIN_PASSWORD: %w", err).WithHint("%s", fettle.AsError(err).Hint)
	}
	if link.Path == "" {
		return "", nil
	}
	return fmt.Sprintf("%s chooses a password, once, until %s: %s%s\n", link.Email, link.ExpiresAt.Format(time.DateTime+" MST"), strings.TrimSuffix(at, "/"), link.Path), nil
}

// warnOfCopy says on the terminal that the workspace seems to be a copy.
func (s *session) warnOfCopy(ctx context.Context) error {
	return s.db.View(ctx, func(tx *store.Tx) error {
		why, _, err := tx.Setting(ctx, store.SettingCopied)
		if why != "" {
			_, _ = fmt.Fprintf(s.stderr, "spending is paused: %s. %s\n", why, limits.CopiedHint)
		}
		return err
	})
}

// welcome says where the server is and, on this machine, how to sign in; then more.
func (s *session) welcome(ctx context.Context, format string, addr net.Addr, more ...string) error {
	address := "http://" + shown(addr)
	text := fmt.Sprintf(format, address)
	if loopback(addr) {
		how, err := s.howToSignIn(ctx, address)
		if err != nil {
			return err
		}
		text += how
	}
	_, _ = io.WriteString(s.stdout, text+strings.Join(more, ""))
	return nil
}

// howToSignIn says how whoever runs a server on this machine gets in.
func (s *session) howToSignIn(ctx context.Context, address string) (string, error) {
	guarded, err := s.engine.Accounts.Guarded(ctx)
	if err != nil {
		return "", err
	}
	if !guarded {
		return "On this machine nobody has to sign in, until a person is invited or a token is made.\n", nil
	}
	link, err := s.engine.Accounts.LocalLink(ctx)
	return fmt.Sprintf("Sign in, once within 15 minutes: %s%s\n", address, link.Path), err
}

func loopback(a net.Addr) bool {
	addr, ok := a.(*net.TCPAddr)
	return ok && addr.IP.IsLoopback()
}

// listen opens the address. Off this machine it wants a token or a person to
// exist.
func (s *session) listen(ctx context.Context, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = net.DefaultResolver.LookupPort(ctx, "tcp", port)
	}
	if err != nil {
		return nil, fettle.Errorf(fettle.Invalid, "%q is not an address to listen on", addr).WithHint("Write HOST:PORT, such as 127.0.0.1:7070.")
	}
	if !api.IsLoopback(host) {
		if err := s.someone(ctx, addr); err != nil {
			return nil, err
		}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fettle.Errorf(fettle.Unavailable, "%w", err).WithHint("Choose another --addr, or stop what listens there.")
	}
	return listener, nil
}

// someone refuses an address that others reach before there is an account or a
// token.
func (s *session) someone(ctx context.Context, addr string) error {
	tokens, err := s.engine.Accounts.Tokens(ctx, fettle.System())
	if err != nil {
		return err
	}
	users, err := s.engine.Accounts.Users(ctx, fettle.System())
	if err != nil {
		return err
	}
	if len(tokens)+len(users) == 0 {
		return fettle.Errorf(fettle.NotAllowed, "%s can be reached from other machines, and there is no account and no token", addr).
			WithHint("Make one first: fettle user invite EMAIL --role admin, or fettle token create NAME --role admin, or name the first admin in FETTLE_ADMIN_EMAIL.")
	}
	return nil
}

// serve serves the API and the web app, and runs enrichments, until ctx ends.
// cfg says who may come in how.
func (s *session) serve(ctx context.Context, listener net.Listener, cfg api.Config) error {
	pages := docs.Handler("/docs/", func() ([]byte, error) { return api.OpenAPI(versionNow()) }, s.log)
	web := http.NewServeMux()
	web.Handle("/docs/", pages)
	web.Handle("/", ui.Handler())
	s.startWorker(ctx)
	cfg.Trace = s.tracer
	cfg.Log, cfg.Version, cfg.Metrics, cfg.Local, cfg.UI, cfg.Done = s.log, versionNow(), s.metrics, fettle.Actor{Name: "local", Role: fettle.Admin}, web, ctx.Done()
	handler := api.New(s.engine, cfg)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select { // without ctx neither ends, except by failing
	case <-ctx.Done():
	case err := <-ended:
		return errors.Join(err, s.stopWorker())
	case err := <-s.workerEnded:
		s.workerEnded <- err // for stopWorker
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if down := server.Shutdown(grace); down != nil {
		_ = server.Close() // whoever is still connected has had the time
	}
	if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
		return errors.Join(e, s.stopWorker())
	}
	return s.stopWorker()
}

// observe serves health and metrics at an address until stop is called; "" is none.
func (s *session) observe(ctx context.Context, addr string) (stop func(), err error) {
	if addr == "" {
		return func() {}, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fettle.Errorf(fettle.Unavailable, "--metrics-addr: %w", err).WithHint("Write HOST:PORT with a port that is free, such as 127.0.0.1:9090.")
	}
	s.log.InfoContext(ctx, "metrics are served", "address", listener.Addr().String())
	server := &http.Server{Handler: api.Observe(s.engine, s.metrics), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.ErrorContext(ctx, "metrics are served no more", "error", err)
		}
	}()
	return func() {
		_ = server.Close() // whoever scrapes asks again
		<-ended
	}, nil
}

// shown is an address as a browser can open it.
func shown(a net.Addr) string { return shownAt(a.String()) }

func shownAt(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

type workerCmd struct{ leaseFlag }

// Run makes calls beside other processes. SQLite takes one machine and one
// writer, so there a worker has nothing to add to a server.
func (c *workerCmd) Run(ctx context.Context, s *session) (err error) {
	defer func() { err = asAsked(ctx, err) }()
	dsn, err := s.dsn()
	if err != nil {
		return err
	}
	if s.remote() || !isPostgres(dsn) {
		return fettle.Errorf(fettle.Invalid, "a worker needs a workspace in PostgreSQL").WithHint("Name it with --db postgres://…; on SQLite `fettle serve` does the work.")
	}
	if err := c.check(); err != nil {
		return err
	}
	c.apply(s)
	told, err := s.trace(ctx)
	if err != nil {
		return err
	}
	defer told()
	if err := s.open(ctx); err != nil {
		return err
	}
	stop, err := s.observe(ctx, c.Metrics)
	if err != nil {
		return err
	}
	defer stop()
	_, _ = fmt.Fprintln(s.stdout, "working; stop with Ctrl-C: what is in flight lands first")
	return s.engine.Run(ctx)
}

// asAsked is how a process ends that works until it is told to stop. One that was
// told so while it began has not failed.
func asAsked(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

type sandboxCmd struct {
	Addr               string            `default:"127.0.0.1:7071" help:"Where to listen."`
	HitRate            float64           `default:"1" help:"Share of the inputs for which something is found."`
	Latency            time.Duration     `default:"50ms" help:"Time to answer."`
	Rate               rate              `default:"0" placeholder:"N/s" help:"Calls accepted in any second; more are answered 429. 0: no limit."`
	FailRate           float64           `default:"0" help:"Share answered 500, not billed."`
	ThrottleRate       float64           `default:"0" help:"Share answered 429 although there is room."`
	DropRate           float64           `default:"0" help:"Share whose connection is cut; half of these are billed."`
	ChargeThenFailRate float64           `default:"0" help:"Share billed and then answered 502."`
	BillMiss           bool              `help:"A miss costs what a hit costs."`
	Overrun            bool              `help:"One billed call in ten costs more than the stated maximum."`
	Idempotent         bool              `help:"A repeated Idempotency-Key is answered as before and not billed again."`
	StatusMix          sandbox.StatusMix `placeholder:"STATUS=SHARE,…" help:"Statuses of the emails that are found: catch_all=0.3,invalid=0.1. What is left over is valid."`
	MisfitRate         float64           `default:"0" help:"Share of the emails found that are \"not available\", and billed."`
	StrangerRate       float64           `default:"0" help:"Share of the emails found that are somebody else's, which the answer tells, and billed."`
	Seed               uint64            `default:"1" help:"The same seed gives the same world."`
	ModelTokens        int64             `default:"0" placeholder:"N" help:"The AI model bills by the token and answers at lengths that vary around N tokens. 0: one credit a request."`
}

// rate is a number of calls a second: 50, or 50/s.
type rate int

// UnmarshalText reads 50 or 50/s.
func (r *rate) UnmarshalText(b []byte) error {
	var n int
	text := string(b)
	if _, err := fmt.Sscanf(text, "%d/s", &n); err != nil {
		if _, err := fmt.Sscanf(text, "%d", &n); err != nil {
			return fmt.Errorf("%q is not a rate: write N/s", text)
		}
	}
	*r = rate(n)
	return nil
}

func (c *sandboxCmd) config() (sandbox.Config, error) {
	cfg := sandbox.Config{
		HitRate: c.HitRate, Latency: c.Latency, Rate: int(c.Rate), FailRate: c.FailRate, ThrottleRate: c.ThrottleRate, DropRate: c.DropRate,
		ChargeThenFailRate: c.ChargeThenFailRate, BillMiss: c.BillMiss, Overrun: c.Overrun, Idempotent: c.Idempotent, Seed: c.Seed, ModelTokens: c.ModelTokens,
		StatusMix: c.StatusMix, MisfitRate: c.MisfitRate, StrangerRate: c.StrangerRate,
	}
	return cfg, cfg.Check()
}

func (c *sandboxCmd) Run(ctx context.Context, s *session) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return fettle.Errorf(fettle.Unavailable, "%w", err).WithHint("Choose another --addr, or stop what listens there.")
	}
	address := "http://" + shown(listener.Addr())
	_, _ = fmt.Fprintf(s.stdout, "The sandbox is at %s (its books: %s/books)\nUse it with: fettle serve --sandbox %s\n", address, address, address)
	return sandbox.New(cfg).Serve(ctx, listener)
}
