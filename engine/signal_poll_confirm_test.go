package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAPollConfirmsWhatAListTold polls people before and after a list tells that
// some of them moved. The answer that they are where the list says is a second
// witness of their newest change, once, and no signal: also not of somebody whose
// title is only spelled otherwise since.
func TestAPollConfirmsWhatAListTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.rule("job-change", jobChange())
		w.employed("ada", "bob", "cy")
		w.rule("employment-check", employmentCheck("all-people", ""))
		w.start("employment-check")
		w.work(w.e)
		w.until("employment-check", func(v fettle.EnrichmentView) bool { return v.PaidRows == 3 && v.InFlight == 0 })
		w.told("a baseline")
		list := func(person, title, domain string) {
			w.upsert(fettle.People, map[string]any{"external_id": person, "title": title, "company_domain": domain})
			w.know(person, role("Analyst", "Acme", "acme.com", "2020-01", "2025-01"), role(title, domain, domain, "2025-02", ""))
		}
		list("ada", "VP", "contoso.com")
		list("bob", "VP", "contoso.com")
		list("bob", "CEO", "initech.com")
		w.edit(w.ids(fettle.AllPeople)[2], "title", "analyst.")
		one := []string{"Person ada moved acme.com→contoso.com ×1", "Person bob moved acme.com→contoso.com ×1", "Person bob moved contoso.com→initech.com ×1"}
		w.told("what the list told", one...)
		again := func(billed int64) {
			t.Helper()
			if _, err := w.e.Rerun(t.Context(), admin, "employment-check", engine.RerunOptions{}, true); err != nil {
				t.Fatal(err)
			}
			w.billed(billed)
			w.until("employment-check", func(v fettle.EnrichmentView) bool { return v.InFlight == 0 && v.Rows.Pending == 0 })
			if n := w.sb.Books().BilledCalls; n != billed {
				t.Errorf("%d calls were billed, want %d", n, billed)
			}
		}
		two := []string{"Person ada moved acme.com→contoso.com ×2", one[1], "Person bob moved contoso.com→initech.com ×2"}
		again(6)
		w.told("the newest change of each, confirmed", two...)
		again(9)
		w.told("the same answers again", two...)
		w.sound()
	})
}
