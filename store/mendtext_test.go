package store_test

import (
	"fmt"
	"log/slog"
	"testing"

	"fettle"
	"fettle/internal/text"
	"fettle/store"
	"fettle/store/storetest"
)

// TestTextIsRefused gives the store text that only SQLite would hold.
func TestTextIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, bad := range []string{"a\x00b", "a\xff", "\xed\xa0\x80"} {
			for name, write := range map[string]func(tx *store.Tx) error{
				"a parameter": func(tx *store.Tx) error { return tx.PutSetting(t.Context(), "x", bad) },
				"a batch": func(tx *store.Tx) error {
					return tx.PutAnswers(t.Context(), []store.Answer{{Attempt: 1, Body: "fine"}, {Attempt: 2, Body: bad}})
				},
				"a question": func(tx *store.Tx) error {
					_, _, err := tx.Setting(t.Context(), bad)
					return err
				},
			} {
				if err := db.Update(t.Context(), write); fettle.CodeOf(err) != fettle.Invalid {
					t.Errorf("%q as %s: %v", bad, name, err)
				}
			}
		}
	})
}

// TestOldTextIsMended opens a file into which an older program wrote what only
// SQLite holds, and copies it.
func TestOldTextIsMended(t *testing.T) {
	dsn := storetest.DSN(t, storetest.SQLite)
	open := func() *store.DB {
		t.Helper()
		db, err := store.Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	db := open()
	for i, bad := range []string{"a\x00b", "caf\xe9", "\x00", "plain", "Zoë"} {
		for _, q := range []string{
			"INSERT INTO answers (attempt_id, status, body, bytes) VALUES (%d, 200, ?, 1)",
			"INSERT INTO settings (key, value) VALUES ('k%d', ?)",
		} {
			if _, err := db.Writer().ExecContext(t.Context(), fmt.Sprintf(q, i), bad); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := db.Writer().ExecContext(t.Context(), "DELETE FROM settings WHERE key = 'text_mended'"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open()
	t.Cleanup(func() { _ = db.Close() })
	err := db.View(t.Context(), func(tx *store.Tx) error {
		got, err := tx.Answers(t.Context(), []int64{0, 1, 2, 3, 4})
		for i, want := range []string{"a\ufffdb", "caf\ufffd", "\ufffd", "plain", "Zoë"} {
			if a := got[int64(i)]; a.Body != want || !text.OK(a.Body) {
				t.Errorf("answer %d is %q, want %q", i, a.Body, want)
			}
			if v, _, err := tx.Setting(t.Context(), fmt.Sprintf("k%d", i)); v != want || err != nil {
				t.Errorf("setting %d is %q, %v", i, v, err)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.CopyTo(t.Context(), storetest.Postgres(t), nil); err != nil {
		t.Errorf("copy: %v", err)
	}
}
