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

// TestLabels creates by label alone, renames, and looks where labels are shown and
// where names stay: limits, the journal and the log of actions go by names.
func TestLabels(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.people(0, 3, "in")
		house := fettle.Audience{Label: " House Democrats ", Entity: fettle.People, Where: `title == "in"`}
		for _, want := range []string{"house-democrats", "house-democrats-2"} {
			a, err := w.e.CreateAudience(ctx, editor, house)
			if err != nil || a.Name != want || a.Label != "House Democrats" {
				t.Fatalf("%+v, %v; want the name %s", a, err, want)
			}
		}
		v, err := w.e.DefineEnrichment(ctx, editor, engine.Naming{Label: "Work e-mail"}, findEmail("house-democrats", 2))
		if err != nil || v.Name != "work-e-mail" || v.Label != "Work e-mail" {
			t.Fatalf("%+v, %v", v, err)
		}
		w.rename(store.LabelledEnrichment, v.Name, "Büro‑E‑Mail 📧")
		w.limit(v.Name, 2, false)
		w.save(v.Name, findEmail("house-democrats", 2)) // defined again, as a script would: the label stays
		w.work(w.e)
		w.start(v.Name)
		v = w.settle(v.Name)
		if v.Label != "Büro‑E‑Mail 📧" || v.Name != "work-e-mail" || !strings.Contains(v.PauseDetail, "limit of Büro‑E‑Mail 📧") || !strings.Contains(v.PauseDetail, "enrichment limit work-e-mail") {
			t.Errorf("paused: %+v", v)
		}
		for _, j := range w.journal("charge") {
			if j.Enrichment != "work-e-mail" {
				t.Errorf("the journal has another name: %+v", j)
			}
		}
		sets, _, err := w.e.ChangeSets(ctx, viewer, engine.SetsQuery{Limit: 1})
		if err != nil || len(sets) != 1 || sets[0].What != "run of Büro‑E‑Mail 📧" || sets[0].Name != "work-e-mail" {
			t.Errorf("undo: %+v, %v", sets, err)
		}
		w.rename(store.LabelledEnrichment, v.Name, "Mail")
		if v, err = w.e.Enrichment(ctx, viewer, v.Name); err != nil || v.SpentCredits != 2*1_000_000 || v.Limit.UsedCredits != 2*1_000_000 || !strings.Contains(v.PauseDetail, "limit of Mail") {
			t.Errorf("renamed: %+v, %v", v, err)
		}
		var acts []store.Action
		if err := w.db.View(ctx, func(tx *store.Tx) (err error) {
			acts, err = tx.Actions(ctx, "", 0, 1)
			return err
		}); err != nil || acts[0].Action != "enrichment.rename" || acts[0].Object != "work-e-mail" || acts[0].Detail != "Mail" {
			t.Errorf("log: %+v, %v", acts, err)
		}
	})
}

func (w *world) rename(of store.Labelled, name, to string) {
	w.t.Helper()
	if err := w.e.Rename(w.t.Context(), editor, of, name, to); err != nil {
		w.t.Fatal(err)
	}
}

