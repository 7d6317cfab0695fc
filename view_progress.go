package fettle

import "time"

// EnrichmentProgress is what an enrichment has done over time, what each of its
// steps came to, and its spend in the period of its limit.
type EnrichmentProgress struct {
	AsOf          time.Time      `json:"as_of"`
	BucketSeconds int64          `json:"bucket_seconds"` // of the points of rows: each begins at a multiple of it, UTC
	DoneRows      int64          `json:"done_rows"`      // the sum of the points, rows of records that left the audience among them
	Points        []RowsPoint    `json:"points"`         // oldest first; where nothing ended there is none
	Steps         []StepProgress `json:"steps"`          // over its whole life, in the order in which they are asked; what earlier versions asked comes last
	OtherCredits  Credits        `json:"other_credits"`  // charged and in no step: counted as spent by a person, or answered late
	SpentCredits  Credits        `json:"spent_credits"`  // the steps and the other
	Spend         SpendLine      `json:"spend"`
	Latest        []RowView      `json:"latest"` // the rows that ended last, newest first
}

// RowsPoint is how many rows ended in a stretch of time. A row that ran again
// counts where it ended last.
type RowsPoint struct {
	At     time.Time `json:"at"` // the beginning of the stretch
	Rows   int64     `json:"rows"`
	Found  int64     `json:"found"`  // of them: bought
	Reused int64     `json:"reused"` // and bought before, so free
}

// StepProgress is what the calls of one step came to.
type StepProgress struct {
	Step         int64   `json:"step"`     // from 1 on
	Provider     string  `json:"provider"` // and its operation, of a step of today
	Model        string  `json:"model,omitempty"`
	Earlier      bool    `json:"earlier,omitempty"`  // asked by an earlier version, or by another prompt or model
	Computed     bool    `json:"computed,omitempty"` // it makes no calls and costs nothing
	Asked        int64   `json:"asked"`              // calls whose outcome is known
	Found        int64   `json:"found"`
	SpentCredits Credits `json:"spent_credits"`
	CostPerFound Credits `json:"cost_per_found_credits"`
}

// SpendLine is spend over time in the period of an enrichment's limit. What was
// spent before and the points add up to what was used of the limit.
type SpendLine struct {
	Per           Period       `json:"per"`            // of the limit; lifetime without one
	From          *time.Time   `json:"from,omitempty"` // the period's beginning; none before the first run
	ResetsAt      *time.Time   `json:"resets_at,omitempty"`
	BucketSeconds int64        `json:"bucket_seconds"`
	BeforeCredits Credits      `json:"before_credits"` // of the period, before the first point
	UsedCredits   Credits      `json:"used_credits"`   // of the period: settled and overrun
	Points        []SpendPoint `json:"points"`         // oldest first
}

// SpendPoint is what was spent on the calls that left in a stretch of time.
type SpendPoint struct {
	At      time.Time `json:"at"` // the beginning of the stretch
	Credits Credits   `json:"credits"`
}

// SpendDays is spend by UTC day and enrichment: a call counts on the day on which
// it left. Its sum is TotalCredits.
type SpendDays struct {
	From         Day        `json:"from"`
	To           Day        `json:"to"` // a part of it
	TotalCredits Credits    `json:"total_credits"`
	Days         []SpendDay `json:"days"` // that had spend, oldest first, in a day the most first
}

// SpendDay is what one enrichment spent on one day.
type SpendDay struct {
	Day            Day     `json:"day"`
	Enrichment     string  `json:"enrichment"`
	EnrichmentID   int64   `json:"enrichment_id"` // one made again under a name is another
	Deleted        bool    `json:"deleted,omitempty"`
	SettledCredits Credits `json:"settled_credits"`
	Records        int64   `json:"records"` // that were paid for
}
