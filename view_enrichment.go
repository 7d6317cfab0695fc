package fettle

import (
	"strings"
	"time"
)

// LimitView is a limit beside what it leaves.
type LimitView struct {
	None         bool       `json:"none,omitempty"`
	Credits      *Credits   `json:"credits"`
	Records      *int64     `json:"records,omitempty"`
	Per          Period     `json:"per"`
	UsedCredits  Credits    `json:"used_credits"` // settled, reserved, unknown and overrun
	UsedRecords  int64      `json:"used_records"`
	LeftCredits  *Credits   `json:"left_credits"`            // never below zero; nil: no limit
	LeftRecords  *int64     `json:"left_records,omitempty"`  // never below zero; nil: no limit in records
	Money        string     `json:"money,omitempty"`         // the limit in US dollars
	RowsAtHigh   *int64     `json:"rows_at_high,omitempty"`  // rows that it allows at the highest price
	RowsExpected *int64     `json:"rows_expected,omitempty"` // and at the expected one
	ResetsAt     *time.Time `json:"resets_at,omitempty"`
}

// RowCounts counts an enrichment's rows by state and outcome.
type RowCounts struct {
	Pending       int64 `json:"pending"`
	Waiting       int64 `json:"waiting"`
	Running       int64 `json:"running"`
	Found         int64 `json:"found"`
	NotFound      int64 `json:"not_found"`
	Reused        int64 `json:"reused"`
	KnownNotFound int64 `json:"known_not_found"`
	Filled        int64 `json:"filled"`
	Skipped       int64 `json:"skipped"`
	MissingInput  int64 `json:"missing_input"`
	Failed        int64 `json:"failed"`
	Unknown       int64 `json:"unknown"`
	TakenBack     int64 `json:"taken_back"`
}

// EnrichmentView is an enrichment as it stands.
type EnrichmentView struct {
	ID              int64       `json:"id"`
	Name            string      `json:"name"`  // its key; it stays
	Label           string      `json:"label"` // what people call it; its name where nobody said
	Entity          Entity      `json:"entity"`
	State           State       `json:"state"`
	PauseReason     PauseReason `json:"pause_reason"` // "" unless paused
	PauseDetail     string      `json:"pause_detail,omitempty"`
	Version         int64       `json:"version"`
	Audience        []string    `json:"audience"`
	Follow          bool        `json:"follow"`
	Followed        bool        `json:"followed"` // a process is there to follow it
	Planning        bool        `json:"planning"` // rows are still being opened
	Definition      Definition  `json:"definition"`
	Limit           *LimitView  `json:"limit"`
	Limits          []LimitView `json:"limits,omitempty"`
	Budget          string      `json:"budget,omitempty"` // that it counts in
	SpentCredits    Credits     `json:"spent_credits"`
	ReservedCredits Credits     `json:"reserved_credits"`
	UnknownCredits  Credits     `json:"unknown_credits"`
	OverrunCredits  Credits     `json:"overrun_credits"`
	Piloting        bool        `json:"piloting,omitempty"`
	HeldRows        int64       `json:"held_rows,omitempty"`      // of the waiting: their cell is held by another call
	ApprovalRows    int64       `json:"approval_rows,omitempty"`  // of the waiting: somebody who may spend has to approve them
	GuardRows       int64       `json:"guard_rows,omitempty"`     // of the waiting: a guard set them aside
	ScheduleRows    int64       `json:"schedule_rows,omitempty"`  // of the pending: they leave from the next tick of the schedule
	Guards          GuardLevels `json:"guards"`                   // the levels in force
	OwnLimitRows    int64       `json:"own_limit_rows,omitempty"` // of the waiting: the own limit of who opened them leaves no room
	RemainingRows   int64       `json:"remaining_rows"`           // pending, waiting and running; where rows are yet to be opened, these too
	ReusableRows    int64       `json:"reusable_rows,omitempty"`  // of the remaining: yet to be opened, and bought already, so they cost nothing
	IdleRows        int64       `json:"idle_rows,omitempty"`      // yet to be opened and to end at once with nothing bought: an input is missing, a condition keeps them out, there is a value
	PaidRows        int64       `json:"paid_rows"`                // rows charged since the rows were last cleared, whatever became of their records
	DepartedRows    int64       `json:"departed_rows,omitempty"`  // rows of records that left the audience or were deleted: counted in no other number of rows
	SavedCredits    Credits     `json:"saved_credits"`            // what the reused rows would have cost
	Rows            RowCounts   `json:"rows"`
	InFlight        int64       `json:"in_flight"`
	InFlightCredits Credits     `json:"in_flight_credits"` // their worst case
	StaleRows       int64       `json:"stale_rows"`        // bought by an older version
	RunID           int64       `json:"run_id,omitempty"`
	RunRows         int64       `json:"run_rows"`             // records bought since the run began
	RunSpentCredits Credits     `json:"run_spent_credits"`    // since the run began
	Estimate        *Estimate   `json:"estimate,omitempty"`   // made when the run began or was last resumed
	RoomAgain       bool        `json:"room_again,omitempty"` // paused for a limit, or for want of credits, that has room by now
	Mended          bool        `json:"mended,omitempty"`     // what paused it (a provider, failures, the guard) does not hold any more, as far as can be known: it can be resumed
	Message         string      `json:"message,omitempty"`    // what a person should know now
	WaitingFor      []Waiting   `json:"waiting_for"`          // why it does not move; empty where it does, or has nothing to do

	Schedule  *ScheduleView `json:"schedule,omitempty"`
	NextTicks []time.Time   `json:"next_ticks,omitempty"` // the next three; of one that is not live, as if it were
	Ticks     []TickView    `json:"ticks,omitempty"`      // the last, the newest first
}

