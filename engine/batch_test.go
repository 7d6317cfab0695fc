package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// batched is findEmail by an operation of the sandbox that takes 25 records in a
// request: 0.4 credits for each hit, and at least 1 a request that is billed.
func batched(operation string, limit int64) fettle.Definition {
	d := findEmail(fettle.AllPeople, limit)
	d.Steps[0].Provider = "sandbox/" + operation
	return d
}

// withoutMisses is a provider that tells that a miss is free.
func withoutMisses(hits float64) sandbox.Config {
	cfg := sandbox.Defaults()
	cfg.HitRate = hits
	return cfg
}

// exact fails the test unless the journal's lines add up to the vendor's books,
// the audit is sound, and nobody was billed for twice.
func (w *world) exact() {
	w.t.Helper()
	var charged fettle.Credits
	for _, j := range w.journal("all") {
		charged += j.AmountCredits
	}
	if b := w.sb.Books(); charged != b.BilledCredits || b.Repeats != 0 {
		w.t.Errorf("%s charged, %s billed in %d requests, %d repeats", charged, b.BilledCredits, b.Calls, b.Repeats)
	}
	w.sound()
}

// holds gives the calls of an enrichment and what they held together.
func (w *world) holds() (calls int, held fettle.Credits) {
	w.t.Helper()
	ids := map[int64]bool{}
	for _, j := range w.journal("all") {
		ids[j.Attempt] = true
	}
	var list []int64
	for id := range ids {
		list = append(list, id)
	}
	err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
		all, err := tx.AttemptsByID(w.t.Context(), list)
		for _, a := range all {
			calls++
			held += a.Hold.Held
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return calls, held
}

// TestBatchesShareWhatARequestCosts asks about people in requests of up to 25. A
// request holds its highest price once, and its lines add up to its bill.
func TestBatchesShareWhatARequestCosts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		operation    string
		people       int
		hits         float64
		requests     int64
		held, billed fettle.Credits // in tenths of a credit; billed -1: as the books say
	}{
		{"find_email_batch", 1, 1, 1, 10, 10},
		{"find_email_batch", 2, 1, 1, 10, 10},
		{"find_email_batch", 3, 1, 1, 12, 12},
		{"find_email_batch", 27, 1, 2, 110, 110},
		{"find_email_batch", 3, 0, 1, 12, 0},
		{"find_email_batch", 27, 0.1, 2, 110, -1},
		{"find_email_job", 27, 0.5, 2, 110, -1},
	} {
		t.Run(fmt.Sprintf("%s %d %.1f", tt.operation, tt.people, tt.hits), func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db, withoutMisses(tt.hits))
				w.people(0, tt.people, "x")
				w.save("mails", batched(tt.operation, 1000))
				w.work(w.e)
				w.start("mails")
				v := w.settle("mails")
				if int(v.Rows.Found+v.Rows.NotFound) != tt.people {
					t.Errorf("rows: %+v", v.Rows)
				}
				b := w.sb.Books()
				if calls, held := w.holds(); calls != tt.people || held != tt.held*fettle.Credit/10 || b.Calls != tt.requests {
					t.Errorf("%d calls in %d requests held %s", calls, b.Calls, held)
				}
				if tt.billed >= 0 && b.BilledCredits != tt.billed*fettle.Credit/10 {
					t.Errorf("%s billed", b.BilledCredits)
				}
				w.exact()
			})
		})
	}
}

// TestALimitEndsInTheMiddleOfABatch: a request is as large as the limit lets it be,
// and what it costs at the most fits.
func TestALimitEndsInTheMiddleOfABatch(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 40, "x")
		w.save("mails", batched("find_email_batch", 1))
		w.work(w.e)
		w.start("mails")
		for _, x := range []struct{ limit, found int64 }{{1, 2}, {3, 7}, {14, 34}} {
			if x.limit > 1 {
				w.limit("mails", x.limit, true)
			}
			v := w.until("mails", func(v fettle.EnrichmentView) bool { return v.State == fettle.Paused && v.Rows.Found >= x.found })
			if v.PauseReason != fettle.PausedByLimit || v.Rows.Found != x.found || v.SpentCredits > fettle.Credits(x.limit)*fettle.Credit {
				t.Errorf("at %d credits: %s, %d found for %s", x.limit, v.PauseReason, v.Rows.Found, v.SpentCredits)
			}
		}
		w.exact()
	})
}

