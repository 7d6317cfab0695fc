package fettle

import "time"

// State is where an enrichment stands: draft → live ⇄ paused.
type State string

// The states.
const (
	Draft  State = "draft"
	Live   State = "live"
	Paused State = "paused"
)

// PauseReason says why an enrichment is paused.
type PauseReason string

// The reasons.
const (
	PausedByPerson   PauseReason = "person"
	PausedByLimit    PauseReason = "limit"    // no pending row fits what a limit leaves
	PausedByBalance  PauseReason = "balance"  // no pending row fits the workspace's credits
	PausedByFailures PauseReason = "failures" // too many calls in a row failed
	PausedByProvider PauseReason = "provider" // the provider refuses: key, credit, definition
	PausedFinished   PauseReason = "finished" // follow: false, and everything is done
	PausedByGuard    PauseReason = "guard"    // a change would have spent quietly
	PausedByRestore  PauseReason = "restored" // the database was restored or copied
)

// RowState is where one record stands in one enrichment.
type RowState string

// The row states. A waiting row needs something that may come by itself: a
// cell held elsewhere, room under a limit, a retry's time.
const (
	RowPending RowState = "pending"
	RowWaiting RowState = "waiting"
	RowRunning RowState = "running"
	RowDone    RowState = "done"
)

// Outcome is how a row ended.
type Outcome string

// The outcomes.
const (
	Found         Outcome = "found"
	NotFoundRow   Outcome = "not_found"
	Reused        Outcome = "reused"          // the cell was bought before, by whichever audience or enrichment
	KnownNotFound Outcome = "known_not_found" // every step was already asked and had nothing
	Filled        Outcome = "filled"          // the record had a value from elsewhere
	Skipped       Outcome = "skipped"         // the condition is false, or the record is suppressed
	MissingInput  Outcome = "missing_input"
	Failed        Outcome = "failed"
	Unknown       Outcome = "unknown"    // may have been billed
	TakenBack     Outcome = "taken_back" // a person took the value back: it is bought for nobody until a person reruns it

	// What a waiting row waits for is no end: a cell that another call holds; the
	// answer to another record, which asks the same; somebody who may spend; room under the own limit of who opened it.
	Held           Outcome = "held"
	AwaitsAnswer   Outcome = "answer"
	AwaitsApproval Outcome = "approval"
	AwaitsOwnLimit Outcome = "own_limit"
	AwaitsConflict Outcome = "conflict" // whether the record is another one's: a person decides
	AwaitsGuard    Outcome = "guard"    // a guard set it aside: a person lets it run
)

// Outcomes lists the outcomes in the order in which they are shown.
func Outcomes() []Outcome {
	return []Outcome{Found, NotFoundRow, Reused, KnownNotFound, Filled, Skipped, MissingInput, Failed, Unknown, TakenBack}
}

// Cause says why a row was opened, and so why a call was made.
type Cause string

// The causes.
const (
	CauseStart        Cause = "start"
	CauseEntered      Cause = "entered"
	CauseInputChanged Cause = "input_changed"
	CauseRefresh      Cause = "refresh"
	CauseRetry        Cause = "retry"
	CauseRerun        Cause = "rerun"
	CausePilot        Cause = "pilot"
	CauseSignal       Cause = "signal" // something happened to the record
	CausePoll         Cause = "poll"   // a signal rule asks about the record
)

// Causes lists the causes.
func Causes() []Cause {
	return []Cause{CauseStart, CauseEntered, CauseInputChanged, CauseRefresh, CauseRetry, CauseRerun, CausePilot, CauseSignal, CausePoll}
}

// WritePolicy says which existing values an enrichment may overwrite.
type WritePolicy string

// The write policies.
const (
	FillBlanks   WritePolicy = "fill_blanks"   // write only where the record has nothing
	Overwrite    WritePolicy = "overwrite"     // but never a value set by hand
	OverwriteAll WritePolicy = "overwrite_all" // even values set by hand
)

// Period is how often a limit begins anew.
type Period string

// The periods. Day and month are UTC.
const (
	Lifetime Period = "lifetime"
	PerDay   Period = "day"
	PerMonth Period = "month"
	PerRun   Period = "run"
)

// Start is the first instant of the period that holds t. Lifetime and run
// begin at the zero time: a run's spend is counted by its run's number.
func (p Period) Start(t time.Time) time.Time {
	t = t.UTC()
	switch p {
	case PerDay:
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	case PerMonth:
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	case Lifetime, PerRun:
	}
	return time.Time{}
}

