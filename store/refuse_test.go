package store_test

import (
	"log/slog"
	"strings"
	"testing"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

// TestPostgresThatWillNotDo opens databases that lose commits, cannot be
// written or do not let us in: each says what to do, and tells no secret.
func TestPostgresThatWillNotDo(t *testing.T) {
	s := storetest.NewServer(t)
	alter := func(setting string) string {
		dsn := s.DSN(t)
		name := strings.TrimPrefix(strings.Split(dsn, "?")[0], "postgres:///")
		s.Exec(t, "ALTER DATABASE "+name+" SET "+setting)
		return dsn
	}
	for name, c := range map[string]struct {
		dsn  string
		code fettle.Code
		says string
	}{
		"commits are not waited for": {alter("synchronous_commit = off"), fettle.Refused, "synchronous_commit = on"},
		"commits on one disk only":   {alter("synchronous_commit = local"), fettle.Refused, "synchronous_commit = on"},
		"read-only":                  {alter("default_transaction_read_only = on"), fettle.Unavailable, "primary server"},
		"wrong password":             {s.WrongPassword(t, s.DSN(t), "a-wrong-secret"), fettle.Unavailable, "password in the database's address"},
		"no such database":           {strings.Replace(s.DSN(t), "postgres:///", "postgres:///x", 1), fettle.Unavailable, "create it first: createdb NAME."},
		"nobody there":               {"postgres://user:a-wrong-secret@127.0.0.1:1/x", fettle.Unavailable, "the server runs"},
		"no address":                 {"postgres://user:a-wrong-secret@[/x", fettle.Invalid, "postgres://user:password@host"},
		"another isolation":          {alter("default_transaction_isolation = serializable"), "", ""},
	} {
		db, err := store.Open(t.Context(), c.dsn, slog.New(slog.DiscardHandler))
		if c.code == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var isolation string
			if err := db.Writer().QueryRowContext(t.Context(), "SHOW transaction_isolation").Scan(&isolation); err != nil || isolation != "read committed" {
				t.Errorf("%s: %s, %v", name, isolation, err)
			}
			_ = db.Close()
			continue
		}
		e := fettle.AsError(err)
		if all := e.Message + " " + e.Hint; err == nil || e.Code != c.code || !strings.Contains(all, c.says) || strings.Contains(all, "a-wrong-secret") {
			t.Errorf("%s: %s %q, %q", name, e.Code, e.Message, e.Hint)
		}
	}
}
