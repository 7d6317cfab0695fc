package fettle

import "time"

// DueView is what comes due by itself in the weeks ahead, and what it would cost.
type DueView struct {
	PerRowCredits Credits   `json:"per_row_credits"` // that a row is expected to cost at today's price
	Weeks         []DueWeek `json:"weeks"`
	OverdueRows   int64     `json:"overdue_rows"` // of the first week: their time has passed already
	Paused        bool      `json:"paused"`       // nothing is asked before it is resumed
	Assumptions   []string  `json:"assumptions"`
}

// DueWeek is one week of it, from now on.
type DueWeek struct {
	From            time.Time `json:"from"`
	To              time.Time `json:"to"`
	Rows            int64     `json:"rows"`
	ExpectedCredits Credits   `json:"expected_credits"`
}
