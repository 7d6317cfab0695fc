package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestChangesAreShownBeforeTheyAreMade makes a dry run over records that are
// there, and then the import: what was shown is what happens.
func TestChangesAreShownBeforeTheyAreMade(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		load := func(text string, dry bool) fettle.ImportView {
			t.Helper()
			v, err := w.e.Import(ctx, spender, engine.ImportInput{
				File: file(t, text), Entity: fettle.People, DryRun: dry, Confirm: true,
				Map: map[string]string{"id": "external_id", "full name": "name", "company domain": "company_domain"},
			})
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		const head = "id,full name,email,title,company domain\n"
		load(head+"1,Ann Lee,ann@acme.com,CTO,acme.com\n2,Bob Ray,bob@acme.com,,acme.com\n3,Cid Roe,cid@acme.com,CFO,acme.com\n", false)
		w.audience("chiefs", `title == "Chief"`)
		w.save("mail", findEmail("chiefs", 5000))
		w.work(w.e)
		w.start("mail")

		text := head + "1,Ann Lee,ann@acme.com,Chief,acme.com\n2,Bob Ray,bob@acme.com,Chief,acme.com\n3,Cid Roe,cid@acme.com,CFO,acme.com\n" +
			"4,Dan Orr,ann@acme.com,Head,acme.com\n5,Eve Poe,,Chief,eve.com\n"
		v := load(text, true)
		if v.Created != 2 || v.Updated != 2 || v.Unchanged != 1 || v.Conflicts != 1 {
			t.Fatalf("%+v", v)
		}
		if len(v.FieldChanges) != 1 || v.FieldChanges[0] != (fettle.FieldChanges{Field: "title", Filled: 1, Replaced: 1}) {
			t.Errorf("%+v", v.FieldChanges)
		}
		if len(v.Changes) != 2 {
			t.Fatalf("%+v", v.Changes)
		}
		for _, c := range v.Changes {
			old := map[int64]any{1: "CTO", 2: nil}[c.RecordID]
			if c.Line != int(c.RecordID)+1 || c.Name == "" || len(c.Changes) != 1 || c.Changes[0] != (fettle.WouldChangeField{Field: "title", Old: old, New: "Chief"}) {
				t.Errorf("%+v", c)
			}
		}
		if len(v.WouldConflict) != 1 || v.WouldConflict[0].Key != "email:ann@acme.com" || v.WouldConflict[0].RecordID != 1 && v.WouldConflict[0].OtherID != 1 {
			t.Errorf("%+v", v.WouldConflict)
		}
		if len(v.WouldRun) != 1 || v.WouldRun[0].Enrichment != "mail" || v.WouldRun[0].Rows != 3 || v.WouldRun[0].ToBuy != 1 || v.WouldRun[0].HighCredits != fettle.Credit {
			t.Errorf("%+v", v.WouldRun) // Ann and Bob have an email
		}
		if n, err := w.e.CountAudience(ctx, viewer, "chiefs"); err != nil || n != 0 {
			t.Errorf("a dry run made %d chiefs: %v", n, err)
		}
		done := load(text, false)
		if done.Created != v.Created || done.Updated != v.Updated || done.Conflicts != v.Conflicts || len(done.Changes) != 0 {
			t.Errorf("%+v", done)
		}
	})
}
