package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/rights"
	"fettle/store"
)

// guardShare is how many per cent of what an enrichment's limit leaves a change
// may put into it without being asked about.
const guardShare = 10

// mostGuarded is how many records are judged to price a change: it is done
// within a transaction. More are priced by a sample.
const mostGuarded = 20_000

// entering is what a change would put into live enrichments, by name.
type entering map[string]*tally

func (m entering) add(name string, t *tally) {
	if old := m[name]; old != nil {
		old.merge(*t)
		return
	}
	m[name] = t
}

// quietSpend refuses a change that would have many rows bought by live
// enrichments, or for much money, with the rows and the price, so that a person
// confirms it, who has to be one that may spend. What costs nothing is not asked
// about. otherwise is what else can be done (", or …"); answered says that the
// confirmation was needed.
func (e *Engine) quietSpend(ctx context.Context, actor fettle.Actor, s rights.Standing, entering entering, confirmed bool, otherwise string) (answered bool, err error) {
	var over []fettle.QuietSpend
	err = e.db.View(ctx, func(tx *store.Tx) (err error) {
		over, err = e.over(ctx, tx, entering, nil)
		return err
	})
	return judged(actor, s, over, err, confirmed, otherwise)
}

// quietRecords is quietSpend for records that somebody writes. Of who may not
// spend, or has a limit of their own, what they put in within a day and nobody
// answered for is counted together: many small changes are one large one.
func (e *Engine) quietRecords(ctx context.Context, actor fettle.Actor, s rights.Standing, entering entering, confirmed bool, otherwise string) (answered bool, err error) {
	if s.Spends() && s != rights.Capped {
		return e.quietSpend(ctx, actor, s, entering, confirmed, otherwise)
	}
	var over []fettle.QuietSpend
	err = e.db.Update(ctx, func(tx *store.Tx) (err error) {
		now := time.Now()
		before := map[string]store.Quiet{}
		ids := map[string]int64{}
		for _, name := range slices.Sorted(maps.Keys(entering)) {
			cur, err := tx.LockEnrichment(ctx, name) // one at a time: two halves at once are one whole
			if err != nil {
				return err
			}
			if ids[name] = cur.ID; entering[name].est.ToRun == 0 || !goesOn(cur) {
				continue
			}
			if before[name], err = limits.Quiet(ctx, tx, cur.ID, actor.Name, now); err != nil {
				return err
			}
		}
		if over, err = e.over(ctx, tx, entering, before); err != nil {
			return err
		}
		for name := range before {
			switch {
			case len(over) == 0:
				q := store.Quiet{Rows: entering[name].est.ToRun, HighUC: int64(entering[name].est.HighCredits)}
				err = limits.NoteQuiet(ctx, tx, ids[name], actor.Name, q, now)
			case confirmed && s.Spends():
				err = tx.DropQuiet(ctx, ids[name], actor.Name)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return judged(actor, s, over, err, confirmed, otherwise)
}

// over are the enrichments into which a change would put much, with what went in
// before.
func (e *Engine) over(ctx context.Context, tx *store.Tx, entering entering, before map[string]store.Quiet) (over []fettle.QuietSpend, err error) {
	most, err := limits.GuardRows(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(entering)) {
		q, much, err := e.quietOne(ctx, tx, name, entering[name], before[name], most)
		if err != nil {
			return nil, err
		}
		if much {
			over = append(over, q)
		}
	}
	return over, nil
}

// judged asks about what is over, or refuses it to those who may not answer.
func judged(actor fettle.Actor, s rights.Standing, over []fettle.QuietSpend, err error, confirmed bool, otherwise string) (answered bool, _ error) {
	if err != nil || len(over) == 0 || (confirmed && s.Spends()) {
		return len(over) > 0, err
	}
	texts := make([]string, len(over))
	for i, q := range over {
		texts[i] = quietText(q)
		if q.BeforeRows > 0 && !s.Spends() {
			otherwise += ", or have what went in before approved (fettle enrichment approve " + q.Enrichment + ")"
		}
	}
	what := strings.Join(texts, "; ")
	if err := rights.Confirming(actor, s, what, otherwise); err != nil {
		return false, fettle.AsError(err).With("quiet_spend", over)
	}
	return false, fettle.Errorf(fettle.Confirm, "this would put %s", what).
		WithHint("Confirm it (--yes)%s.", otherwise).With("quiet_spend", over)
}

// unasked reports whether the guard need not look: the answer is yes, whatever it
// would say. What somebody with a limit of their own answers for is counted in
// it, so there it matters.
func unasked(s rights.Standing, confirmed bool) bool {
	return confirmed && s.Spends() && s != rights.Capped
}

// goesOn reports whether an enrichment follows its audience without anyone
// starting it: it is live, or its pause ends by itself.
func goesOn(cur store.Enrichment) bool {
	return cur.State == fettle.Live || cur.State == fettle.Paused && cur.PauseUntilUS != 0
}

// quietText says what a change puts into an enrichment.
func quietText(q fettle.QuietSpend) string {
	unit := "credits"
	if q.HighCredits == fettle.Credit {
		unit = "credit"
	}
	s := fmt.Sprintf("%s into %s: %s to buy, at most %s %s", many(q.Rows, "row", "rows"), q.Enrichment, fettle.Thousands(q.ToBuy), q.HighCredits.Text(), unit)
	if free := q.Rows - q.ToBuy; free > 0 {
		s += fmt.Sprintf(", %s free", fettle.Thousands(free))
	}
	if q.HighCredits < q.UnlimitedCredits {
		s += fmt.Sprintf(" (all of them may cost %s: it pauses at its limit)", q.UnlimitedCredits.Text())
	}
	if q.BeforeRows > 0 {
		s += fmt.Sprintf(", beside %s to buy within a day that nobody was asked about", fettle.Thousands(q.BeforeRows))
	}
	return s
}

// quietOne says what rows that would enter one enrichment cost, and whether
// that is much.
func (e *Engine) quietOne(ctx context.Context, tx *store.Tx, name string, t *tally, before store.Quiet, most int64) (fettle.QuietSpend, bool, error) {
	q := fettle.QuietSpend{Enrichment: name, Rows: t.est.AudienceRows, ToBuy: t.est.ToRun, BeforeRows: before.Rows, BeforeCredits: fettle.Credits(before.HighUC)}
	if q.ToBuy == 0 {
		return q, false, nil
	}
	cur, err := tx.Enrichment(ctx, name)
	if err != nil {
		return q, false, err
	}
	if !goesOn(cur) {
		return q, false, nil
	}
	priced := *t
	if err := priced.limit(ctx, tx, cur, ""); err != nil {
		return q, false, err
	}
	q.ExpectedCredits, q.HighCredits, q.UnlimitedCredits = priced.est.ExpectedCredits, priced.est.HighCredits, priced.est.UnlimitedCredits
	if q.ToBuy+q.BeforeRows > most {
		return q, true, nil
	}
	left, err := e.leftCredits(ctx, tx, cur)
	if err != nil || left == nil {
		return q, false, err
	}
	return q, (q.UnlimitedCredits+q.BeforeCredits)*100 > *left*guardShare, nil
}

// leftCredits is what the enrichment's own limits leave in credits; nil if none
// binds.
func (e *Engine) leftCredits(ctx context.Context, tx *store.Tx, cur store.Enrichment) (*fettle.Credits, error) {
	c, err := limits.Read(ctx, tx)
	if err != nil {
		return nil, err
	}
	bounds, err := c.Bounds(ctx, tx, limits.Payer{Enrichment: cur.ID, Run: cur.RunID, At: time.Now()}.RowKeys())
	if err != nil {
		return nil, err
	}
	var left *fettle.Credits
	for _, b := range bounds {
		if b.Cap.Credits != nil && b.Key.Scope == store.ScopeEnrichment && (left == nil || b.Room.Credits < *left) {
			r := b.Room.Credits
			left = &r
		}
	}
	return left, nil
}
