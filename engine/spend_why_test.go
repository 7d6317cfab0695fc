package engine_test

import (
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// goesBackTo holds that an enrichment's spend goes back to one thing, most of all
// or for so many calls; 0: any number.
func (w *world) goesBackTo(name, kind, thing string, calls int64, command string) {
	w.t.Helper()
	v, err := w.e.WhyEnrichment(w.t.Context(), admin, name, time.Time{}, time.Time{})
	if err != nil {
		w.t.Fatal(err)
	}
	var sum fettle.Credits
	found := false
	for _, x := range v.Things {
		sum += x.Credits
		if x.Kind != kind || x.Name != thing {
			continue
		}
		found = true
		if calls != 0 && x.Calls != calls || !strings.HasPrefix(x.Command, command) || x.Text == "" {
			w.t.Errorf("%s: %+v, want %d calls and %q", name, x, calls, command)
		}
	}
	if !found || sum != v.SettledCredits {
		w.t.Errorf("%s: no %s %s, or %s of %s: %+v", name, kind, thing, sum, v.SettledCredits, v.Things)
	}
}

// TestWhyNamesTheThing plants each cause and finds it: who started it, the import,
// the filter edit, the edit by hand of an input, the signal, the rerun, the version.
func TestWhyNamesTheThing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.field("x", fettle.Number)
		w.rule("job-change", jobChange())
		a := parliament(0, 12)
		for i := range a[8:] {
			a[8+i].location = "Room 2"
		}
		w.sync("list", a[:4])
		w.audience("room-1", `location == "Room 1"`)
		def := scored("name + title", "x")
		def.Audience = []string{"room-1"}
		w.save("score", def)
		w.work(w.e)
		w.start("score")
		w.settle("score")
		w.goesBackTo("score", "person", admin.Name, 4, "fettle enrichment pause score")
		w.sync("list", a)
		w.settle("score")
		w.looked()
		w.goesBackTo("score", "import", "people.csv", 4, "fettle import undo 2")
		w.audience("room-1", `location == "Room 1" || location == "Room 2"`)
		w.looked()
		w.until("score", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 12 })
		w.goesBackTo("score", "filter", "room-1", 4, "fettle audience show room-1")
		w.edit(w.ids(fettle.AllPeople)[0], "title", "Chair")
		w.looked()
		w.until("score", func(fettle.EnrichmentView) bool { return w.sb.Books().Calls == 13 })
		w.settle("score")
		w.goesBackTo("score", "edit", admin.Name, 1, "fettle undo list")
		if _, err := w.e.Rerun(ctx, admin, "score", engine.RerunOptions{}, true); err != nil {
			t.Fatal(err)
		}
		w.until("score", func(fettle.EnrichmentView) bool { return w.sb.Books().Calls == 25 })
		w.settle("score")
		v, err := w.e.WhyEnrichment(ctx, admin, "score", time.Time{}, time.Time{})
		if err != nil || v.Calls != 25 || v.Looked != 25 || len(v.Things) == 0 || v.Things[0].Kind != "person" || !strings.Contains(v.Things[0].Text, "rerun") || v.Things[0].Calls != 12 {
			t.Errorf("%+v, %v", v, err)
		}
		w.sound()
	})
}

// TestWhyNamesTheOther finds the enrichment and the signal that have others buy.
func TestWhyNamesTheOther(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.field("x", fettle.Number)
		w.field("y", fettle.Number)
		w.rule("job-change", jobChange())
		a := parliament(0, 3)
		w.sync("list", a)
		w.save("first", scored("name + title", "x"))
		w.save("second", scored(`name + string(x)`, "y"))
		c := findEmail("job-change", 1000) // an operation of its own: what the others asked since the signal would count for it
		c.Steps[0].Inputs = map[string]string{"full_name": "name + signal.to.title", "company_domain": `"acme.com"`}
		c.Write, c.RerunOn = fettle.Overwrite, "signal"
		w.save("copy", c)
		w.work(w.e)
		for _, name := range []string{"first", "second", "copy"} {
			w.start(name)
			w.settle(name)
		}
		a[0].title, a[1].title = "Senator", "Mayor"
		w.sync("list", a)
		w.until("copy", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 2 })
		w.until("second", func(fettle.EnrichmentView) bool {
			return len(w.charges(engine.JournalQuery{Enrichment: "second"})) == 5
		})
		w.goesBackTo("first", "import", "people.csv", 2, "fettle import undo 2")
		w.goesBackTo("second", "enrichment", "first", 0, // its first rows may have been opened again while they waited
			"fettle enrichment pause first")
		w.goesBackTo("copy", "signal", "job-change", 2, "fettle signal pause job-change")

		// Whom a signal let in during a pause is bought for the signal, whatever others
		// wrote meanwhile into fields that copy does not read.
		w.pause("copy")
		a[2].title = "Judge"
		w.sync("list", a)
		for _, id := range w.ids(fettle.AllPeople) { // so are what a person writes there, and what a company gets
			w.edit(id, "phone", "+1 202 224 4521")
		}
		w.until("first", func(fettle.EnrichmentView) bool {
			return len(w.charges(engine.JournalQuery{Enrichment: "first"})) == 6
		})
		w.settle("first")
		w.resume("copy")
		w.until("copy", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 3 })
		w.goesBackTo("copy", "signal", "job-change", 3, "fettle signal pause job-change")
		w.sound()
	})
}
