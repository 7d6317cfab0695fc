package run

import (
	"context"
	"math"

	"fettle"
	"fettle/store"
)

// followed is how far the change log has to be followed before rows of an
// enrichment are claimed here.
type followed struct {
	stop int64 // the newest stop of it then
	upTo int64 // the newest change
}

// keepsUp reports whether what was written while an enrichment was paused, or
// while no process was there, was followed: until then rows are queued of records
// that left the audience. How far is asked once for each stop, and when the process
// begins, before a plan has opened its rows: what they wrote since is not waited for.
// The caller holds the enrichment.
func (w *Worker) keepsUp(ctx context.Context, tx *store.Tx, e store.Enrichment) (bool, error) {
	if e.State != fettle.Live || untouched(e) {
		return true, nil
	}
	f, seen := w.followed[e.ID]
	if !seen || f.stop != e.ControlSeq {
		newest, err := tx.NewestChange(ctx)
		if err != nil {
			return false, err
		}
		f = followed{stop: e.ControlSeq, upTo: newest}
		w.followed[e.ID] = f
	}
	return planning(e) || e.FollowCursor >= f.upTo, nil
}

// planning reports whether all members are looked at since a start, a resume or
// an edit: pages of them open rows, and drop those of records that left.
func planning(e store.Enrichment) bool {
	return e.State == fettle.Live && e.PlanState != store.Planned && e.PlanCause != store.TimePassed
}

// upToPlan takes the rows out of a page that no plan under way has come to: their
// records may have left.
func upToPlan(pg judgedPage, e store.Enrichment) judgedPage {
	last := int64(math.MaxInt64)
	if planning(e) {
		last = e.PlanCursor
	}
	if pg.last <= last {
		return pg
	}
	out := judgedPage{facts: pg.facts, last: last}
	for i, r := range pg.rows {
		if r.RecordID <= last {
			out.rows, out.judged = append(out.rows, r), append(out.judged, pg.judged[i])
		}
	}
	return out
}
