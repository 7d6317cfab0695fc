package fettle

import "time"

// WaitReason says why an enrichment that has rows left does not move.
type WaitReason string

// The reasons: a closed set. Whatever is live with rows left moves, or gives one.
const (
	WaitsPlanning   WaitReason = "planning"        // its rows are being opened
	WaitsSchedule   WaitReason = "schedule"        // the next tick of its schedule
	WaitsSpending   WaitReason = "spending_paused" // spending is paused for the whole workspace
	WaitsNobody     WaitReason = "nobody"          // no process makes calls
	WaitsPrice      WaitReason = "price"           // what a call costs is not known
	WaitsProvider   WaitReason = "provider"        // a provider refuses, or seems to be down
	WaitsRate       WaitReason = "rate"            // the provider's pace, or its Retry-After
	WaitsSlot       WaitReason = "slot"            // as many calls are in flight as may be at once
	WaitsLimit      WaitReason = "limit"           // what is in flight holds the rest of a limit
	WaitsBalance    WaitReason = "balance"         // or of what was granted
	WaitsOwnLimit   WaitReason = "own_limit"       // the own limit of who opened the rows
	WaitsConflict   WaitReason = "conflict"        // whether the records are others that are there: a person decides
	WaitsApproval   WaitReason = "approval"        // somebody who may spend
	WaitsGuard      WaitReason = "guard"           // a guard set the rows aside: a person lets them run
	WaitsCell       WaitReason = "cell"            // another call holds the cell
	WaitsQuestion   WaitReason = "question"        // another record's call asks the same
	WaitsUnknown    WaitReason = "unknown"         // a charge that somebody has to resolve
	WaitsRetry      WaitReason = "retry"           // to be tried again after a failure
	WaitsUnwritable WaitReason = "unwritable"      // a call whose end the database refuses
	WaitsAnswers    WaitReason = "answers"         // the answers to calls that were made
	WaitsElsewhere  WaitReason = "another_process" // what keeps the process that makes the calls: not known here
	WaitsNothing    WaitReason = "unexplained"     // nothing that Fettle knows of
)

// WaitReasons lists the reasons.
func WaitReasons() []WaitReason {
	return []WaitReason{
		WaitsPlanning, WaitsSchedule, WaitsSpending, WaitsNobody, WaitsPrice, WaitsProvider, WaitsRate, WaitsSlot, WaitsLimit, WaitsBalance, WaitsOwnLimit, WaitsConflict,
		WaitsApproval, WaitsGuard, WaitsCell, WaitsQuestion, WaitsUnknown, WaitsRetry, WaitsUnwritable, WaitsAnswers, WaitsElsewhere, WaitsNothing,
	}
}

// Expected reports whether a reason is in the nature of things: one that is not
// has people told when it lasts.
func (r WaitReason) Expected() bool { return r != WaitsUnwritable && r != WaitsNothing }

// Waiting is one thing that an enrichment waits for.
type Waiting struct {
	Reason WaitReason `json:"reason"`
	Rows   int64      `json:"rows,omitempty"`  // how many wait for it; 0: all that are left
	Until  *time.Time `json:"until,omitempty"` // when it is looked at again
	Detail string     `json:"detail"`          // for people
}
