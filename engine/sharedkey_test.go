package engine_test

import (
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/ingest"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// companies puts companies of one list in: each has a name and a domain.
func (w *world) companies(list ...[2]any) {
	w.t.Helper()
	err := w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		now := time.Now()
		origin, err := tx.OriginID(w.t.Context(), store.Origin{Kind: store.OriginImport, Name: "csv", Day: fettle.DayOf(now)})
		if err != nil {
			return err
		}
		in := ingest.UpsertInput{Entity: fettle.Companies, Source: "csv", Origin: origin, Actor: "test", Now: now, Fields: []string{"name", "domain"}}
		for i, c := range list {
			in.Rows = append(in.Rows, ingest.Row{Line: i + 1, Values: c[:]})
		}
		_, err = ingest.Upsert(w.t.Context(), tx, in)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func industry(limit int64) fettle.Definition {
	return fettle.Definition{
		Audience: []string{"all-companies"}, Write: fettle.FillBlanks, Follow: true, RerunOn: "never", Unknown: "hold",
		Steps:   []fettle.Step{{Provider: "sandbox/company", Inputs: map[string]string{"domain": "domain"}}},
		Outputs: fettle.Outputs{{Name: "industry", Field: "industry"}},
		Limit:   &fettle.Limit{Credits: credits(limit), Per: fettle.Lifetime},
	}
}

// TestASharedKeyIsNoInput asks by domain about companies of which three share
// theirs: they are missing input until the enrichment says that they may be asked.
func TestASharedKeyIsNoInput(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		w := newWorld(t, db, sandbox.Config{HitRate: 1})
		w.companies([2]any{"Own", "own.com"}, [2]any{"Law", "law.cuny.edu"}, [2]any{"York", "york.cuny.edu"}, [2]any{"City", "cuny.edu"})
		w.save("industry", industry(100))
		est := w.estimate("industry")
		if est.ToRun != 1 || est.MissingInput != 3 || est.SharedKeys != 3 || !strings.Contains(strings.Join(est.Warnings, " "), "allow_shared_keys") {
			t.Errorf("estimate %+v", est)
		}
		w.work(w.e)
		w.start("industry")
		wantRows(t, w.settle("industry"), fettle.RowCounts{Found: 1, MissingInput: 3})
		for id, r := range w.rows("industry") {
			if r.Outcome == fettle.MissingInput && r.Detail != "its domain is shared by 3" {
				t.Errorf("record %d: %q", id, r.Detail)
			}
		}
		w.pause("industry")
		def := industry(100)
		def.AllowSharedKeys = true
		w.save("industry", def)
		if est := w.estimate("industry"); est.ToRun != 3 || est.MissingInput != 0 || est.Reused != 1 {
			t.Errorf("estimate when allowed: %+v", est)
		}
		w.resume("industry")
		wantRows(t, w.settle("industry"), fettle.RowCounts{Found: 4})
		w.sound()
	})
}

// TestAKeyThatComesToBeShared is no input any more for rows that wait, and what was
// bought before stays bought. A merge by a person gives the key back.
func TestAKeyThatComesToBeShared(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		w := newWorld(t, db, sandbox.Config{HitRate: 1})
		w.companies([2]any{"City", "cuny.edu"})
		w.save("industry", industry(100))
		w.work(w.e)
		w.start("industry")
		wantRows(t, w.settle("industry"), fettle.RowCounts{Found: 1})
		w.companies([2]any{"Law", "law.cuny.edu"})
		wantRows(t, w.settle("industry"), fettle.RowCounts{Found: 1, MissingInput: 1})

		w.companies([2]any{"Acme", "acme.com"})
		wantRows(t, w.settle("industry"), fettle.RowCounts{Found: 2, MissingInput: 1})
		w.pause("industry")
		w.companies([2]any{"Bolt", "bolt.com"}, [2]any{"Nut", "bolt.com"})
		if est := w.estimate("industry"); est.ToRun != 0 || est.SharedKeys != 3 {
			t.Errorf("estimate %+v", est)
		}
		w.resume("industry")
		wantRows(t, w.settle("industry"), fettle.RowCounts{Found: 2, MissingInput: 3})
		ids := w.ids("all-companies")
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			origin, err := tx.OriginID(t.Context(), store.Origin{Kind: store.OriginPerson, Name: "ann", Day: fettle.DayOf(time.Now())})
			if err != nil {
				return err
			}
			_, err = ingest.Merge(t.Context(), tx, ingest.MergeInput{
				Entity: fettle.Companies, Survivor: ids[3], Loser: ids[4], Origin: origin, Actor: "ann", Now: time.Now(),
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		wantRows(t, w.settle("industry"), fettle.RowCounts{Found: 3, MissingInput: 1})
		w.sound()
	})
}

// TestAMailboxOfSeveralIsNoInput asks by e-mail and by name: only the question
// that is made of nothing but the shared address is not asked.
func TestAMailboxOfSeveralIsNoInput(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		w := newWorld(t, db, sandbox.Config{HitRate: 1})
		_, err := w.e.UpsertRecords(t.Context(), admin, engine.UpsertInput{Entity: fettle.People, Source: "crm", Rows: []map[string]any{
			{"external_id": "1", "name": "Ann Lee", "email": "fay@x.com", "company_domain": "x.com"},
			{"external_id": "2", "name": "Bob Ray", "email": "fay@x.com", "company_domain": "x.com"},
			{"external_id": "3", "name": "Cid Roe", "email": "cid@x.com", "company_domain": "x.com"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		title := fettle.Definition{
			Audience: []string{"all-people"}, Write: fettle.FillBlanks, Follow: true, RerunOn: "never", Unknown: "hold",
			Steps:   []fettle.Step{{Provider: "sandbox/job_title", Inputs: map[string]string{"email": "email"}}},
			Outputs: fettle.Outputs{{Name: "title", Field: "title"}},
			Limit:   &fettle.Limit{Credits: credits(100), Per: fettle.Lifetime},
		}
		w.save("title", title)
		if est := w.estimate("title"); est.ToRun != 1 || est.SharedKeys != 2 {
			t.Errorf("by e-mail: %+v", est)
		}
		w.save("email", func() fettle.Definition {
			def := findEmail("all-people", 100)
			def.Write = fettle.OverwriteAll
			return def
		}())
		if est := w.estimate("email"); est.ToRun != 3 || est.SharedKeys != 0 {
			t.Errorf("by name and domain: %+v", est)
		}
	})
}
