package fettle

import "time"

// JournalFilter names entries of the journal: what it leaves out is not looked
// at. It is what a link to the journal carries.
type JournalFilter struct {
	Enrichment string    `json:"enrichment,omitempty"`
	Version    int64     `json:"version,omitempty"`
	Provider   string    `json:"provider,omitempty"`
	Model      string    `json:"model,omitempty"`
	Cause      Cause     `json:"cause,omitempty"`
	Kind       string    `json:"kind,omitempty"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
}

// SpendDriver is one thing that explains the spend of a window of time beside
// the window before it.
type SpendDriver struct {
	Kind          string        `json:"kind" enum:"enrichment,version,cause,provider,price,resolved,overrun"` // enrichment, version, cause, provider, price, resolved, overrun
	Text          string        `json:"text"`                                                                 // one plain sentence
	Credits       Credits       `json:"credits"`
	BeforeCredits Credits       `json:"before_credits"`
	ChangeCredits Credits       `json:"change_credits"` // of a price: what it alone makes of the difference
	Calls         int64         `json:"calls"`
	BeforeCalls   int64         `json:"before_calls"`
	Journal       JournalFilter `json:"journal"` // the charges that it speaks of
}

// WhyView explains what drove the spend from one time to another, beside the
// time of equal length before it.
type WhyView struct {
	From           time.Time     `json:"from"`
	To             time.Time     `json:"to"`
	BeforeFrom     time.Time     `json:"before_from"`
	SettledCredits Credits       `json:"settled_credits"`
	BeforeCredits  Credits       `json:"before_credits"`
	ChangeCredits  Credits       `json:"change_credits"`
	Calls          int64         `json:"calls"` // charges
	BeforeCalls    int64         `json:"before_calls"`
	Summary        string        `json:"summary"`
	Drivers        []SpendDriver `json:"drivers"` // what added most first
}

// The verdicts of a forecast.
const (
	ForecastReached     = "reached"      // nothing is left
	ForecastAt          = "at"           // it will be reached at a time
	ForecastResetsFirst = "resets_first" // its period begins anew before it is reached
	ForecastEnough      = "enough"       // what waits fits what is left
	ForecastFar         = "far"          // more than a year away
	ForecastIdle        = "idle"         // nothing spends
	ForecastTooLittle   = "too_little"   // too little was seen to go by
)

// Forecast is when a limit will be reached, or why that cannot be said.
type Forecast struct {
	Verdict       string     `json:"verdict" enum:"reached,at,resets_first,enough,far,idle,too_little"`
	Text          string     `json:"text"`            // one plain sentence, without a full stop
	At            *time.Time `json:"at,omitempty"`    // verdict at
	Since         *time.Time `json:"since,omitempty"` // the pace is that since then
	CreditsPerDay *Credits   `json:"credits_per_day"` // nil: no pace
	RecordsPerDay *float64   `json:"records_per_day"` // nil: no pace
	ResetsAt      *time.Time `json:"resets_at,omitempty"`
	Band          *Band      `json:"band,omitempty"` // verdict at: how far that may be off; absent where too few days were seen
}

// Band is between which paces spending is likely to go on, and when each of them
// reaches the limit.
type Band struct {
	LowPerDay  Credits    `json:"low_credits_per_day"`
	HighPerDay Credits    `json:"high_credits_per_day"`
	Earliest   time.Time  `json:"earliest"`
	Latest     *time.Time `json:"latest,omitempty"` // none: at the low pace it is more than a year away
	Text       string     `json:"text"`             // what it goes by: one plain sentence, without a full stop
}

// LimitForecast is the forecast of one limit, or of the workspace's balance.
type LimitForecast struct {
	Scope string `json:"scope" enum:"workspace,budget,enrichment,provider,person,balance"` // workspace, budget, enrichment, provider, person; balance
	Key   string `json:"key"`
	LimitView
	Forecast Forecast `json:"forecast"`
}

// ParseWindow reads the two ends of a stretch of time, each an RFC 3339 time, a
// day (2006-01-02, UTC) or "" for none. A day as the end is part of it.
func ParseWindow(from, to string) (start, end time.Time, err error) {
	if start, _, err = parseMoment(from); err != nil {
		return start, end, err
	}
	end, day, err := parseMoment(to)
	if day {
		end = end.AddDate(0, 0, 1)
	}
	if err == nil && from != "" && to != "" && !end.After(start) {
		err = Errorf(Invalid, "%s is not before %s", from, to).WithHint("The first time comes first.")
	}
	return start, end, err
}

func parseMoment(s string) (t time.Time, day bool, err error) {
	if s == "" {
		return t, false, nil
	}
	if t, err = time.Parse(time.DateOnly, s); err == nil {
		return t, true, nil
	}
	if t, err = time.Parse(time.RFC3339, s); err != nil {
		return t, false, Errorf(Invalid, "%q is not a time", s).WithHint("Write a day such as 2026-01-31, or a time such as 2026-01-31T15:04:05Z.")
	}
	return t, false, nil
}

// EnrichmentWhy names the things that an enrichment's spend of a time went back to.
type EnrichmentWhy struct {
	Enrichment     string       `json:"enrichment"`
	From           time.Time    `json:"from"`
	To             time.Time    `json:"to"`
	SettledCredits Credits      `json:"settled_credits"`
	Calls          int64        `json:"calls"`
	Looked         int64        `json:"looked"` // charges that were looked at: of many, evenly chosen ones stand for all
	Things         []SpendThing `json:"things"` // the one with the largest share first
}

// SpendThing is one thing that spend goes back to.
type SpendThing struct {
	Kind    string    `json:"kind" enum:"import,source,edit,filter,signal,loop,enrichment,undo,version,person,refresh,poll,time,other"`
	Name    string    `json:"name"`             // the file, source, person, audience, rule or enrichment
	Number  int64     `json:"number,omitempty"` // of the import, undo or version
	Fields  []string  `json:"fields"`           // what it wrote that the enrichment reads
	Credits Credits   `json:"credits"`
	Calls   int64     `json:"calls"`
	Share   int64     `json:"share"`             // per cent of the spend
	Last    time.Time `json:"last"`              // when the last of these calls began
	Text    string    `json:"text"`              // one plain sentence
	Command string    `json:"command,omitempty"` // what takes it back, or stops it
}
