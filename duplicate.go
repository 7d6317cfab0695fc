package fettle

import "time"

// The kinds of pairs in the review queue.
const (
	DuplicateConflict = "conflict" // they share a key, and another one differs
	DuplicateLikely   = "likely"   // they look like one
	DuplicateSplit    = "split"    // one record that has several ids of one source
	DuplicateNamed    = "named"    // a person named them
)

// What people decided of a pair.
const (
	DuplicateOpen  = "open"
	DuplicateApart = "apart"
	DuplicateLater = "later"
)

// DuplicateReason is one sign that two records are one, or are not.
type DuplicateReason struct {
	Sign  string  `json:"sign" enum:"same,alike,differs"` // same, alike, differs
	What  string  `json:"what"`                           // a field's key, or name, email, linkedin …
	Text  string  `json:"text"`                           // in words
	Value string  `json:"value,omitempty"`                // what both have
	Score float64 `json:"score,omitempty"`                // what it counts; below 0 it speaks against
}

// DuplicateView is two records that may be one.
type DuplicateView struct {
	RecordID  int64             `json:"record_id"`
	OtherID   int64             `json:"other_id,omitempty"` // absent: record_id may be several
	Entity    Entity            `json:"entity"`
	Name      string            `json:"name"`
	Other     string            `json:"other,omitempty"` // its name
	Kind      string            `json:"kind"`
	Score     float64           `json:"score"` // how likely they are one, 0 to 1; 0 where that was not looked at
	Reasons   []DuplicateReason `json:"reasons"`
	Key       string            `json:"key,omitempty"`                 // of a conflict: what both have, such as email:ann@acme.com
	Reason    string            `json:"reason,omitempty"`              // of a conflict: what differs, such as external
	State     string            `json:"state" enum:"open,apart,later"` // open, apart, later
	Again     bool              `json:"again,omitempty"`               // it was decided before, and what that went by has changed
	DecidedBy string            `json:"decided_by,omitempty"`          // who decided last
	Merging   bool              `json:"merging,omitempty"`             // made one as soon as calls in flight have landed
	At        time.Time         `json:"at"`

	EnrichingCredits *Credits `json:"enriching_credits,omitempty"` // what enriching the newcomer costs at most: the younger record waits in enriching until this is decided. Absent: it does not wait, or no price can be said now
	Enriching        []string `json:"enriching,omitempty"`         // the live enrichments that it waits in
}

// DuplicateSide is one record of a pair, to be compared.
type DuplicateSide struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	Keys      []string  `json:"keys"` // what leads to it, such as email:ann@acme.com
	Filled    int       `json:"filled"`
	Bought    int       `json:"bought"` // values that were bought for it
	CreatedAt time.Time `json:"created_at"`
}

// DuplicateField is what both records of a pair hold in a field.
type DuplicateField struct {
	Field       string `json:"field"`
	Label       string `json:"label"`
	Value       any    `json:"value"`
	Other       any    `json:"other"`
	Same        bool   `json:"same"`
	Source      string `json:"source,omitempty"`
	OtherSource string `json:"other_source,omitempty"`
	Key         bool   `json:"key,omitempty"` // records are known by it
}

// DuplicateDetail is a pair side by side.
type DuplicateDetail struct {
	DuplicateView

	Sides    []DuplicateSide  `json:"sides"` // of record_id, then of other_id
	Fields   []DuplicateField `json:"fields"`
	Survivor int64            `json:"survivor"`     // which of the two is better kept
	Why      string           `json:"survivor_why"` // and why
}

// DuplicateCounts is how much there is to review.
type DuplicateCounts struct {
	Entity     Entity     `json:"entity"`
	Open       int64      `json:"open"`
	Conflicts  int64      `json:"conflicts"` // of open
	Likely     int64      `json:"likely"`
	Splits     int64      `json:"splits"`
	Later      int64      `json:"later"`
	Apart      int64      `json:"apart"`
	SearchedAt *time.Time `json:"searched_at,omitempty"` // when likely duplicates were looked for last
	Behind     bool       `json:"behind,omitempty"`      // records have changed since
	Searching  bool       `json:"searching,omitempty"`   // they are being looked for
}

// MergeView is a merge of two records.
type MergeView struct {
	ID         int64      `json:"id"` // 0 while it waits
	Entity     Entity     `json:"entity"`
	SurvivorID int64      `json:"survivor_id"`
	LoserID    int64      `json:"loser_id"`
	ByPerson   bool       `json:"by_person"`
	Actor      string     `json:"actor"`
	At         time.Time  `json:"at"`
	UndoneAt   *time.Time `json:"undone_at,omitempty"`
	Undo       string     `json:"undo,omitempty"`    // in the answer to taking it apart: the undo, by which that is taken back
	Waiting    bool       `json:"waiting,omitempty"` // a call for one of the two is in flight: they are made one when it has landed
	Failure    string     `json:"failure,omitempty"` // why one that waits could not be made; it is tried again
}
