package fettle

import "time"

// The states of an answer that was held back, since it is about somebody else than
// the record that it was paid for.
const (
	StrangerHeld     = "held"     // nobody has decided
	StrangerAccepted = "accepted" // a person said that it is about the record: it was written, free
	StrangerRejected = "rejected" // a person said that it is not
)

// StrangerPart is one part of an answer beside what is known of the record.
type StrangerPart struct {
	Part   string `json:"part"`   // name, domain, employer, country, email or linkedin.
	Known  string `json:"known"`  // What is known of the record, as it was asked.
	Answer string `json:"answer"` // What the answer says.
	Is     string `json:"is"`     // How far the two agree. untold: one of them does not say it.
}

// StrangerValue is a value of the answer that accepting would write.
type StrangerValue struct {
	Field string `json:"field"`
	Label string `json:"label"`
	Value any    `json:"value"`
	Kept  any    `json:"kept,omitempty"` // What the record holds instead: it stays.
}

// StrangerView is an answer that was held back.
type StrangerView struct {
	Call       int64           `json:"call"` // The call that it is the answer of.
	RecordID   int64           `json:"record_id"`
	Record     string          `json:"record"` // The record's name now.
	Entity     Entity          `json:"entity"`
	Enrichment string          `json:"enrichment"` // Blank if it was deleted.
	Provider   string          `json:"provider"`
	Operation  string          `json:"operation"` // of the provider, such as apollo/enrich_person
	State      string          `json:"state"`
	Why        string          `json:"why"`                  // What differs, in words.
	Parts      []StrangerPart  `json:"parts"`                // the answer beside the record, part by part
	Values     []StrangerValue `json:"values"`               // What accepting writes. Empty where the enrichment asks for it no more.
	Billed     Credits         `json:"billed_credits"`       // What the call cost.
	Reused     bool            `json:"reused,omitempty"`     // The call was made for another record that asked the same: for this one nothing was billed.
	RequestID  string          `json:"request_id,omitempty"` // The provider's own number of its request.
	At         time.Time       `json:"at"`                   // When it was held back.
	DecidedAt  *time.Time      `json:"decided_at,omitempty"` // absent where nobody has
	DecidedBy  string          `json:"decided_by,omitempty"`
}

// StrangerDecision is what came of a decision.
type StrangerDecision struct {
	Stranger StrangerView `json:"stranger"`         // as it is now
	Written  []string     `json:"written"`          // Fields that were written, free.
	Undo     string       `json:"undo,omitempty"`   // The change set that takes the values back.
	Opened   bool         `json:"opened,omitempty"` // Steps that were not asked yet are asked now.
	Message  string       `json:"message,omitempty"`
}

// StrangerCounts counts answers that were held back.
type StrangerCounts struct {
	Held     int64 `json:"held"`     // nobody has decided
	Accepted int64 `json:"accepted"` // a person said that they are about the record
	Rejected int64 `json:"rejected"` // a person said that they are not
}
