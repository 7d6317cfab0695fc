package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// overlap imports the lesson's people: 501 in A, 940 in B, 300 in both.
func (w *world) overlap() {
	w.people(0, 201, "only a")
	w.people(201, 300, "both")
	w.people(501, 640, "only b")
	w.audience("a", `title in ["only a", "both"]`)
	w.audience("b", `title in ["only b", "both"]`)
}

func TestLesson(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.overlap()
		w.work(w.e)
		w.save("work-email", findEmail("a", 5000))
		w.start("work-email")
		v := w.settle("work-email")
		if v.Rows.Found != 501 || v.PaidRows != 501 || v.SpentCredits != 501*fettle.Credit {
			t.Fatalf("after A: %+v", v)
		}
		stop, err := w.e.Pause(t.Context(), admin, "work-email")
		if err != nil || !stop.Confirmed || stop.InFlight != 0 {
			t.Fatalf("pause: %+v, %v", stop, err)
		}
		if _, err := w.e.Reset(t.Context(), admin, "work-email"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.e.Point(t.Context(), admin, "work-email", []string{"b"}); err != nil {
			t.Fatal(err)
		}
		est, err := w.e.Estimate(t.Context(), admin, "work-email", engine.EstimateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if est.AudienceRows != 940 || est.ToRun != 640 || est.Reused != 300 || est.HighCredits != 640*fettle.Credit {
			t.Fatalf("estimate: %+v", est)
		}
		w.resume("work-email")
		v = w.settle("work-email")
		if v.Rows.Found != 640 || v.Rows.Reused != 300 || v.SpentCredits != 1141*fettle.Credit || v.PaidRows != 640 {
			t.Fatalf("after B: %+v", v)
		}
		if v.Estimate == nil || v.Estimate.ToRun != 640 || v.RunSpentCredits != 640*fettle.Credit {
			t.Errorf("beside the estimate %+v stand %s", v.Estimate, v.RunSpentCredits)
		}
		books := w.sb.Books()
		if books.BilledCalls != 1141 || books.Repeats != 0 {
			t.Fatalf("books: %+v", books)
		}
		w.sound()
	})
}
