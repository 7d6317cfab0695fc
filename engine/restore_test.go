package engine_test

import (
	"path/filepath"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestRestoredInFlight makes a backup while calls are in flight to a provider
// that would take them again under their key, and restores it: they are
// unknown, with their money held, and nothing is sent.
func TestRestoredInFlight(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{HitRate: 1, Idempotent: true, Seed: 1})
		w.people(0, 30, "x")
		w.people(100, 10, "y")
		w.audience("some", `title == "y"`)
		w.save("emails", findEmail("some", 1000))
		w.save("draft", findEmail(fettle.AllPeople, 1000))
		stop := w.work(w.e)
		w.start("emails")
		w.settle("emails")
		w.pause("emails")
		w.save("more", findEmail(fettle.AllPeople, 1000))
		answer := w.sb.Hold()
		w.start("more")
		w.until("more", func(v fettle.EnrichmentView) bool { return v.InFlight == 30 })
		file := filepath.Join(t.TempDir(), "backup")
		if _, err := db.Backup(t.Context(), file); err != nil {
			t.Fatal(err)
		}
		answer()
		w.people(300, 20, "x") // bought after the backup, under the keys that come next there
		w.until("more", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 50 })
		stop()
		calls := w.sb.Books().Calls

		path := filepath.Join(t.TempDir(), "restored.db")
		var r engine.Restored
		err := store.RestoreFile(t.Context(), file, path, quiet(), func(db *store.DB) (err error) {
			w.db = db
			w.e = w.engine()
			r, err = w.e.Restore(t.Context(), admin, "a test")
			return err
		})
		if err != nil || r.Paused != 2 || r.Unknown != 30 || len(r.Problems) > 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		back, err := store.Open(t.Context(), path, quiet())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = back.Close() })
		w.db = back
		w.e = w.engine()
		w.work(w.e)
		for name, want := range map[string]fettle.State{"emails": fettle.Paused, "more": fettle.Paused, "draft": fettle.Draft} {
			v := w.show(name)
			if v.State != want || (want == fettle.Paused && v.PauseReason != fettle.PausedByRestore) {
				t.Errorf("%s is %s %s", name, v.State, v.PauseReason)
			}
		}
		if v := w.show("more"); v.Rows.Unknown != 30 || v.UnknownCredits != 30*fettle.Credit {
			t.Errorf("%+v, %s held", v.Rows, v.UnknownCredits)
		}
		w.sound()
		// Resumed, what was bought is reused and what is unknown is waited for.
		w.resume("more")
		v := w.settle("more")
		if v.HeldRows != 30 && v.Rows.Unknown != 30 || w.sb.Books().Calls != calls {
			t.Errorf("%+v; %d calls, were %d", v.Rows, w.sb.Books().Calls, calls)
		}
		// What is bought now has keys of its own: the provider answers for the
		// record that is asked.
		w.people(200, 20, "z")
		v = w.until("more", func(v fettle.EnrichmentView) bool { return v.Rows.Found >= 20 })
		if b := w.sb.Books(); b.Calls != calls+20 || b.BilledCalls != calls+20 {
			t.Errorf("%+v, %+v", v.Rows, b)
		}
		w.sound()
	})
}

// TestSealed stops a workspace that was copied from spending, through an audit
// too, until its copy is given up.
func TestSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 1, Seed: 1})
	w.people(0, 20, "x")
	w.save("emails", findEmail(fettle.AllPeople, 1000))
	stop := w.work(w.e)
	w.start("emails")
	w.settle("emails")
	refused(t, w.e.Seal(t.Context(), admin, "postgres://there"), fettle.Refused, "works on this workspace")
	stop()
	if err := w.e.Seal(t.Context(), admin, "postgres://there"); err != nil {
		t.Fatal(err)
	}
	w.people(100, 5, "x")
	w.sound()
	w.e = w.engine()
	w.work(w.e)
	w.looked()
	if b := w.sb.Books(); b.Calls != 20 {
		t.Errorf("a sealed workspace spends: %+v", b)
	}
	if err := w.e.Unseal(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	if v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 25 }); v.State != fettle.Live {
		t.Errorf("%s", v.State)
	}
}
