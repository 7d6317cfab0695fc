package engine_test

import (
	"fmt"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/ingest"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// lastRun is the newest run of the list of change sets.
func (w *world) lastRun() string {
	w.t.Helper()
	sets := w.sets("run")
	if len(sets) == 0 {
		w.t.Fatal("no run is listed")
	}
	return sets[0].ID
}

// TestUndoOfARun takes back what a run wrote while its enrichment is live: no
// call leaves for what was taken back, not even when it is long due, until a
// person reruns it.
func TestUndoOfARun(t *testing.T) {
	t.Parallel()
	const n, edited = 12, 3
	for name, c := range map[string]struct {
		write  fettle.WritePolicy
		before string // what the emails were
	}{
		"filled blanks": {fettle.FillBlanks, ""},
		"overwrote":     {fettle.Overwrite, "old%d@acme.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				cfg := sandbox.Defaults()
				cfg.HitRate = 1
				w := newWorld(t, db, cfg)
				w.people(0, n, "x")
				ids := w.ids(fettle.AllPeople)
				was := map[int64]any{}
				for i, id := range ids {
					if c.before != "" {
						was[id] = fmt.Sprintf(c.before, i)
						w.imports(fmt.Sprint("p", i), "email", was[id])
					}
				}
				stop := w.work(w.e)
				def := findEmail(fettle.AllPeople, 1000)
				def.Write, def.Refresh = c.write, fettle.Interval(30*day)
				w.save("email", def)
				w.start("email")
				w.settle("email")
				for _, id := range ids[:edited] {
					w.edit(id, "email", "by@hand.com")
				}
				w.looked()
				calls := w.sb.Books().Calls
				run := w.lastRun()
				would := w.wouldTake(run)
				did := w.take(run)
				wantTaken(t, run, did, would, n-edited, edited)
				if spent := fettle.Credit * n; did.CreditsStaySpent != spent {
					t.Errorf("%s credits stay spent, want %s", did.CreditsStaySpent, spent)
				}
				check := func(when string) {
					t.Helper()
					for i, id := range ids {
						want := was[id]
						if i < edited {
							want = "by@hand.com"
						}
						if got := w.value(id, "email"); got != want {
							t.Errorf("%s record %d has %v, want %v", when, id, got, want)
						}
					}
					if now := w.sb.Books().Calls; now != calls {
						t.Errorf("%s %d calls left", when, now-calls)
					}
				}
				w.looked()
				check("after the undo")
				v := w.settle("email")
				if v.Rows.TakenBack != n-edited || v.Rows.Found != edited {
					t.Errorf("rows %+v", v.Rows)
				}
				// Long due: what was edited by hand stays, what was taken back is left alone.
				stop()
				w.age(90 * day)
				w.e = w.engine()
				w.work(w.e)
				w.looked()
				w.settle("email")
				check("90 days later")
				// Not even another start, or another enrichment, buys it.
				w.pause("email")
				w.reset("email")
				w.start("email")
				w.save("second", findEmail(fettle.AllPeople, 1000))
				if est := w.estimate("second"); est.ToRun != 0 || est.TakenBack != n-edited || est.AudienceRows != n {
					t.Errorf("the estimate of another one: %+v", est)
				}
				w.start("second")
				w.looked()
				w.settle("email")
				w.settle("second")
				check("started again")
				w.taken(ids[n-1], c.before == "")
				// A person's rerun buys it.
				if _, err := w.e.Rerun(t.Context(), admin, "email", engine.RerunOptions{}, true); err != nil {
					t.Fatal(err)
				}
				v = w.settle("email")
				if bought := w.sb.Books().Calls - calls; bought < n-edited || v.Rows.TakenBack != 0 {
					t.Errorf("a rerun bought %d, rows %+v", bought, v.Rows)
				}
				if got := w.value(ids[n-1], "email"); got == nil || got == was[ids[n-1]] {
					t.Errorf("after the rerun %v", got)
				}
				w.agree()
				w.sound()
			})
		})
	}
}

// taken fails the test unless page, panel and Data Hub show a cell that was taken
// back.
func (w *world) taken(id int64, blank bool) {
	w.t.Helper()
	d, err := w.e.Record(w.t.Context(), viewer, id)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, v := range d.Values {
		if v.Field == "email" && v.TakenBack == "" {
			w.t.Errorf("the record's page says %+v", v)
		}
	}
	hub, err := w.e.Hub(w.t.Context(), viewer, fettle.People, "")
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range hub.Fields {
		if f.Field == "email" && (f.Blank.TakenBack > 0) != blank {
			w.t.Errorf("the Data Hub says %+v", f.Blank)
		}
	}
}

// imports writes a value into a record, as an import of it by its id does.
func (w *world) imports(ext, field string, value any) {
	w.t.Helper()
	err := w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		now := time.Now()
		origin, err := tx.OriginID(w.t.Context(), store.Origin{Kind: store.OriginImport, Name: "csv", Day: fettle.DayOf(now)})
		if err != nil {
			return err
		}
		_, err = ingest.Upsert(w.t.Context(), tx, ingest.UpsertInput{
			Entity: fettle.People, Source: "csv", Origin: origin, Actor: "test", Now: now, Policy: fettle.Overwrite,
			Fields: []string{"external_id", field}, Rows: []ingest.Row{{Line: 1, Values: []any{ext, value}}},
		})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
