package storetest

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Server is a PostgreSQL server of one test alone, which may crash it.
type Server struct{ c *cluster }

// NewServer starts a server that lives until the test ends. Without PostgreSQL
// the test is skipped, but fails where CI=true.
func NewServer(tb testing.TB) *Server {
	tb.Helper()
	skipIfOff(tb)
	s := &Server{c: &cluster{}}
	tb.Cleanup(s.c.stop)
	mustRun(tb, s.c.start())
	return s
}

// DSN gives the address of a fresh workspace.
func (s *Server) DSN(tb testing.TB) string {
	tb.Helper()
	return s.c.database(tb, true)
}

// Socket is the file at which the server listens.
func (s *Server) Socket() string { return filepath.Join(s.c.dir, ".s.PGSQL.5432") }

// Crash ends the server at once, as a power cut of its process does: every
// connection is lost, nothing that is not on the disk is kept.
func (s *Server) Crash() { s.c.halt() }

// Restart starts the server again and waits until it has recovered.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	defer cancel()
	if err := s.c.launch(); err != nil {
		tb.Fatal(err)
	}
	if err := s.c.wait(ctx); err != nil {
		tb.Fatal(err)
	}
}

// Exec runs a statement as the server's owner.
func (s *Server) Exec(tb testing.TB, statement string) {
	tb.Helper()
	if _, err := s.c.admin.ExecContext(tb.Context(), statement); err != nil {
		tb.Fatal(err)
	}
}

// WrongPassword makes a user who has to give a password, and gives an address
// of the same database with another password.
func (s *Server) WrongPassword(tb testing.TB, dsn, password string) string {
	tb.Helper()
	s.Exec(tb, "CREATE USER guarded PASSWORD 'the right one'")
	hba := filepath.Join(s.c.data(), "pg_hba.conf")
	rules, err := os.ReadFile(hba)
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(hba, append([]byte("local all guarded scram-sha-256\n"), rules...), 0o600); err != nil {
		tb.Fatal(err)
	}
	s.Exec(tb, "SELECT pg_reload_conf()")
	u, err := url.Parse(dsn)
	if err != nil {
		tb.Fatal(err)
	}
	q := u.Query()
	q.Set("user", "guarded")
	q.Set("password", password)
	u.RawQuery = q.Encode()
	return u.String()
}
