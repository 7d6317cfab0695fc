package past

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/store"
)

// Course is what a record was over a stretch of time: itself, its companies, the
// signals of both.
type Course struct {
	ID    int64
	Steps []Step // oldest first; the first is what it was at the beginning

	own       []State
	staff     map[int64][]State // of the companies that it had
	told      *told
	companies *told
	origins   map[int64]store.Origin
}

// Step is a moment at which something was written about a record, or about the
// company that it had then.
type Step struct {
	US int64
	By *store.ChangeEvent // nil at the beginning

	own     int // which state of its own
	company int // which of its company's
}

// Courses gives what records were from a moment on. The fields of companies are
// read where some are named.
func Courses(ctx context.Context, tx *store.Tx, ids []int64, ask Asking, company []string) ([]*Course, error) {
	lives, err := Lives(ctx, tx, ids, ask)
	if err != nil {
		return nil, err
	}
	origins, err := originsByID(ctx, tx)
	if err != nil {
		return nil, err
	}
	own := map[int64]bool{}
	if ask.Without != 0 {
		if own, err = tx.EnrichmentOrigins(ctx, ask.Without); err != nil {
			return nil, err
		}
	}
	var news, companyNews *told
	if ask.Fields == nil || slices.Contains(ask.Fields, expr.Signals) || slices.Contains(ask.Fields, expr.LatestSignal) {
		if news, err = readTold(ctx, tx, ids, own); err != nil {
			return nil, err
		}
	}
	staff := map[int64][]State{}
	if ask.Entity == fettle.People && len(company) > 0 {
		var employers []int64
		for _, states := range lives {
			for _, s := range states {
				if s.There && s.Company != 0 {
					employers = append(employers, s.Company)
				}
			}
		}
		slices.Sort(employers)
		employers = slices.Compact(employers)
		theirs := Asking{Entity: fettle.Companies, Fields: company, First: ask.First, Without: ask.Without}
		if staff, err = Lives(ctx, tx, employers, theirs); err != nil {
			return nil, err
		}
		if slices.Contains(company, expr.Signals) {
			if companyNews, err = readTold(ctx, tx, employers, own); err != nil {
				return nil, err
			}
		}
	}
	out := make([]*Course, len(ids))
	for i, id := range ids {
		out[i] = &Course{ID: id, own: lives[id], staff: staff, told: news, companies: companyNews, origins: origins}
		out[i].walk()
	}
	return out, nil
}

// walk puts what was written about the record and about its companies in order.
func (c *Course) walk() {
	c.Steps = []Step{{}}
	for i, s := range c.own[1:] {
		c.Steps = append(c.Steps, Step{US: s.By.AtUS, By: s.By, own: i + 1})
	}
	seen := map[int64]bool{}
	for _, s := range c.own {
		if s.There && s.Company != 0 && !seen[s.Company] {
			seen[s.Company] = true
			states := c.staff[s.Company]
			for i := 1; i < len(states); i++ {
				c.Steps = append(c.Steps, Step{US: states[i].By.AtUS, By: states[i].By, own: -1, company: i})
			}
		}
	}
	slices.SortStableFunc(c.Steps, func(a, b Step) int { return cmp.Compare(idOf(a.By), idOf(b.By)) })
	at, last := 0, int64(0)
	employer := map[int64]int{} // company → which of its states
	kept := c.Steps[:0]
	for _, s := range c.Steps {
		theirs := s.own < 0
		if theirs {
			employer[s.By.Record] = s.company
			s.own = at
		}
		at = s.own
		now := c.own[at].Company
		s.company = employer[now]
		last = max(last, s.US)
		s.US = last // entries are dated a moment before they are numbered
		if theirs && s.By.Record != now {
			continue // of a company that it did not have then
		}
		kept = append(kept, s)
	}
	c.Steps = kept
}

func idOf(c *store.ChangeEvent) int64 {
	if c == nil {
		return 0
	}
	return c.ID
}

// There reports whether it was a record of its own at a step.
func (c *Course) There(step int) bool { return c.own[c.Steps[step].own].There }

// Then is the record as it was from a step on, at a time.
func (c *Course) Then(step int, at time.Time) expr.Record {
	s := c.Steps[step]
	own := c.own[s.own]
	t := Then{Record: own.Record, origins: c.origins}
	if c.told != nil {
		t.signals = c.told.at(c.ID, at.UnixMicro())
	}
	if states := c.staff[own.Company]; len(states) > 0 && states[s.company].There {
		t.Staffed = states[s.company].Record
		if c.companies != nil {
			t.theirs = c.companies.at(own.Company, at.UnixMicro())
		}
	}
	return t
}

// Origin is where a value comes from at a step; its zero value where it is blank.
func (c *Course) Origin(step int, field string) store.Origin {
	return c.origins[c.own[c.Steps[step].own].Origins[field]]
}

// StepAt is the last step at or before a time.
func (c *Course) StepAt(us int64) int {
	i, _ := slices.BinarySearchFunc(c.Steps, us+1, func(s Step, us int64) int { return cmp.Compare(s.US, us) })
	return max(0, i-1)
}
