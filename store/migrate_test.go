package store_test

import (
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"testing"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

// child names a database that the test binary opens as a process of its own.
const child = "FETTLE_TEST_CHILD_OPENS"

func TestOpenChild(t *testing.T) {
	dsn := os.Getenv(child)
	if dsn == "" {
		t.Skip("only as a process of TestOpenTogether")
	}
	db, err := store.Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenTogether(t *testing.T) {
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			dsn := storetest.EmptyDSN(t, kind)
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOpenChild$")
					cmd.Env = append(os.Environ(), child+"="+dsn)
					if out, err := cmd.CombinedOutput(); err != nil {
						t.Errorf("%v\n%s", err, out)
					}
				})
			}
			wg.Wait()
			db, err := store.Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			checkSeed(t, db)
		})
	}
}

func TestSeed(t *testing.T) { storetest.Each(t, checkSeed) }

func checkSeed(t *testing.T, db *store.DB) {
	t.Helper()
	if v, err := db.SchemaVersion(t.Context()); err != nil || v < 1 {
		t.Errorf("SchemaVersion = %d, %v", v, err)
	}
	err := db.View(t.Context(), func(tx *store.Tx) error {
		audiences, err := tx.Audiences(t.Context())
		if err != nil {
			return err
		}
		if len(audiences) != 2 || audiences[0].Name != fettle.AllCompanies || audiences[1].ID != 1 || !audiences[1].Builtin {
			t.Errorf("audiences = %+v", audiences)
		}
		var fields int
		for _, e := range fettle.Entities() {
			f, err := tx.Fields(t.Context(), e)
			if err != nil {
				return err
			}
			fields += len(f)
		}
		if want := len(fettle.DefaultFields()); fields != want {
			t.Errorf("%d fields, want %d", fields, want)
		}
		for _, key := range []string{store.SettingWorkspaceID, store.SettingCreditUSDMicro} {
			if v, ok, err := tx.Setting(t.Context(), key); err != nil || !ok || v == "" {
				t.Errorf("setting %s = %q, %v, %v", key, v, ok, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
