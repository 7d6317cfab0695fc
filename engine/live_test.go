package engine_test

import (
	"fmt"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

func TestLiveMeansLocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.people(0, 5, "x")
	w.audience("other", `title == "x"`)
	w.field("found", fettle.Text)
	w.save("emails", findEmail(fettle.AllPeople, 100))
	w.work(w.e)
	w.start("emails")
	w.settle("emails")
	for name, change := range map[string]func(*fettle.Definition){
		"audience": func(d *fettle.Definition) { d.Audience = []string{"other"} },
		"inputs":   func(d *fettle.Definition) { d.Steps[0].Inputs["full_name"] = "title" },
		"step":     func(d *fettle.Definition) { d.Steps = append(d.Steps, otherEmail("again")) },
		"mapping":  func(d *fettle.Definition) { d.Outputs[0].Field = "found" },
		"when":     func(d *fettle.Definition) { d.When = `title == "x"` },
		"write":    func(d *fettle.Definition) { d.Write = fettle.OverwriteAll },
		"unknown":  func(d *fettle.Definition) { d.Unknown = "write_off" },
	} {
		def := findEmail(fettle.AllPeople, 100)
		change(&def)
		_, err := w.e.SaveEnrichment(t.Context(), admin, "emails", def)
		if e := fettle.AsError(err); e.Code != fettle.Refused || e.Hint == "" {
			t.Errorf("%s changed while live: %v", name, err)
		}
	}
	_, err := w.e.Point(t.Context(), admin, "emails", []string{"other"})
	refused(t, err, fettle.Refused, "Pause it first")
	_, err = w.e.Reset(t.Context(), admin, "emails")
	refused(t, err, fettle.Refused, "Pause it first")
	refused(t, w.e.DeleteEnrichment(t.Context(), admin, "emails"), fettle.Refused, "Pause it first")
	_, err = w.e.Start(t.Context(), admin, "emails", engine.StartOptions{})
	refused(t, err, fettle.Refused)
	if v := w.show("emails"); v.Version != 1 || w.sb.Books().Calls != 5 {
		t.Errorf("version %d, %+v", v.Version, w.sb.Books())
	}
	w.limit("emails", 200, false) // a limit is no logic
	w.pause("emails")
	_, err = w.e.Pause(t.Context(), admin, "emails")
	refused(t, err, fettle.Refused)
}

// TestStopMeansStop pauses with slow calls in flight: a stop ends the wait for a
// call's turn, not the call. What was in flight is shown, lands and is paid once, and
// nothing is claimed in its place; calls of no time are in TestStopAtFullSpeed.
func TestStopMeansStop(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		answer := w.sb.Hold()
		w.people(0, 1200, "x")
		w.save("emails", findEmail(fettle.AllPeople, 5000))
		w.work(w.e)
		w.start("emails")
		for end := time.Now().Add(patience); w.sb.Books().InFlight < 200; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("books: %+v", w.sb.Books())
			}
		}
		stop := w.pause("emails")
		confirmed, arrived := time.Now(), w.sb.Books().Calls
		if stop.InFlight < 200 || stop.InFlightCredits < 200*fettle.Credit {
			t.Errorf("%d in flight, %s", stop.InFlight, stop.InFlightCredits)
		}
		answer()
		v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.InFlight == 0 })
		w.looked()
		for _, c := range w.arrivals() {
			if c.Arrival.After(confirmed) {
				t.Fatalf("call %d arrived %v after the stop was confirmed", c.N, c.Arrival.Sub(confirmed))
			}
		}
		if v.Rows.Pending < 50 {
			t.Errorf("next to nothing was left to be stopped: %+v", v.Rows)
		}
		if b := w.sb.Books(); b.Calls != arrived || v.Rows.Found != arrived || v.SpentCredits != fettle.Credits(arrived)*fettle.Credit || v.ReservedCredits != 0 {
			t.Errorf("%d arrived before the stop; books %+v; rows %+v, %s spent", arrived, b, v.Rows, v.SpentCredits)
		}
		w.agree()
		w.sound()
	})
}

