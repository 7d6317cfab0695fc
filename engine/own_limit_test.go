package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

// TestARaiseLetsGoOnWhatWaitsForAnOwnLimit raises the limit of a live
// enrichment, or resumes it, while rows wait for the own limit of who opened
// them: they go on, on the account of who does so. Who may not spend changes
// nothing.
func TestARaiseLetsGoOnWhatWaitsForAnOwnLimit(t *testing.T) {
	t.Parallel()
	ways := map[string]func(w *world) error{
		"raise": func(w *world) error {
			_, err := w.e.RaiseAndResume(w.t.Context(), admin, "emails", fettle.Limit{Credits: credits(2000)}, engine.StartOptions{})
			return err
		},
		"resume": func(w *world) error {
			_, err := w.e.Resume(w.t.Context(), admin, "emails", engine.StartOptions{})
			return err
		},
	}
	for way, goOn := range ways {
		for _, kind := range storetest.Kinds() {
			t.Run(way+"/"+kind, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, opened(t, storetest.DSN(t, kind)), sandbox.Defaults())
				w.widened()
				w.until("emails", func(v fettle.EnrichmentView) bool { return v.OwnLimitRows == 4 && v.InFlight == 0 })
				if _, err := w.e.Resume(t.Context(), w.let("eve", fettle.Editor, false, 0), "emails", engine.StartOptions{}); err == nil {
					t.Error("who may not spend resumed it")
				}
				must(t, goOn(w))
				w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 9 && v.OwnLimitRows == 0 && v.InFlight == 0 })
				w.person("ci", 2)
				w.person("ann", 9)
				w.sound()
			})
		}
	}
}

// widened has an enrichment of an admin live whose audience somebody widened who
// may spend 2 credits: it gives them. Two of the six rows that this opened run,
// beside the three that were there.
func (w *world) widened() (ci fettle.Actor) {
	w.t.Helper()
	w.people(0, 3, "in")
	w.people(100, 6, "out")
	w.audience("some", `title == "in"`)
	w.save("emails", findEmail("some", 1000))
	w.start("emails")
	w.work(w.e)
	w.settle("emails")
	ci = w.let("ci", fettle.Editor, true, 2)
	if _, err := w.e.SaveAudience(w.t.Context(), ci, fettle.Audience{Name: "some", Entity: fettle.People, Where: `title != ""`}, true); err != nil {
		w.t.Fatal(err)
	}
	return ci
}
