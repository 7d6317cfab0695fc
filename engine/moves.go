package engine

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/past"
	"fettle/store"
)

// MovesQuery says whose moves are listed.
type MovesQuery struct {
	From, To time.Time // without From: movesDays back, or as far as it is known
	Then     bool      // by the filters that the audience had, not by today's
	After    string
	Limit    int // moves, at least so many unless there are no more; 0: movesPage
}

// What is listed if nothing is said: how many moves on a page, of how many days.
const (
	movesPage = 200
	movesDays = 7
)

// AudienceMoves lists who entered an audience and who left it between two times,
// with what did it, by what was known then: merged records apart, deleted ones
// until they were deleted.
func (e *Engine) AudienceMoves(ctx context.Context, actor fettle.Actor, name string, q MovesQuery) (out fettle.AudienceMoves, err error) {
	if err := actor.Require(fettle.Viewer, "see who entered and left"); err != nil {
		return out, err
	}
	if !q.From.IsZero() && !q.From.Before(q.To) {
		return out, fettle.Errorf(fettle.Invalid, "%s is not before %s", q.From.Format(time.RFC3339), q.To.Format(time.RFC3339)).
			WithHint("Give the earlier date first: from, then to.")
	}
	after, err := strconv.ParseInt(cmp.Or(q.After, "0"), 10, 64)
	if err != nil {
		return out, fettle.Errorf(fettle.Invalid, "%.40q is no cursor of this list", q.After).WithHint("Leave it out to begin anew.")
	}
	out = fettle.AudienceMoves{To: q.To, Filter: "today", Entered: []fettle.AudienceMove{}, Left: []fettle.AudienceMove{}}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		a, err := findAudience(ctx, tx, name)
		if err != nil {
			return err
		}
		out.Audience = a.Name
		q := q // a second try begins anew
		if q.From.IsZero() {
			q.From, out.HistorySince, err = movesFrom(ctx, tx, a, q)
		} else {
			out.HistorySince, err = past.Since(ctx, tx, q.From)
		}
		if out.From = q.From; err != nil {
			return err
		}
		rules, reads, err := e.rulesOf(ctx, tx, a, q)
		if err != nil {
			return err
		}
		if q.Then {
			out.Filter = "then"
		}
		m, err := past.Moving(ctx, tx, a.Entity, rules, q.From, q.To, after, "name", "email", "domain")
		if err != nil {
			return err
		}
		if out.Erased, err = tx.ErasedSince(ctx, a.Entity, m.First()); err != nil {
			return err
		}
		return fill(ctx, &out, m, reads, cmp.Or(q.Limit, movesPage))
	})
	return out, err
}

// movesFrom is where the moves begin if nothing is said: before the first write, so
// that what was there first enters, or where the filters of then are known from.
func movesFrom(ctx context.Context, tx *store.Tx, a fettle.Audience, q MovesQuery) (from, begins time.Time, err error) {
	if begins, err = past.Since(ctx, tx, q.To); err != nil {
		return from, begins, err
	}
	if from = q.To.AddDate(0, 0, -movesDays); from.Before(begins) {
		from = begins.Add(-time.Microsecond)
	}
	if q.Then {
		where, since, err := tx.AudienceThen(ctx, a.ID, from.UnixMicro())
		if err == nil && where == nil {
			from = time.UnixMicro(since).UTC()
		}
		return from, begins, err
	}
	return from, begins, nil
}

// fill takes pages until there are as many moves as were asked for.
func fill(ctx context.Context, out *fettle.AudienceMoves, m *past.Movers, reads map[string]bool, limit int) error {
	for {
		page, last, done, err := m.Page(ctx)
		if err != nil {
			return err
		}
		for i, x := range page {
			for _, move := range x.Moves {
				v := moveView(x.Course, move, reads)
				if move.In {
					out.Entered = append(out.Entered, v)
				} else {
					out.Left = append(out.Left, v)
				}
			}
			if len(out.Entered)+len(out.Left) >= limit && (i < len(page)-1 || !done) {
				out.Next = strconv.FormatInt(x.ID, 10)
				return nil
			}
		}
		if done || last == math.MaxInt64 {
			return nil
		}
	}
}

