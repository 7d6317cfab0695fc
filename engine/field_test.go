package engine_test

import (
	"strings"
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

var (
	viewer  = fettle.Actor{Name: "vic", Role: fettle.Viewer}
	editor  = fettle.Actor{Name: "ed", Role: fettle.Editor}
	spender = fettle.Actor{Name: "sue", Role: fettle.Editor, MaySpend: true}
)

// refused fails the test unless err has the code and its message or hint says
// every word.
func refused(t *testing.T, err error, code fettle.Code, words ...string) {
	t.Helper()
	e := fettle.AsError(err)
	if err == nil || e.Code != code {
		t.Errorf("got %v (%s), want %s", err, e.Code, code)
		return
	}
	for _, w := range words {
		if all := e.Message + " " + e.Hint; !strings.Contains(all, w) {
			t.Errorf("%q does not say %q", all, w)
		}
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		f, err := w.e.AddField(ctx, editor, fettle.Field{Entity: fettle.People, Key: "seniority", Type: fettle.Text})
		if err != nil || f.Label != "seniority" || f.Position == 0 {
			t.Fatalf("%+v, %v", f, err)
		}
		_, err = w.e.AddField(ctx, viewer, fettle.Field{Entity: fettle.People, Key: "x", Type: fettle.Text})
		refused(t, err, fettle.NotAllowed)
		_, err = w.e.AddField(ctx, editor, fettle.Field{Entity: fettle.People, Key: "x", Type: "nubmer"})
		refused(t, err, fettle.Invalid, "number")
		_, err = w.e.UpdateField(ctx, editor, fettle.Field{Entity: fettle.People, Key: "seniority", Type: fettle.Number})
		refused(t, err, fettle.Refused, "type")
		f, err = w.e.UpdateField(ctx, editor, fettle.Field{Entity: fettle.People, Key: "seniority", Label: "Level", KeyField: true})
		if err != nil || f.Label != "Level" || !f.KeyField || f.Type != fettle.Text {
			t.Errorf("%+v, %v", f, err)
		}

		if _, err := w.e.AddField(ctx, editor, fettle.Field{Entity: fettle.Companies, Key: "size_band", Type: fettle.Text}); err != nil {
			t.Fatal(err)
		}
		w.audience("seniors", `seniority == "senior" && company.size_band != "tiny"`)
		def := findEmail("all-people", 10)
		def.When = "filled(seniority)"
		w.save("work-email", def)
		err = w.e.DeleteField(ctx, editor, fettle.People, "seniority")
		refused(t, err, fettle.Refused, "audience seniors", "enrichment work-email")
		refused(t, w.e.DeleteField(ctx, editor, fettle.Companies, "size_band"), fettle.Refused, "audience seniors")
		refused(t, w.e.DeleteField(ctx, editor, fettle.People, "email"), fettle.Refused, "work-email")
		refused(t, w.e.DeleteField(ctx, editor, fettle.People, "phone"), fettle.Refused, "built in")
		refused(t, w.e.DeleteField(ctx, editor, fettle.People, "nothing"), fettle.NotFound)
		if err := w.e.DeleteEnrichment(ctx, admin, "work-email"); err != nil {
			t.Fatal(err)
		}
		if err := w.e.DeleteAudience(ctx, editor, "seniors"); err != nil {
			t.Fatal(err)
		}
		if err := w.e.DeleteField(ctx, editor, fettle.People, "seniority"); err != nil {
			t.Error(err)
		}
	})
}
