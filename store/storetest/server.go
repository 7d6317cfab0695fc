package storetest

import (
	"context"
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
	if os.Getenv("FETTLE_TEST_POSTGRES") == "off" {
		tb.Skip("SKIPPED ON POSTGRESQL: FETTLE_TEST_POSTGRES=off")
	}
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
