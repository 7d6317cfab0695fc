package engine_test

import (
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

// TestOneHighestPrice has rows whose second step cannot be asked, so that they
// cost less than a row whose inputs are all there. What is shown of a limit, of
// a pause and of an approval goes by the rows that there are.
func TestOneHighestPrice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 1, Seed: 1})
	w.people(0, 30, "in")
	def := findEmail("some", 10)
	def.Steps = append(def.Steps, fettle.Step{Provider: "sandbox/find_email", Inputs: map[string]string{"full_name": "first_name", "company_domain": "location"}})
	w.audience("some", `title == "in"`)
	w.save("emails", def)
	est := w.estimate("emails")
	if est.PerRowCredits != fettle.Credit {
		t.Fatalf("a row costs at most %s", est.PerRowCredits.Text())
	}
	if v := w.show("emails"); v.Limit.RowsAtHigh == nil || *v.Limit.RowsAtHigh != 10 {
		t.Errorf("the limit is for %v rows at the highest price, of 1 credit each", v.Limit.RowsAtHigh)
	}
	w.work(w.e)
	w.start("emails")
	wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
	w.limit("emails", 11, false)
	if v := w.show("emails"); !v.RoomAgain {
		t.Errorf("room for a row of 1 credit is not seen: %q", v.PauseDetail)
	}
	w.limit("emails", 10_000, false)
	w.resume("emails")
	w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 30 })

	// Rows that an editor brought in beyond the guard wait for approval.
	w.people(100, 20, "out")
	wide := fettle.Audience{Name: "some", Entity: fettle.People, Where: `title == "in" || title == "out"`}
	if _, err := w.e.SaveAudience(t.Context(), editor, wide, false); err != nil {
		t.Fatal(err)
	}
	w.until("emails", func(v fettle.EnrichmentView) bool { return v.ApprovalRows == 20 && !v.Planning })
	_, err := w.e.Approve(t.Context(), admin, "emails", false)
	refused(t, err, fettle.Confirm, "20 rows", "at most 20 credits")
}