// WaitAlone counts the rows that their enrichment does not wait for.
func (v EnrichmentView) WaitAlone() int64 {
	return v.HeldRows + v.ApprovalRows + v.OwnLimitRows + v.GuardRows + v.ScheduleRows
}

// StopView is the answer to a pause.
type StopView struct {
	Enrichment      EnrichmentView `json:"enrichment"`
	Confirmed       bool           `json:"confirmed"`     // every process has confirmed: no new call leaves
	NotConfirmed    []string       `json:"not_confirmed"` // silent processes, each with "up to N calls"
	InFlight        int64          `json:"in_flight"`
	InFlightCredits Credits        `json:"in_flight_credits"` // the most that they can still cost
}

// Estimate is what starting now would do and cost. Its row counts add up to
// AudienceRows.
type Estimate struct {
	ID               string    `json:"id"`
	At               time.Time `json:"at,omitzero"` // when it was made
	Enrichment       string    `json:"enrichment"`
	AudienceRows     int64     `json:"audience_rows"`
	ToRun            int64     `json:"to_run"`
	Reused           int64     `json:"reused"`
	Computed         int64     `json:"computed"` // worked out here by a formula, free
	KnownNotFound    int64     `json:"known_not_found"`
	Filled           int64     `json:"filled"`
	Skipped          int64     `json:"skipped"`
	Suppressed       int64     `json:"suppressed"` // of the skipped: do not enrich
	MissingInput     int64     `json:"missing_input"`
	SharedKeys       int64     `json:"shared_keys"` // of those: the question is made of nothing but keys that several records share
	Waiting          int64     `json:"waiting"`
	TakenBack        int64     `json:"taken_back"`                // a person took the value back: rerun them to ask again
	ExpiredRows      int64     `json:"expired_rows,omitempty"`    // left only because a time ran out in the pause: among those to run, unless they are left out
	ExpiredCredits   Credits   `json:"expired_credits,omitempty"` // what they are expected to cost
	LowCredits       Credits   `json:"low_credits"`
	ExpectedCredits  Credits   `json:"expected_credits"`
	HighCredits      Credits   `json:"high_credits"`
	PerRowCredits    Credits   `json:"per_row_credits"`          // the highest price of one row
	PerMonthCredits  Credits   `json:"per_month_credits"`        // what refreshing the rows costs a month, at the ticks of a schedule and within a limit of each run; 0 where they are not refreshed
	Outlook          *Outlook  `json:"outlook,omitempty"`        // what it would spend once it is live; absent where there is no past to go by
	LimitLeftCredits *Credits  `json:"limit_left_credits"`       // of the tightest limit on enrichment, person or workspace; nil: none in credits
	LimitLeftRecords *int64    `json:"limit_left_records"`       // nil: none in records
	NoRoom           string    `json:"no_room,omitempty"`        // the limit that leaves no room for another row, if one does
	NoRoomOf         string    `json:"no_room_of,omitempty"`     // whose: enrichment, workspace, provider, person, budget, or balance where credits are to be granted
	BeforeRows       int64     `json:"before_rows,omitempty"`    // counted in its run before it was agreed to
	BeforeCredits    Credits   `json:"before_credits,omitempty"` // and paid
	BalanceCredits   *Credits  `json:"balance_credits"`          // nil: no credits were granted, only limits bind
	SavedCredits     Credits   `json:"saved_credits"`            // what those to be reused would cost
	FoundCredits     Credits   `json:"found_credits,omitzero"`   // what a row costs, on average, that finds something
	FoundFixed       bool      `json:"found_fixed,omitempty"`    // and no such row costs less
	HighMoney        string    `json:"high_money"`               // in US dollars
	RerunRows        int64     `json:"rerun_rows,omitempty"`
	OutsideRows      int64     `json:"outside_rows,omitempty"` // of chosen records: not in the audience, and so not asked for
	SampleRun        []Sample  `json:"sample_run"`             // three records to buy, by name
	SampleReused     []Sample  `json:"sample_reused"`          // and three that are reused
	Warnings         []string  `json:"warnings"`
	AtUS             int64     `json:"-"`

	// UnlimitedCredits is the highest price of all rows, beyond limit and balance;
	// the three prices above are within both.
	UnlimitedCredits         Credits  `json:"unlimited_credits"`
	UnlimitedExpectedCredits Credits  `json:"unlimited_expected_credits"` // and the expected one
	EnoughCredits            *Credits `json:"enough_credits,omitempty"`   // a credit limit that all rows fit: what it has used, and their highest price
	Basis                    []string `json:"basis"`                      // what the expected price goes by, in words, one a step
	PilotAdvised             bool     `json:"pilot_advised"`              // what it goes by is too little: run on 10 rows first
	PilotWhy                 string   `json:"pilot_why,omitempty"`
	LikelyLowCredits         Credits  `json:"likely_low_credits,omitempty"`  // where lengths of answers are a guess: the expected price if they are three times shorter
	LikelyHighCredits        Credits  `json:"likely_high_credits,omitempty"` // and three times longer
	SampledRows              int64    `json:"sampled_rows,omitempty"`        // so many were judged, and the others taken to be like them; 0: all were
	NextRun                  bool     `json:"next_run,omitempty"`            // the limit of the run is used up: going on begins a run, and its limit, anew

	// VendorBalances are of the providers that tell what is left on the account there.
	VendorBalances []VendorBalance `json:"vendor_balances,omitempty"`
}

