package engine

import (
	"context"

	"fettle"
	"fettle/judge"
	"fettle/store"
)

// skipsExpired reports whether those are left out whose time ran out while the
// enrichment was paused.
func (t tally) skipsExpired() bool { return t.set.noExpired }

// priceExpired says apart what those would cost who left while the enrichment was
// paused, and only because a time ran out. They run unless they are left out.
func (e *Engine) priceExpired(ctx context.Context, cur store.Enrichment, p *judge.Program, m judge.Members, set rowSet, est *fettle.Estimate) error {
	gone, err := e.priceSet(ctx, e.db.View, cur, p, rowSet{where: m.Gone(), cause: set.cause})
	if err != nil || gone.est.ToRun == 0 {
		return err
	}
	est.ExpiredRows, est.ExpiredCredits = gone.est.ToRun, judge.About(gone.expect)
	return nil
}
