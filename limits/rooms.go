package limits

import (
	"context"

	"fettle/ledger"
	"fettle/store"
)

// StepRooms are what the limits on providers and on connections leave for the
// calls of one transaction: connections of one provider share its room.
type StepRooms struct {
	caps Caps
	by   map[string]*ledger.Room // by provider, and by connection
	read []Bound
}

// NewStepRooms begins with nothing read.
func NewStepRooms(c Caps) *StepRooms { return &StepRooms{caps: c, by: map[string]*ledger.Room{}} }

// Bounds are the limits that were read.
func (s *StepRooms) Bounds() []Bound { return s.read }

// StepRoom is what is left for the calls through one connection.
type StepRoom struct{ provider, connection *ledger.Room }

// Of reads what is left for a payer's calls through its connection.
func (s *StepRooms) Of(ctx context.Context, tx *store.Tx, p Payer) (out StepRoom, err error) {
	if out.provider, err = s.room(ctx, tx, p, p.Provider); err == nil {
		out.connection, err = s.room(ctx, tx, p, ConnectionKey(p.Provider, p.Connection))
	}
	return out, err
}

func (s *StepRooms) room(ctx context.Context, tx *store.Tx, p Payer, key string) (*ledger.Room, error) {
	if r := s.by[key]; r != nil {
		return r, nil
	}
	bounds, err := s.caps.Bounds(ctx, tx, KeysOf(store.ScopeProvider, key, p.At))
	r := Room(bounds)
	s.by[key], s.read = &r, append(s.read, bounds...)
	return &r, err
}

// Fits reports whether a hold would fit.
func (r StepRoom) Fits(h ledger.Hold) bool {
	p, c := *r.provider, *r.connection
	return p.Take(h, ledger.StepSide) && c.Take(h, ledger.StepSide)
}

// Take reserves a hold in both rooms; false, and nothing is taken, if it does
// not fit.
func (r StepRoom) Take(h ledger.Hold) bool {
	if !r.Fits(h) {
		return false
	}
	return r.provider.Take(h, ledger.StepSide) && r.connection.Take(h, ledger.StepSide)
}
