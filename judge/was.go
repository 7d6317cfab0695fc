package judge

import (
	"slices"
	"time"

	"fettle/expr"
	"fettle/store"
)

// Was is what a record is judged by at another time than now.
type Was struct {
	ID         int64
	As         expr.Record
	Suppressed bool
	Cells      map[store.CellKey]store.Cell
	Asked      []store.Asked // oldest first
	Others     []store.Asked // calls of other records that asked the same
	Hash       string        // inputs of the enrichment's last purchase or reuse, as a verdict gives them; "" if none
	ByHand     func(field string) bool
	Derived    func(field string) bool
	Signal     *expr.Signal
	Served     map[store.CellKey]store.Served
}

// Facts are what Classify judges by.
func (w Was) Facts() Facts {
	return Facts{
		Record: &store.Record{ID: w.ID, Suppressed: w.Suppressed}, As: w.As, cells: w.Cells, Asked: w.Asked, others: w.Others, hash: w.Hash,
		byHand: w.ByHand, Derived: w.Derived, Signal: w.Signal, served: w.Served,
	}
}

// SignalOf is the signal that a record's row is about; nil for none.
func (p *Program) SignalOf(r expr.Record, at time.Time) *expr.Signal {
	if !p.aboutSignals() {
		return nil
	}
	return newest(p.watched, r, time.Time{}, at)
}

// Watches gives the fields that the program reads of records, and of their
// companies, those that tell which signal a row is about included.
func (p *Program) Watches() (own, company []string) {
	s := NewFieldSet()
	s.Add(p.Fields, p.Company)
	for _, a := range p.watched {
		if a.filter != nil {
			s.Add(a.filter.Fields(), a.filter.CompanyFields())
		}
	}
	return keys(s.Own), keys(s.Company)
}

// Measured is what is known of calls without caution for few of them: what found
// something every time finds something.
func Measured(known []Odds) []Odds {
	out := slices.Clone(known)
	for i := range out {
		if out[i].share >= 0 {
			out[i].hit = out[i].share
		}
	}
	return out
}

// Finds is the chance that a step's call finds something; where it is not known, 1.
func (o Odds) Finds() float64 {
	if o.hit < 0 {
		return 1
	}
	return o.hit
}
