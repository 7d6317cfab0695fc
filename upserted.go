package fettle

// UpsertView is what became of an upsert: the counts of all records, as an
// import has them, and each record with its id.
type UpsertView struct {
	ImportView

	Records []UpsertedRecord `json:"records"`           // in the order in which they were sent
	Ignored []IgnoredKey     `json:"ignored,omitempty"` // keys that are no field, where ignore_unknown asked to go on
	Quota   Quota            `json:"-"`                 // what the address they were sent to takes besides
	Set     string           `json:"set,omitempty"`     // the change set that it is part of, by which it is taken back; "" where nothing was changed
}

// Quota is what an address takes within a span: the header RateLimit tells it.
type Quota struct {
	Policy string // as the header RateLimit-Policy names it; "": there is no bound
	Left   int64
	Reset  int // the seconds after which there is room for all of them
}

// The outcomes of an upserted record. The first four are what was written; a
// conflict was written too, and says which in Wrote.
const (
	UpsertCreated   = "created"
	UpsertUpdated   = "updated"
	UpsertUnchanged = "unchanged"
	UpsertMerged    = "merged"   // on the record of another record of the same request, or it made two records one
	UpsertConflict  = "conflict" // it shares a key with another record, and both stay
	UpsertInvalid   = "invalid"  // nothing was written
)

// UpsertedRecord is what became of one record of an upsert.
type UpsertedRecord struct {
	Index     int            `json:"index"`        // its place in the request, from 0
	ID        int64          `json:"id,omitempty"` // 0: nothing was written
	Outcome   string         `json:"outcome" enum:"created,updated,unchanged,merged,conflict,invalid"`
	Wrote     string         `json:"wrote,omitempty"`  // of a conflict: created, updated, unchanged or merged
	Filled    []string       `json:"filled,omitempty"` // of a record that was there: the fields that were written
	Kept      []string       `json:"kept,omitempty"`   // of a record that was there: the fields that keep a value although another one was sent
	Conflicts []UpsertClash  `json:"conflicts,omitempty"`
	Invalid   []InvalidValue `json:"invalid,omitempty"`
}

// UpsertClash is a key that a record shares with another one.
type UpsertClash struct {
	WithID int64  `json:"with_id"`
	Key    string `json:"key"`    // what both have, such as email:ann@acme.com
	Reason string `json:"reason"` // what differs, as in ConflictView
}

// InvalidValue is a value that its field cannot hold, or not as a key.
type InvalidValue struct {
	Field  string `json:"field"` // "" if it is about the whole record
	Value  any    `json:"value"` // as it was sent; long text is cut
	Reason string `json:"reason"`
	Stored bool   `json:"stored"` // it was written and marked, but leads to no record; else it was left out
}

// IgnoredKey is a key of records that is no field.
type IgnoredKey struct {
	Key     string `json:"key"`
	Records int64  `json:"records"` // that have it
	Hint    string `json:"hint,omitempty"`
}
