package engine_test

import (
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/ingest"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// upsert writes people or companies as a script would, unasked.
func (w *world) upsert(entity fettle.Entity, rows ...map[string]any) {
	w.t.Helper()
	if _, err := w.e.UpsertRecords(w.t.Context(), admin, engine.UpsertInput{Entity: entity, Source: "crm", Rows: rows, Confirm: true}); err != nil {
		w.t.Fatal(err)
	}
}

// TestADerivedNameDoesNotSatisfyACell buys a name although there is a derived one,
// and the one that was bought stays. The Data Hub names the source.
func TestADerivedNameDoesNotSatisfyACell(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		w := newWorld(t, db, sandbox.Config{HitRate: 1})
		w.upsert(fettle.People, map[string]any{"external_id": "1", "first_name": "Ann", "last_name": "Lee", "email": "ann@x.com"}, map[string]any{"external_id": "2", "name": "Bob Ray", "email": "bob@x.com"})
		hub, err := w.e.Hub(t.Context(), admin, fettle.People, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range hub.Fields {
			if f.Field == "name" && (f.Sources["derived"] != 1 || f.Sources["crm"] != 1) || f.Field == "first_name" && f.Sources["derived"] != 1 {
				t.Errorf("sources of %s: %v", f.Field, f.Sources)
			}
		}
		w.save("titles", fettle.Definition{
			Audience: []string{"all-people"}, Write: fettle.FillBlanks, Follow: true, RerunOn: "never", Unknown: "hold",
			Steps:   []fettle.Step{{Provider: "sandbox/job_title", Inputs: map[string]string{"email": "email"}, Outputs: map[string]string{"title": "name"}}},
			Outputs: fettle.Outputs{{Name: "name", Field: "name"}},
			Limit:   &fettle.Limit{Credits: credits(100), Per: fettle.Lifetime},
		})
		if est := w.estimate("titles"); est.ToRun != 1 || est.Filled != 1 {
			t.Errorf("estimate %+v", est)
		}
		w.work(w.e)
		w.start("titles")
		wantRows(t, w.settle("titles"), fettle.RowCounts{Found: 1, Filled: 1})
		bought := w.value(1, "name")
		if bought == "Ann Lee" || bought == nil {
			t.Errorf("the name is %v", bought)
		}
		w.sound()
	})
}

// TestTheFirstDerivationOpensNoRow upgrades a workspace whose people have first and
// last names alone, with an enrichment that reads the name.
func TestTheFirstDerivationOpensNoRow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		w := newWorld(t, db, sandbox.Config{HitRate: 1})
		w.upsert(fettle.People, map[string]any{"external_id": "1", "first_name": "Ann", "last_name": "Lee", "company_domain": "x.com"}, map[string]any{"external_id": "2", "name": "Bob Ray", "company_domain": "x.com"})
		exec := func(texts ...string) {
			t.Helper()
			for _, text := range texts {
				if _, err := db.Writer().ExecContext(t.Context(), text); err != nil {
					t.Fatal(err)
				}
			}
		}
		exec("UPDATE people SET name = NULL WHERE id = 1", "UPDATE people SET first_name = NULL, last_name = NULL WHERE id = 2", "UPDATE people SET origins = '{\"\":1}'",
			"INSERT INTO settings (key, value) VALUES ('names_derived', 'done')")
		def := findEmail("all-people", 100)
		def.RerunOn = "inputs"
		w.save("email", def)
		stop := w.work(w.e)
		w.start("email")
		wantRows(t, w.settle("email"), fettle.RowCounts{Found: 1, MissingInput: 1})
		stop()
		exec("DELETE FROM settings WHERE key = 'names_derived'")
		w.work(w.engine())
		for w.value(1, "name") != "Ann Lee" || w.value(2, "last_name") != "Ray" {
			time.Sleep(5 * time.Millisecond) // until the names are derived
		}
		// What is written later is followed later: then the derivation was too.
		w.upsert(fettle.People, map[string]any{"external_id": "3", "first_name": "Cid", "last_name": "Roe", "company_domain": "x.com"})
		w.until("email", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 2 })
		wantRows(t, w.settle("email"), fettle.RowCounts{Found: 2, MissingInput: 1})
		w.sound()
	})
}

// TestDerivingNamesGoesOnWhereItStopped derives names a page at a time.
func TestDerivingNamesGoesOnWhereItStopped(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		w := newWorld(t, db, sandbox.Config{})
		for _, id := range []string{"1", "2", "3"} {
			w.upsert(fettle.People, map[string]any{"external_id": id, "first_name": "Ann" + id, "last_name": "Lee"})
		}
		if _, err := db.Writer().ExecContext(t.Context(), "UPDATE people SET name = NULL, origins = '{\"\":1}'"); err != nil {
			t.Fatal(err)
		}
		var next int64
		for range 2 {
			err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
				next, err = ingest.DeriveNames(t.Context(), tx, next, 2, time.Now())
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if next != 3 || w.value(1, "name") != "Ann1 Lee" || w.value(3, "name") != "Ann3 Lee" {
			t.Errorf("next %d: %v, %v", next, w.value(1, "name"), w.value(3, "name"))
		}
	})
}
