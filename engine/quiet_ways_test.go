package engine_test

import (
	"fmt"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestMappingLaterInPiecesDoesNotPassTheGuard maps a column of two imports as an
// editor: together they put more in than goes in unasked.
func TestMappingLaterInPiecesDoesNotPassTheGuard(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.guardAt(10)
		w.audience("engineers", `title == "Engineer"`)
		w.save("emails", findEmail("engineers", 1000))
		w.start("emails")
		var later []engine.LaterInput
		for i := range 2 {
			text := "key,name,company_domain,title\n"
			for j := range 6 {
				text += fmt.Sprintf("k%d%d,Person N%d%d,p%d%d.com,Engineer\n", i, j, i, j, i, j)
			}
			v, err := w.e.Import(ctx, editor, engine.ImportInput{File: file(t, text), Entity: fettle.People, Map: map[string]string{"key": "external_id", "title": ""}})
			if err != nil || v.Created != 6 {
				t.Fatalf("%+v, %v", v, err)
			}
			later = append(later, engine.LaterInput{ID: v.ID, Map: map[string]string{"title": "title"}})
		}
		if _, err := w.e.MapImport(ctx, editor, later[0]); err != nil {
			t.Fatal(err)
		}
		_, err := w.e.MapImport(ctx, editor, later[1])
		w.code(fettle.NotAllowed, err, "the second half")
	})
}

// TestWhatACappedOneDoesByHandCountsInTheirLimit changes inputs one by one with a
// limit of its own: what is beyond it waits alone.
func TestWhatACappedOneDoesByHandCountsInTheirLimit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.guardAt(3)
		w.people(0, 6, "x")
		w.save("emails", againOn("title"))
		w.start("emails")
		w.work(w.e)
		w.settle("emails")
		ci := w.let("ci", fettle.Editor, true, 4)
		for i, id := range w.ids(fettle.AllPeople) {
			must(t, w.e.EditRecord(t.Context(), ci, id, "title", "y", i%2 == 0))
			w.until("emails", func(v fettle.EnrichmentView) bool {
				return !v.Planning && v.InFlight == 0 && v.RemainingRows == v.OwnLimitRows && v.OwnLimitRows == int64(max(0, i-3))
			})
		}
		if v, calls := w.show("emails"), w.sb.Books().Calls; v.State != fettle.Live || calls != 10 {
			t.Errorf("%s, %d calls, want 6 and the 4 within the own limit", v.State, calls)
		}
		w.person("ci", 4)
		w.sound()
	})
}

// againOn finds emails, again where a field has changed.
func againOn(field string) fettle.Definition {
	def := findEmail(fettle.AllPeople, 1000)
	def.RerunOn = "inputs"
	def.Steps[0].Inputs["full_name"] = `name + " " + ` + field
	return def
}

// TestAHarmlessWriteCoversNothing writes what opens no row, about people or their
// companies, as an editor, and changes inputs of the same people one by one: that
// the one goes in does not let the others in, although all is followed at once.
func TestAHarmlessWriteCoversNothing(t *testing.T) {
	t.Parallel()
	for _, what := range fettle.Entities() {
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
			w.guardAt(3)
			w.people(0, 6, "x")
			w.field("note", fettle.Text)
			rows := make([]map[string]any, 6)
			for i := range rows {
				rows[i] = map[string]any{"external_id": fmt.Sprint("p", i), "note": "new"}
				if what == fettle.Companies {
					rows[i] = map[string]any{"domain": fmt.Sprintf("company%d.com", i), "industry": "new"}
					w.upsert(what, map[string]any{"domain": rows[i]["domain"], "name": fmt.Sprint("Company ", i)})
				}
			}
			w.save("emails", againOn("title"))
			w.start("emails")
			stop := w.work(w.e)
			w.settle("emails")
			stop()
			if v, err := w.e.UpsertRecords(ctx, editor, engine.UpsertInput{Entity: what, Source: "csv", Rows: rows}); err != nil || v.Updated != 6 {
				t.Fatalf("%+v, %v", v, err)
			}
			for _, id := range w.ids(fettle.AllPeople) {
				must(t, w.e.EditRecord(ctx, editor, id, "title", "y", false))
			}
			w.work(w.engine())
			w.until("emails", func(v fettle.EnrichmentView) bool { return v.ApprovalRows == 6 || w.sb.Books().Calls > 6 })
			if calls := w.sb.Books().Calls; calls != 6 {
				t.Errorf("%d calls", calls)
			}
			w.sound()
		})
	}
}

// TestAnEditorDelaysNoOthersCompanies edits a company while what somebody who may
// spend has answered for about many others is still to be followed.
func TestAnEditorDelaysNoOthersCompanies(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.guardAt(3)
		w.people(0, 7, "x")
		rows := make([]map[string]any, 7)
		for i := range rows {
			rows[i] = map[string]any{"domain": fmt.Sprintf("company%d.com", i), "name": fmt.Sprint("Company ", i), "industry": "old"}
		}
		w.upsert(fettle.Companies, rows...)
		w.save("emails", againOn("company.industry"))
		w.start("emails")
		stop := w.work(w.e)
		w.settle("emails")
		stop()
		for i := range rows {
			rows[i]["industry"] = "new"
		}
		w.upsert(fettle.Companies, rows[1:]...)
		must(t, w.e.EditRecord(ctx, editor, w.ids(fettle.AllCompanies)[0], "industry", "new", false))
		w.work(w.engine())
		if v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.State == fettle.Paused || w.sb.Books().Calls == 14 }); v.State != fettle.Live {
			t.Errorf("%s: %s", v.State, v.PauseDetail)
		}
		w.sound()
	})
}

// TestANewCompanyAsksForThoseWhoWaitForIt writes a company, as a record and as a
// file, for which people wait who enter an audience by it.
func TestANewCompanyAsksForThoseWhoWaitForIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.guardAt(3)
		rows := make([]map[string]any, 6)
		for i := range rows {
			rows[i] = map[string]any{"external_id": fmt.Sprint("p", i), "name": fmt.Sprintf("Person N%d", i), "company_domain": "acme.com"}
		}
		w.upsert(fettle.People, rows...)
		w.audience("software", `company.industry == "Software"`)
		w.save("emails", findEmail("software", 1000))
		w.start("emails")
		w.work(w.e)
		w.settle("emails")
		company := []map[string]any{{"domain": "acme.com", "name": "Acme", "industry": "Software"}}
		_, err := w.e.UpsertRecords(ctx, editor, engine.UpsertInput{Entity: fettle.Companies, Rows: company})
		refused(t, err, fettle.NotAllowed, "6 rows into emails: 6 to buy")
		in := engine.ImportInput{File: file(t, "name,domain,industry\nAcme,acme.com,Software\n"), Entity: fettle.Companies}
		_, err = w.e.Import(ctx, editor, in)
		refused(t, err, fettle.NotAllowed, "6 rows into emails: 6 to buy")
		in.Confirm = true
		if v, err := w.e.Import(ctx, spender, in); err != nil || v.Created != 1 {
			t.Fatalf("%+v, %v", v, err)
		}
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.PaidRows == 6 && v.InFlight == 0 })
		w.sound()
	})
}
