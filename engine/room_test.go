package engine_test

import (
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestRecordsLimitIsSaidAndBinds stops an enrichment at a limit in records that
// leaves credits: every answer names it, and nothing goes on before it is raised.
func TestRecordsLimitIsSaidAndBinds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 50, "x")
		def := findEmail(fettle.AllPeople, 200)
		def.Limit.Records = new(int64(20))
		w.save("emails", def)
		if est := w.estimate("emails"); est.LimitLeftRecords == nil || *est.LimitLeftRecords != 20 || est.NoRoom != "" {
			t.Fatalf("estimate before: %+v", est)
		}
		w.work(w.e)
		w.start("emails")
		v := w.settle("emails")
		wantPaused(t, v, fettle.PausedByLimit)
		if *v.Limit.LeftRecords != 0 || *v.Limit.LeftCredits != 180*fettle.Credit || v.RoomAgain || !strings.Contains(v.PauseDetail, "emails in records is reached") {
			t.Errorf("stopped: %+v, %s", v.Limit, v.PauseDetail)
		}
		est := w.estimate("emails")
		if *est.LimitLeftRecords != 0 || !strings.Contains(est.NoRoom, "in records") || est.ToRun != 30 {
			t.Errorf("estimate at the limit: %+v", est)
		}
		_, err := w.e.Resume(t.Context(), admin, "emails", engine.StartOptions{})
		if e := fettle.AsError(err); e.Code != fettle.Refused || !strings.Contains(e.Message, "20 of 20 records") || !strings.Contains(e.Hint, "--records") {
			t.Errorf("resumed without room: %v", err)
		}
		records := func(n int64) fettle.Limit { return fettle.Limit{Credits: credits(500), Records: new(n)} }
		if _, err = w.e.SetEnrichmentLimit(t.Context(), admin, "emails", records(20), true); fettle.CodeOf(err) != fettle.Refused {
			t.Errorf("raised in credits alone: %v", err)
		}
		if v = w.show("emails"); *v.Limit.Credits != 200*fettle.Credit || v.State != fettle.Paused || w.notified("limit") != 1 {
			t.Errorf("after a refusal: %+v, %d notifications", v.Limit, w.notified("limit"))
		}
		if _, err = w.e.RaiseAndResume(t.Context(), admin, "emails", records(40), engine.StartOptions{EstimateID: "est-10-10000000"}); fettle.CodeOf(err) != fettle.Confirm {
			t.Errorf("more rows than were shown: %v", err)
		}
		if _, err = w.e.SetEnrichmentLimit(t.Context(), admin, "emails", records(40), false); err != nil {
			t.Fatal(err)
		}
		if v = w.show("emails"); !v.RoomAgain {
			t.Error("there is room again, and nobody says so")
		}
		if _, err = w.e.RaiseAndResume(t.Context(), admin, "emails", records(45), engine.StartOptions{EstimateID: est.ID}); err != nil {
			t.Fatal(err)
		}
		v = w.settle("emails")
		wantRows(t, v, fettle.RowCounts{Found: 45, Pending: 5})
		if a := v.Estimate; a.ToRun != 30 || a.BeforeRows != 20 || a.BeforeCredits != 20*fettle.Credit || v.RunRows != 45 || v.RunSpentCredits != 45*fettle.Credit {
			t.Errorf("agreed to: %+v; %d rows, %s", a, v.RunRows, v.RunSpentCredits)
		}
		w.agree()
		w.sound()
	})
}

// TestOtherLimitsLeaveNoRoom holds that an enrichment with room under its own
// limit does not go on where the workspace or the person has none.
func TestOtherLimitsLeaveNoRoom(t *testing.T) {
	t.Parallel()
	for _, scope := range []string{"workspace", "person"} {
		t.Run(scope, func(t *testing.T) {
			w := newWorld(t, storetest.Open(t), sandbox.Defaults())
			w.people(0, 30, "x")
			w.save("emails", findEmail(fettle.AllPeople, 200))
			if err := w.e.SetLimit(t.Context(), admin, scope, admin.Name, fettle.Limit{Credits: credits(10)}); err != nil {
				t.Fatal(err)
			}
			w.work(w.e)
			w.start("emails")
			wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
			if est := w.estimate("emails"); *est.LimitLeftCredits != 0 || est.NoRoom == "" || w.show("emails").RoomAgain {
				t.Errorf("estimate: %+v", est)
			}
			if _, err := w.e.Resume(t.Context(), admin, "emails", engine.StartOptions{}); fettle.CodeOf(err) != fettle.Refused {
				t.Errorf("resumed: %v", err)
			}
		})
	}
}

