package engine_test

import (
	"syscall"
	"testing"
	"time"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestASmallEnrichmentIsNotStuck starts a small enrichment behind a large one
// that keeps the provider busy for minutes.
func TestASmallEnrichmentIsNotStuck(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const small = 120 // several claims of it: of one, nothing of the other may lie between
		w := newWorld(t, db, sandbox.Config{HitRate: 1, Seed: 1, Latency: 20 * time.Millisecond, Rate: 40})
		w.people(0, 3000, "x") // more than are asked before the test ends, on whatever machine
		w.people(10_000, small, "y")
		w.audience("large", `title == "x"`)
		w.audience("small", `title == "y"`)
		w.save("large", findEmail("large", 10_000))
		w.save("small", findEmail("small", 10_000))
		w.work(w.e)
		w.start("large")
		w.until("large", func(v fettle.EnrichmentView) bool { return v.Rows.Found >= 40 })
		w.start("small")
		w.until("small", func(v fettle.EnrichmentView) bool { return v.Rows.Found == small })
		// Half of the provider each: between the first and the last call for the
		// small one, as the provider saw them, the large one may have made some more
		// than the small one, and went on itself.
		var asked, last, meanwhile int
		for _, c := range w.arrivals() {
			switch {
			case c.Input["company_domain"] >= "company10000.com" && len(c.Input["company_domain"]) == len("company10000.com"):
				asked, last = asked+1, meanwhile
			case asked > 0:
				meanwhile++
			}
		}
		if asked < small || last > 4*small || last < 10 {
			t.Errorf("the large one made %d calls between the %d of the small one", last, asked)
		}
		w.pause("large")
		w.sound()
	})
}

// TestTermination tells a process to end while its calls are in flight: it
// makes no new one, what is in flight lands, and nothing is left to its lease.
func TestTermination(t *testing.T) {
	t.Parallel()
	const rows = 1000
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			dsn := storetest.DSN(t, kind)
			w := newWorld(t, opened(t, dsn), sandbox.Config{HitRate: 1, Seed: 1, Latency: 700 * time.Millisecond})
			w.people(0, rows, "x")
			w.save("emails", findEmail(fettle.AllPeople, 10_000))
			w.start("emails")
			cmd := w.helper(dsn)
			w.busy(0, 300)
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Fatalf("the process ends with %v", err)
			}
			v, b := w.show("emails"), w.sb.Books()
			if v.InFlight != 0 || v.ReservedCredits != 0 || v.Rows.Unknown != 0 || v.Rows.Running != 0 || b.InFlight != 0 {
				t.Errorf("left behind: %+v, %s reserved, %d in flight", v.Rows, v.ReservedCredits, v.InFlight)
			}
			if v.Rows.Found != b.BilledCalls || b.Calls >= rows || v.Rows.Pending != rows-v.Rows.Found {
				t.Errorf("%+v; %+v", v.Rows, b)
			}
			err := w.db.View(t.Context(), func(tx *store.Tx) error {
				live, err := tx.LiveWorkers(t.Context())
				if len(live) > 0 {
					t.Errorf("%d processes seem to live", len(live))
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			w.sound()
			w.work(w.e)
			w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == rows })
			if b := w.sb.Books(); b.BilledCalls != rows || b.Repeats != 0 {
				t.Errorf("%+v", b)
			}
		})
	}
}
