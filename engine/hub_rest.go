package engine

import (
	"context"
	"fmt"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/judge"
	"fettle/store"
)

// mostBlanks is how many blanks are judged to price the rest of a field; of
// more a sample is.
const mostBlanks = 2000

// quickPrice is what a price may take to be made anew whenever something was
// written; one that takes longer is left alone for a while.
const quickPrice = 250 * time.Millisecond

type restKey struct {
	field      string
	enrichment int64
}

// keptRest is the price of a field's blanks, by what it was made, and how long
// that took.
type keptRest struct {
	priced tally
	of     string
	at     time.Time
	took   time.Duration
}

// fillRest prices the blanks of the fields that each enrichment could still
// fill: the records that it would ask about, at what an estimate would say.
func (h *hub) fillRest(ctx context.Context) error {
	touched, err := h.tx.Touched(ctx)
	if err != nil {
		return err
	}
	programs := map[int64]*judge.Program{}
	for i := range h.out {
		f := &h.out[i]
		for _, x := range h.fillers[f.Field] {
			rest := fettle.HubFillRest{Enrichment: x.Name}
			p, ok := programs[x.ID]
			if !ok {
				if p, err = h.e.judge.Compile(ctx, h.tx, x.ID, x.Name, x.Version, x.Definition); err != nil && fettle.CodeOf(err) == fettle.Internal {
					return err
				}
				programs[x.ID] = p // nil where it cannot be asked now
			}
			if p != nil && f.Filled < h.records {
				kept, err := h.rest(ctx, f.Field, x, p, fmt.Sprintf("%d %d %d", touched.Anywhere(), x.Version, h.e.worker.Epoch()))
				if err != nil {
					return err
				}
				t := kept.priced
				rest.AgeSeconds = int64(time.Since(kept.at) / time.Second)
				if err := t.limit(ctx, h.tx, x, h.actor); err != nil {
					return err
				}
				rest.Rows, rest.ExpectedCredits, rest.HighCredits = t.est.ToRun, t.est.ExpectedCredits, t.est.HighCredits
				rest.UnlimitedExpectedCredits, rest.Sampled = t.est.UnlimitedExpectedCredits, t.est.SampledRows
			}
			f.FillRest = append(f.FillRest, rest)
		}
	}
	return nil
}

// rest prices the blanks of one field by one enrichment. What cannot be priced
// (no key, no price yet) costs nothing until its estimate says why.
func (h *hub) rest(ctx context.Context, field string, x store.Enrichment, p *judge.Program, of string) (keptRest, error) {
	k := restKey{field, x.ID}
	old, ok := h.kept.rests[k]
	switch now := time.Now(); {
	case !ok:
	case old.of == of && now.Sub(old.at) < mostRest: // time alone may change it, as what is due to be asked again
		old.at = now
		return old, nil
	case resting(old.at, old.took, now):
		return old, nil
	}
	env, err := h.e.judge.Env(ctx, h.tx, h.scope.Entity)
	if err != nil {
		return keptRest{}, err
	}
	f, err := env.Filter("blank(" + field + ")")
	if err != nil {
		return keptRest{}, err
	}
	now := time.Now()
	set := rowSet{where: expr.All(h.scope.Where, f.SQL(now)), most: mostBlanks}
	t, err := h.e.priceSet(ctx, inside(h.tx), x, p, set)
	if code := fettle.CodeOf(err); err != nil && code != fettle.Invalid && code != fettle.Refused {
		return keptRest{}, err
	}
	if h.kept.rests == nil {
		h.kept.rests = map[restKey]keptRest{}
	}
	h.kept.rests[k] = keptRest{priced: t, of: of, at: now, took: time.Since(now)}
	return h.kept.rests[k], nil
}
