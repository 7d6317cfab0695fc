package engine_test

import (
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestViews: one's own are nobody else's, everybody's are the editors' to change,
// and the views of an audience go with it.
func TestViews(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.audience("berlin", `location == "Berlin"`)
		name := func(s string) *string { return &s }
		shared := true
		look := &fettle.Look{Where: `title == "CTO"`, Sort: "name", Desc: true, Hidden: []string{"phone"}, Widths: map[string]int{"name": 300}}
		own, err := w.e.AddView(ctx, viewer, fettle.People, "", engine.ViewInput{Name: name("  My   CTOs "), Look: look})
		if err != nil || own.Name != "My CTOs" || own.Shared || own.Look.Widths["name"] != 300 {
			t.Fatalf("%+v, %v", own, err)
		}
		all, err := w.e.AddView(ctx, editor, "", "berlin", engine.ViewInput{Name: name("Everybody's"), Shared: &shared, Look: look})
		if err != nil || !all.Shared || all.Entity != fettle.People || all.Audience != "berlin" {
			t.Fatalf("%+v, %v", all, err)
		}
		has := func(who fettle.Actor, audience string, want int) {
			t.Helper()
			v, err := w.e.Views(ctx, who, fettle.People, audience)
			if audience != "" {
				v, err = w.e.Views(ctx, who, "", audience)
			}
			if err != nil || len(v) != want {
				t.Errorf("%s has %d views of %q, %v", who.Name, len(v), audience, err)
			}
		}
		has(viewer, "", 1)
		has(editor, "", 0)
		has(viewer, "berlin", 1)

		_, err = w.e.AddView(ctx, viewer, fettle.People, "", engine.ViewInput{Name: name("My CTOs")})
		refused(t, err, fettle.Refused, "another name")
		_, err = w.e.AddView(ctx, viewer, fettle.People, "", engine.ViewInput{Name: name("For all"), Shared: &shared})
		refused(t, err, fettle.NotAllowed)
		for _, wrong := range []string{"", " \t", "a\x00b", "evil \u202e txt", strings.Repeat("x", 81)} {
			_, err = w.e.AddView(ctx, viewer, fettle.People, "", engine.ViewInput{Name: &wrong})
			refused(t, err, fettle.Invalid)
		}
		_, err = w.e.ChangeView(ctx, editor, own.ID, engine.ViewInput{Name: name("Taken")})
		refused(t, err, fettle.NotFound)
		refused(t, w.e.DeleteView(ctx, admin, own.ID), fettle.NotFound)
		refused(t, w.e.DeleteView(ctx, viewer, all.ID), fettle.NotAllowed)
		if v, err := w.e.ChangeView(ctx, viewer, own.ID, engine.ViewInput{Name: name("CTOs 😀")}); err != nil || v.Name != "CTOs 😀" || v.Look.Where != look.Where {
			t.Errorf("%+v, %v", v, err)
		}
		if err := w.e.DeleteView(ctx, viewer, own.ID); err != nil {
			t.Error(err)
		}
		has(viewer, "", 0)
		if err := w.e.DeleteAudience(ctx, editor, "berlin"); err != nil {
			t.Error(err)
		}
		w.audience("berlin", "")
		has(viewer, "berlin", 0)
	})
}

// TestAFieldStaysWhileAViewReadsIt: everybody's view that is narrowed, sorted or
// grouped by a field could not be read without it; one person's own keeps nothing.
func TestAFieldStaysWhileAViewReadsIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		for _, look := range []fettle.Look{{Where: "filled(tier)"}, {Where: "filled(name) && filled(tier"}, {Sort: "tier"}, {Group: "tier"}} {
			w.field("tier", fettle.Text)
			v, err := w.e.AddView(ctx, editor, fettle.People, "", engine.ViewInput{Name: new("Tiered"), Shared: new(true), Look: &look})
			must(t, err)
			refused(t, w.e.DeleteField(ctx, editor, fettle.People, "tier"), fettle.Refused, "the field tier is used by view Tiered")
			_, err = w.e.ChangeView(ctx, editor, v.ID, engine.ViewInput{Look: &fettle.Look{Order: []string{"tier"}, Hidden: []string{"tier"}}})
			must(t, err)
			must(t, w.e.DeleteField(ctx, editor, fettle.People, "tier"))
			must(t, w.e.DeleteView(ctx, editor, v.ID))
		}
		w.field("tier", fettle.Text)
		_, err := w.e.AddView(ctx, viewer, fettle.People, "", engine.ViewInput{Name: new("Mine"), Look: &fettle.Look{Where: "filled(tier)"}})
		must(t, err)
		must(t, w.e.DeleteField(ctx, editor, fettle.People, "tier"))
	})
}
