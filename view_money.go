package fettle

import (
	"time"
)

// CreditsView is the workspace's money.
type CreditsView struct {
	GrantedCredits   Credits     `json:"granted_credits"`
	SettledCredits   Credits     `json:"settled_credits"`
	ReservedCredits  Credits     `json:"reserved_credits"`
	UnknownCredits   Credits     `json:"unknown_credits"`
	OverrunCredits   Credits     `json:"overrun_credits"`
	AvailableCredits *Credits    `json:"available_credits"` // nil: nothing was granted, only limits bind
	SavedCredits     Credits     `json:"saved_credits"`
	CreditUSD        string      `json:"credit_usd"` // what one credit is worth
	SpendingPaused   string      `json:"spending_paused,omitempty"`
	Limits           []LimitView `json:"limits,omitempty"`
}

// BudgetView is a budget: a limit under a name, and what counts in it.
type BudgetView struct {
	Name        string      `json:"name"`
	Limits      []LimitView `json:"limits"`      // one for each period that it is counted over
	Enrichments []string    `json:"enrichments"` // whose calls count in it
	People      []string    `json:"people"`      // people and tokens whose runs, and whose rows, count in it
}

// BudgetMembers names enrichments and people of a budget.
type BudgetMembers struct {
	Enrichments []string `json:"enrichments,omitempty" nullable:"false"`
	People      []string `json:"people,omitempty" nullable:"false" doc:"People and tokens."`
}

// SpendView is the spend of one group: an enrichment, a provider, a day.
type SpendView struct {
	Key            string  `json:"key"`
	Deleted        bool    `json:"deleted,omitempty"` // an enrichment that is no more; one made again under its name is another
	SettledCredits Credits `json:"settled_credits"`
	Calls          int64   `json:"calls"`
	Found          int64   `json:"found"`
	CostPerFound   Credits `json:"cost_per_found_credits"`
}

// JournalEntry explains one charge.
type JournalEntry struct {
	ID            int64     `json:"id"`
	At            time.Time `json:"at"`
	Kind          string    `json:"kind"`
	Enrichment    string    `json:"enrichment"`
	Deleted       bool      `json:"deleted,omitempty"` // the enrichment is no more
	Version       int64     `json:"version"`
	RecordID      int64     `json:"record_id"`
	Record        string    `json:"record,omitempty"`
	FromRecordID  int64     `json:"from_record_id,omitempty"` // of a reuse: the record whose call it was
	Fields        []string  `json:"fields"`
	Provider      string    `json:"provider"`
	Connection    string    `json:"connection,omitempty"` // of the provider's, where it is not the default one
	Model         string    `json:"model"`
	Cause         Cause     `json:"cause"`
	SignalID      int64     `json:"signal_id,omitempty"` // for which the call was made
	Attempt       int64     `json:"attempt"`
	Try           int64     `json:"try"`
	Units         Credits   `json:"units"` // in the provider's own unit
	AmountCredits Credits   `json:"amount_credits"`
	Actor         string    `json:"actor"`
}

// UnknownView is a call that may have been billed.
type UnknownView struct {
	ID          int64     `json:"id"`
	Enrichment  string    `json:"enrichment"`
	RecordID    int64     `json:"record_id"`
	Record      string    `json:"record"`
	Fields      []string  `json:"fields"`
	Provider    string    `json:"provider"`
	HeldCredits Credits   `json:"held_credits"`
	At          time.Time `json:"at"`
	Message     string    `json:"message"`
}

// Resolution is how a person ends an unknown.
type Resolution struct {
	Action  string   `json:"action"`            // retry, write_off, not_billed, found
	Value   *string  `json:"value,omitempty"`   // found: the value
	Credits *Credits `json:"credits,omitempty"` // found: what was billed
}

// QuietSpend is what a change would put into a live enrichment.
type QuietSpend struct {
	Enrichment       string  `json:"enrichment"`
	Rows             int64   `json:"rows"`
	ToBuy            int64   `json:"to_buy"` // of them; the others are free
	ExpectedCredits  Credits `json:"expected_credits"`
	HighCredits      Credits `json:"high_credits"`          // within the limits and the balance
	UnlimitedCredits Credits `json:"unlimited_credits"`     // of all rows
	BeforeRows       int64   `json:"before_rows,omitempty"` // that the same actor put in within a day, unasked: counted together
	BeforeCredits    Credits `json:"before_credits,omitempty"`
}

// PilotAllowance is what the pilots of one person who may not spend may buy a
// day (UTC).
type PilotAllowance struct {
	Rows    int64   `json:"rows"`
	Credits Credits `json:"credits"`
}

// PilotAllowanceView is the allowance, and what is left of it today for who asks.
type PilotAllowanceView struct {
	PilotAllowance

	Binds       bool    `json:"binds"` // who asks may not spend: it binds their pilots
	UsedRows    int64   `json:"used_rows"`
	UsedCredits Credits `json:"used_credits"`
	LeftRows    int64   `json:"left_rows"`
	LeftCredits Credits `json:"left_credits"`
}