// TestLabelsThatAreRefused: nothing is written of what has no label, or one that
// cannot stand in a line.
func TestLabelsThatAreRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.audience("some", "")
		for _, bad := range []string{"", " \u00a0\t", "a\x00", "a\u202eb", strings.Repeat("x", 10_000)} {
			_, err := w.e.CreateAudience(ctx, editor, fettle.Audience{Label: bad, Entity: fettle.People})
			refused(t, err, fettle.Invalid, "label")
			_, err = w.e.DefineEnrichment(ctx, editor, engine.Naming{Label: bad}, findEmail("some", 1))
			refused(t, err, fettle.Invalid, "label")
			_, err = w.e.DefineSignalRule(ctx, editor, engine.Naming{Label: bad}, jobChange())
			refused(t, err, fettle.Invalid, "label")
			refused(t, w.e.Rename(ctx, editor, store.LabelledAudience, "some", bad), fettle.Invalid, "label")
		}
		refused(t, w.e.Rename(ctx, viewer, store.LabelledAudience, "some", "Some"), fettle.NotAllowed, "rename")
		refused(t, w.e.Rename(ctx, editor, store.LabelledAudience, "none", "Some"), fettle.NotFound, "none")
		_, err := w.e.CreateAudience(ctx, editor, fettle.Audience{Name: "some", Label: "Some", Entity: fettle.People, Where: `title == "x"`})
		refused(t, err, fettle.Refused, "some")
		all, err := w.e.Audiences(ctx, viewer)
		if err != nil || len(all) != 3 || all[1].Label != "All people" || all[2].Label != "some" || all[2].Where != "" {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// TestLabelOfASignal: the audience and the enrichment of a rule are called as it is.
func TestLabelOfASignal(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.audience("still-there", "")
		v, err := w.e.DefineSignalRule(ctx, admin, engine.Naming{Label: "Still there?"}, employmentCheck("all-people", ""))
		if err != nil || v.Name != "still-there-2" || v.CompanionAudience != v.Name || v.Enrichment != v.Name {
			t.Fatalf("%+v, %v", v, err)
		}
		w.rename(store.LabelledSignal, v.Name, "Moved on")
		v, err = w.e.SignalRule(ctx, viewer, v.Name)
		x, err2 := w.e.Enrichment(ctx, viewer, v.Name)
		a, err3 := w.e.Audience(ctx, viewer, v.Name)
		if err != nil || err2 != nil || err3 != nil || v.Label != "Moved on" || x.Label != "Moved on" || a.Label != "Still there?" {
			t.Errorf("rule %q, %v; enrichment %q, %v; audience %q, %v", v.Label, err, x.Label, err2, a.Label, err3)
		}
		refused(t, w.e.Rename(ctx, editor, store.LabelledEnrichment, v.Name, "Other"), fettle.Refused, "signal")
	})
}

// TestLabelsInDocuments: a label of a document names what is new, renames what is
// there without a new version, and one that a document leaves out stays.
func TestLabelsInDocuments(t *testing.T) {
	t.Parallel()
	const doc = `{apiVersion: fettle/v1, kind: Audience, name: some, LABELentity: people, where: filled(name)}
---
{apiVersion: fettle/v1, kind: Enrichment, name: mail, LABELaudience: some, steps: [{provider: sandbox/find_email, inputs: {full_name: name, company_domain: company_domain}}], outputs: {email: email}, limit: {credits: 5}}
---
{apiVersion: fettle/v1, kind: Signal, name: moves, LABELentity: people, type: job_change, when: changed(title), to: {title: title}}
`
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		for _, step := range []struct{ label, action, want string }{
			{`label: "First one", `, "create", "First one"},
			{``, "unchanged", "First one"},
			{`label: "Second: 2", `, "update", "Second: 2"},
			{`label: "Second: 2", `, "unchanged", "Second: 2"},
		} {
			changes, err := w.e.Apply(ctx, admin, []byte(strings.ReplaceAll(doc, "LABEL", step.label)), true)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range changes {
				if c.Action != step.action || step.action == "update" && (len(c.Diff) != 1 || c.Diff[0] != "label: First one → Second: 2") {
					t.Errorf("%q: %+v", step.label, c)
				}
			}
			a, err := w.e.Audience(ctx, viewer, "some")
			v, err2 := w.e.Enrichment(ctx, viewer, "mail")
			r, err3 := w.e.SignalRule(ctx, viewer, "moves")
			if err != nil || err2 != nil || err3 != nil || a.Label != step.want || v.Label != step.want || r.Label != step.want || v.Version != 1 {
				t.Errorf("%q: %q, %q (version %d), %q; %v %v %v", step.label, a.Label, v.Label, v.Version, r.Label, err, err2, err3)
			}
		}
		_, err := w.e.Apply(ctx, admin, []byte(strings.ReplaceAll(doc, "LABEL", `label: "a\nb", `)), true)
		refused(t, err, fettle.Invalid, "label")
	})
}
