package engine_test

import (
	"fmt"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/identity/employment"
	"fettle/provider"
	"fettle/store/storetest"
)

// TestAPollLeavesAtItsSchedule polls each thirty days, on Mondays. Who is checked is
// told by each person's own last check, when by the schedule: who enters waits for
// the Monday, nobody is checked twice in a period, two weeks without a process are
// one tick, and a clock that is set forward moves nothing.
func TestAPollLeavesAtItsSchedule(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			inTime(t, kind, pollOnMondays)
		})
	}
}

func pollOnMondays(w *clocked) {
	c := census{at: map[string][]employment.Role{}}
	for i := range 4 {
		c.at[fmt.Sprint("Person Number", i)] = []employment.Role{{Title: "x", Domain: fmt.Sprintf("company%d.com", i), Start: "1999-01", Current: true}}
	}
	w.also = []provider.Provider{c}
	w.e = w.process()
	if err := w.e.SetConnection(w.t.Context(), admin, "census", engine.ConnectionInput{UnitCredits: new(fettle.Credit)}); err != nil {
		w.t.Fatal(err)
	}
	w.people(0, 3, "x")
	rule := employmentCheck("all-people", "")
	rule.Provider, rule.Inputs = "census/job_change", map[string]string{"name": "name", "title": "title", "company_domain": "company_domain"}
	rule.Schedule = &fettle.Schedule{Every: fettle.Interval(7 * 24 * time.Hour), At: "06:00", Zone: "Europe/Berlin"}
	w.rule("employment-check", rule)
	w.start("employment-check")
	w.up()
	checked := func(at string, want int64, what string) {
		w.t.Helper()
		w.at("2000-" + at)
		v := w.show("employment-check")
		if v.SpentCredits != fettle.Credits(want)*fettle.Credit || v.State != fettle.Live {
			w.t.Errorf("%s, %s: %s, %s spent, want %d", at, what, v.State, v.SpentCredits, want)
		}
	}
	checked("01-03 04:59:50", 0, "before the first tick")
	checked("01-03 05:00:10", 3, "the first tick")
	checked("01-10 05:00:10", 3, "nothing is due")
	checked("01-12 12:00:00", 3, "somebody is to enter")
	w.people(3, 1, "x")
	w.soon()
	checked("01-17 04:59:50", 3, "who entered waits")
	checked("01-17 05:00:10", 4, "who entered")
	c.at["Person Number0"] = []employment.Role{
		{Title: "CEO", Domain: "contoso.com", Start: "2000-01", Current: true},
		{Title: "x", Domain: "company0.com", Start: "1999-01", End: "2000-01"},
	}
	checked("01-31 05:00:10", 4, "28 days are not 30")
	w.told("before the second check")
	checked("02-07 05:00:10", 7, "the first three again")
	w.told("the second check", "Person Number0 moved company0.com→contoso.com ×1")
	w.down()
	w.at("2000-02-22 12:00:00") // the ticks of two Mondays passed
	w.up()
	checked("02-22 12:00:10", 8, "one tick for two: the fourth was due")
	checked("02-28 05:00:10", 8, "nothing is due")
	checked("03-13 05:00:10", 11, "the first three")
	checked("03-27 04:00:10", 12, "the fourth, an hour earlier by UTC")
	checked("04-03 04:00:10", 12, "nothing is due")
	for _, j := range w.journal("charge") {
		if j.Cause != fettle.CausePoll {
			w.t.Errorf("a check was bought because of %s", j.Cause)
		}
	}
}
