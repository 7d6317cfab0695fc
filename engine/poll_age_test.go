package engine_test

import (
	"fmt"
	"testing"
	"time"

	"fettle"
	"fettle/identity/employment"
	"fettle/provider"
	"fettle/store/storetest"
)

// TestWhatCameWithAMergeIsAsOldAsItIs polls each seven days two people who turn out
// to be one. The later of the two checks counts, and the next is seven days after
// it: not after the day on which its answer was taken.
func TestWhatCameWithAMergeIsAsOldAsItIs(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			inTime(t, kind, pollTwoWhoAreOne)
		})
	}
}

func pollTwoWhoAreOne(w *clocked) {
	c := census{at: map[string][]employment.Role{}}
	for i := range 2 {
		c.at[fmt.Sprint("Person Number", i)] = []employment.Role{{Title: "x", Domain: fmt.Sprintf("company%d.com", i), Start: "1999-01", Current: true}}
	}
	w.also = []provider.Provider{c}
	w.e = w.process()
	w.priced("census")
	w.people(0, 1, "x")
	rule := employmentCheck("all-people", "")
	rule.Provider, rule.Every = "census/job_change", interval("7d")
	rule.Inputs = map[string]string{"name": "name", "title": "title", "company_domain": "company_domain"}
	w.rule("check", rule)
	w.start("check")
	began := time.Now()
	checked := func(day int, want int64, what string) {
		w.t.Helper()
		w.at(began.AddDate(0, 0, day).Add(time.Hour).UTC().Format("2006-01-02 15:04:05"))
		if !w.running {
			w.up()
		}
		w.soon()
		if v := w.show("check"); v.SpentCredits != fettle.Credits(want)*fettle.Credit {
			w.t.Errorf("day %d, %s: %s spent, want %d", day, what, v.SpentCredits, want)
		}
	}
	checked(0, 1, "the first")
	w.at(began.AddDate(0, 0, 5).Format("2006-01-02 15:04:05"))
	w.people(1, 1, "x")
	checked(5, 2, "the second")
	ids := w.ids(fettle.AllPeople)
	w.merge(ids[0], ids[1])
	checked(8, 2, "the first would be due: the later check counts")
	checked(11, 2, "it is six days old")
	checked(13, 3, "seven days after the later one")
	checked(19, 3, "six days")
	checked(21, 4, "seven days")
}
