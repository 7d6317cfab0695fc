package fettle

// Guards say when an enrichment is stopped before money is gone that nobody
// meant to spend. Nil is the default of each; 0 switches one off.
type Guards struct {
	Again    *int64 `json:"again,omitempty"`     // purchases of a cell in a day that nobody asked for
	Entering *int64 `json:"entering,omitempty"`  // rows entering in a day: times the highest of the last 14 days
	Price    *int64 `json:"price,omitempty"`     // credits a row: times the median of the last 200
	Failed   *int64 `json:"failed,omitempty"`    // per cent of the last 50 rows
	NotFound *int64 `json:"not_found,omitempty"` // points of the last 100 rows above the rate before
}

// GuardLevels are the levels in force; 0 is off.
type GuardLevels struct {
	Again    int64 `json:"again"`
	Entering int64 `json:"entering"`
	Price    int64 `json:"price"`
	Failed   int64 `json:"failed"`
	NotFound int64 `json:"not_found"`
}

// DefaultGuards are the levels where a definition says nothing.
func DefaultGuards() GuardLevels {
	return GuardLevels{Again: 3, Entering: 5, Price: 2, Failed: 50, NotFound: 30}
}

// Levels are the levels in force.
func (g *Guards) Levels() GuardLevels {
	l := DefaultGuards()
	if g == nil {
		return l
	}
	for _, x := range []struct {
		set *int64
		to  *int64
	}{{g.Again, &l.Again}, {g.Entering, &l.Entering}, {g.Price, &l.Price}, {g.Failed, &l.Failed}, {g.NotFound, &l.NotFound}} {
		if x.set != nil {
			*x.to = *x.set
		}
	}
	return l
}

// Check refuses levels that are none.
func (g *Guards) Check() error {
	if g == nil {
		return nil
	}
	for _, x := range []struct {
		key  string
		set  *int64
		most int64
	}{{"again", g.Again, 1000}, {"entering", g.Entering, 1000}, {"price", g.Price, 1000}, {"failed", g.Failed, 100}, {"not_found", g.NotFound, 100}} {
		if x.set != nil && (*x.set < 0 || *x.set > x.most) {
			return Errorf(Invalid, "guards: %s is %d", x.key, *x.set).WithHint("Write a number from 1 to %d, or 0 to switch this guard off.", x.most).With("key", "guards."+x.key)
		}
	}
	return nil
}
