package fettle

import "time"

// RequestState is what became of a request for more.
type RequestState string

// The states of a request.
const (
	RequestOpen      RequestState = "open"
	RequestApproved  RequestState = "approved"
	RequestRefused   RequestState = "refused"
	RequestWithdrawn RequestState = "withdrawn" // by who asked
	RequestExpired   RequestState = "expired"   // nobody decided within RequestHolds
)

// RequestStates lists the states.
func RequestStates() []RequestState {
	return []RequestState{RequestOpen, RequestApproved, RequestRefused, RequestWithdrawn, RequestExpired}
}

// RequestHolds is how long a request can be approved.
const RequestHolds = 7 * 24 * time.Hour

// Amount is so many credits, so many records, or both.
type Amount struct {
	Credits *Credits `json:"credits,omitempty"`
	Records *int64   `json:"records,omitempty"`
}

// Words writes an amount.
func (a Amount) Words() string {
	switch {
	case a.Credits != nil && a.Records != nil:
		return a.Credits.Words() + ", " + Count(*a.Records, "record", "records")
	case a.Credits != nil:
		return a.Credits.Words()
	case a.Records != nil:
		return Count(*a.Records, "record", "records")
	}
	return "nothing"
}

// LimitName says which limit is meant.
type LimitName struct {
	Scope string `json:"scope,omitempty" enum:"workspace,budget,provider,person,enrichment"`
	Key   string `json:"key,omitempty" doc:"The budget, provider, person or enrichment."`
	Per   Period `json:"per,omitempty" doc:"What it is counted over; without it the one that there is."`
}

// AskInput asks that one limit be one amount.
type AskInput struct {
	Enrichment string `json:"enrichment"`
	LimitName
	Amount
	Reason string `json:"reason" minLength:"1" maxLength:"1000"`
}

// AskView is what to ask for: the limit that binds, and the amount that all that
// is left fits.
type AskView struct {
	Enrichment string `json:"enrichment"`
	LimitName
	Amount
	Was             Amount  `json:"was"`
	Text            string  `json:"text"` // which limit it is, and how it stands
	Rows            int64   `json:"rows"` // left to buy
	HighCredits     Credits `json:"high_credits"`
	ExpectedCredits Credits `json:"expected_credits"`
}

// RequestPrice is what is left to buy, and its price.
type RequestPrice struct {
	Rows            int64   `json:"rows"`
	HighCredits     Credits `json:"high_credits"`
	ExpectedCredits Credits `json:"expected_credits"`
}

// RequestView is a request for more.
type RequestView struct {
	ID         int64  `json:"id"`
	Enrichment string `json:"enrichment"`
	Label      string `json:"label"` // the enrichment's
	Asker      string `json:"asker"`
	ByToken    bool   `json:"by_token,omitempty"`
	LimitName
	Amount
	Was       Amount       `json:"was"` // what the limit was then
	Reason    string       `json:"reason"`
	Then      RequestPrice `json:"then"` // when it was asked
	GoesOn    bool         `json:"goes_on"`
	State     RequestState `json:"state"`
	AskedAt   time.Time    `json:"asked_at"`
	ExpiresAt time.Time    `json:"expires_at"`
	DecidedBy string       `json:"decided_by,omitempty"`
	DecidedAt *time.Time   `json:"decided_at,omitempty"`
	Note      string       `json:"note,omitempty"`

	// Of one request alone, while it is open: the limit and the price as they are
	// now, and what changed since it was asked.
	Limit      *LimitView    `json:"limit,omitempty"`
	Now        *RequestPrice `json:"now,omitempty"`
	EstimateID string        `json:"estimate_id,omitempty"` // of the price as it is now: what an approval confirms
	Changed    []string      `json:"changed,omitempty"`
	Message    string        `json:"message,omitempty"` // of an approval: what came of it
}
