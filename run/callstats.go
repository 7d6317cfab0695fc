package run

import (
	"fettle"
	"fettle/provider"
	"fettle/store"
)

// callStats adds up what the calls of one settling came to: later prices go by
// it (see odds).
type callStats map[store.CallKey]store.CallStat

// count adds a call whose outcome is known. What was not billed because it was
// never answered says nothing of the next call.
func (c callStats) count(l landing) {
	switch l.end.Outcome {
	case string(provider.Found), string(provider.NotFound), string(provider.Failed), string(provider.BadInput):
	default:
		return
	}
	if l.end.State != store.AttemptSettled || l.lost || len(l.j.ask) == 0 {
		return
	}
	a, q := l.j.attempt, &l.j.ask[0]
	s := &l.j.p.Steps[q.Step]
	if s.Computed {
		return
	}
	k := store.CallKey{Operation: a.Operation, EnrichmentID: a.EnrichmentID, Step: a.Step}
	n := store.CallStat{CallKey: k, Provider: a.Provider, Model: s.Model, Calls: 1}
	if l.end.Outcome == string(provider.Found) {
		n.Found, n.Hit, n.HitQuoted = 1, l.charged, orAs(q.Likely, l.charged)
	} else {
		n.Miss, n.MissQuoted = l.charged, orAs(q.Miss, l.charged)
	}
	if m, is := s.Operation.(provider.Meter); is && q.Tokens > 0 {
		if in, out, ok := m.Used(l.res.Usage); ok {
			n.Metered, n.AskedTokens, n.InputTokens, n.OutputTokens = 1, q.Tokens, in, out
		}
	}
	if old, ok := c[k]; ok {
		n = old.Add(n)
	}
	c[k] = n
}

// orAs is a quoted price, or what was charged where none was kept: a call that
// another process left behind.
func orAs(quoted, charged fettle.Credits) fettle.Credits {
	if quoted > 0 {
		return quoted
	}
	return charged
}
