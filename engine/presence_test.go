package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestRowsCountTheAudience buys for 12 people, of whom some leave the audience
// and some are deleted: wherever rows are counted it is those of the audience,
// and the others are counted apart, live, paused and in another process.
func TestRowsCountTheAudience(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 12, "in")
		w.audience("ins", `title == "in"`)
		stop := w.work(w.e)
		w.save("emails", findEmail("ins", 100))
		w.start("emails")
		w.settle("emails")
		w.presence("emails", 12, 0)

		all := w.ids("ins")
		w.edit(all[0], "title", "out")
		w.edit(all[1], "title", "out")
		w.settle("emails")
		w.presence("emails", 10, 2)
		if n, err := w.e.DeleteRecords(t.Context(), admin, all[2:5], "", false); n != 3 || err != nil {
			t.Fatal(n, err)
		}
		w.settle("emails")
		w.presence("emails", 7, 5)
		w.edit(all[0], "title", "in") // and back
		w.settle("emails")
		w.presence("emails", 8, 4)

		w.pause("emails")
		w.edit(all[5], "title", "out")
		w.presence("emails", 7, 5)
		def := w.show("emails").Definition
		def.Steps[0].Inputs = map[string]string{"full_name": `name + " Jr"`, "company_domain": "company_domain"}
		w.save("emails", def)
		w.presence("emails", 7, 5)
		if v := w.show("emails"); v.StaleRows != 7 {
			t.Errorf("%d rows are stale, want the 7 of the audience", v.StaleRows)
		}
		_, err := w.e.Rerun(t.Context(), admin, "emails", engine.RerunOptions{Stale: true}, false)
		if est, ok := fettle.AsError(err).Details["estimate"].(fettle.Estimate); !ok || est.RerunRows != 7 || est.UnlimitedCredits != *credits(7) {
			t.Errorf("the rerun: %v, %+v", err, fettle.AsError(err).Details["estimate"])
		}
		w.audience("ins", `title == "in" && name != "Person Number11"`)
		w.presence("emails", 6, 6)
		if v := w.show("emails"); v.StaleRows != 6 {
			t.Errorf("%d rows are stale, want 6", v.StaleRows)
		}
		stop()
		w.sound()
		w.e = w.engine()
		w.presence("emails", 6, 6) // by a process that has counted nothing yet
		if err := w.e.CheckNew(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.sound()
	})
}

// presence holds that every surface counts so many found rows in the audience,
// and so many beside it.
func (w *world) presence(name string, in, departed int64) {
	w.t.Helper()
	v := w.show(name)
	list, err := w.e.Enrichments(w.t.Context(), admin)
	if err != nil || len(list) != 1 {
		w.t.Fatalf("%d enrichments, %v", len(list), err)
	}
	for _, x := range []fettle.EnrichmentView{v, list[0]} {
		if x.Rows.Found != in || x.DepartedRows != departed || x.RemainingRows != 0 || x.PaidRows != 12 || x.StaleRows != v.StaleRows {
			w.t.Errorf("%d found, %d departed, %d left, %d paid, %d stale; want %d, %d, 0, 12", x.Rows.Found, x.DepartedRows, x.RemainingRows, x.PaidRows, x.StaleRows, in, departed)
		}
	}
	if n := int64(len(w.rows(name))); n != in {
		w.t.Errorf("the page of rows has %d, want %d", n, in)
	}
	out, _, err := w.e.Rows(w.t.Context(), admin, name, engine.RowQuery{Departed: true, Limit: 100})
	if err != nil || int64(len(out)) != departed {
		w.t.Errorf("%d departed rows, want %d, %v", len(out), departed, err)
	}
	reasons, err := w.e.Reasons(w.t.Context(), admin, name, engine.RowQuery{Outcome: fettle.Found, Limit: 10})
	if err != nil || len(reasons) != 1 || reasons[0].Rows != in {
		w.t.Errorf("reasons: %+v, %v, want %d rows", reasons, err, in)
	}
}
