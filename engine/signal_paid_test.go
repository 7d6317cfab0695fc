package engine_test

import (
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/store/storetest"
)

// lines is an enrichment that buys a line for each change of job, by the meter.
func (w *clocked) lines() {
	w.t.Helper()
	w.audience("movers", movers)
	w.rule("job-change", jobChange())
	w.save("reading", fettle.Definition{
		Audience: []string{"movers"}, Steps: []fettle.Step{{Provider: "meter/read", Inputs: map[string]string{"name": `name + " as " + signal.to.title`}}},
		Outputs: fettle.Outputs{{Name: "reading", Field: "reading"}}, Write: fettle.Overwrite, Follow: true, RerunOn: "signal", Limit: &fettle.Limit{Credits: credits(100)},
	})
	w.upsert(fettle.People, job("ada", "VP"), job("bob", "VP"), job("cy", "VP"), job("dan", "VP"))
	w.start("reading")
	w.up()
	w.soon()
}

func job(id, title string) map[string]any {
	return map[string]any{"external_id": id, "name": "Person " + id, "title": title, "company_domain": id + ".com"}
}

// TestFortyDaysOfPauseAreJudgedByTheNewest has one person move twice and another
// once within forty days: paused, that is two lines, of the newest changes; else
// three.
func TestFortyDaysOfPauseAreJudgedByTheNewest(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		for name, want := range map[string]int{"paused": 2, "live": 3} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				inTime(t, kind, func(w *clocked) {
					w.lines()
					w.bought("nobody moved", 0)
					if name == "paused" {
						w.pause("reading")
					}
					for _, moves := range []struct{ at, id, title string }{{"01-12", "ada", "CTO"}, {"01-22", "ada", "CEO"}, {"02-05", "bob", "CFO"}} {
						w.at("2000-" + moves.at + " 12:00:00")
						w.upsert(fettle.People, job(moves.id, moves.title))
						w.soon()
					}
					w.at("2000-02-10 12:00:00")
					if name == "paused" {
						w.bought("paused", 0)
						if _, err := w.e.Resume(w.t.Context(), admin, "reading", engine.StartOptions{Confirm: true}); err != nil {
							w.t.Fatal(err)
						}
						w.soon()
					}
					w.bought("after forty days", want)
					if ceo, cfo := len(w.m.at["Person ada as CEO"]), len(w.m.at["Person bob as CFO"]); ceo != 1 || cfo != 1 {
						w.t.Errorf("of the newest changes %d and %d lines", ceo, cfo)
					}
				})
			})
		}
	}
}

// TestDuplicatesWithSignalsPayNothing merges two records that each have a signal of
// the same change, and two with different ones, takes that apart, and has one that
// was deleted come back: nothing of it is bought.
func TestDuplicatesWithSignalsPayNothing(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			inTime(t, kind, duplicatesWithSignals)
		})
	}
}

func duplicatesWithSignals(w *clocked) {
	w.lines()
	ids := w.ids(fettle.AllPeople)
	w.at("2000-01-03 12:00:00")
	w.rule("job-change", fettle.SignalRule{
		Entity: fettle.People, Type: "job_change", When: "changed(title)", From: map[string]string{"title": "before.title"}, To: map[string]string{"title": "title"},
	})
	w.upsert(fettle.People, job("ada", "CTO"), job("bob", "cto."), job("cy", "CEO"), job("dan", "CFO"))
	w.soon()
	each := []string{"Person ada: VP → CTO ×1", "Person bob: VP → cto. ×1", "Person cy: VP → CEO ×1", "Person dan: VP → CFO ×1"}
	w.saysSignals("each moved", each...)
	w.bought("each moved", 4)
	same, other := w.merge(ids[0], ids[1]), w.merge(ids[2], ids[3])
	w.soon()
	w.saysSignals("merged", "Person ada: VP → CTO ×2", "Person cy: VP → CEO ×1", "Person cy: VP → CFO ×1")
	w.bought("merged", 4)
	w.unmerge(same)
	w.unmerge(other)
	w.soon()
	w.saysSignals("apart again", each...)
	w.bought("apart again", 4)
	if _, err := w.e.DeleteRecords(w.t.Context(), admin, []int64{ids[1]}, "", false); err != nil {
		w.t.Fatal(err)
	}
	w.at(time.Now().UTC().Add(time.Hour).Format(time.DateTime))
	w.upsert(fettle.People, job("bob", "cto."))
	w.soon()
	w.saysSignals("the loser deleted and back", each[0], each[2], each[3])
	w.bought("the loser deleted and back", 4)
}
