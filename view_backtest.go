package fettle

import "time"

// Backtest is what an enrichment would have done, had it been live over some days
// of the past. It spends nothing and opens nothing.
type Backtest struct {
	Enrichment string    `json:"enrichment"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
	Days       int       `json:"days"` // asked for; From may be later, where the history begins
	AsRun      bool      `json:"as_run"`

	FirstRunRows    int64         `json:"first_run_rows"`    // records that were in the audience when it began
	FirstRunCredits Credits       `json:"first_run_credits"` // for these, when it began
	Credits         Credits       `json:"credits"`           // the first run and all days
	PerMonthCredits *Credits      `json:"per_month_credits"` // of the days without the first run, for a mean month; null: there are too few days
	Calls           int64         `json:"calls"`             // rows that would have been bought, the first run's too
	LimitReachedAt  *time.Time    `json:"limit_reached_at"`  // null: not within these days, or there is no limit
	ByDay           []BacktestDay `json:"by_day"`            // each UTC day, without the first run

	Records        int64          `json:"records"`                   // that may have been concerned
	SampledRecords int64          `json:"sampled_records,omitempty"` // so many of them were replayed, the others are taken to be like them; absent: all
	Erased         int64          `json:"erased,omitempty"`          // records that were erased since: not included
	Poll           *BacktestPoll  `json:"poll,omitempty"`            // of a poll: the signals that its checks would have found
	Assumptions    []string       `json:"assumptions"`               // what it goes by, each a line
	HistorySince   time.Time      `json:"history_since"`
	Outcomes       map[string]int `json:"outcomes"` // rows that needed no call, by outcome
}

// BacktestDay is one UTC day of a backtest.
type BacktestDay struct {
	Day       Day     `json:"day"`
	Entered   int64   `json:"entered"`   // records that came into the audience
	Changed   int64   `json:"changed"`   // rows that were asked again for changed inputs or a signal
	Refreshed int64   `json:"refreshed"` // rows that were asked again because time had passed
	Credits   Credits `json:"credits"`
}

// BacktestPoll says how many signals a poll's checks would have found.
type BacktestPoll struct {
	Checks int64  `json:"checks"`
	Low    *int64 `json:"signals_low"` // null: not known, too few checks were made yet
	High   *int64 `json:"signals_high"`
	Basis  string `json:"basis"`
}
