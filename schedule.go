package fettle

import (
	"fmt"
	"time"
)

// Schedule says when what is due may leave. It makes nothing due. The zero value
// is not one: nil is "at once".
type Schedule struct {
	Every Interval `json:"every,omitempty"` // a part of a day, or whole days
	At    string   `json:"at,omitempty"`    // of the day, on the clock of the zone: 06:00
	From  string   `json:"from,omitempty"`  // the day that is counted from: 2026-11-30; "" for a Monday
	Cron  string   `json:"cron,omitempty"`  // five fields, in place of the others
	Zone  string   `json:"zone,omitempty"`  // "" for UTC
}

// ZoneName is the zone by whose clock it goes.
func (s Schedule) ZoneName() string {
	if s.Zone == "" {
		return "UTC"
	}
	return s.Zone
}

// Text says it in words.
func (s Schedule) Text() string {
	text := "cron " + s.Cron
	if s.Cron == "" {
		every := "every " + s.Every.String()
		if d := time.Duration(s.Every); d == 24*time.Hour {
			every = "every day"
		} else if d > 0 && d%(24*time.Hour) == 0 {
			every = fmt.Sprintf("every %d days", d/(24*time.Hour))
		}
		text = every
		if s.At != "" {
			text += " at " + s.At
		}
		if s.From != "" {
			text += " from " + s.From
		}
	}
	return text + ", " + s.ZoneName()
}

// TickState is what became of a tick: a time at which what is due may leave.
type TickState string

// The states of a tick.
const (
	TickWorking TickState = "working" // what is due leaves
	TickDone    TickState = "done"    // nothing is left
	TickLimit   TickState = "limit"   // the limit of its run is used up: the rest waits for the next tick
	TickNothing TickState = "nothing" // nothing was due
	TickSkipped TickState = "skipped" // the one before still worked
	TickEnded   TickState = "ended"   // somebody paused it before it began, cleared the rows, or took the schedule away
)

// TickStates lists the states.
func TickStates() []TickState {
	return []TickState{TickWorking, TickDone, TickLimit, TickNothing, TickSkipped, TickEnded}
}

// ScheduleView is a schedule as it stands.
type ScheduleView struct {
	Text    string `json:"text"` // in words
	Zone    string `json:"zone"`
	Working bool   `json:"working"` // a tick works: what is due leaves
}

// TickView is one tick. Its estimate stands beside what it came to.
type TickView struct {
	At      time.Time  `json:"at"`
	BeganAt *time.Time `json:"began_at"` // later than it where no process was there; null where it was skipped
	EndedAt *time.Time `json:"ended_at"`
	State   TickState  `json:"state"`
	RunID   int64      `json:"run_id,omitempty"`

	ToRun           *int64   `json:"to_run"`           // by the estimate; null where there is none
	ExpectedCredits *Credits `json:"expected_credits"` // by the estimate
	HighCredits     *Credits `json:"high_credits"`     // by the estimate
	Rows            int64    `json:"rows"`             // bought
	SpentCredits    Credits  `json:"spent_credits"`
}