// TestOneBadRecordStopsNoOther: a vendor refuses a whole request for one record. It
// is not billed, the others are asked in smaller requests, and the bad one fails
// alone. What is refused before it is sent is put with nobody.
func TestOneBadRecordStopsNoOther(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 20, "x")
		ids := w.ids(fettle.AllPeople)
		w.edit(ids[3], "name", strings.Repeat("y", 1500)) // the sandbox takes 1000 bytes
		w.edit(ids[7], "name", strings.Repeat("z", 4000)) // the definition 3000 for a record
		w.save("mails", batched("find_email_batch", 100))
		w.work(w.e)
		w.start("mails")
		v := w.settle("mails")
		rows := w.rows("mails")
		for i, id := range ids {
			want := fettle.Found
			if i == 3 || i == 7 {
				want = fettle.Failed
			}
			if rows[id].Outcome != want {
				t.Errorf("person %d: %s %s", i, rows[id].Outcome, rows[id].Detail)
			}
		}
		// 19 are refused, then a half of 9 with the bad one, 4, 2 and 1 of it.
		if b := w.sb.Books(); v.Rows.Found != 18 || b.Calls > 14 {
			t.Errorf("%d found in %d requests", v.Rows.Found, b.Calls)
		}
		w.exact()

		// Who was refused only for the company of another is asked with many again.
		before := w.sb.Books().Calls
		if _, err := w.e.Rerun(t.Context(), admin, "mails", engine.RerunOptions{}, true); err != nil {
			t.Fatal(err)
		}
		w.until("mails", func(v fettle.EnrichmentView) bool {
			return v.InFlight == 0 && v.RemainingRows == 0 && w.sb.Books().Calls > before
		})
		w.looked()
		if n := w.sb.Books().Calls - before; n != 1 {
			t.Errorf("%d requests for the rerun", n)
		}
	})
}

// TestWhatIsNotSentTakesNoPart: of two people one is refused before anything is sent;
// the other's request is held for, and billed, as one alone.
func TestWhatIsNotSentTakesNoPart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 2, "x")
		w.edit(w.ids(fettle.AllPeople)[0], "name", strings.Repeat("z", 4000))
		w.save("mails", batched("find_email_batch", 10))
		w.work(w.e)
		w.start("mails")
		v := w.settle("mails")
		if b := w.sb.Books(); v.Rows.Found != 1 || v.Rows.Failed != 1 || v.SpentCredits != fettle.Credit || v.PaidRows != 1 || b.Calls != 1 {
			t.Errorf("%+v, %d of them paid, for %s, %d requests", v.Rows, v.PaidRows, v.SpentCredits, b.Calls)
		}
		w.exact()
	})
}

// TestABatchOfChecks polls three people in one request: it costs 1.2 credits at the
// most, and each verdict is of its own person.
func TestABatchOfChecks(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.employed("ada", "bob", "cy")
		w.know("bob", role("Analyst", "Acme", "acme.com", "2020-01", "2026-08"), role("VP", "Contoso", "contoso.com", "2026-09", ""))
		rule := employmentCheck("all-people", "180d")
		rule.Provider = "sandbox/job_change_batch"
		w.rule("check", rule)
		if est := w.estimate("check"); est.HighCredits != 3*fettle.Credit {
			t.Errorf("%s at the most", est.HighCredits)
		}
		w.work(w.e)
		w.start("check")
		v := w.until("check", func(v fettle.EnrichmentView) bool { return v.InFlight == 0 && v.Rows.Found == 3 })
		b := w.sb.Books()
		if _, held := w.holds(); held != 12*fettle.Credit/10 || v.SpentCredits != held || b.Calls != 1 {
			t.Errorf("%s held, %s spent in %d requests", held, v.SpentCredits, b.Calls)
		}
		w.told("first", "Person bob moved acme.com→contoso.com ×1")
		w.exact()
	})
}