// TestFreeRowsGoOnWithoutRoom resumes at the limit where what is left needs no
// call: it was bought by another enrichment meanwhile.
func TestFreeRowsGoOnWithoutRoom(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 30, "x")
		w.save("emails", findEmail(fettle.AllPeople, 10))
		w.work(w.e)
		w.start("emails")
		wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
		w.save("again", findEmail(fettle.AllPeople, 5))
		w.start("again")
		wantPaused(t, w.paused("again"), fettle.PausedByLimit)
		if _, err := w.e.Resume(t.Context(), admin, "emails", engine.StartOptions{}); err != nil {
			t.Fatal(err)
		}
		wantRows(t, w.settle("emails"), fettle.RowCounts{Found: 10, Reused: 5, Pending: 15})
	})
}

func TestLimitsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.save("emails", findEmail(fettle.AllPeople, 10))
	for key, l := range map[string]fettle.Limit{
		"limit.credits": {Credits: credits(1_000_000_001)},
		"limit.records": {Records: new(int64(1_000_000_001))},
	} {
		if _, err := w.e.SetEnrichmentLimit(t.Context(), admin, "emails", l, false); fettle.AsError(err).Details["key"] != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// TestAPauseSaysWhatHolds raises what an enrichment paused for: what is shown
// is what holds after the change, and the command that makes room is the one of
// the limit that is reached.
func TestAPauseSaysWhatHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 1, Seed: 1})
	w.people(0, 50, "x")
	w.save("emails", findEmail(fettle.AllPeople, 20))
	w.work(w.e)
	w.start("emails")
	says := func(want ...string) {
		t.Helper()
		v := w.show("emails")
		for _, s := range want {
			if !strings.Contains(v.PauseDetail, s) {
				t.Errorf("says %q, not %q", v.PauseDetail, s)
			}
		}
	}
	wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
	says("is reached (20 of 20 credits)", "fettle enrichment limit emails --credits N")
	part := 20*fettle.Credit + fettle.Credit*3/10
	_, err := w.e.SetEnrichmentLimit(t.Context(), admin, "emails", fettle.Limit{Credits: &part}, false)
	must(t, err)
	says("leaves 0.3 credits, less than the next row may cost (20 of 20.3 credits)")
	w.limit("emails", 30, false)
	says("there is room again")
	err = w.e.SetLimit(t.Context(), admin, string(store.ScopeProvider), "sandbox", fettle.Limit{Credits: credits(25)})
	must(t, err)
	w.resume("emails")
	wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
	says("the provider sandbox is reached", "fettle limit set provider sandbox --credits N")
	_, err = w.e.Resume(t.Context(), admin, "emails", engine.StartOptions{})
	if fettle.AsError(err).Code != fettle.Refused && w.settle("emails").State != fettle.Paused {
		t.Errorf("resumed: %v", err)
	}
}

// TestAnEditMakesRoom edits the audience and the limit of what stopped at its
// limit: its run has ended by that, and there is room again all the same.
func TestAnEditMakesRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.people(0, 20, "x")
	w.audience("xs", `title == "x"`)
	w.save("emails", findEmail("xs", 10))
	w.work(w.e)
	w.start("emails")
	wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
	w.save("emails", findEmail(fettle.AllPeople, 15))
	v := w.show("emails")
	if v.RunID != 0 || !v.RoomAgain || v.ReusableRows != 10 || v.RemainingRows != 20 {
		t.Errorf("run %d, room again: %v (%s); %d rows remain, %d of them free", v.RunID, v.RoomAgain, v.PauseDetail, v.RemainingRows, v.ReusableRows)
	}
}

// TestSuppressedIsSaid has a suppressed record say that it is, and not that a
// condition is false, in its row and in the estimate.
func TestSuppressedIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 1, Seed: 1})
	w.people(0, 3, "x")
	def := findEmail(fettle.AllPeople, 100)
	def.When = `name != "Person Number2"`
	w.save("emails", def)
	ids := w.ids(fettle.AllPeople)
	_, err := w.e.SuppressRecords(t.Context(), admin, ids[:1], "", true)
	must(t, err)
	if est := w.estimate("emails"); est.Skipped != 2 || est.Suppressed != 1 {
		t.Errorf("estimate: %d skipped, of which %d suppressed", est.Skipped, est.Suppressed)
	}
	w.work(w.e)
	w.start("emails")
	w.settle("emails")
	rows := w.rows("emails")
	if d := rows[ids[0]].Detail; d != "do not enrich: suppressed" {
		t.Errorf("the suppressed record's row says %q", d)
	}
	if d := rows[ids[2]].Detail; d != "the condition is false" {
		t.Errorf("the other's says %q", d)
	}
}
