package engine_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fettle/identity/employment"
	"fettle/store/storetest"
)

// TestAPollAsksAgainWhatIsNotVerified polls three people for thirty-eight days of fake
// time: of whom the answer verifies nothing is asked about again after seven days,
// three times within thirty; of whom nothing is found, when thirty days are over.
func TestAPollAsksAgainWhatIsNotVerified(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const day = 24 * time.Hour
		c := census{at: map[string][]employment.Role{
			"Person Number0": {{Title: "x", Domain: "company0.com", Start: "1999-01", Current: true}},
			"Person Number1": {}, // a profile without roles; the third has none
		}}
		w := &world{t: t, db: storetest.Open(t)}
		process := func() { w.process(c) }
		process()
		w.priced("census")
		w.people(0, 3, "x")
		rule := employmentCheck("all-people", "")
		rule.Provider, rule.Inputs = "census/job_change", map[string]string{"name": "name", "title": "title", "company_domain": "company_domain"}
		w.rule("employment-check", rule)
		w.start("employment-check")
		began := time.Now()
		for _, d := range []int{0, 6, 7, 13, 14, 21, 28, 29, 30, 36, 37} {
			time.Sleep(time.Until(began.Add(time.Duration(d) * (day + 5*time.Minute)))) // an answer comes moments after it was asked for
			process()
			stop := w.work(w.e)
			time.Sleep(10 * time.Second) // a process that begins looks at once for rows whose time has come
			stop()
		}
		asked := map[string][]int{}
		for _, j := range w.journal("settle") {
			asked[j.Record] = append(asked[j.Record], int(j.At.Sub(began)/day))
		}
		want := map[string][]int{"Person Number0": {0, 30}, "Person Number1": {0, 7, 14, 21, 30, 37}, "Person Number2": {0, 30}}
		for name, days := range want {
			slices.Sort(asked[name])
			if !slices.Equal(asked[name], days) {
				t.Errorf("%s was asked about on the days %v, want %v", name, asked[name], days)
			}
		}
		w.sound()
	})
}
