package engine_test

import (
	"testing"

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
