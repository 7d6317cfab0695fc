package fettle

import "time"

// RunView is one run of an enrichment: what it was to cost, what it cost, and what
// it did to what records held.
type RunView struct {
	ID              int64      `json:"id"`
	Enrichment      string     `json:"enrichment"`
	Kind            string     `json:"kind" enum:"start,resume,point,rerun,retry,pilot,tick"` // start, resume, point, rerun, retry, pilot, tick
	Audience        string     `json:"audience"`
	Actor           string     `json:"actor"` // on whose account it is
	StartedAt       time.Time  `json:"started_at"`
	EndedAt         *time.Time `json:"ended_at"` // null: it goes on
	SpentCredits    Credits    `json:"spent_credits"`
	ReservedCredits Credits    `json:"reserved_credits"`
	UnknownCredits  Credits    `json:"unknown_credits"`
	PaidRecords     int64      `json:"paid_records"` // as limits in records count them

	// What the values that it wrote did. Null of runs of before they were counted.
	Fills          *int64 `json:"fills"`            // a blank got a value
	Overwrites     *int64 `json:"overwrites"`       // a value got another one
	EmptyOverValue *int64 `json:"empty_over_value"` // a value got blank: 0, since an empty answer writes nothing

	Estimate *Estimate `json:"estimate,omitempty"` // of one run alone: what was agreed to
	Set      string    `json:"set"`                // its id among what can be taken back
}

// RunOverwrite is one value that a run put in the place of another one, and why it
// was allowed.
type RunOverwrite struct {
	RecordID   int64     `json:"record_id"`
	Record     string    `json:"record"`
	Field      string    `json:"field"`
	Before     any       `json:"before"`
	After      any       `json:"after"`
	At         time.Time `json:"at"`
	Policy     string    `json:"policy"`             // under which it was written: fill_blanks, overwrite, overwrite_all
	Source     string    `json:"source"`             // whence the value before came
	SourceKind string    `json:"source_kind"`        // import, enrichment, api, person, derived, undo
	AgeDays    *int64    `json:"age_days,omitempty"` // of the value before; absent: not known
	Cause      string    `json:"cause"`              // why it was bought: refresh, rerun; reused
	Attempt    int64     `json:"attempt,omitempty"`
	Why        string    `json:"why"` // in a sentence
}