// rulesOf gives the filters of an audience over the time that is asked for, and the
// fields that they read.
func (e *Engine) rulesOf(ctx context.Context, tx *store.Tx, a fettle.Audience, q MovesQuery) ([]past.Rule, map[string]bool, error) {
	env, err := e.judge.Env(ctx, tx, a.Entity)
	if err != nil {
		return nil, nil, err
	}
	reads := map[string]bool{}
	rule := func(where string, since time.Time) (past.Rule, error) {
		f, err := env.Filter(where)
		if err != nil {
			return past.Rule{}, err
		}
		for _, key := range slices.Concat(f.Fields(), f.CompanyFields()) {
			if of, is := expr.SourceField(key); is {
				key = of
			}
			reads[key] = true
		}
		r := past.RuleOf(f)
		r.Since = since
		return r, nil
	}
	if !q.Then {
		r, err := rule(a.Where, time.Time{})
		return []past.Rule{r}, reads, err
	}
	first, err := filterThen(ctx, tx, a, q.From)
	if err != nil {
		return nil, nil, err
	}
	r, err := rule(first, time.Time{})
	if err != nil {
		return nil, nil, err
	}
	rules := []past.Rule{r}
	later, err := tx.AudienceVersions(ctx, a.ID, q.From.UnixMicro(), q.To.UnixMicro())
	if err != nil {
		return nil, nil, err
	}
	for _, v := range later {
		r, err := rule(v.Where, time.UnixMicro(v.AtUS).UTC())
		if err != nil {
			return nil, nil, err
		}
		rules = append(rules, r)
	}
	return rules, reads, nil
}

// moveView says what a move was.
func moveView(c *past.Course, m past.Move, reads map[string]bool) fettle.AudienceMove {
	v := fettle.AudienceMove{RecordID: m.Record, At: m.At, Cause: m.Cause, Name: nameThen(c, m)}
	switch {
	case m.Cause == past.ByFilter:
		v.Text = "the filter was changed"
		return v
	case m.By == nil:
		v.Text = "time passed"
		return v
	}
	v.ChangeID, v.Actor = m.By.ID, m.By.Actor
	if m.By.From.ID != 0 {
		v.Source, v.SourceKind = m.By.From.Label(), m.By.From.Kind
	}
	if m.By.Record != m.Record {
		v.CompanyID = m.By.Record
	}
	if all, err := past.Changes(m.By.Changes); err == nil {
		for field := range all {
			if reads[field] {
				v.Fields = append(v.Fields, field)
			}
		}
		slices.Sort(v.Fields)
		v.Text = moveText(m, v, past.Company(all["id"].New))
	}
	return v
}

func moveText(m past.Move, v fettle.AudienceMove, into int64) string {
	by := ""
	if v.Source != "" {
		by = " by " + strings.TrimPrefix(v.Source, "by ")
		if v.SourceKind == store.OriginPerson && v.Actor != "" {
			by = " by " + v.Actor
		}
	}
	switch kind := m.By.Kind; {
	case kind == store.ChangeMerge && into != 0:
		return fmt.Sprintf("merged into record %d%s", into, by)
	case kind == store.ChangeMerge:
		return "another record was merged into it" + by
	case kind == store.ChangeUnmerge:
		return "a merge was undone" + by
	case kind == store.ChangeDelete:
		return "deleted" + by
	case kind == store.ChangeSignal:
		return "it got a signal" + by
	case kind == store.ChangeRetract:
		return "a signal was retracted" + by
	case kind == store.ChangeCreate:
		return "made" + by
	}
	what := strings.Join(v.Fields, ", ")
	if what == "" {
		what = "something it goes by"
	}
	if v.CompanyID != 0 {
		return fmt.Sprintf("%s of its company was written%s", what, by)
	}
	return what + " was written" + by
}

// nameThen is what people called a record when it moved.
func nameThen(c *past.Course, m past.Move) string {
	step := m.Step
	if !c.There(step) && step > 0 {
		step--
	}
	then := c.Then(step, m.At)
	for _, f := range []string{"name", "email", "domain"} {
		if s, ok := then.Value(f).(string); ok && s != "" {
			return s
		}
	}
	return fmt.Sprintf("record %d", m.Record)
}
