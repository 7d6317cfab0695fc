package engine_test

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

func (w *world) hub(entity fettle.Entity, audience string) fettle.HubView {
	w.t.Helper()
	v, err := w.e.Hub(w.t.Context(), viewer, entity, audience)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// unkept is the Data Hub of a process that has kept nothing: one that was long in
// making a price shows it for a while.
func (w *world) unkept(entity fettle.Entity, audience string) fettle.HubView {
	w.t.Helper()
	return (&world{t: w.t, e: w.engine()}).hub(entity, audience)
}

func hubField(t *testing.T, v fettle.HubView, key string) fettle.HubField {
	t.Helper()
	i := slices.IndexFunc(v.Fields, func(f fettle.HubField) bool { return f.Field == key })
	if i < 0 {
		t.Fatalf("no field %s", key)
	}
	return v.Fields[i]
}

// addsUp checks what must hold of every Data Hub: filled equals a count of the
// exported CSV, and filled and blanks are all the records.
func (w *world) addsUp(audience string) {
	w.t.Helper()
	var out strings.Builder
	if _, err := w.e.Export(w.t.Context(), viewer, recordsOf(audience), engine.ExportOptions{}, &out); err != nil {
		w.t.Fatal(err)
	}
	table, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil {
		w.t.Fatal(err)
	}
	v := w.hub("", audience)
	if v.Records != int64(len(table)-1) || len(v.Fields) != len(table[0]) {
		w.t.Errorf("%s: %d records, %d fields; the export has %d, %d", audience, v.Records, len(v.Fields), len(table)-1, len(table[0]))
	}
	for column, key := range table[0] {
		f := hubField(w.t, v, key)
		filled, sources := int64(0), int64(0)
		for _, row := range table[1:] {
			if row[column] != "" {
				filled++
			}
		}
		for _, n := range f.Sources {
			sources += n
		}
		b := f.Blank
		blank := b.NeverTried + b.Waiting + b.NotFound + b.Failed + b.Unknown + b.Skipped + b.Cleared
		if f.Filled != filled || f.Filled+blank != v.Records || sources != filled || min(b.NeverTried, b.Waiting, b.NotFound, b.Failed, b.Unknown, b.Skipped, b.Cleared) < 0 {
			w.t.Errorf("%s %s: %+v; the export has %d", audience, key, f, filled)
		}
		if last := f.Trend[len(f.Trend)-1]; last.Filled != filled || last.Records != v.Records || last.Day != string(fettle.DayOf(time.Now())) {
			w.t.Errorf("%s %s: today's point is %+v", audience, key, last)
		}
	}
}

func TestHub(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		cfg := sandbox.Defaults()
		cfg.HitRate, cfg.BillMiss = 0.5, false
		w := newWorld(t, db, cfg)
		w.people(0, 40, "Engineer")
		w.people(40, 20, "Chef")
		w.audience("engineers", `title == "Engineer"`)
		for _, name := range []string{fettle.AllPeople, fettle.AllCompanies, "engineers"} {
			w.addsUp(name)
		}
		v := w.hub(fettle.People, "")
		keys := []string{v.Fields[0].Field, v.Fields[1].Field, v.Fields[2].Field, v.Fields[3].Field}
		if !slices.Equal(keys, []string{"name", "title", "location", "linkedin_url"}) || !v.Fields[3].Key || v.Fields[4].Key {
			t.Errorf("the first fields are %v", keys)
		}
		name := hubField(t, v, "name")
		if name.Filled != 60 || name.Rate != 1 || name.Sources["csv"] != 60 || name.MedianAgeDays != 0 {
			t.Errorf("name: %+v", name)
		}
		if email := hubField(t, v, "email"); email.Blank.NeverTried != 60 || len(email.FillRest) != 0 {
			t.Errorf("email: %+v", email)
		}

		w.save("work-email", findEmail("engineers", 100))
		if rest := hubField(t, w.unkept(fettle.People, ""), "email").FillRest; len(rest) != 1 || rest[0].Rows != 60 || rest[0].ExpectedCredits != 60*fettle.Credit {
			t.Errorf("to fill the rest: %+v", rest)
		}
		w.work(w.e)
		w.start("work-email")
		row := w.settle("work-email").Rows
		email := hubField(t, w.unkept("", "engineers"), "email")
		if row.Found == 0 || row.NotFound == 0 || email.Filled != row.Found || email.Blank.NotFound != row.NotFound || email.Sources["work-email"] != row.Found {
			t.Fatalf("rows %+v, email %+v", row, email)
		}
		if email.CostCredits != fettle.Credit*fettle.Credits(row.Found) || email.CostPerFilled != fettle.Credit || email.FillRest[0].Rows != 0 {
			t.Errorf("email: %+v", email)
		}
		all := hubField(t, w.unkept(fettle.People, ""), "email")
		if all.Blank.NeverTried != 20 || all.Blank.NotFound != row.NotFound || all.FillRest[0].Rows != 20 {
			t.Errorf("all: %+v", all)
		}

		// After a reset the rows are gone, and what is known is not.
		if _, err := w.e.Pause(ctx, admin, "work-email"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.e.Reset(ctx, admin, "work-email"); err != nil {
			t.Fatal(err)
		}
		if after := hubField(t, w.hub("", "engineers"), "email"); after.Blank != email.Blank {
			t.Errorf("after the reset: %+v, before %+v", after.Blank, email.Blank)
		}

		// Cleared by hand; invalid; stale after a change of the logic.
		found, err := w.e.Records(ctx, viewer, engine.Query{Audience: "engineers", Where: "filled(email)", Limit: 2})
		if err != nil || len(found.Items) != 2 {
			t.Fatalf("%+v, %v", found, err)
		}
		if err := w.e.EditRecord(ctx, editor, found.Items[0].ID, "email", nil, false); err != nil {
			t.Fatal(err)
		}
		if err := w.e.EditRecord(ctx, editor, found.Items[1].ID, "email", "not an address", false); err != nil {
			t.Fatal(err)
		}
		def := findEmail("engineers", 100)
		def.When = "filled(name)"
		w.save("work-email", def)
		email = hubField(t, w.hub("", "engineers"), "email")
		if email.Blank.Cleared != 1 || email.Invalid != 1 || email.Sources["by hand"] != 1 || email.Filled != row.Found-1 || email.Stale != row.Found-1 {
			t.Errorf("email: %+v", email)
		}
		for _, name := range []string{fettle.AllPeople, "engineers"} {
			w.addsUp(name)
		}
	})
}