// TestResumeCatchesUp changes everything while paused: each change is caught
// up once.
func TestResumeCatchesUp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 50, "x")
		def := findEmail(fettle.AllPeople, 1000)
		def.RerunOn = "inputs"
		def.Steps[0].Inputs["full_name"] = `name + " " + title`
		w.save("emails", def)
		w.work(w.e)
		w.start("emails")
		w.settle("emails")
		w.pause("emails")
		ids := w.ids(fettle.AllPeople)
		for i, id := range ids[:20] {
			w.edit(id, "title", fmt.Sprintf("y%d", i))
			w.edit(id, "title", "y") // twice, and once back again
		}
		for _, id := range ids[20:25] {
			w.edit(id, "title", "y")
			w.edit(id, "title", "x")
		}
		w.people(50, 30, "x")
		w.looked()
		if b := w.sb.Books(); b.Calls != 50 {
			t.Fatalf("books: %+v", b)
		}
		if est := w.estimate("emails"); est.ToRun != 50 || est.HighCredits != 50*fettle.Credit {
			t.Errorf("estimate: %+v", est)
		}
		w.resume("emails")
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.SpentCredits >= 100*fettle.Credit })
		w.looked()
		v := w.settle("emails")
		if b := w.sb.Books(); b.Calls != 100 || b.Repeats != 0 || v.Rows.Found+v.Rows.Reused != 80 {
			t.Errorf("books: %+v, rows: %+v", b, v.Rows)
		}
		causes := map[fettle.Cause]int{}
		for _, j := range w.journal("") {
			causes[j.Cause]++
		}
		if causes[fettle.CauseInputChanged] != 20 {
			t.Errorf("causes: %v", causes)
		}
		w.pause("emails")
		w.resume("emails") // there is nothing left to catch up
		w.settle("emails")
		if b := w.sb.Books(); b.Calls != 100 {
			t.Errorf("books: %+v", b)
		}
		w.agree()
		w.sound()
	})
}

func TestFollowersPickUpWhatEnters(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 10, "x")
		w.audience("xs", `title == "x"`)
		w.save("emails", findEmail("xs", 1000))
		w.work(w.e)
		w.start("emails")
		w.settle("emails")
		w.people(10, 5, "x")
		w.people(100, 5, "other")
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 15 })
		w.edit(w.ids(fettle.AllPeople)[15], "title", "x") // enters by an edit
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 16 })
		w.sound()
	})
}

func TestOnceMeansOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.people(0, 10, "x")
	def := findEmail(fettle.AllPeople, 1000)
	def.Follow = false
	w.save("emails", def)
	w.work(w.e)
	w.start("emails")
	wantPaused(t, w.paused("emails"), fettle.PausedFinished)
	w.people(10, 5, "x")
	w.looked()
	if b := w.sb.Books(); b.Calls != 10 {
		t.Errorf("books: %+v", b)
	}
	w.start("emails")
	v := w.settle("emails")
	wantPaused(t, v, fettle.PausedFinished)
	if v.Rows.Found != 15 || w.sb.Books().Calls != 15 {
		t.Errorf("rows %+v", v.Rows)
	}
	w.sound()
}

// TestTheGuardAsksOnce changes many inputs by hand, which nobody was asked
// about: the enrichment pauses, and a person who resumes has been asked.
func TestTheGuardAsksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.people(0, 150, "x")
	def := findEmail(fettle.AllPeople, 1000)
	def.RerunOn = "inputs"
	def.Steps[0].Inputs["full_name"] = `name + " " + title`
	w.save("emails", def)
	w.start("emails")
	stop := w.work(w.e)
	w.settle("emails")
	stop()
	for _, id := range w.ids(fettle.AllPeople) {
		w.edit(id, "title", "y")
	}
	w.e = w.engine()
	w.work(w.e)
	wantPaused(t, w.until("emails", func(v fettle.EnrichmentView) bool { return v.State == fettle.Paused }), fettle.PausedByGuard)
	if b := w.sb.Books(); b.Calls != 150 {
		t.Fatalf("books: %+v", b)
	}
	if est := w.estimate("emails"); est.ToRun != 150 {
		t.Errorf("estimate: %+v", est)
	}
	w.resume("emails")
	v := w.until("emails", func(v fettle.EnrichmentView) bool {
		return v.State == fettle.Paused || v.SpentCredits == 300*fettle.Credit
	})
	if b := w.sb.Books(); v.State != fettle.Live || b.Calls != 300 || b.Repeats != 0 {
		t.Errorf("%s %s, books: %+v", v.State, v.PauseDetail, b)
	}
	w.sound()
}

// TestStopAtFullSpeed pauses again and again while calls are claimed and leave
// as fast as they can: none arrives after a confirmation.
func TestStopAtFullSpeed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		const rows = 1000
		w.people(0, rows, "x")
		w.save("emails", findEmail(fettle.AllPeople, 5000))
		w.work(w.e)
		w.start("emails")
		for round := range 6 {
			before, more := w.sb.Books().Calls, int64(1+37*round)
			if before+more > rows {
				break // so many are not left
			}
			w.busy(before, more)
			w.pause("emails")
			confirmed := time.Now()
			arrived := w.sb.Books().Calls
			w.until("emails", func(v fettle.EnrichmentView) bool { return v.InFlight == 0 }) // none that was claimed can still leave
			if b := w.sb.Books(); b.Calls != arrived {
				t.Fatalf("round %d: %d calls arrived up to %v after the stop was confirmed", round, b.Calls-arrived, b.LastCallAt.Sub(confirmed))
			}
			w.resume("emails")
		}
		w.settle("emails")
		if b := w.sb.Books(); b.Repeats != 0 {
			t.Errorf("books: %+v", b)
		}
		w.agree()
		w.sound()
	})
}
