package limits

import (
	"context"

	"fettle/ledger"
	"fettle/store"
)

// Rooms are what the limits leave that a call counts in beside those of its whole
// enrichment: calls of one transaction that share a limit share its room.
type Rooms struct {
	caps Caps
	by   map[string]*ledger.Room // by scope and key
	read []Bound
}

// NewRooms begins with nothing read.
func NewRooms(c Caps) *Rooms { return &Rooms{caps: c, by: map[string]*ledger.Room{}} }

// Bounds are the limits that were read.
func (s *Rooms) Bounds() []Bound { return s.read }

// Shared is what several limits leave, each of which a call has to fit.
type Shared struct {
	side ledger.Side
	all  []*ledger.Room
}

// Step is what is left for a payer's calls through its connection: connections
// of one provider share its room.
func (s *Rooms) Step(ctx context.Context, tx *store.Tx, p Payer) (Shared, error) {
	out := Shared{side: ledger.StepSide}
	for _, key := range []string{p.Provider, ConnectionKey(p.Provider, p.Connection)} {
		r, err := s.room(ctx, tx, store.ScopeProvider, key, p)
		if err != nil {
			return out, err
		}
		out.all = append(out.all, r)
	}
	return out, nil
}

// Own is what is left for the rows of an opener under limits that the run's
// person does not count in: their own, and their budget's.
func (s *Rooms) Own(ctx context.Context, tx *store.Tx, p Payer) (Shared, error) {
	out := Shared{side: ledger.RowSide}
	if len(p.OwnKeys()) > 0 {
		r, err := s.room(ctx, tx, store.ScopePerson, p.Opener, p)
		if err != nil {
			return out, err
		}
		out.all = append(out.all, r)
	}
	if b := p.Budgets[2]; b != "" {
		r, err := s.room(ctx, tx, store.ScopeBudget, b, p)
		if err != nil {
			return out, err
		}
		out.all = append(out.all, r)
	}
	return out, nil
}

func (s *Rooms) room(ctx context.Context, tx *store.Tx, scope store.Scope, key string, p Payer) (*ledger.Room, error) {
	name := string(scope) + " " + key
	if r := s.by[name]; r != nil {
		return r, nil
	}
	bounds, err := s.caps.Bounds(ctx, tx, KeysOf(scope, key, p.At))
	r := Room(bounds)
	s.by[name], s.read = &r, append(s.read, bounds...)
	return &r, err
}

// Fits reports whether a hold would fit all of the rooms.
func (r Shared) Fits(h ledger.Hold) bool { return r.Lacks(h) < 0 }

// Lacks is the place of the first room that a hold does not fit; -1 for none.
func (r Shared) Lacks(h ledger.Hold) int {
	for i, room := range r.all {
		if left := *room; !left.Take(h, r.side) {
			return i
		}
	}
	return -1
}

// Take reserves a hold in all of the rooms; false, and nothing is taken, if it
// does not fit one.
func (r Shared) Take(h ledger.Hold) bool {
	if !r.Fits(h) {
		return false
	}
	for _, room := range r.all {
		room.Take(h, r.side)
	}
	return true
}