// Next is the first instant after the period that holds t; the zero time for a
// period that does not end by itself.
func (p Period) Next(t time.Time) time.Time {
	switch p {
	case PerDay:
		return p.Start(t).AddDate(0, 0, 1)
	case PerMonth:
		return p.Start(t).AddDate(0, 1, 0)
	case Lifetime, PerRun:
	}
	return time.Time{}
}

// Limit is a credit spend limit: credits, records, or both, in one period.
type Limit struct {
	None    bool     `json:"none,omitempty"`    // said, not assumed: spends without a limit
	Credits *Credits `json:"credits,omitempty"` // nil: no limit in credits
	Records *int64   `json:"records,omitempty"` // nil: no limit in records
	Per     Period   `json:"per"`
}

// Step is one provider operation of an enrichment.
type Step struct {
	Provider        string            `json:"provider"`          // provider/operation, such as sandbox/find_email
	Inputs          map[string]string `json:"inputs,omitempty"`  // the operation's input → CEL over the record
	Options         map[string]any    `json:"options,omitempty"` // the operation's own options
	Outputs         map[string]string `json:"outputs,omitempty"` // this step's output → the enrichment's, where it differs
	Model           string            `json:"model,omitempty"`   // AI steps
	Prompt          string            `json:"prompt,omitempty"`  // AI steps; {{ CEL }} is filled in
	System          string            `json:"system,omitempty"`  // AI steps
	Output          map[string]any    `json:"output,omitempty"`  // AI steps: output name → JSON schema
	MaxOutputTokens int64             `json:"max_output_tokens,omitempty"`
	Formula         map[string]string `json:"formula,omitempty"` // formula steps: output name → CEL
	When            string            `json:"when,omitempty"`    // ask this step only if
	Accept          []Status          `json:"accept,omitempty"`  // the statuses of a result that it takes; none: all but invalid
}

// Definition is what an enrichment does: like a function, inputs → steps →
// outputs, pointed at an audience.
type Definition struct {
	Audience      []string    `json:"audience"`
	Steps         []Step      `json:"steps"`
	Outputs       Outputs     `json:"outputs"` // output name → field
	Write         WritePolicy `json:"write"`
	When          string      `json:"when,omitempty"`
	Until         string      `json:"until,omitempty"` // "" or first: the first output decides; all: every output
	Follow        bool        `json:"follow"`
	RerunOn       string      `json:"rerun_on"`           // never | inputs | signal
	Refresh       Interval    `json:"refresh"`            // 0: never
	NotFoundRetry Interval    `json:"not_found_retry"`    // 0: never
	Schedule      *Schedule   `json:"schedule,omitempty"` // when what is due may leave; nil: at once
	Guards        *Guards     `json:"guards,omitempty"`
	Loop          int64       `json:"loop,omitempty"` // how often a record may come back through others; 0: loops are refused
	Unknown       string      `json:"unknown"`        // hold | write_off

	// AllowSharedKeys lets a question be asked that is made of nothing but keys
	// that several records share, such as the domain of a holding.
	AllowSharedKeys bool `json:"allow_shared_keys,omitempty"`

	// UnsureRetry is when a record is asked about again whose answer verified
	// nothing, at most UnsureAgain times within NotFoundRetry. 0: as one that found
	// nothing.
	UnsureRetry Interval `json:"unsure_retry,omitempty"`

	// Poll is the signal rule that this enrichment asks for; "" for one that
	// people define. It is changed with its rule.
	Poll string `json:"poll,omitempty"`

	Limit *Limit `json:"limit,omitempty"` // required to go live
}

// UnsureAgain is how often an answer that verifies nothing is asked for again within
// the time for which one that found nothing counts.
const UnsureAgain = 3

// Enters reports whether records that come into the audience later get a row:
// where it follows, and where a schedule takes the audience as it is at each tick.
func (d Definition) Enters() bool { return d.Follow || d.Schedule != nil }

// mostLead bounds what a tick takes along that is not due yet.
const mostLead = 24 * time.Hour

// Lead is how long before its time is over a value is bought again at a tick of
// the schedule: a tenth of that time, a day at most. An answer comes moments after
// its tick, and a clock that is set forward brings the next one an hour early:
// without it what counts for a week would be asked for every other week.
func (d Definition) Lead(period Interval) time.Duration {
	if d.Schedule == nil {
		return 0
	}
	return min(time.Duration(period)/10, mostLead)
}

// DueCause is why a value is bought again whose time has passed.
func (d Definition) DueCause() Cause {
	if d.Poll != "" {
		return CausePoll
	}
	return CauseRefresh
}
