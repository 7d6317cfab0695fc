package ingest

import "fettle"

// UndoResult is what one piece of an undo did.
type UndoResult struct {
	Deleted   int64              `json:"deleted"`        // records that the import created
	Restored  int64              `json:"restored"`       // values that it changed
	Blanked   int64              `json:"blanked"`        // of these, the ones that are blank again
	Unmerged  int64              `json:"unmerged"`       // merges that it made
	Reduced   int64              `json:"reduced"`        // of the records that it created, those that were bought for: what was bought stays, under their keys
	Bought    int64              `json:"bought"`         // values that stay so
	Companies int64              `json:"companies"`      // of an import of people: companies that it had made
	Kept      int64              `json:"kept"`           // records and values that were changed since, and stay
	Left      []fettle.LeftValue `json:"left,omitempty"` // the first of these
	Cursor    int64              `json:"-"`              // for the next piece
	Done      bool               `json:"-"`
}

// Add sums up pieces.
func (r *UndoResult) Add(o UndoResult) {
	r.Deleted += o.Deleted
	r.Restored += o.Restored
	r.Blanked += o.Blanked
	r.Unmerged += o.Unmerged
	r.Reduced += o.Reduced
	r.Bought += o.Bought
	r.Companies += o.Companies
	r.Kept += o.Kept
	r.Left = append(r.Left, o.Left[:min(len(o.Left), max(0, MostLeft-len(r.Left)))]...)
	r.Cursor, r.Done = o.Cursor, o.Done
}
