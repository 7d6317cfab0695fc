package engine

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/judge"
	"fettle/store"
)

// mostPriced is how many records are judged to say what a row costs.
const mostPriced = 1000

// rowPrices remembers what the rows of enrichments cost. It is asked for
// whenever somebody looks, and so made anew a small part of the time only.
type rowPrices struct {
	mu   sync.Mutex
	kept map[int64]keptPrice // by enrichment
}

// rowPrice is what the rows of an enrichment that are not bought yet cost.
type rowPrice struct {
	high     fettle.Credits // the highest of a row
	lowest   fettle.Credits // the highest price of the cheapest row
	expected fettle.Credits // of a row
	found    fettle.Credits // of a row that finds something
	counted  bool           // of a row to run, some call counts in limits in records already
	part     float64        // of the rows that are to run yet, those that would be bought
	most     fettle.Credits // the highest price of one of those, on average
}

// keptPrice is what was made, and by what.
type keptPrice struct {
	rowPrice

	of   string
	at   time.Time
	took time.Duration
}

// rowPrice prices an enrichment's rows as an estimate does; known is false where
// its definition or audience cannot be priced now: its own page says why.
func (e *Engine) rowPrice(ctx context.Context, tx *store.Tx, cur store.Enrichment) (price rowPrice, known bool, err error) {
	m, err := e.judge.Membership(ctx, tx, cur.Entity, cur.Definition.Audience)
	if err != nil {
		return price, false, nil
	}
	touched, err := tx.Touched(ctx)
	if err != nil {
		return price, false, err
	}
	basis, err := e.priceBasis(ctx, tx, cur, m.Sources)
	if err != nil {
		return price, false, err
	}
	of := fmt.Sprintf("%d %s", touched.Anywhere(), basis)
	e.prices.mu.Lock()
	k, ok := e.prices.kept[cur.ID]
	e.prices.mu.Unlock()
	now := time.Now()
	if ok && !m.Timed && k.of == of {
		return k.rowPrice, true, nil
	}
	if ok && strings.HasSuffix(k.of, " "+basis) && now.Sub(k.at) < min(countRest*k.took, mostRest) {
		return k.rowPrice, true, nil
	}
	p, err := e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition)
	if err != nil {
		return price, false, nil
	}
	if price, err = e.makeRowPrice(ctx, tx, cur, p, m.Where); err != nil {
		if code := fettle.CodeOf(err); code != fettle.Invalid && code != fettle.Refused && code != fettle.NotFound {
			return price, false, err
		}
		return price, false, nil
	}
	e.prices.mu.Lock()
	defer e.prices.mu.Unlock()
	e.prices.kept[cur.ID] = keptPrice{rowPrice: price, of: of, at: now, took: time.Since(now)}
	return price, true, nil
}

// priceBasis is all that a definition is compiled of and its rows are chosen by:
// while it is the same, so is what compiling makes.
func (e *Engine) priceBasis(ctx context.Context, tx *store.Tx, cur store.Enrichment, sources []string) (string, error) {
	var fields strings.Builder
	for _, entity := range []fettle.Entity{fettle.People, fettle.Companies} {
		list, err := tx.Fields(ctx, entity)
		if err != nil {
			return "", err
		}
		for _, f := range list {
			fmt.Fprintf(&fields, "%s %s %q ", f.Key, f.Type, f.Options)
		}
	}
	return fmt.Sprintf("%d %d %d %s\n%s", cur.Version, e.worker.Epoch(), e.conns.ChangedAt(), fields.String(), strings.Join(sources, "\n")), nil
}

// makeRowPrice judges some of the rows that are to run yet, or else some of the
// audience's records.
func (e *Engine) makeRowPrice(ctx context.Context, tx *store.Tx, cur store.Enrichment, p *judge.Program, where expr.Fragment) (rowPrice, error) {
	ids, err := tx.OpenRows(ctx, cur.ID, mostPriced)
	if err != nil {
		return rowPrice{}, err
	}
	open := len(ids) > 0
	if !open {
		if ids, err = tx.MemberIDs(ctx, cur.Entity, where, 0, mostPriced); err != nil {
			return rowPrice{}, err
		}
	}
	t, err := e.priceSet(ctx, inside(tx), cur, p, rowSet{where: where, ids: ids})
	if err != nil {
		return rowPrice{}, err
	}
	price := rowPrice{high: t.rowMax(), lowest: t.lowest, expected: t.rowPrice(), counted: t.counted}
	price.found, _ = t.foundPrice()
	if t.est.ToRun == 0 {
		price.lowest = price.high
		return price, nil
	}
	if open {
		price.part, price.most = float64(t.est.ToRun)/float64(len(ids)), t.est.HighCredits/fettle.Credits(t.est.ToRun)
	}
	return price, nil
}

// rowMax is the highest price of a row: of those that would run, or else of a
// typical one.
func (t *tally) rowMax() fettle.Credits {
	if t.est.ToRun > 0 {
		return t.est.PerRowCredits
	}
	return t.p.TypicalMax()
}
