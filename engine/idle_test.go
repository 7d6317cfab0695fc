package engine_test

import (
	"context"
	"testing"

	"fettle"
	"fettle/provider"
	"fettle/store"
	"fettle/store/storetest"
)

// TestWhatIsDoneEndsWithoutASlot has a process end while the last calls are in
// flight: they land, and nobody looks at what is left. The next process has no
// share of what the provider allows, and none to ask for: it ends what is done
// all the same.
func TestWhatIsDoneEndsWithoutASlot(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, north, _ := deskWorld(t, db, 3, "north")
		north.most, north.hold = 10, make(chan struct{})
		north.replies(provider.Found)
		w.e = w.deskEngine(north) // which has to have a share of it leased
		def := w.show("answers").Definition
		def.Follow = false
		w.save("answers", def)
		ctx, end := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- w.e.Run(ctx) }()
		w.start("answers")
		w.until("answers", func(v fettle.EnrichmentView) bool { return north.called() == 3 && v.InFlight == 3 })
		end()
		close(north.hold)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if v := w.show("answers"); v.State != fettle.Live || v.Rows.Found != 3 {
			t.Fatalf("%s with %+v: the process looked at what is left", v.State, v.Rows)
		}
		w.work(w.deskEngine(north))
		v := w.settle("answers")
		wantPaused(t, v, fettle.PausedFinished)
		w.sound()
	})
}
