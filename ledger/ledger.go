// Package ledger is the arithmetic of money: what a reserve, a settle, a
// release do to a balance, and what a limit leaves. It is pure; the database
// that applies it is the one arbiter.
package ledger

import (
	"math"
	"math/bits"

	"fettle"
)

// Balance is the money and the records that one scope has in one period.
type Balance struct {
	Reserved, Settled, Unknown, Overrun             fettle.Credits
	ReservedRecords, SettledRecords, UnknownRecords int64
}

// Used is what counts against a limit: settled, reserved, unknown and overrun.
func (b Balance) Used() fettle.Credits { return b.Settled + b.Reserved + b.Unknown + b.Overrun }

// UsedRecords is what counts against a limit in records.
func (b Balance) UsedRecords() int64 { return b.SettledRecords + b.ReservedRecords + b.UnknownRecords }

// Add gives b changed by d. A balance is a sum of deltas.
func (b Balance) Add(d Balance) Balance {
	return Balance{
		Reserved: b.Reserved + d.Reserved, Settled: b.Settled + d.Settled, Unknown: b.Unknown + d.Unknown, Overrun: b.Overrun + d.Overrun,
		ReservedRecords: b.ReservedRecords + d.ReservedRecords, SettledRecords: b.SettledRecords + d.SettledRecords,
		UnknownRecords: b.UnknownRecords + d.UnknownRecords,
	}
}

// Hold is the reservation of one call.
type Hold struct {
	Held fettle.Credits // on enrichment and workspace: this call and the row's later steps
	Step fettle.Credits // on the provider: the highest price of this call, at most Held
	// Whether the call counts its record against limits in records: the first of
	// a row's calls does, and at each provider the first that it is asked.
	Record, StepRecord bool
}

// Side says which balance is meant: the row's (enrichment, run, person,
// workspace) is reserved whole, the provider's step by step.
type Side int

// The sides.
const (
	RowSide Side = iota
	StepSide
)

func (h Hold) on(s Side) fettle.Credits {
	if s == StepSide {
		return h.Step
	}
	return h.Held
}

// records is how many records the hold takes of a limit: 1 or 0.
func (h Hold) records(s Side) int64 {
	if (s == RowSide && h.Record) || (s == StepSide && h.StepRecord) {
		return 1
	}
	return 0
}

// Reserve is what making the reservation does.
func (h Hold) Reserve(s Side) Balance {
	return Balance{Reserved: h.on(s), ReservedRecords: h.records(s)}
}

// Settle is what a known outcome of a call that was made does: the charge is
// settled up to the call's highest price, what the provider billed above it is
// overrun, the rest of the hold is released. The record stays counted.
func (h Hold) Settle(s Side, charged fettle.Credits) Balance {
	settled, n := min(charged, h.Step), h.records(s)
	return Balance{Reserved: -h.on(s), Settled: settled, Overrun: charged - settled, ReservedRecords: -n, SettledRecords: n}
}

// Release is what a call that was not made, or is not billed, does.
func (h Hold) Release(s Side) Balance {
	return Balance{Reserved: -h.on(s), ReservedRecords: -h.records(s)}
}

// Lose is what an unknown outcome does: the call's own highest price stays
// held, the part for later steps is released.
func (h Hold) Lose(s Side) Balance {
	return Balance{Reserved: -h.on(s), Unknown: h.Step, ReservedRecords: -h.records(s), UnknownRecords: h.records(s)}
}

// Resolve is what ending an unknown with a charge does. Nothing charged and
// not made gives everything back.
func (h Hold) Resolve(s Side, charged fettle.Credits, made bool) Balance {
	settled := min(charged, h.Step)
	d := Balance{Unknown: -h.Step, Settled: settled, Overrun: charged - settled, UnknownRecords: -h.records(s)}
	if made {
		d.SettledRecords = h.records(s)
	}
	return d
}

// Cap is a limit in one period; nil parts do not bind.
type Cap struct {
	Credits *fettle.Credits
	Records *int64
}

// Room is what may still be reserved.
type Room struct {
	Credits fettle.Credits
	Records int64
}

// Unbounded is the room where no limit binds.
func Unbounded() Room { return Room{Credits: math.MaxInt64, Records: math.MaxInt64} }

// Left is the room that the cap leaves beside the balance, never negative.
func (c Cap) Left(b Balance) Room {
	r := Unbounded()
	if c.Credits != nil {
		r.Credits = max(0, *c.Credits-b.Used())
	}
	if c.Records != nil {
		r.Records = max(0, *c.Records-b.UsedRecords())
	}
	return r
}

// Min is the tighter of two rooms, part by part.
func (r Room) Min(o Room) Room {
	return Room{Credits: min(r.Credits, o.Credits), Records: min(r.Records, o.Records)}
}

// Take reserves a hold in the room; ok is false, and nothing is taken, if it
// does not fit.
func (r *Room) Take(h Hold, s Side) (ok bool) {
	amount, records := h.on(s), h.records(s)
	if amount > r.Credits || records > r.Records {
		return false
	}
	if r.Credits != math.MaxInt64 {
		r.Credits -= amount
	}
	if r.Records != math.MaxInt64 {
		r.Records -= records
	}
	return true
}

// Price converts a provider's units to credits at unit, the price of one whole
// unit, rounding up: a price is never understated. ok is false if the product
// is beyond fettle.MaxCredits.
func Price(units, unit fettle.Credits) (c fettle.Credits, ok bool) {
	if units < 0 || unit < 0 {
		return 0, false
	}
	hi, lo := bits.Mul64(uint64(units), uint64(unit))
	if hi >= uint64(fettle.Credit) {
		return 0, false
	}
	q, rem := bits.Div64(hi, lo, uint64(fettle.Credit))
	if rem > 0 {
		q++
	}
	if q > uint64(fettle.MaxCredits) {
		return 0, false
	}
	return fettle.Credits(q), true
}

// UnitsOf is how many of a provider's units an amount pays for at unit, the price
// of one whole unit, rounded down; 0 where units are free.
func UnitsOf(c, unit fettle.Credits) fettle.Credits {
	if c <= 0 || unit <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(c), uint64(fettle.Credit))
	if hi >= uint64(unit) {
		return fettle.MaxCredits
	}
	q, _ := bits.Div64(hi, lo, uint64(unit))
	return fettle.Credits(min(q, uint64(fettle.MaxCredits)))
}

// StepPrice is the price of one step of a row: what it bills on a hit and on a
// miss, at the most.
type StepPrice struct {
	Hit, Miss fettle.Credits
	// TurnDown says that a hit may be turned down: it is billed, and the next
	// step is asked all the same.
	TurnDown bool
}

// past is the most that a step costs where the next one is asked after it.
func (s StepPrice) past(all bool) fettle.Credits {
	if all || s.TurnDown {
		return max(s.Hit, s.Miss)
	}
	return s.Miss
}

// RowMax is the highest price of a row over its steps: what earlier steps bill
// where they did not end it, plus what one bills on a hit. An earlier step
// missed, or hit and was turned down; with all, it may have hit.
func RowMax(steps []StepPrice, all bool) fettle.Credits {
	var before, worst fettle.Credits
	for _, s := range steps {
		worst = max(worst, before+max(s.Hit, s.Miss))
		before += s.past(all)
	}
	return worst
}
