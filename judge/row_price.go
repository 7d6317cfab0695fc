package judge

import (
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
			return v, fettle.Errorf(fettle.Refused, "the highest price of %s is not known, so it is not asked", s.info.ID).
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
		prices[i] = ledger.StepPrice{Hit: q.Hit, Miss: q.Miss, TurnDown: p.mayTurnDown(&p.Steps[q.Step])}
	}
	return ledger.RowMax(prices, p.Definition.Until == "all")
}

// stepMax is the highest price of one call.
func (q Question) stepMax() fettle.Credits { return max(q.Hit, q.Miss) }
