package run

import (
	"fettle/provider"
	"fettle/store"
)

// contact notes whom a vendor billed that bills a contact once in a period: what
// is claimed from now on counts on it. What may not have been billed is not noted.
func (s *settling) contact(l landing) {
	if len(l.j.ask) == 0 || l.res.Units <= 0 || l.lost || l.end.State != store.AttemptSettled {
		return
	}
	switch l.res.Outcome {
	case provider.Found, provider.NotFound, provider.Failed, provider.BadInput:
	default:
		return
	}
	q := &l.j.ask[0]
	if k, ok := l.j.p.Steps[q.Step].ContactOf(q.Inputs); ok {
		s.contacts = append(s.contacts, store.BilledContact{ContactKey: k, BilledUS: l.j.attempt.ReservedUS, Attempt: l.j.attempt.ID})
	}
}
