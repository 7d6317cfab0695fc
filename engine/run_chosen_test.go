package engine_test

import (
	"regexp"
	"slices"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestChosenRecordsRunAlone has records run that somebody chose: of a draft, of an
// enrichment that paused at its limit with rows to go, and of one that is live. Each
// time just those are bought that were not, at the price that was shown, and what was
// not live stays so.
func TestChosenRecordsRunAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		asks := &asksOf{name: regexp.MustCompile(`Number\d+`)}
		w := between(t, db, sandbox.Config{HitRate: 1, Seed: 1}, asks.between)
		w.people(0, 10, "in")
		w.people(10, 2, "out")
		w.audience("some", `title == "in"`)
		w.save("emails", findEmail("some", 4))
		defer w.work(w.e)()
		ids := w.ids(fettle.AllPeople)
		var reached []string // by the rows' numbers
		run := func(what string, of engine.Chosen, toRun, outside int64, want ...int) fettle.EnrichmentView {
			t.Helper()
			was := w.show("emails")
			_, err := w.e.RunRecords(t.Context(), admin, "emails", of, false)
			est, _ := fettle.AsError(err).Details["estimate"].(fettle.Estimate)
			if fettle.CodeOf(err) != fettle.Confirm || est.ToRun != toRun || est.OutsideRows != outside || est.HighCredits != fettle.Credits(toRun)*fettle.Credit {
				t.Fatalf("%s: the price is %v, %d rows, %d outside, at most %s", what, err, est.ToRun, est.OutsideRows, est.HighCredits)
			}
			if got := asks.take(); len(got) > 0 {
				t.Fatalf("%s: the price alone asked about %v", what, got)
			}
			if _, err := w.e.RunRecords(t.Context(), admin, "emails", of, true); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			v := w.until("emails", func(v fettle.EnrichmentView) bool {
				return !v.Piloting && v.InFlight == 0 && v.Rows.Found == was.Rows.Found+toRun
			})
			reached = reached[:0]
			for _, n := range want {
				reached = append(reached, w.numberOf(ids[n], asks.name))
			}
			slices.Sort(reached)
			if got := asks.take(); !slices.Equal(got, reached) || v.State != was.State {
				t.Errorf("%s asked about %v, want %v; it is %s, was %s", what, got, reached, v.State, was.State)
			}
			return v
		}
		run("a draft", engine.Chosen{IDs: []int64{ids[7], ids[10], ids[3], ids[3]}}, 2, 1, 3, 7)
		w.start("emails")
		wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
		asks.take()
		_, err := w.e.RunRecords(t.Context(), admin, "emails", engine.Chosen{IDs: ids[:10]}, true)
		refused(t, err, fettle.Refused, "cannot go on", "4 credits")
		_, err = w.e.Pilot(t.Context(), admin, "emails", 2)
		refused(t, err, fettle.Refused, "nothing of emails can be tried", "4 credits", "Raise that limit first")
		w.limit("emails", 100, false)
		if v := run("paused", engine.Chosen{IDs: []int64{ids[9], ids[8], ids[0]}}, 2, 0, 8, 9); v.RemainingRows != 4 {
			t.Errorf("%d rows are left of it, want 4", v.RemainingRows)
		}
		w.resume("emails")
		w.settle("emails")
		asks.take()
		all := engine.Chosen{Query: engine.Query{Entity: fettle.People}, Except: []int64{ids[11]}}
		_, err = w.e.RunRecords(t.Context(), admin, "emails", all, true)
		refused(t, err, fettle.Refused, "1 not in its audience, 10 bought already", "by a rerun")
		_, err = w.e.RunRecords(t.Context(), admin, "emails", engine.Chosen{IDs: ids[11:12]}, true)
		refused(t, err, fettle.Refused, "1 not in its audience", "Choose records of its audience")
		if b := w.sb.Books(); b.Calls != 10 || b.Repeats != 0 {
			t.Errorf("books: %+v", b)
		}
		w.sound()
	})
}

// TestAPilotOfAPausedEnrichment: rows that wait in a pause are what a pilot of it
// asks for, and the rest stays where it is.
func TestAPilotOfAPausedEnrichment(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{HitRate: 1, Seed: 1})
		w.people(0, 8, "in")
		w.save("emails", findEmail(fettle.AllPeople, 3))
		defer w.work(w.e)()
		w.start("emails")
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.State == fettle.Paused && v.InFlight == 0 })
		w.limit("emails", 8, false)
		if _, err := w.e.Pilot(t.Context(), admin, "emails", 2); err != nil {
			t.Fatal(err)
		}
		v := w.until("emails", func(v fettle.EnrichmentView) bool { return !v.Piloting && v.InFlight == 0 })
		if v.PaidRows != 5 || v.State != fettle.Paused {
			t.Errorf("%s, %d rows paid", v.State, v.PaidRows)
		}
		w.exact()
	})
}
