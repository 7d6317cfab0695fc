package engine_test

import (
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAPilotThatIsPausedSaysSo pauses the pilot of a draft before its rows were
// asked: the draft says so until the next pilot, or until it asks something else.
func TestAPilotThatIsPausedSaysSo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 12, "x")
		def := findEmail(fettle.AllPeople, 100)
		w.save("emails", def)
		pilot := func() fettle.EnrichmentView {
			v, err := w.e.Pilot(t.Context(), admin, "emails", 5)
			must(t, err)
			return v
		}
		pause := func() {
			t.Helper()
			_, err := w.e.Pause(t.Context(), admin, "emails")
			must(t, err)
			want := "the test run ended with 5 rows not asked: paused by " + admin.Name
			if v := w.show("emails"); v.State != fettle.Draft || v.Piloting || v.PauseDetail != want {
				t.Errorf("paused: %s, %v, %q, want %q", v.State, v.Piloting, v.PauseDetail, want)
			}
		}
		pilot()
		pause()
		if v := pilot(); !v.Piloting || v.PauseDetail != "" {
			t.Errorf("the next pilot: %v, %q", v.Piloting, v.PauseDetail)
		}
		pause()
		def.When = `name != ""`
		w.save("emails", def)
		if v := w.show("emails"); v.PauseDetail != "" {
			t.Errorf("another definition: %q", v.PauseDetail)
		}
	})
}
