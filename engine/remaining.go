package engine

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/store"
)

// unopened counts the members of an enrichment's audience that a start or
// resume would open rows for. Counting may pass over every record and is asked
// for whenever somebody looks: what was counted holds until a record changes,
// and while records change it is counted anew a small part of the time only.
type unopened struct {
	mu      sync.Mutex
	counted map[int64]memberCount // by enrichment
}

// unopenedRows are members without a row: what a start would do with them.
type unopenedRows struct {
	rows   int64 // it buys, works out or reuses a value
	reused int64 // of those: bought already, free
	idle   int64 // nothing: an input is missing, a condition keeps it out, nothing is known to be found
}

// memberCount is what was counted, and by what.
type memberCount struct {
	unopenedRows

	of     string // the audience's filter, and how many rows were open
	newest int64  // the newest change that it covers
	at     time.Time
	took   time.Duration
}

// countRest is how much longer than it takes a count is left alone while
// records change.
const countRest = 100

// mostRest is how long what was counted or priced is shown at the most while
// records change, however long it took.
const mostRest = time.Minute

// resting reports whether what took so long at a time is left alone now.
func resting(at time.Time, took time.Duration, now time.Time) bool {
	return took > quickPrice && now.Sub(at) < min(countRest*took, mostRest)
}

// toOpen gives how many rows are yet to be opened for an enrichment that does
// not run, beside those it has: all of its audience where it was never started,
// reset or pointed elsewhere. An audience that cannot be read has none.
func (e *Engine) toOpen(ctx context.Context, tx *store.Tx, cur store.Enrichment, rows int64) (n unopenedRows, err error) {
	if cur.State == fettle.Live || cur.PlanState == store.Planned || cur.PlanState == store.Clearing {
		return n, nil
	}
	m, err := e.judge.Membership(ctx, tx, cur.Entity, cur.Definition.Audience)
	if err != nil {
		if code := fettle.CodeOf(err); code == fettle.Invalid || code == fettle.NotFound {
			return n, nil // its estimate says so
		}
		return n, err
	}
	newest, err := tx.NewestChange(ctx)
	if err != nil {
		return n, err
	}
	now := time.Now()
	of := fmt.Sprintf("%d %d %d %s", rows, cur.Version, e.worker.Epoch(), strings.Join(m.Sources, "\n"))
	e.unopened.mu.Lock()
	c, ok := e.unopened.counted[cur.ID]
	e.unopened.mu.Unlock()
	if ok && c.of == of && ((c.newest == newest && !m.Timed) || resting(c.at, c.took, now)) {
		return c.unopenedRows, nil
	}
	where := m.Where
	if rows > 0 {
		where = expr.All(where, store.WithoutRow(cur.ID))
	}
	if n, err = e.wouldAnswer(ctx, tx, cur, where); err != nil {
		return n, err
	}
	e.unopened.mu.Lock()
	defer e.unopened.mu.Unlock()
	e.unopened.counted[cur.ID] = memberCount{unopenedRows: n, of: of, newest: newest, at: now, took: time.Since(now)}
	return n, nil
}

// mostRemaining is how many records are judged to count what is left to do: of
// more a sample is.
const mostRemaining = 4000

// wouldAnswer counts the records of a filter that a start would buy or reuse a
// value for: those without an input, outside the condition or known not to be
// found are nothing that is left to do. Where it cannot be asked now, all are.
func (e *Engine) wouldAnswer(ctx context.Context, tx *store.Tx, cur store.Enrichment, where expr.Fragment) (n unopenedRows, err error) {
	p, err := e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition)
	if err == nil {
		var t tally
		if t, err = e.priceSet(ctx, inside(tx), cur, p, rowSet{where: where, most: mostRemaining}); err == nil {
			n = unopenedRows{rows: t.est.ToRun + t.est.Reused + t.est.Computed + t.est.Waiting, reused: t.est.Reused}
			n.idle = t.est.AudienceRows - n.rows
			return n, nil
		}
	}
	if code := fettle.CodeOf(err); code != fettle.Invalid && code != fettle.Refused && code != fettle.NotFound {
		return n, err
	}
	n.rows, err = tx.Count(ctx, cur.Entity, where)
	return n, err
}
