package fettle

import "time"

// Outlook is what an enrichment is expected to spend once it is live: the first
// run, what enters and changes each day, what is refreshed.
type Outlook struct {
	FirstRunCredits Credits    `json:"first_run_credits"`
	PerDayCredits   Credits    `json:"per_day_credits"`   // for what enters or changes on a mean day of the first month
	RefreshCredits  Credits    `json:"refresh_credits"`   // for what is refreshed in the first month
	PerMonthCredits Credits    `json:"per_month_credits"` // of the first month, without the first run
	LimitReachedAt  *time.Time `json:"limit_reached_at"`  // null: not within a year, or there is no limit that lasts
	HistoryDays     int        `json:"history_days"`      // whole days that it goes by
	Assumptions     []string   `json:"assumptions"`
}
