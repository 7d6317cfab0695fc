package engine_test

import (
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

func TestNarrowedAudienceDropsQueuedRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	answer := w.sb.Hold()
	w.people(0, 2000, "in")
	w.audience("some", `title == "in"`)
	w.save("work-email", findEmail("some", 10000))
	w.work(w.e)
	w.start("work-email")
	w.until("work-email", func(v fettle.EnrichmentView) bool { return v.InFlight > 0 })
	w.audience("some", `title == "nobody"`)
	answer()
	v := w.settle("work-email")
	if v.RemainingRows != 0 || v.Rows.Found >= 2000 {
		t.Fatalf("queued rows of records that left were bought: %+v", v.Rows)
	}
	w.sound()
}
