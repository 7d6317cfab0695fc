package engine_test

import (
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

func TestAudiences(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 30, "Engineer")
		w.people(30, 20, "Chef")
		save := func(name, where string) error {
			_, err := w.e.SaveAudience(ctx, spender, fettle.Audience{Name: name, Entity: fettle.People, Where: where}, false)
			return err
		}
		refused(t, save("a", `titel.contains("engineer")`), fettle.Invalid, "titel", "Did you mean title?")
		refused(t, save("a", `title > 5`), fettle.Invalid)
		refused(t, save("Not A Name", ``), fettle.Invalid)
		refused(t, save(fettle.AllPeople, `filled(name)`), fettle.Refused, "built in")
		if err := save("engineers", `title.contains("ENGINEER")`); err != nil {
			t.Fatal(err)
		}
		if n, err := w.e.CountAudience(ctx, viewer, "engineers"); n != 30 || err != nil {
			t.Errorf("%d engineers, %v", n, err)
		}
		_, err := w.e.CountAudience(ctx, viewer, "enginers")
		refused(t, err, fettle.NotFound, "Did you mean engineers?")
		if n, err := w.e.CountWhere(ctx, viewer, fettle.People, `!(title == "Chef")`); n != 30 || err != nil {
			t.Errorf("%d others, %v", n, err)
		}
		if err := save("engineers", `title == "Chef"`); err != nil {
			t.Fatal(err)
		}
		if n, _ := w.e.CountAudience(ctx, viewer, "engineers"); n != 20 {
			t.Errorf("%d after the change", n)
		}
		page, err := w.e.Records(ctx, viewer, recordsOf("engineers"))
		if err != nil || len(page.Items) != 20 {
			t.Fatalf("%d items, %v", len(page.Items), err)
		}
		ex, err := w.e.ExplainMember(ctx, viewer, "engineers", page.Items[0].ID)
		if err != nil || !ex.True {
			t.Errorf("%+v, %v", ex, err)
		}
		ex, err = w.e.ExplainWhere(ctx, viewer, fettle.People, `title == "Chef" && blank(name)`, page.Items[0].ID)
		if err != nil || ex.True || len(ex.Clauses) != 2 || !ex.Clauses[0].True || ex.Clauses[1].True {
			t.Errorf("%+v, %v", ex, err)
		}
		_, err = w.e.ExplainWhere(ctx, viewer, fettle.People, `titel == "Chef"`, page.Items[0].ID)
		refused(t, err, fettle.Invalid, "Did you mean title?")
		_, err = w.e.ExplainWhere(ctx, viewer, fettle.Companies, "", page.Items[0].ID)
		refused(t, err, fettle.NotFound)
		_, err = w.e.ExplainMember(ctx, viewer, "engineers", 999_999)
		refused(t, err, fettle.NotFound)
		_, err = w.e.SaveAudience(ctx, spender, fettle.Audience{Name: "engineers", Entity: fettle.Companies}, false)
		refused(t, err, fettle.Refused, "of people")

		w.save("work-email", findEmail("engineers", 100))
		refused(t, w.e.DeleteAudience(ctx, spender, "engineers"), fettle.Refused, "work-email")
		refused(t, w.e.DeleteAudience(ctx, spender, fettle.AllPeople), fettle.Refused, "built in")
		if users, err := w.e.AudienceUsers(ctx, viewer, "engineers"); err != nil || len(users) != 1 || users[0] != "work-email" {
			t.Errorf("users %v, %v", users, err)
		}
	})
}

// A filter of a live enrichment that is widened by many records asks first,
// and is followed once it is confirmed.
func TestAWidenedFilterAsksFirst(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 5, "Engineer")
		w.people(5, 150, "Chef")
		w.audience("cooks", `title == "Engineer"`)
		w.save("work-email", findEmail("cooks", 5000))
		w.work(w.e)
		w.start("work-email")
		w.settle("work-email")
		wider := fettle.Audience{Name: "cooks", Entity: fettle.People, Where: `title in ["Engineer", "Chef"]`}
		_, err := w.e.SaveAudience(ctx, spender, wider, false)
		refused(t, err, fettle.Confirm, "150 rows into work-email")
		if n, _ := w.e.CountAudience(ctx, viewer, "cooks"); n != 5 {
			t.Errorf("what was refused is not saved: %d", n)
		}
		few := fettle.Audience{Name: "cooks", Entity: fettle.People, Where: `title == "Engineer" || name.endsWith("Number5")`}
		if _, err := w.e.SaveAudience(ctx, spender, few, false); err != nil {
			t.Errorf("a few are not asked about: %v", err)
		}
		w.until("work-email", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 6 })
		if _, err := w.e.SaveAudience(ctx, spender, wider, true); err != nil {
			t.Fatal(err)
		}
		v := w.until("work-email", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 155 })
		if v.SpentCredits != 155*fettle.Credit {
			t.Errorf("spent %s", v.SpentCredits)
		}
	})
}