func TestHubTrendIsStored(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 10, "Engineer")
		w.audience("engineers", `title == "Engineer"`)
		w.save("work-email", findEmail("engineers", 100))
		yesterday := time.Now().AddDate(0, 0, -1)
		for range 2 { // storing again replaces
			if err := w.e.SnapshotHub(ctx, yesterday); err != nil {
				t.Fatal(err)
			}
		}
		w.people(10, 5, "Engineer")
		for _, v := range []fettle.HubView{w.hub(fettle.People, ""), w.hub("", "engineers")} {
			trend := hubField(t, v, "name").Trend
			if len(trend) != 2 || trend[0].Day != string(fettle.DayOf(yesterday)) || trend[0].Filled != 10 || trend[0].Records != 10 || trend[1].Filled != 15 {
				t.Errorf("%s: %+v", v.Audience, trend)
			}
		}
	})
}

// Every hub is of its own scope, and an unknown one is an error.
func TestHubRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	_, err := w.e.Hub(t.Context(), viewer, "", "no-such")
	refused(t, err, fettle.NotFound)
	_, err = w.e.Hub(t.Context(), viewer, "peopel", "")
	refused(t, err, fettle.Invalid)
	if v := w.hub("", ""); v.Entity != fettle.People || v.Records != 0 || v.Fields[0].Rate != 0 {
		t.Errorf("an empty workspace: %+v", v)
	}
}

// TestHubPricesBlanksAsRowsDid expects of a row what its rows did cost, where
// misses cost nothing.
func TestHubPricesBlanksAsRowsDid(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		cfg := sandbox.Defaults()
		cfg.HitRate, cfg.BillMiss = 0.5, false
		w := newWorld(t, db, cfg)
		w.people(0, 100, "x")
		w.save("emails", findEmail(fettle.AllPeople, 20))
		w.work(w.e)
		w.start("emails")
		wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
		rest := hubField(t, w.hub(fettle.People, ""), "email").FillRest[0]
		est := w.estimate("emails")
		if est.ToRun != rest.Rows || rest.ExpectedCredits != est.ExpectedCredits || rest.ExpectedCredits >= fettle.Credits(rest.Rows)*fettle.Credit {
			t.Errorf("the hub expects %s for %d rows, the estimate %s for %d", rest.ExpectedCredits, rest.Rows, est.ExpectedCredits, est.ToRun)
		}
	})
}