// VendorBalance is what is left on the account at a provider, beside what is
// expected to be used there; both in the provider's own unit.
type VendorBalance struct {
	Provider string   `json:"provider"`
	Title    string   `json:"title"`
	Left     *Credits `json:"left"`   // nil: not known
	Wanted   Credits  `json:"wanted"` // expected within the limits, rounded up to whole units
	Unit     string   `json:"unit"`
	Known    bool     `json:"known"` // false: it was asked and did not say
}

// LeftText is what is left, with its unit: "12 credits", "0.5 USD".
func (v VendorBalance) LeftText() string {
	unit := v.Unit
	if *v.Left != Credit && unit != "" && unit == strings.ToLower(unit) && !strings.HasSuffix(unit, "s") {
		unit += "s" // a word, no abbreviation such as USD
	}
	return v.Left.Text() + " " + unit
}

// Short reports whether less is left than is wanted.
func (v VendorBalance) Short() bool { return v.Known && v.Left != nil && *v.Left < v.Wanted }

// Sample is one record of an estimate.
type Sample struct {
	RecordID int64  `json:"record_id"`
	Name     string `json:"name"`
}

// RowView is one row of an enrichment.
type RowView struct {
	RecordID       int64          `json:"record_id"`
	Name           string         `json:"name"`
	State          RowState       `json:"state"`
	Outcome        Outcome        `json:"outcome,omitempty"`
	Cause          Cause          `json:"cause"`
	Detail         string         `json:"detail,omitempty"`
	WaitingFor     string         `json:"waiting_for,omitempty"` // held, approval, own_limit or guard, of a waiting row
	OpenedBy       string         `json:"opened_by,omitempty"`   // whose own limits it counts in beside those of the run's person
	ChargedCredits Credits        `json:"charged_credits"`
	Values         map[string]any `json:"values"` // of the output fields
	At             time.Time      `json:"at"`
}

// ReasonView is what was said of rows, and of how many.
type ReasonView struct {
	Detail string `json:"detail"` // "" where nothing was said
	Rows   int64  `json:"rows"`
}

// VersionView is one version of an enrichment's definition.
type VersionView struct {
	Version    int64      `json:"version"`
	Logic      bool       `json:"logic"` // changed what is asked
	Actor      string     `json:"actor"`
	At         time.Time  `json:"at"`
	Definition Definition `json:"definition"`
	Diff       []string   `json:"diff"` // what differs from the version before, one line a key
}
