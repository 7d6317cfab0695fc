package ingest

import (
	"encoding/json"
	"slices"

	"fettle/past"
	"fettle/store"
)

// snapshot is two records as they were before their merge, kept to undo it.
type snapshot struct {
	Survivor past.Saved            `json:"survivor"`
	Loser    *past.Saved           `json:"loser"`                // nil: it had been deleted
	Filled   []string              `json:"filled"`               // the survivor's fields that the loser gave
	Taken    []string              `json:"taken,omitempty"`      // the survivor's fields in which the loser's value won
	Keys     []string              `json:"keys"`                 // the loser's
	Shared   []string              `json:"shared,omitempty"`     // keys that the loser shared with others
	OwnShare []string              `json:"own_shared,omitempty"` // and the survivor
	Own      []store.Cell          `json:"own"`                  // the survivor's cells
	Lost     []store.Cell          `json:"lost"`                 // the loser's cells
	Attempts []int64               `json:"attempts"`
	Rows     []store.CarriedRow    `json:"rows"`
	Moved    []int64               `json:"moved"` // enrichments whose row went over
	Inputs   []store.CarriedInputs `json:"inputs"`
	Given    []store.CarriedInputs `json:"given"`   // the inputs that went over
	Aliases  []int64               `json:"aliases"` // ids that led to the loser
	Suppress bool                  `json:"suppressed"`
}

func (b *batch) saved(r *record) past.Saved {
	s := past.Saved{
		CreatedUS: r.CreatedUS, UpdatedUS: r.UpdatedUS, Origins: r.Origins, Invalid: r.Invalid, Statuses: r.Statuses, Disputed: r.Disputed, Suppressed: r.Suppressed,
		Company: r.Company, CompanyKey: r.CompanyKey, Values: map[string]json.RawMessage{},
	}
	for i, f := range b.fields {
		if r.Values[i] != nil {
			s.Values[f.Key] = appendValue(nil, r.Values[i])
		}
	}
	return s
}

// snapshot takes down a pair as it is.
func (h *held) snapshot(b *batch, p pair) snapshot {
	s := snapshot{
		Survivor: b.saved(b.recs[p.survivor]), Keys: h.keys[p.loser], Shared: h.shared[p.loser], OwnShare: h.shared[p.survivor], Own: h.cells[p.survivor], Lost: h.cells[p.loser], Attempts: h.attempts[p.loser],
		Rows: h.rows[p.loser], Inputs: h.inputs[p.loser], Aliases: h.aliases[p.loser],
		Suppress: h.suppressed[p.loser] && !h.suppressed[p.survivor],
	}
	if loser := b.recs[p.loser]; loser != nil {
		saved := b.saved(loser)
		s.Loser = &saved
	}
	for _, c := range s.Inputs {
		if !slices.ContainsFunc(h.inputs[p.survivor], func(o store.CarriedInputs) bool { return o.Enrichment == c.Enrichment }) {
			c.Record = p.survivor
			s.Given = append(s.Given, c)
		}
	}
	for _, r := range h.rowsToMove(p) {
		s.Moved = append(s.Moved, r.Enrichment)
	}
	return s
}
