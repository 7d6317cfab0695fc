package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"fettle"
	"fettle/api"
	"fettle/client"
	"fettle/connect"
	"fettle/engine"
	"fettle/internal/secret"
	"fettle/internal/trace"
	"fettle/provider/catalog"
	"fettle/store"
)

// session is one run of the program: what it was told, and the workspace or
// server that it speaks to, opened when the first command needs it.
type session struct {
	*root
	getenv func(string) string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	log    *slog.Logger
	lease  time.Duration // of this process as a worker; 0: the engine's own
	finds  bool          // the command makes no workspace

	webhook string // the address of before there were channels; it becomes one

	db      *store.DB
	engine  *engine.Engine
	metrics *api.Metrics  // of this process
	tracer  *trace.Tracer // nil where nobody asked for traces
	api     *client.Client

	cancelWorker context.CancelFunc
	workerEnded  chan error // holds the worker's error when it has ended
}

func newSession(r *root, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) *session {
	return &session{root: r, getenv: getenv, stdin: stdin, stdout: stdout, stderr: stderr, metrics: api.NewMetrics(versionNow())}
}

// client gives the API: of the server, or of the workspace in this process.
func (s *session) client(ctx context.Context) (*client.Client, error) {
	if s.api != nil {
		return s.api, nil
	}
	var err error
	if s.remote() {
		token, err := s.secret("FETTLE_TOKEN")
		if err != nil {
			return nil, err
		}
		s.api, err = client.New(s.Server, token, nil)
		return s.api, err
	}
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	handler := api.New(s.engine, api.Config{Log: s.log, Version: versionNow(), Metrics: s.metrics, InProcess: true, Local: fettle.Actor{Name: "cli", Role: fettle.Admin}})
	s.api, err = client.New(client.InProcess, "", client.Handler(handler))
	return s.api, err
}

func (s *session) remote() bool { return s.Server != "" }

// open opens the workspace in this process.
func (s *session) open(ctx context.Context) error {
	if s.engine != nil {
		return nil
	}
	dsn, err := s.dsn()
	if err != nil {
		return err
	}
	if err := s.found(dsn); err != nil {
		return err
	}
	key, err := s.key(dsn)
	if err != nil {
		return err
	}
	if s.db, err = store.Open(ctx, dsn, s.log); err != nil {
		return err
	}
	if s.engine, err = s.engineOf(ctx, s.db, key); err != nil {
		return err
	}
	s.metrics.Of(s.engine)
	if s.webhook == "" {
		return nil
	}
	made, err := s.engine.Channels.Adopt(ctx, s.webhook)
	if made {
		s.log.WarnContext(ctx, "--webhook and FETTLE_WEBHOOK go away: a channel was made of the address; take it out (fettle channel list)")
	}
	return err
}

// found fails where a command that makes no workspace is given a file that is
// not there.
func (s *session) found(dsn string) error {
	if !s.finds || isPostgres(dsn) {
		return nil
	}
	if _, err := os.Stat(dsn); err != nil {
		return fettle.Errorf(fettle.NotFound, "there is no workspace in %s", dsn).
			WithHint("Name the workspace with --db, or make one with: fettle import, fettle apply or fettle serve.")
	}
	return nil
}

// engineOf makes the engine of an opened workspace.
func (s *session) engineOf(ctx context.Context, db *store.DB, key []byte) (*engine.Engine, error) {
	providers, err := builtinProviders()
	if err != nil {
		return nil, err
	}
	services, err := catalog.Destinations()
	if err != nil {
		return nil, err
	}
	envKeys, err := s.envKeys()
	if err != nil {
		return nil, err
	}
	smtp, err := s.secret("FETTLE_SMTP")
	if err != nil {
		return nil, err
	}
	return engine.New(ctx, engine.Config{
		Env: s.env, Services: services, Watch: s.watch(), EnvKeys: envKeys, DB: db, Log: s.log, Providers: providers, Sandbox: s.Sandbox, AllowHosts: s.AllowHost, SecretKey: key, SMTP: smtp, Inbox: s.Inbox, Jobs: true, Lease: s.lease,
	})
}

