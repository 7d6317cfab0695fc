package judge

import (
	"slices"

	"fettle"
	"fettle/connect"
	"fettle/store"
)

// madeUp reports whether a cell holds nothing but what the simulated provider made
// up, while the program asks somebody else: then nobody has bought it yet. A value
// that was put in its place since, by a file or a person, is no made-up one.
func (p *Program) madeUp(k Facts, c store.Cell, field string) bool {
	a, ok := k.call(c.AttemptID)
	if !ok || !connect.MakesUp(a.Provider) || !p.asksForReal() {
		return false
	}
	v := k.values().Value(field)
	if v == nil {
		return true
	}
	text := fettle.FormatValue(v)
	for _, given := range a.Outputs {
		if fettle.FormatValue(given) == text {
			return !k.byHand(field)
		}
	}
	return false
}

// asksForReal reports whether a step of the program asks anybody whose answers are
// not made up.
func (p *Program) asksForReal() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return !s.Computed && !s.Connection.Simulated() })
}

// withTime notes a number of a field, unless there is none.
func withTime(m map[string]int64, field string, us int64) map[string]int64 {
	if us == 0 {
		return m
	}
	if m == nil {
		m = map[string]int64{}
	}
	m[field] = us
	return m
}
