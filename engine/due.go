package engine

import (
	"context"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/store"
)

// dueWeeks is how many weeks ahead are looked at.
const dueWeeks = 12

const week = 7 * 24 * time.Hour

// Due says how many rows of an enrichment come due in each of the next weeks, by
// refresh and retry, and what they would cost at today's price.
func (e *Engine) Due(ctx context.Context, actor fettle.Actor, name string) (v fettle.DueView, err error) {
	if err := actor.Require(fettle.Viewer, "see what comes due"); err != nil {
		return v, err
	}
	e.conns.Refresh(ctx)
	err = e.db.View(ctx, func(tx *store.Tx) error {
		cur, err := tx.Enrichment(ctx, name)
		if err != nil {
			return err
		}
		p, err := e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition)
		if err != nil {
			return err
		}
		m, err := e.judge.MembersOf(ctx, tx, cur.ID, cur.Entity, cur.Definition.Audience)
		if err != nil {
			return err
		}
		known, err := p.LookUp(ctx, tx)
		if err != nil {
			return err
		}
		hours, err := tx.DueHours(ctx, cur.ID, cur.Entity, m.Where, cur.Definition.Outputs.Fields())
		if err != nil {
			return err
		}
		per := float64(p.Typical(known))
		if r := time.Duration(cur.Definition.Refresh); r > 0 {
			per *= float64(r) / float64(p.PaidEvery(r))
		}
		v = dueAhead(cur.Definition, hours, per, time.Now().UTC())
		v.Paused = cur.State != fettle.Live
		return nil
	})
	return v, err
}

// dueAhead goes through the weeks: a row comes due when its time has passed, and
// again each time after it, as it ended last. It is pure.
func dueAhead(def fettle.Definition, hours []store.DueHour, perRow float64, now time.Time) fettle.DueView {
	v := fettle.DueView{PerRowCredits: judge.About(perRow), Weeks: make([]fettle.DueWeek, dueWeeks), Assumptions: dueAssumptions(def)}
	for i := range v.Weeks {
		v.Weeks[i].From, v.Weeks[i].To = now.Add(week*time.Duration(i)), now.Add(week*time.Duration(i+1))
	}
	if !def.Enters() {
		return v
	}
	for _, h := range hours {
		steps := dueSteps(def, h)
		if len(steps) == 0 {
			continue
		}
		at := time.Unix(h.Hour*3600, 0).UTC()
		for n := 0; ; n++ {
			at = at.Add(steps[n%len(steps)])
			if at.Before(now) {
				if n == 0 {
					v.OverdueRows += h.Rows
				}
				at = now // it is looked at as soon as it may
			}
			i := int(at.Sub(now) / week)
			if i >= dueWeeks {
				break
			}
			v.Weeks[i].Rows += h.Rows
		}
	}
	for i := range v.Weeks {
		v.Weeks[i].ExpectedCredits = judge.About(perRow * float64(v.Weeks[i].Rows))
	}
	return v
}

// dueSteps are the times between the looks at rows that ended so, in turn; none
// where they never come due.
func dueSteps(def fettle.Definition, h store.DueHour) []time.Duration {
	every, retry, unsure := time.Duration(def.Refresh), time.Duration(def.NotFoundRetry), time.Duration(def.UnsureRetry)
	switch {
	case h.Found && every > 0:
		return []time.Duration{every}
	case h.Found || retry <= 0:
		return nil
	case !h.Unsure || unsure <= 0 || unsure >= retry:
		return []time.Duration{retry}
	}
	var steps []time.Duration
	left := retry
	for range fettle.UnsureAgain {
		if left <= unsure {
			break
		}
		steps, left = append(steps, unsure), left-unsure
	}
	return append(steps, left)
}

func dueAssumptions(def fettle.Definition) []string {
	if !def.Enters() {
		return []string{"It does not follow: nothing comes due by itself."}
	}
	if def.Refresh == 0 && def.NotFoundRetry == 0 {
		return []string{"It neither refreshes what it bought nor asks again for what was not found: nothing comes due by itself."}
	}
	out := []string{"Each row ends as it did last, and comes due again when its time has passed anew; who enters is not counted."}
	if def.Schedule != nil {
		out = append(out, "What is due leaves at the next time of the schedule.")
	}
	if def.Write != fettle.OverwriteAll {
		out = append(out, "What a person has set since is looked at, and not bought.")
	}
	if def.UnsureRetry > 0 {
		out = append(out, "Where an answer verified nothing it is asked again sooner, at most three times in a period.")
	}
	return out
}
