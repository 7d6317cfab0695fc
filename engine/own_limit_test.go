package engine_test

import (
	"slices"
	"sync"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
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

// TestWhoHasALimitOfTheirOwnRaisesNoOneElses raises the limit of what runs on an
// admin's account, by each way that there is, as a token that may spend 2
// credits: what it would allow counts in no limit of the token.
func TestWhoHasALimitOfTheirOwnRaisesNoOneElses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.people(0, 3, "x")
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.start("emails")
		ci := w.let("ci", fettle.Editor, true, 2)
		set := func(l fettle.Limit) error {
			_, err := w.e.SetEnrichmentLimit(ctx, ci, "emails", l, false)
			return err
		}
		more := fettle.Limit{Credits: credits(2000)}
		ways := map[string]error{"a limit": set(more), "no limit": set(fettle.Limit{None: true}), "a definition": w.saveAs(ci, "emails", findEmail(fettle.AllPeople, 2000))}
		_, ways["raise and resume"] = w.e.RaiseAndResume(ctx, ci, "emails", more, engine.StartOptions{})
		for way, err := range ways {
			w.code(fettle.NotAllowed, err, way)
		}
		w.code("", set(fettle.Limit{Credits: credits(900)}), "less")
		w.code("", set(fettle.Limit{Credits: credits(5000), Per: fettle.PerDay}), "one more, over another period")
		_, err := w.e.SetEnrichmentLimit(ctx, admin, "emails", more, false)
		w.code("", err, "more, by an admin: two periods, and none is said")
		w.pause("emails")
		w.code("", set(fettle.Limit{Credits: credits(3000), Per: fettle.Lifetime}), "of what stands still: whoever resumes it pays")
	})
}

// TestAStartIsHeldToTheMostThatWasSaid starts and reruns an enrichment that has no
// limit with the most that it may spend: the limit is lowered with the start, or not
// at all, so that of two who start it at once the limit is the one's that won.
func TestAStartIsHeldToTheMostThatWasSaid(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.people(0, 20, "x")
		def := findEmail(fettle.AllPeople, 1)
		def.Limit = &fettle.Limit{None: true}
		w.save("emails", def)
		most := []int64{3, 9}
		errs := make([]error, len(most))
		var both sync.WaitGroup
		for i, n := range most {
			both.Go(func() {
				_, errs[i] = w.e.Start(ctx, admin, "emails", engine.StartOptions{Most: credits(n)})
			})
		}
		both.Wait()
		won := slices.IndexFunc(errs, func(err error) bool { return err == nil })
		if won < 0 {
			t.Fatal(errs)
		}
		w.code(fettle.Refused, errs[1-won], "who came second")
		limit := func(want int64, what string) {
			t.Helper()
			if v := w.view("emails"); v.Limit == nil || v.Limit.Credits == nil || *v.Limit.Credits != *credits(want) {
				t.Errorf("%s: the limit is %+v, not %d", what, v.Limit, want)
			}
		}
		limit(most[won], "of two starts")
		w.work(w.e)
		w.settle("emails")
		_, err := w.e.Rerun(ctx, admin, "emails", engine.RerunOptions{Most: credits(1)}, true)
		w.code("", err, "a rerun")
		limit(most[won], "of a rerun, whose limit left less already")
		_, err = w.e.Start(ctx, editor, "emails", engine.StartOptions{Most: credits(0)})
		w.code(fettle.NotAllowed, err, "a start by who may not spend")
		limit(most[won], "after a start that was refused")
		_, err = w.e.RaiseAndResume(ctx, admin, "emails", fettle.Limit{Credits: credits(100)}, engine.StartOptions{})
		w.code("", err, "a raise")
		spent := w.settle("emails").SpentCredits
		_, err = w.e.Rerun(ctx, admin, "emails", engine.RerunOptions{Most: credits(2)}, true)
		w.code("", err, "another rerun")
		limit(int64(spent/fettle.Credit)+2, "of a rerun")
		w.sound()
	})
}

// TestADocumentsLimitWakesWhatWaitsForIt raises a person's own limit by a document:
// the rows that wait for it go on, as they do where it is set otherwise.
func TestADocumentsLimitWakesWhatWaitsForIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.widened()
	w.until("emails", func(v fettle.EnrichmentView) bool { return v.OwnLimitRows == 4 && v.InFlight == 0 })
	// By themselves they would look again in a while: not in this test.
	_, err := w.db.Writer().ExecContext(t.Context(), "UPDATE enrichment_rows SET wake_at_us = wake_at_us + 3600000000 WHERE state = 'waiting'")
	must(t, err)
	_, err = w.e.Apply(t.Context(), admin, []byte("apiVersion: fettle/v1\nkind: Limit\nscope: person\nname: ci\nlimit: {credits: 20}\n"), true)
	must(t, err)
	w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 9 && v.OwnLimitRows == 0 })
	w.sound()
}
