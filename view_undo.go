package fettle

import (
	"strings"
	"time"
)

// LeftValue is what an undo leaves as it is, and why. Field is "" for a record.
type LeftValue struct {
	RecordID int64  `json:"record_id"`
	Field    string `json:"field"`
	Reason   string `json:"reason"`
}

// ChangeSetView is what was changed as one: an edit, an import, a run, what was sent
// or typed, a merge, a split, a suppression, a deletion, or an undo.
type ChangeSetView struct {
	ID          string        `json:"id"`                                                                      // its kind and its number, such as run-12
	Kind        string        `json:"kind" enum:"edit,import,run,upsert,add,merge,split,suppress,delete,undo"` // edit, import, run, upsert, add, merge, split, suppress, delete, undo
	Entity      Entity        `json:"entity"`                                                                  // "" for several
	What        string        `json:"what"`                                                                    // in words
	Name        string        `json:"name,omitempty"`
	Actor       string        `json:"actor"`
	At          time.Time     `json:"at"`                      // of a run: when it last wrote
	Begun       *time.Time    `json:"begun_at,omitempty"`      // of a run that wrote later than it began: when it began
	Cells       int64         `json:"cells,omitempty"`         // values that it changed, where that is kept
	Records     int64         `json:"records,omitempty"`       // of so many records
	Of          string        `json:"of,omitempty"`            // of an undo: what it took back
	TakenBackBy string        `json:"taken_back_by,omitempty"` // the undo that took it back: taking that back does it again
	Broken      bool          `json:"broken,omitempty"`        // of an undo that broke off: taking the same set back again goes on with it
	CannotBe    string        `json:"cannot_be,omitempty"`     // why it cannot be taken back; "" where it can
	Result      *TakeBackView `json:"result,omitempty"`        // of an undo: what it came to
	Changes     []ChangeView  `json:"changes,omitempty"`       // in the answer to one set: the first of its changes
}

// TakeBackView is what taking back a change set came to, or would.
type TakeBackView struct {
	ID               string       `json:"id,omitempty"` // the undo, itself a change set; "" of a dry run
	Of               string       `json:"of"`
	What             string       `json:"what"` // in words
	DryRun           bool         `json:"dry_run,omitempty"`
	Restored         int64        `json:"restored"`            // values that are what they were
	Blanked          int64        `json:"blanked,omitempty"`   // of these, the ones that are blank again
	Records          int64        `json:"records"`             // that they are of
	Deleted          int64        `json:"deleted,omitempty"`   // records that it had made
	Recreated        int64        `json:"recreated,omitempty"` // records that it had deleted
	Unmerged         int64        `json:"unmerged,omitempty"`  // merges that came apart
	Merged           int64        `json:"merged,omitempty"`    // records that are one again
	Bought           int64        `json:"bought,omitempty"`    // values that were bought for records that it deletes: they stay bought
	Erased           int64        `json:"erased,omitempty"`    // records of which nothing is left: they cannot come back
	Left             []LeftValue  `json:"left"`                // what stays as it is, the first thousand
	LeftCount        int64        `json:"left_count"`          // and how much that is
	CreditsStaySpent Credits      `json:"credits_stay_spent"`  // what was paid for it is not given back
	Warnings         []string     `json:"warnings"`            // what cannot come back, and what else is to be known
	WouldRun         []QuietSpend `json:"would_run,omitempty"` // of a dry run: what live enrichments would do with it, and at most cost
}

// String says what was, or would be, taken back.
func (v TakeBackView) String() string {
	var parts []string
	add := func(n int64, one, several string) {
		if n > 0 {
			parts = append(parts, Count(n, one, several))
		}
	}
	add(v.Restored-v.Blanked, "value restored", "values restored")
	add(v.Blanked, "value blank again", "values blank again")
	add(v.Recreated, "record brought back", "records brought back")
	add(v.Deleted, "record deleted", "records deleted")
	add(v.Unmerged, "merge taken apart", "merges taken apart")
	add(v.Merged, "record merged again", "records merged again")
	add(v.LeftCount, "left as it is", "left as they are")
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
