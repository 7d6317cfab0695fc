package engine_test

import (
	"testing"
	"time"

	"fettle"
	"fettle/store/storetest"
)

// TestWhoLeftInAPauseIsNotBought has people leave the audience while the rows that
// are queued for them wait for the next day's limit: nothing is bought for them when
// that day begins, by whichever process.
func TestWhoLeftInAPauseIsNotBought(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			inTime(t, kind, func(w *clocked) {
				w.people(0, 6, "engineer")
				w.audience("wanted", `title == "engineer"`)
				w.read(daily, func(d *fettle.Definition) {
					d.Audience, d.Schedule, d.Limit = []string{"wanted"}, nil, &fettle.Limit{Credits: credits(2), Per: fettle.PerDay}
				})
				leaves := func(id int64) {
					w.t.Helper()
					if err := w.e.EditRecord(w.t.Context(), admin, id, "title", "boss", true); err != nil {
						w.t.Fatal(err)
					}
				}
				ids := w.ids("wanted")
				w.up()
				w.start("reading")
				w.settle("reading")
				w.bought("the first day", 2)
				leaves(ids[2])
				w.at("2000-01-02 00:01:00") // another process
				w.bought("the second day", 4)
				if v := w.show("reading"); v.Rows.Pending != 1 {
					w.t.Errorf("rows of the one who stayed: %+v", v.Rows)
				}
				leaves(ids[5])
				w.at("2000-01-02 23:59:59")
				w.down()
				w.at("2000-01-03 12:00:00")
				w.up()
				w.soon()
				w.bought("the third day", 4)
			})
		})
	}
}

// TestWhatComesAlongIsJudgedByItsInputs has somebody enter while the day's limit is
// used up, and then somebody who was bought become part of them: the row that comes
// along was bought with other inputs. A backtest says the same.
func TestWhatComesAlongIsJudgedByItsInputs(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			inTime(t, kind, func(w *clocked) {
				w.read(daily, func(d *fettle.Definition) {
					d.Schedule, d.RerunOn, d.Limit = nil, "inputs", &fettle.Limit{Credits: credits(2), Per: fettle.PerDay}
					d.Refresh = fettle.Interval(47 * time.Hour)
				})
				w.people(0, 3, "engineer") // the third waits
				w.up()
				w.start("reading")
				w.settle("reading")
				w.bought("the first day", 2)
				w.people(3, 1, "engineer")
				ids := w.ids(fettle.AllPeople)
				if _, err := w.e.MergeRecords(w.t.Context(), admin, ids[3], ids[1], nil); err != nil {
					w.t.Fatal(err)
				}
				w.at("2000-01-02 00:01:00")
				w.bought("the third, and the fourth with inputs of their own", 4)
				w.people(4, 2, "engineer") // wait
				w.at("2000-01-03 00:01:00")
				w.bought("the first again, and the fifth", 6)
				w.m.mu.Lock()
				for name, want := range map[string]int{"Person Number0": 2, "Person Number1": 1, "Person Number2": 1, "Person Number3": 1, "Person Number4": 1, "Person Number5": 0} {
					if got := len(w.m.at[name]); got != want {
						w.t.Errorf("%s was asked about %d times, want %d", name, got, want)
					}
				}
				w.m.mu.Unlock()
				bt, err := w.e.Backtest(w.t.Context(), viewer, "reading", 5, true)
				if err != nil || bt.Credits != 6*fettle.Credit {
					w.t.Errorf("the backtest has %s credits (%v), want 6: %+v", bt.Credits, err, bt.ByDay)
				}
			})
		})
	}
}
