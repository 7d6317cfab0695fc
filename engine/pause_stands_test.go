package engine_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAPauseByAProviderSaysHowItStands takes a provider's key away while an
// enrichment is live, and gives it back: the pause says what is missing, and
// then that it can be resumed, in this process and in another.
func TestAPauseByAProviderSaysHowItStands(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, `{"left":5000}`)
			w := accountWorld(t, kind, a)
			none, key := "", "k"
			w.start("ask")
			must(t, w.e.SetConnection(t.Context(), admin, "vendor", engine.ConnectionInput{Key: &none}))
			w.work(w.e)
			v := w.until("ask", func(v fettle.EnrichmentView) bool { return v.State == fettle.Paused })
			if v.PauseReason != fettle.PausedByProvider || v.Mended || !strings.Contains(v.PauseDetail, "has no key") || !strings.Contains(v.PauseDetail, "enrichment resume ask") {
				t.Fatalf("without a key: %s, %v, %q", v.PauseReason, v.Mended, v.PauseDetail)
			}
			must(t, w.e.SetConnection(t.Context(), admin, "vendor", engine.ConnectionInput{Key: &key}))
			other := *w
			other.e = w.engine()
			for _, x := range []*world{w, &other} {
				v := x.show("ask")
				if !v.Mended || !strings.Contains(v.PauseDetail, "was changed since") || !strings.Contains(v.PauseDetail, "enrichment resume ask") {
					t.Errorf("with a key again: %v, %q", v.Mended, v.PauseDetail)
				}
			}
			w.resume("ask")
			if v := w.settle("ask"); v.Mended || v.PauseDetail != "" || v.Rows.Found != 30 {
				t.Errorf("resumed: %v, %q, %+v", v.Mended, v.PauseDetail, v.Rows)
			}
			w.sound()
		})
	}
}

// TestAPauseForFailuresSaysHowItStands has a gateway, or a refused key, stop an
// enrichment, and changes how the provider is reached.
func TestAPauseForFailuresSaysHowItStands(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status     int
		kind, body string
		reason     fettle.PauseReason
		says       string
	}{
		"a gateway":             {502, "text/html", "<html>bad gateway</html>", fettle.PausedByFailures, "in a row failed"},
		"a key that is refused": {401, "application/json", `{"error": {"code": "auth_error", "message": "no such key"}}`, fettle.PausedByProvider, "refuses the key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int64
			w := between(t, storetest.Open(t), sandbox.Defaults(), broken(c.status, c.kind, c.body, &calls))
			w.people(0, 60, "x")
			w.save("emails", findEmail(fettle.AllPeople, 100))
			w.work(w.e)
			w.start("emails")
			v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.State == fettle.Paused && v.InFlight == 0 })
			if v.PauseReason != c.reason || v.Mended || !strings.Contains(v.PauseDetail, c.says) || !strings.Contains(v.PauseDetail, "resume") {
				t.Fatalf("%s, %v, %q", v.PauseReason, v.Mended, v.PauseDetail)
			}
			must(t, w.e.SetConnection(t.Context(), admin, "sandbox", engine.ConnectionInput{UnitCredits: credits(1)}))
			if v := w.show("emails"); !v.Mended || !strings.Contains(v.PauseDetail, c.says) || !strings.Contains(v.PauseDetail, "enrichment resume emails") {
				t.Errorf("changed: %v, %q", v.Mended, v.PauseDetail)
			}
			def := findEmail(fettle.AllPeople, 200) // another limit asks the same
			w.save("emails", def)
			if v := w.show("emails"); v.PauseReason != c.reason {
				t.Errorf("with another limit: %s, %q", v.PauseReason, v.PauseDetail)
			}
			def.When = `name != ""`
			w.save("emails", def)
			if v := w.show("emails"); v.State != fettle.Paused || v.PauseReason != fettle.PausedByPerson || strings.Contains(v.PauseDetail, c.says) {
				t.Errorf("with another definition: %s, %s, %q", v.State, v.PauseReason, v.PauseDetail)
			}
			w.sound()
		})
	}
}

// TestAPauseByTheGuardSaysHowItStands has a change pause an enrichment that
// would have put many rows into it, and then takes records, and the guard's
// reason, away.
func TestAPauseByTheGuardSaysHowItStands(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.guardAt(5)
		w.people(0, 12, "x")
		def := findEmail(fettle.AllPeople, 1000)
		def.RerunOn = "inputs"
		def.Steps[0].Inputs["full_name"] = `name + " " + title`
		w.save("emails", def)
		w.start("emails")
		stop := w.work(w.e)
		w.settle("emails")
		stop()
		ids := w.ids(fettle.AllPeople)
		for _, id := range ids {
			w.edit(id, "title", "y")
		}
		w.e = w.engine()
		w.work(w.e)
		stands := func(mended bool, says string) {
			t.Helper()
			v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.State == fettle.Paused })
			if v.PauseReason != fettle.PausedByGuard || v.Mended != mended || !strings.Contains(v.PauseDetail, says) || !strings.Contains(v.PauseDetail, "resume") {
				t.Errorf("%s, %v, %q; want %v, %q", v.PauseReason, v.Mended, v.PauseDetail, mended, says)
			}
		}
		stands(false, "put 12 more rows")
		if _, err := w.e.DeleteRecords(t.Context(), admin, ids[:4], "", true); err != nil {
			t.Fatal(err)
		}
		stands(false, "put 8 more rows")
		if _, err := w.e.DeleteRecords(t.Context(), admin, ids[4:8], "", true); err != nil {
			t.Fatal(err)
		}
		stands(true, "would not do so now")
		w.resume("emails")
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.State == fettle.Live && w.sb.Books().BilledCalls == 16 })
		w.sound()
	})
}