// envKeys are the environment variables that the operator lists as keys.
func (s *session) envKeys() ([]connect.EnvKey, error) {
	var out []connect.EnvKey
	for _, text := range s.EnvKey {
		k, err := connect.ParseEnvKey(text)
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, nil
}

// startWorker makes this process a worker, once, until stopWorker or close.
func (s *session) startWorker(ctx context.Context) {
	if s.cancelWorker != nil {
		return
	}
	ctx, s.cancelWorker = context.WithCancel(ctx)
	s.workerEnded = make(chan error, 1)
	go func() { s.workerEnded <- s.engine.Run(ctx) }()
}

// stopWorker makes no new call, and returns when those in flight have landed.
func (s *session) stopWorker() error {
	if s.cancelWorker == nil {
		return nil
	}
	s.cancelWorker()
	err := <-s.workerEnded
	s.cancelWorker = nil
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (s *session) close() error {
	err := s.stopWorker()
	if s.db != nil {
		err = errors.Join(err, s.db.Close())
	}
	return err
}

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// dsn is the workspace's address; the folder of the default file is made.
func (s *session) dsn() (string, error) {
	if scheme, _, is := strings.Cut(s.DB, "://"); is && !isPostgres(s.DB) { // not the rest, which may hold a password
		return "", fettle.Errorf(fettle.Invalid, "%.20q is no kind of database that Fettle knows", scheme).
			WithHint("Name a SQLite file, or postgres://USER@HOST/DATABASE (--db, FETTLE_DB).")
	}
	if s.DB != "" {
		return s.DB, nil
	}
	folder, err := s.dataFolder()
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, "fettle.db"), nil
}

func (s *session) dataFolder() (string, error) {
	folder := s.getenv("XDG_DATA_HOME")
	if folder == "" {
		home := s.getenv("HOME")
		if home == "" {
			return "", fettle.Errorf(fettle.Invalid, "there is no data folder: neither XDG_DATA_HOME nor HOME is set").WithHint("Name the workspace with --db.")
		}
		folder = filepath.Join(home, ".local", "share")
	}
	folder = filepath.Join(folder, "fettle")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fettle.Errorf(fettle.Invalid, "the data folder cannot be made: %w", err).WithHint("Name the workspace with --db.")
	}
	return folder, nil
}

// key is what seals provider keys: FETTLE_KEY, or the key file beside the
// database.
func (s *session) key(dsn string) ([]byte, error) {
	env, err := s.secret("FETTLE_KEY")
	if err != nil {
		return nil, err
	}
	if env != "" {
		key, err := secret.ParseKey(env)
		if err != nil {
			return nil, fettle.Errorf(fettle.Invalid, "FETTLE_KEY: %w", err).WithHint("Make one with: head -c 32 /dev/urandom | base64")
		}
		return key, nil
	}
	path, err := s.keyFile(dsn)
	if err != nil {
		return nil, err
	}
	key, err := secret.LoadKey(path)
	if err != nil {
		return nil, fettle.Errorf(fettle.Invalid, "%w", err).WithHint("Provider keys are sealed with it. Name a folder that can be written with --db, or set FETTLE_KEY.")
	}
	return key, nil
}

// keyFile is where the key of a workspace is.
func (s *session) keyFile(dsn string) (string, error) {
	if !isPostgres(dsn) {
		return dsn + ".key", nil
	}
	folder, err := s.dataFolder()
	return filepath.Join(folder, "fettle.key"), err
}

// confirm asks for a yes on a terminal; off it, a confirmation that was not
// given with --yes is refused.
func (s *session) confirm(what string) error {
	return s.ask(fettle.Errorf(fettle.Confirm, "%s", what))
}

// ask asks whether to do what needs a confirmation.
func (s *session) ask(what *fettle.Error) error {
	if s.Yes {
		return nil
	}
	in, ok := s.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) || !s.terminal() {
		if what.Details != nil { // the price was said, and what else can be done
			return what.WithHint("Nothing was done. %s", what.Hint)
		}
		return what.WithHint("Nothing was done. Say --yes to go ahead.")
	}
	_, _ = fmt.Fprintf(s.stderr, "%s. Go ahead? [y/N] ", strings.TrimRight(what.Message, ".?"))
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return fettle.Errorf(fettle.Confirm, "not confirmed").WithHint("Nothing was done.")
}

// confirming runs do, and again with a confirmation where the server asks for
// one and it is given.
func (s *session) confirming(do func(confirm bool) error) error {
	err := do(s.Yes)
	if s.Yes || err == nil || fettle.CodeOf(err) != fettle.Confirm {
		return err
	}
	if err := s.ask(fettle.AsError(err)); err != nil {
		return err
	}
	return do(true)
}

// terminal reports whether a person reads stderr, where questions and progress
// are shown.
func (s *session) terminal() bool {
	f, ok := s.stderr.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
