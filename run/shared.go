package run

import (
	"context"
	"slices"

	"fettle/judge"
	"fettle/store"
)

// shared finds, of next steps that are about to be asked, those whose question
// another call asks, or answered to another record: their rows are claimed
// anew, which decides whether to wait or to take the answer. The sequence of
// attempts is locked first, as by a claim.
func (s *settling) shared(ctx context.Context, nexts []landing) (map[int64]bool, error) {
	if _, err := s.tx.NextIDs(ctx, store.SeqAttempt, 0); err != nil {
		return nil, err
	}
	hashes := make([]string, 0, len(nexts))
	for _, l := range nexts {
		if q := l.next[0]; !l.j.p.Steps[q.Step].Computed {
			hashes = append(hashes, q.Hash)
		}
	}
	if len(hashes) == 0 {
		return nil, nil //nolint:nilnil // nothing is shared
	}
	byHash, err := judge.AskedByHash(ctx, s.tx, hashes)
	if err != nil {
		return nil, err
	}
	out := map[int64]bool{}
	asked := map[string]bool{}
	for _, l := range nexts {
		q := l.next[0]
		st := &l.j.p.Steps[q.Step]
		if st.Computed {
			continue
		}
		key := l.j.p.Key(q)
		taken := asked[key] || slices.ContainsFunc(byHash[q.Hash], func(a store.Asked) bool {
			return st.SameAs(a.Operation) && a.Outcome != judge.ResolvedRetry && (a.Open || a.RecordID != l.j.row.RecordID)
		})
		if out[l.j.attempt.ID] = taken; !taken {
			asked[key] = true
		}
	}
	return out, nil
}
