package engine_test

import (
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestCaseAndWhiteSpaceBuyNothing changes how inputs are written, and then what
// they say.
func TestCaseAndWhiteSpaceBuyNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 10, "Head of  Sales")
		def := findEmail(fettle.AllPeople, 1000)
		def.RerunOn = "inputs"
		def.Steps[0].Inputs["full_name"] = `name + " " + title`
		w.save("emails", def)
		w.work(w.e)
		w.start("emails")
		w.settle("emails")
		calls := w.sb.Books().Calls
		w.people(0, 10, "HEAD of sales")
		w.looked()
		w.pause("emails")
		w.people(0, 10, "head  Of Sales ")
		if est := w.estimate("emails"); est.ToRun != 0 {
			t.Errorf("estimate: %+v", est)
		}
		w.resume("emails")
		w.looked()
		if n := w.sb.Books().Calls; n != calls {
			t.Errorf("%d calls for another way of writing", n-calls)
		}
		w.people(0, 1, "Head of Marketing")
		w.until("emails", func(fettle.EnrichmentView) bool { return w.sb.Books().Calls == calls+1 })
		w.looked()
		if b := w.sb.Books(); b.Calls != calls+1 || b.Repeats != 0 {
			t.Errorf("books: %+v", b)
		}
		w.sound()
	})
}
