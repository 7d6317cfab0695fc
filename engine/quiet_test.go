package engine_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// guardAt sets how many rows go into a live enrichment unasked.
func (w *world) guardAt(n int) {
	w.t.Helper()
	if err := w.db.Update(w.t.Context(), func(tx *store.Tx) error { return tx.PutSetting(w.t.Context(), "guard_rows", fmt.Sprint(n)) }); err != nil {
		w.t.Fatal(err)
	}
}

// post writes n new people as somebody.
func (w *world) post(a fettle.Actor, from, n int, confirm bool) error {
	w.t.Helper()
	var rows []map[string]any
	for i := range n {
		rows = append(rows, map[string]any{"external_id": fmt.Sprintf("q%d", from+i), "name": fmt.Sprintf("Quiet Number%d", from+i), "company_domain": fmt.Sprintf("quiet%d.com", from+i)})
	}
	_, err := w.e.UpsertRecords(w.t.Context(), a, engine.UpsertInput{Entity: fettle.People, Rows: rows, Confirm: confirm})
	return err
}

// TestSplittingDoesNotPassTheGuard writes as an editor, and with a limit of its
// own, what the guard would stop at once in pieces, one after the other and at
// the same time: it stops them as one, until somebody who may spend answers.
func TestSplittingDoesNotPassTheGuard(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.guardAt(10)
		w.people(0, 1, "x")
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.start("emails")
		w.work(w.e)
		w.settle("emails")

		must(t, w.post(editor, 0, 6, false))
		err := w.post(editor, 100, 6, false)
		w.code(fettle.NotAllowed, err, "the second half")
		if f := fettle.AsError(err); !strings.Contains(f.Message, "beside 6 to buy") || !strings.Contains(f.Hint, "enrichment approve emails") {
			t.Errorf("%q, %q", f.Message, f.Hint)
		}
		must(t, w.post(editor, 0, 6, false))   // again: nothing to buy
		must(t, w.post(admin, 200, 6, false))  // somebody else's
		must(t, w.post(editor, 300, 4, false)) // what is left
		w.code(fettle.NotAllowed, w.post(editor, 400, 1, false), "one more")
		if _, err := w.e.Approve(t.Context(), admin, "emails", false); err != nil {
			t.Fatal(err)
		}
		var passed atomic.Int64
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				if w.post(editor, 500+100*i, 6, false) == nil {
					passed.Add(1)
				}
			})
		}
		all.Wait()
		if n := passed.Load(); n != 1 {
			t.Errorf("%d of four at the same time passed, want one", n)
		}
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.PaidRows == 23 && v.InFlight == 0 && !v.Planning })

		ci := w.let("ci", fettle.Editor, true, 3)
		must(t, w.post(ci, 1000, 6, false))
		w.code(fettle.Confirm, w.post(ci, 1100, 6, false), "the second half of a capped one")
		must(t, w.post(ci, 1100, 6, true))
		v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.OwnLimitRows == 3 && v.InFlight == 0 })
		if v.PaidRows != 32 {
			t.Errorf("%d rows were paid, want 29 and the 3 within the own limit", v.PaidRows)
		}
		w.person("ci", 3)
		w.sound()
	})
}

// TestSmallEditsAreCountedTogether changes inputs as an editor one by one, with
// each followed before the next: beyond the guard they wait for approval.
func TestSmallEditsAreCountedTogether(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.guardAt(3)
		w.people(0, 8, "x")
		def := findEmail(fettle.AllPeople, 1000)
		def.RerunOn = "inputs"
		def.Steps[0].Inputs["full_name"] = `name + " " + title`
		w.save("emails", def)
		w.start("emails")
		w.work(w.e)
		w.settle("emails")
		for i, id := range w.ids(fettle.AllPeople) {
			must(t, w.e.EditRecord(t.Context(), editor, id, "title", "y", false))
			w.until("emails", func(v fettle.EnrichmentView) bool {
				return !v.Planning && v.InFlight == 0 && v.RemainingRows == v.ApprovalRows && v.ApprovalRows == int64(max(0, i-2))
			})
		}
		if b := w.sb.Books(); b.Calls != 11 {
			t.Errorf("%d calls, want 8 and the 3 within the guard", b.Calls)
		}
		w.sound()
	})
}

// TestSmallEditsOfCompaniesAreCountedTogether changes what people's rows read of
// their companies, as an editor, one company at a time.
func TestSmallEditsOfCompaniesAreCountedTogether(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.guardAt(3)
		var companies, people []map[string]any
		for i := range 8 {
			domain := fmt.Sprintf("c%d.com", i/2)
			if i%2 == 0 {
				companies = append(companies, map[string]any{"name": fmt.Sprintf("C%d", i), "domain": domain, "industry": "x"})
			}
			people = append(people, map[string]any{"external_id": fmt.Sprint(i), "name": fmt.Sprintf("Person Number%d", i), "company_domain": domain})
		}
		for entity, rows := range map[fettle.Entity][]map[string]any{fettle.Companies: companies, fettle.People: people} {
			if _, err := w.e.UpsertRecords(ctx, admin, engine.UpsertInput{Entity: entity, Rows: rows}); err != nil {
				t.Fatal(err)
			}
		}
		def := findEmail(fettle.AllPeople, 1000)
		def.RerunOn = "inputs"
		def.Steps[0].Inputs["full_name"] = `name + " " + company.industry`
		w.save("emails", def)
		w.start("emails")
		w.work(w.e)
		w.settle("emails")
		for i, id := range w.ids(fettle.AllCompanies) {
			must(t, w.e.EditRecord(ctx, editor, id, "industry", "y", false))
			w.until("emails", func(v fettle.EnrichmentView) bool {
				return !v.Planning && v.InFlight == 0 && v.RemainingRows == v.ApprovalRows && v.ApprovalRows == int64(2*i)
			})
		}
		if b := w.sb.Books(); b.Calls != 10 {
			t.Errorf("%d calls, want 8 and the 2 within the guard", b.Calls)
		}
		w.sound()
	})
}
