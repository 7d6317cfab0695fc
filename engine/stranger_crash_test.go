package engine_test

import (
	"cmp"
	"slices"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
)

// TestADecisionThroughACrash: wherever a process dies while a person decides about
// answers that are about somebody else, each is billed once, and what is written is
// what was accepted.
func TestADecisionThroughACrash(t *testing.T) {
	t.Parallel()
	dieEverywhere(t, tale{cfg: sandbox.Config{HitRate: 1, StrangerRate: 1, Seed: 4}, calm: 4, end: (*story).decidedOnce, chapters: []chapter{
		imported(4),
		{"define", func(s *story) error {
			return done(s.e.SaveEnrichment(s.t.Context(), admin, "emails", findEmail(fettle.AllPeople, 100)))
		}},
		{"start", func(s *story) error { return done(s.e.Start(s.t.Context(), admin, "emails", engine.StartOptions{})) }},
		{"asked", func(s *story) error { return s.rests("emails") }},
		{"accept", func(s *story) error {
			first, ok, err := s.heldBack(0)
			if err != nil || !ok {
				return err
			}
			return done(s.e.AcceptStranger(s.t.Context(), admin, first.Attempt, 0, true))
		}},
		{"reject", func(s *story) error {
			second, ok, err := s.heldBack(1)
			if err != nil || !ok {
				return err
			}
			return done(s.e.RejectStranger(s.t.Context(), admin, second.Attempt, 0, true, true))
		}},
	}})
}

// heldBack is an answer that was held back, by when it was asked, whatever was
// decided about it since.
func (s *story) heldBack(i int) (one store.Stranger, ok bool, err error) {
	err = s.db.View(s.t.Context(), func(tx *store.Tx) error {
		list, err := tx.Strangers(s.t.Context(), store.StrangersQuery{Limit: 10})
		slices.SortFunc(list, func(a, b store.Stranger) int { return cmp.Compare(a.Attempt, b.Attempt) })
		if ok = i < len(list); ok { // else its call died: nobody knows the answer
			one = list[i]
		}
		return err
	})
	return one, ok, err
}

// decidedOnce is what must be true at the end.
func (s *story) decidedOnce(death string) {
	s.t.Helper()
	unknown := len(s.unknowns())
	by := map[string]int{}
	for i, x := range s.strangers("") {
		by[x.State]++
		if (s.value(x.Record, "email") != nil) != (x.State == fettle.StrangerAccepted) {
			s.t.Errorf("%s: answer %d of record %d is %s, and the email is %v", death, i, x.Record, x.State, s.value(x.Record, "email"))
		}
	}
	if n := by["held"] + by["accepted"] + by["rejected"]; n+unknown != 4 || by["accepted"] != min(1, n) || by["rejected"] != min(1, max(0, n-1)) {
		s.t.Errorf("%s: %v, %d unknown", death, by, unknown)
	}
	if b := s.sb.Books(); b.Repeats != 0 || b.BilledCalls > 4 {
		s.t.Errorf("%s: billed twice: %+v", death, b)
	}
	s.within("emails")
	s.agree()
	s.sound()
	if s.t.Failed() {
		s.t.Fatal(death)
	}
}
