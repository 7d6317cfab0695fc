package engine

import (
	"context"
	"time"

	"fettle"
	"fettle/store"
)

// How many days spend is shown by.
const (
	spendDaysUsual = 30
	spendDaysMost  = 400
)

// SpendByDay sums what every enrichment spent by UTC day, from one time to another;
// without times, over the last days. What was deleted since is among them.
func (e *Engine) SpendByDay(ctx context.Context, actor fettle.Actor, from, to time.Time) (v fettle.SpendDays, err error) {
	if err := actor.Require(fettle.Viewer, "see spend"); err != nil {
		return v, err
	}
	last := fettle.PerDay.Start(time.Now())
	if !to.IsZero() {
		last = fettle.PerDay.Start(to.Add(-time.Microsecond))
	}
	first := last.AddDate(0, 0, 1-spendDaysUsual)
	if !from.IsZero() {
		first = fettle.PerDay.Start(from)
	}
	if days := int(last.Sub(first).Hours()/24) + 1; days > spendDaysMost {
		return v, fettle.Errorf(fettle.Invalid, "%d days are more than can be shown at once", days).WithHint("Ask for at most %d days.", spendDaysMost)
	}
	v = fettle.SpendDays{From: fettle.DayOf(first), To: fettle.DayOf(last), Days: []fettle.SpendDay{}}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		days, err := tx.DaysOfEnrichments(ctx, first.UnixMicro(), last.AddDate(0, 0, 1).UnixMicro())
		for _, d := range days {
			name := d.Name
			if name == "" {
				name = "deleted"
			}
			v.TotalCredits += d.Spent
			v.Days = append(v.Days, fettle.SpendDay{
				Day: fettle.DayOf(time.UnixMicro(d.StartUS)), Enrichment: name, EnrichmentID: d.ID, Deleted: d.Deleted, SettledCredits: d.Spent, Records: d.Records,
			})
		}
		return err
	})
	return v, err
}
