package engine_test

import (
	"testing"
	"time"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestOneAnswerForTwoFields has two enrichments ask the same of the same
// people at the same time, for different fields: the answer is bought once.
func TestOneAnswerForTwoFields(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		cfg := sandbox.Defaults()
		cfg.Latency = 50 * time.Millisecond
		w := newWorld(t, db, cfg)
		w.field("other_email", fettle.Email)
		w.people(0, 300, "x")
		a, b := findEmail(fettle.AllPeople, 1000), findEmail(fettle.AllPeople, 1000)
		b.Outputs[0].Field = "other_email"
		w.save("a", a)
		w.save("b", b)
		w.work(w.e)
		w.work(w.engine())
		w.start("a")
		w.start("b")
		va := w.until("a", func(v fettle.EnrichmentView) bool { return !v.Planning && v.RemainingRows == 0 })
		vb := w.until("b", func(v fettle.EnrichmentView) bool { return !v.Planning && v.RemainingRows == 0 })
		if n := va.Rows.Found + vb.Rows.Found; n != 300 || va.Rows.Reused+vb.Rows.Reused != 300 {
			t.Errorf("a: %+v, b: %+v", va.Rows, vb.Rows)
		}
		if books := w.sb.Books(); books.Repeats != 0 || books.BilledCalls != 300 {
			t.Errorf("books: %+v", books)
		}
		w.sound()
	})
}
