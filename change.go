package fettle

import "time"

// ChangeView is one change of one value, or of a record as a whole, as the
// change log has it.
type ChangeView struct {
	ID         int64     `json:"id"` // of the entry; those of one entry were written together
	At         time.Time `json:"at"`
	Kind       string    `json:"kind" enum:"create,update,delete,merge,unmerge,signal,retract"`
	Entity     Entity    `json:"entity"`
	RecordID   int64     `json:"record_id"`
	IntoID     int64     `json:"into_id,omitempty"`   // of a merge: the record that it became part of
	SignalID   int64     `json:"signal_id,omitempty"` // of signal and retract: what the record got, or lost
	Field      string    `json:"field"`               // "": the record as a whole
	Old        any       `json:"old"`                 // nil: blank
	New        any       `json:"new"`
	Source     string    `json:"source"`      // a file's or API's source, an enrichment, "by hand"
	SourceKind string    `json:"source_kind"` // import, enrichment, api, person, undo
	Cause      string    `json:"cause"`       // why an enrichment wrote: entered, input_changed, …, or reused; else the kind of the source
	Actor      string    `json:"actor,omitempty"`
	AttemptID  int64     `json:"attempt_id,omitempty"` // the call that bought it
}

// ChangePage is a part of the change log, in its order.
type ChangePage struct {
	Items []ChangeView `json:"items"`
	Next  string       `json:"next"` // where to go on: always there, and the same as long as nothing was added
	More  bool         `json:"more"` // more is there already
	Kept  string       `json:"kept"` // how long entries are kept
}
