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

// quietSpend refuses a change that would put many rows, or much money, into
// live enrichments, with the rows and the price, so that a person confirms it,
// who has to be one that may spend. entering is how many rows each enrichment
// would get, otherwise what else can be done (", or …").
func (e *Engine) quietSpend(ctx context.Context, actor fettle.Actor, s rights.Standing, entering map[string]int64, confirmed bool, otherwise string) error {
	if confirmed && s.Spends() {
		return nil
	}
	var over []fettle.QuietSpend
	err := e.db.View(ctx, func(tx *store.Tx) error {
		over = nil
		most, err := limits.GuardRows(ctx, tx)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(entering)) {
			q, much, err := e.quietOne(ctx, tx, name, entering[name], most)
			if err != nil {
				return err
			}
			if much {
				over = append(over, q)
			}
		}
		return nil
	})
	if err != nil || len(over) == 0 {
		return err
	}
	texts := make([]string, len(over))
	for i, q := range over {
		texts[i] = fmt.Sprintf("%d rows into %s, at most %s credits", q.Rows, q.Enrichment, q.HighCredits)
	}
	what := strings.Join(texts, "; ")
	if err := rights.Confirming(actor, s, what, otherwise); err != nil {
		return fettle.AsError(err).With("quiet_spend", over)
	}
	return fettle.Errorf(fettle.Confirm, "this would put %s", what).
		WithHint("Confirm it with --yes%s.", otherwise).With("quiet_spend", over)
}

// quietOne prices the rows that would enter one enrichment.
func (e *Engine) quietOne(ctx context.Context, tx *store.Tx, name string, rows, most int64) (fettle.QuietSpend, bool, error) {
	q := fettle.QuietSpend{Enrichment: name, Rows: rows}
	if rows == 0 {
		return q, false, nil
	}
	cur, err := tx.Enrichment(ctx, name)
	if err != nil {
		return q, false, err
	}
	if cur.State != fettle.Live {
		return q, false, nil
	}
	p, err := e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition)
	if err != nil {
		return q, false, err
	}
	q.HighCredits = p.TypicalMax() * fettle.Credits(rows)
	if rows > most {
		return q, true, nil
	}
	left, err := e.leftCredits(ctx, tx, cur)
	if err != nil || left == nil {
		return q, false, err
	}
	return q, q.HighCredits*100 > *left*guardShare, nil
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
