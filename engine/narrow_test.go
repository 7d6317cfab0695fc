package engine_test

import (
	"testing"
	"time"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

func TestNarrowedAudienceDropsQueuedRows(t *testing.T) {
	t.Parallel()
	cfg := sandbox.Defaults()
	cfg.Latency = 200 * time.Millisecond
	w := newWorld(t, storetest.Open(t), cfg)
	w.people(0, 2000, "in")
	w.audience("some", `title == "in"`)
	w.save("work-email", findEmail("some", 10000))
	w.work(w.e)
	w.start("work-email")
	w.until("work-email", func(v fettle.EnrichmentView) bool { return v.Rows.Found > 0 })
	w.audience("some", `title == "nobody"`)
	v := w.settle("work-email")
	if v.RemainingRows != 0 || v.Rows.Found >= 2000 {
		t.Fatalf("queued rows of records that left were bought: %+v", v.Rows)
	}
	w.sound()
}
