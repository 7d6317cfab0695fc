package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// strangely is a provider that finds everybody, and gives each first answer about
// somebody else: the step that asks with the word "two" is answered rightly.
func strangely(t *testing.T, db *store.DB) *world {
	t.Helper()
	return between(t, db, sandbox.Defaults(), spoiled(byWordAll(map[string]any{
		"name": "Zoltan Uxbridge", "email": "zoltan@quill.example", "company": "Quill Ltd", "company_domain": "quill.example", "country": "New Zealand",
	})))
}

// byWordAll changes several keys of what is answered to the step that asks without
// the word "two".
func byWordAll(data map[string]any) func(input, into map[string]any) {
	return func(input, into map[string]any) {
		for k, v := range data {
			byWord(k, v)(input, into)
		}
	}
}

func (w *world) strangers(state string) []store.Stranger {
	w.t.Helper()
	var out []store.Stranger
	if err := w.db.View(w.t.Context(), func(tx *store.Tx) (err error) {
		out, err = tx.Strangers(w.t.Context(), store.StrangersQuery{State: state, Limit: 1000})
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// TestAStrangersAnswerIsHeldBack: it is billed, kept, written nowhere, and not found
// for the waterfall. No enrichment asks for it again.
func TestAStrangersAnswerIsHeldBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := strangely(t, db)
		w.people(1, 5, "x")
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		w.start("emails")
		v := w.settle("emails")
		wantRows(t, v, fettle.RowCounts{NotFound: 5})
		w.billed(5)
		if v.SpentCredits != *credits(5) {
			t.Errorf("spent %s, want 5", v.SpentCredits)
		}
		for _, id := range w.ids(fettle.AllPeople) {
			if got := w.value(id, "email"); got != nil {
				t.Errorf("a stranger's email was written: %v", got)
			}
		}
		held := w.strangers("held")
		if len(held) != 5 {
			t.Fatalf("%d are held back, want 5", len(held))
		}
		if held[0].Why != "another name, another domain" {
			t.Errorf("why: %q", held[0].Why)
		}

		w.save("again", findEmail(fettle.AllPeople, 1000)) // the same question
		w.start("again")
		wantRows(t, w.settle("again"), fettle.RowCounts{KnownNotFound: 5})
		w.save("further", twoSteps()) // the same, then another
		w.start("further")
		wantRows(t, w.settle("further"), fettle.RowCounts{Found: 5})
		w.billed(10)

		// Nor does a retry of what was not found: the question was answered.
		if _, err := w.e.Retry(t.Context(), admin, "emails", fettle.NotFoundRow, true); err != nil {
			t.Fatal(err)
		}
		w.settle("emails")
		w.billed(10)
		w.sound()
	})
}

// TestAfterAStrangerTheNextStepIsAsked in the same row.
func TestAfterAStrangerTheNextStepIsAsked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := strangely(t, db)
		w.people(1, 5, "x")
		w.save("emails", twoSteps())
		est := w.estimate("emails")
		w.work(w.e)
		w.start("emails")
		v := w.settle("emails")
		wantRows(t, v, fettle.RowCounts{Found: 5})
		w.billed(10)
		if est.HighCredits < v.SpentCredits {
			t.Errorf("at the most %s was said, and %s spent", est.HighCredits, v.SpentCredits)
		}
		if n := len(w.strangers("held")); n != 5 {
			t.Errorf("%d are held back, want 5", n)
		}
		w.sound()
	})
}

// TestAcceptIsFreeAndCanBeTakenBack: an accepted answer is written from the call that
// was paid for, whoever asks after that pays nothing, and an undo takes it back
// without a second purchase.
func TestAcceptIsFreeAndCanBeTakenBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := strangely(t, db)
		w.people(1, 2, "x")
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		w.start("emails")
		w.settle("emails")
		list, _, err := w.e.Strangers(t.Context(), admin, engine.StrangersQuery{State: fettle.StrangerHeld})
		if err != nil || len(list) != 2 {
			t.Fatalf("%d held: %v", len(list), err)
		}
		v := list[0]
		if v.Provider != "sandbox" || v.Operation != "sandbox/find_email" || v.Billed != *credits(1) || len(v.Values) != 1 || v.Values[0].Value != "zoltan@quill.example" {
			t.Errorf("%+v", v)
		}
		d, err := w.e.AcceptStranger(t.Context(), admin, v.Call, 0, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.value(v.RecordID, "email"); got != "zoltan@quill.example" || len(d.Written) != 1 {
			t.Errorf("accepted %v: %v", got, d)
		}
		if _, err := w.e.AcceptStranger(t.Context(), admin, v.Call, 0, true); fettle.CodeOf(err) != fettle.Refused {
			t.Errorf("accepted twice: %v", err)
		}
		if _, err := w.e.RejectStranger(t.Context(), admin, v.Call, 0, true, true); fettle.CodeOf(err) != fettle.Refused {
			t.Errorf("rejected after it was accepted: %v", err)
		}
		wantRows(t, w.show("emails"), fettle.RowCounts{Found: 1, NotFound: 1})
		w.save("again", findEmail(fettle.AllPeople, 1000))
		w.start("again")
		wantRows(t, w.settle("again"), fettle.RowCounts{Reused: 1, KnownNotFound: 1})
		w.billed(2)

		if _, err := w.e.TakeBack(t.Context(), admin, d.Undo, false, true); err != nil {
			t.Fatal(err)
		}
		if got := w.value(v.RecordID, "email"); got != nil {
			t.Errorf("after it was taken back: %v", got)
		}
		w.save("third", findEmail(fettle.AllPeople, 1000))
		w.start("third")
		wantRows(t, w.settle("third"), fettle.RowCounts{TakenBack: 1, KnownNotFound: 1})
		w.billed(2)
		w.sound()
	})
}

// TestRejectOpensOnlyWhatWasNotAsked, with the price first.
func TestRejectOpensOnlyWhatWasNotAsked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := strangely(t, db)
		w.people(1, 2, "x")
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		w.start("emails")
		w.settle("emails")
		list := w.strangers("held")
		if _, err := w.e.RejectStranger(t.Context(), admin, list[0].Attempt, 0, true, false); err != nil {
			t.Errorf("nothing is left to ask, and it is not free: %v", err)
		}
		w.billed(2)

		w.pause("emails")
		w.save("emails", twoSteps()) // a step that was not asked yet
		_, err := w.e.RejectStranger(t.Context(), admin, list[1].Attempt, 0, true, false)
		if fettle.CodeOf(err) != fettle.Confirm {
			t.Fatalf("without its price: %v", err)
		}
		if n := len(w.strangers("held")); n != 1 {
			t.Errorf("%d held, want 1: it was decided before the price was confirmed", n)
		}
		d, err := w.e.RejectStranger(t.Context(), admin, list[1].Attempt, 0, true, true)
		if err != nil || !d.Opened {
			t.Fatalf("%+v: %v", d, err)
		}
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 1 && v.InFlight == 0 })
		w.billed(3)
		if got := w.value(list[1].Record, "email"); got == nil || got == "zoltan@quill.example" {
			t.Errorf("the next step's answer is not there: %v", got)
		}
		w.sound()
	})
}