// TestALostBatch loses the process at each moment of a request with two people. No
// moment bills twice, and what may have been billed is held once.
func TestALostBatch(t *testing.T) {
	t.Parallel()
	half := fettle.Credit / 2
	begin := func(t *testing.T, db *store.DB, operation string, cfg sandbox.Config) *world {
		t.Helper()
		w := newWorld(t, db, cfg)
		w.people(0, 2, "x")
		w.save("mails", batched(operation, 10))
		return w
	}
	t.Run("between reserve and answer", func(t *testing.T) {
		t.Parallel()
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			w := begin(t, db, "find_email_batch", sandbox.Defaults())
			answer := w.sb.Hold()
			w.work(w.e)
			w.start("mails")
			w.busy(0, 1)
			w.loseEverybody()
			w.work(w.engine())
			w.until("mails", func(v fettle.EnrichmentView) bool { return v.Rows.Unknown == 2 && v.UnknownCredits == fettle.Credit })
			for _, u := range w.unknowns() {
				if u.HeldCredits != half {
					t.Errorf("%s held", u.HeldCredits)
				}
			}
			answer()
			w.until("mails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 2 && v.SpentCredits == fettle.Credit })
			w.exact()
		})
	})
	t.Run("sent again under its key", func(t *testing.T) {
		t.Parallel()
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			cfg := sandbox.Defaults()
			cfg.Idempotent = true
			w := begin(t, db, "find_email_batch", cfg)
			answer := w.sb.Hold()
			w.work(w.e)
			w.start("mails")
			w.busy(0, 1)
			w.loseEverybody()
			w.work(w.engine())
			w.busy(1, 1)
			answer()
			w.until("mails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 2 && v.SpentCredits == fettle.Credit })
			if b := w.sb.Books(); b.Calls != b.Replayed+1 || b.BilledCalls != 1 { // who was taken for dead may send it again too
				t.Errorf("%d requests, %d replayed", b.Calls, b.Replayed)
			}
			w.exact()
		})
	})
	t.Run("between job and result", func(t *testing.T) {
		t.Parallel()
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			w := begin(t, db, "find_email_job", sandbox.Defaults())
			done := w.sb.Hold()
			stop := w.work(w.e)
			w.start("mails")
			w.accepted(1)
			stop()
			w.e = w.engine()
			w.work(w.e)
			w.accepted(2)
			done()
			w.until("mails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 2 && v.SpentCredits == fettle.Credit })
			if b := w.sb.Books(); b.Calls != 1 {
				t.Errorf("%d requests", b.Calls)
			}
			w.exact()
		})
	})
}

// accepted waits until a vendor works on the calls of two people as one job, which a
// worker asks for.
func (w *world) accepted(worker int64) {
	w.t.Helper()
	w.until("mails", func(fettle.EnrichmentView) bool {
		var calls []store.Attempt
		err := w.db.View(w.t.Context(), func(tx *store.Tx) (err error) {
			calls, err = tx.AttemptsByID(w.t.Context(), []int64{1, 2})
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
		jobs := map[string]bool{}
		for _, a := range calls {
			if a.State == store.AttemptAccepted && a.WorkerID == worker {
				jobs[a.JobID] = true
			}
		}
		return len(calls) == 2 && len(jobs) == 1
	})
}

// TestBatchesOfAWaterfall: the calls of a second step go together too, within what
// their rows hold.
func TestBatchesOfAWaterfall(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, withoutMisses(0.5))
		w.people(0, 60, "x")
		d := batched("find_email_batch", 1000)
		d.Steps = append(d.Steps, batched("find_email_job", 0).Steps[0])
		w.save("mails", d)
		w.work(w.e)
		w.start("mails")
		v := w.settle("mails")
		first, second := w.sb.Books().ByOperation["find_email_batch"], w.sb.Books().ByOperation["find_email_job"]
		if v.Rows.Found+v.Rows.NotFound != 60 || first.Calls != 3 || second.Calls == 0 || second.Calls > 6 {
			t.Errorf("%+v in %d and %d requests", v.Rows, first.Calls, second.Calls)
		}
		w.exact()
	})
}

// TestBatchesOfManyProcesses: no row is in two requests, whoever claims it.
func TestBatchesOfManyProcesses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, withoutMisses(0.5))
		w.people(0, 300, "x")
		w.save("mails", batched("find_email_batch", 1000))
		for range 3 {
			w.work(w.engine())
		}
		w.start("mails")
		if v := w.settle("mails"); v.Rows.Found+v.Rows.NotFound != 300 {
			t.Errorf("%+v", v.Rows)
		}
		if calls, _ := w.holds(); calls != 300 {
			t.Errorf("%d calls", calls)
		}
		w.exact()
	})
}

// TestABatchIsPricedBeforeItStarts: at the most each record is in a request of its
// own, as expected requests are full, and a line says so.
func TestABatchIsPricedBeforeItStarts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 50, "x")
		w.save("mails", batched("find_email_batch", 1000))
		est, err := w.e.Estimate(t.Context(), admin, "mails", engine.EstimateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if est.HighCredits != 50*fettle.Credit || est.ExpectedCredits != 20*fettle.Credit {
			t.Errorf("%s expected, %s at the most", est.ExpectedCredits, est.HighCredits)
		}
		if basis := strings.Join(est.Basis, "\n"); !strings.Contains(basis, "up to 25 records a request, each billed at least 1 credit:") {
			t.Errorf("the price goes by: %s", basis)
		}
	})
}
