package run

import (
	"context"

	"fettle"
	"fettle/provider"
	"fettle/store"
)

// companions are the calls that left in one request, by each of them, in their
// order. A call that left alone has none.
type companions map[int64][]store.Attempt

// readCompanions reads what left together with the calls of processes that are
// gone, and adds those of the same process that are still open: the calls of one
// request are taken over by one process.
func readCompanions(ctx context.Context, tx *store.Tx, orphans []store.Attempt) ([]store.Attempt, companions, error) {
	ids := make([]int64, len(orphans))
	here := make(map[int64]bool, len(orphans))
	owner := map[int64]int64{}
	for i, a := range orphans {
		ids[i], here[a.ID], owner[a.ID] = a.ID, true, a.WorkerID
	}
	batches, err := tx.BatchesOf(ctx, ids)
	if err != nil || len(batches) == 0 {
		return orphans, nil, err
	}
	out := companions{}
	for _, calls := range batches {
		members, err := tx.AttemptsByID(ctx, calls)
		if err != nil {
			return nil, nil, err
		}
		gone := map[int64]bool{}
		for _, a := range members {
			out[a.ID] = members
			if here[a.ID] {
				gone[owner[a.ID]] = true
			}
		}
		for _, a := range members {
			if open := a.State == store.AttemptReserved || a.State == store.AttemptAccepted; open && !here[a.ID] && gone[a.WorkerID] {
				orphans = append(orphans, a)
			}
		}
	}
	return orphans, out, nil
}

// complete reports whether a request can be sent again as it was: the inputs of
// all its calls are kept.
func (c companions) complete(call int64) bool {
	for _, a := range c[call] {
		if a.Inputs == nil {
			return false
		}
	}
	return true
}

// requestsOf puts calls that were taken over into the requests that they left in.
func (w *Worker) requestsOf(jobs []*job, with companions) []*request {
	type key struct {
		batch int64
		state store.AttemptState
		job   string
	}
	var out []*request
	byKey := map[key]*request{}
	for _, j := range jobs {
		members := with[j.attempt.ID]
		if len(members) == 0 {
			out = append(out, newRequest(j))
			continue
		}
		k := key{members[0].ID, j.attempt.State, j.attempt.JobID}
		if r := byKey[k]; r != nil {
			r.jobs, j.in = append(r.jobs, j), r
			continue
		}
		byKey[k] = newRequest(j)
		out = append(out, byKey[k])
	}
	for _, r := range out {
		w.complete(r, with[r.jobs[0].attempt.ID])
	}
	return out
}

// complete adds to a request that was taken over what it held beside its jobs,
// and what it is billed at the least.
func (w *Worker) complete(r *request, members []store.Attempt) {
	s, first := r.step(), r.jobs[0]
	if least, ok := s.Least(first.attempt.UnitPrice); ok {
		r.least = least
	}
	at := make(map[int64]int, len(r.jobs))
	for i, j := range r.jobs {
		at[j.attempt.ID] = i
	}
	r.places = make([]int, len(r.jobs))
	for n, a := range members {
		if i, mine := at[a.ID]; mine {
			r.places[i] = n
		} else {
			r.others += costOf(a)
		}
		r.sent = append(r.sent, provider.Call{Key: w.callKey(a.ID), Inputs: a.Inputs, Options: s.Options})
	}
}

// costOf is what a call cost, or may.
func costOf(a store.Attempt) fettle.Credits {
	switch a.State {
	case store.AttemptSettled:
		return a.Charged
	case store.AttemptReserved, store.AttemptAccepted, store.AttemptUnknown:
		return a.Hold.Step
	case store.AttemptReleased:
	}
	return 0
}
