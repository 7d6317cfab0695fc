package store_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

// TestConnectionsFromBeforeTheyHadNames upgrades a workspace of the schema in
// which a provider had one connection, with a call made through it: they are the
// default one's, and its balance is the provider's.
func TestConnectionsFromBeforeTheyHadNames(t *testing.T) {
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			ctx, dsn := t.Context(), storetest.DSN(t, kind)
			if kind == storetest.SQLite {
				dsn = filepath.Join(t.TempDir(), "old.db") // what storetest gives has the newest schema
			} else {
				emptied(t, dsn)
			}
			old, err := store.OpenOlder(ctx, dsn, 72)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{
				`INSERT INTO connections (provider, key_sealed, base_url, unit_uc, updated_at_us) VALUES ('vendor', NULL, 'http://x', 2000000, 7)`,
				`INSERT INTO attempts (id, enrichment_id, version, run_id, record_id, step, try, provider, model, operation, cause, fields, actor, state, outcome, worker_id,
					resend, job_id, held_uc, step_uc, charged_uc, overrun_uc, units, unit_uc, spends_record, inputs_hash, message, reserved_at_us, done_at_us)
					VALUES (1, 1, 1, 1, 1, 0, 1, 'vendor', '', 'vendor/find', 'start', ',title,', 'ann', 'unknown', '', 1, FALSE, '', 5, 5, 0, 0, 0, 1, TRUE, 'h', '', 8, 0)`,
				`INSERT INTO balances (scope, scope_key, per, period_start, reserved_uc, settled_uc, unknown_uc, overrun_uc, reserved_records, settled_records, unknown_records)
					VALUES ('provider', 'vendor', 'lifetime', 0, 0, 0, 5, 0, 0, 0, 1), ('workspace', '', 'lifetime', 0, 0, 0, 5, 0, 0, 0, 1)`,
			} {
				if _, err := old.Writer().ExecContext(ctx, text); err != nil {
					t.Fatal(err)
				}
			}
			if err := old.Close(); err != nil {
				t.Fatal(err)
			}
			db, err := store.Open(ctx, dsn, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			err = db.View(ctx, func(tx *store.Tx) error {
				all, err := tx.Connections(ctx)
				if err != nil || len(all) != 1 || all[0].FullName() != "vendor" || all[0].Name != fettle.DefaultConnection || all[0].BaseURL != "http://x" ||
					all[0].Server != "" || *all[0].UnitPrice != 2*fettle.Credit || all[0].UpdatedAtUS != 7 {
					t.Errorf("%+v, %v", all, err)
				}
				if n, err := tx.OpenThrough(ctx, "vendor", fettle.DefaultConnection); n != 1 || err != nil {
					t.Errorf("%d open calls, %v", n, err)
				}
				sums, err := tx.StepSums(ctx, fettle.Lifetime)
				if err != nil {
					return err
				}
				for _, key := range []string{"vendor", "vendor@default"} {
					k := store.BalanceKey{Scope: store.ScopeProvider, Key: key, Per: fettle.Lifetime}
					b, err := tx.Balance(ctx, k)
					if b.Unknown != 5 || b.UnknownRecords != 1 || sums[k].Unknown != 5 || err != nil {
						t.Errorf("%s: %+v, by the calls %+v, %v", key, b, sums[k], err)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// emptied takes everything out of a database of PostgreSQL.
func emptied(t *testing.T, dsn string) {
	t.Helper()
	db, err := store.Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, text := range []string{"DROP SCHEMA public CASCADE", "CREATE SCHEMA public"} {
		if _, err := db.Writer().ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
}
