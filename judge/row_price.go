package judge

import (
	"fmt"
	"slices"

	"fettle"
	"fettle/ledger"
)

// priceRow prices the calls of a row. A call without a known highest price is
// not made.
func (p *Program) priceRow(v Verdict) (Verdict, error) {
	for i := range v.Ask {
		s := &p.Steps[v.Ask[i].Step]
		if err := s.Connection.Ready(); err != nil {
			return v, err
		}
		if !s.price(&v.Ask[i]) {
			return v, fettle.Errorf(fettle.Refused, "the highest price of %s is not known, so it is not asked", s.called()).
				WithHint("State the price of the model or of the provider's unit.")
		}
	}
	v.Held = p.RowMax(v.Ask)
	return v, nil
}

// RowMax is the highest price of the calls that are left of a row.
func (p *Program) RowMax(ask []Question) fettle.Credits {
	prices := make([]ledger.StepPrice, len(ask))
	for i, q := range ask {
		prices[i] = ledger.StepPrice{Hit: q.most(q.Hit), Miss: q.most(q.Miss), TurnDown: p.mayTurnDown(&p.Steps[q.Step])}
	}
	return ledger.RowMax(prices, p.Definition.Until == "all")
}

// stepMax is the highest price of one call.
func (q Question) stepMax() fettle.Credits { return q.most(max(q.Hit, q.Miss)) }

// most is a highest price of the call: in a request with others, its part of what
// the request costs at the most. No part is above the price alone: a miss bears of
// the minimum at the most what is missing to it. So a row that leaves with others
// holds no more than was taken for it.
func (q Question) most(alone fettle.Credits) fettle.Credits {
	if q.parted {
		return min(q.part, alone)
	}
	return alone
}

// InPart gives the questions of a row whose first call bears that part of the
// highest price of a request with others.
func InPart(ask []Question, part fettle.Credits) []Question {
	out := slices.Clone(ask)
	out[0].parted, out[0].part = true, part
	return out
}

// Together is how many records a request of the step may hold.
func (s *Step) Together() int {
	if s.Batch == nil {
		return 1
	}
	return max(1, s.Batch.MaxBatch())
}

// Least is what a request of the step with several records is billed at the
// least, at a price of the provider's unit.
func (s *Step) Least(unit fettle.Credits) (least fettle.Credits, ok bool) {
	if s.Batch == nil {
		return 0, true
	}
	units, ok := s.Batch.Minimum()
	if !ok {
		return 0, false
	}
	return ledger.Price(units, unit)
}

// batchBasis says by which requests an expected price goes; "" where records are
// asked about one by one.
func (s *Step) batchBasis() string {
	if s.Batch == nil || s.Connection.Conn.UnitCredits == nil {
		return ""
	}
	least, ok := s.Least(*s.Connection.Conn.UnitCredits)
	if !ok || least == 0 {
		return fmt.Sprintf("; up to %d records a request", s.Together())
	}
	return fmt.Sprintf("; up to %d records a request, each billed at least %s: requests are expected to be full, and the highest price is that of one record in each",
		s.Together(), least.Words())
}
