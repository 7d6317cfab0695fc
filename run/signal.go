package run

import (
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/store"
)

// findSignals finds for which signals calls were made that this process took
// over.
func (s *settling) findSignals(ctx context.Context) error {
	if !s.orphans {
		return nil
	}
	var ids []int64
	for _, c := range s.buys {
		if c.Signal == 0 {
			ids = append(ids, c.AttemptID)
		}
	}
	slices.Sort(ids)
	signals, err := s.tx.CallSignals(ctx, slices.Compact(ids))
	for i, c := range s.buys {
		if c.Signal == 0 {
			s.buys[i].Signal = signals[c.AttemptID]
		}
	}
	return err
}

// signalOf is the signal that a change told of; none of other changes.
func signalOf(c store.ChangeEvent) []int64 {
	if c.Kind != store.ChangeSignal || c.Signal() == 0 {
		return nil
	}
	return []int64{c.Signal()}
}

// noteSignals notes that a record, or a person's company, got signals.
func (f *following) noteSignals(record int64, signals []int64) {
	if f.e.Definition.RerunOn != judge.OnSignal || len(signals) == 0 {
		return
	}
	if f.signals[record] == nil {
		f.signals[record] = slices.Clip(signals)
		return
	}
	f.signals[record] = append(f.signals[record], signals...)
}

// signalled finds, of the members whose record got signals, those that have a row
// which a signal opens again: it is done, and would be bought for one that it was
// not bought for; or it runs, and is about another one now.
func (f *following) signalled(ctx context.Context, in map[int64]bool, rows map[int64]store.Row) (map[int64]bool, error) {
	var ids []int64
	for id := range f.signals {
		r, has := rows[id]
		if in[id] && has && (r.State == fettle.RowDone && r.Outcome != fettle.Unknown || r.State == fettle.RowRunning && !r.Dirty) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	slices.Sort(ids)
	facts, err := f.w.judge.Facts(ctx, f.tx, f.p, ids)
	if err != nil {
		return nil, err
	}
	out := map[int64]bool{}
	for id, k := range facts {
		if rows[id].State == fettle.RowRunning {
			out[id] = k.Signal != nil && slices.Contains(f.signals[id], k.Signal.ID)
			continue
		}
		v, err := f.p.Classify(k, time.Now())
		if err != nil {
			return nil, err
		}
		out[id] = v.Outcome == "" && v.Signal != 0
	}
	return out, nil
}

// carried notes as changed, of the members that others became part of, those whose
// row came along and was bought with the inputs of the other.
func (f *following) carried(ctx context.Context, in map[int64]bool, rows map[int64]store.Row) error {
	var ids []int64
	for id := range f.merged {
		if r, has := rows[id]; in[id] && has && !f.inputs[id] && r.State == fettle.RowDone && r.Outcome != fettle.Unknown {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	facts, err := f.w.judge.Facts(ctx, f.tx, f.p, ids)
	if err != nil {
		return err
	}
	for id, k := range facts {
		v, err := f.p.Classify(k, time.Now())
		if err != nil {
			return err
		}
		if v.Outcome == "" && !v.Wait && v.Cause == fettle.CauseInputChanged {
			f.inputs[id] = true
		}
	}
	return nil
}

// onSignal opens a row again for a signal. One that runs is looked at again when
// it ends.
func (f *following) onSignal(r store.Row, nowUS int64) store.Row {
	n := r
	n.UpdatedUS = nowUS
	if r.State == fettle.RowRunning {
		n.Dirty = true
		return n
	}
	n.State, n.Outcome, n.Detail, n.Tries = fettle.RowPending, "", "", 0
	n.Cause, n.OpenedBy, n.RunID, n.Chain = fettle.CauseSignal, "", f.e.RunID, "" // no chain goes through a signal
	return n
}

// openSpans leaves the spans of time of an enrichment's audiences open from its
// pause on. Rows of an earlier pause that have not run yet keep theirs.
func openSpans(ctx context.Context, tx *store.Tx, id int64) error {
	since, err := judge.OpenSince(ctx, tx, id)
	if err != nil {
		return err
	}
	if !since.IsZero() {
		n, err := pendingRows(ctx, tx, id)
		if err != nil || n > 0 {
			return err
		}
	}
	return judge.Open(ctx, tx, id, time.Now())
}

// stays takes those out of rows to be dropped whose record is still in because
// spans of time are open.
func stays(ctx context.Context, tx *store.Tx, e store.Enrichment, m judge.Members, drop []store.Row) ([]store.Row, error) {
	if !m.Expired || len(drop) == 0 {
		return drop, nil
	}
	ids := make([]int64, len(drop))
	for i, r := range drop {
		ids[i] = r.RecordID
	}
	slices.Sort(ids)
	in, err := tx.Members(ctx, e.Entity, m.Where, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(drop, func(r store.Row) bool { return slices.Contains(in, r.RecordID) }), nil
}

// caughtUp are the members that a plan covers: after a start or a resume those
// whose time ran out in the pause too.
func caughtUp(e store.Enrichment, m judge.Members) judge.Membership {
	if e.PlanCause != store.CatchUp && e.PlanCause != fettle.CauseStart {
		m.Where = m.Now
	}
	return m.Membership
}

// members are those of the records that changed who are in the audience, and
// those who are still in because spans of time are open: they may enter by what
// was written before the last start or resume.
func (f *following) members(ctx context.Context, ids []int64) (in, open map[int64]bool, err error) {
	m, err := f.w.judge.MembersOf(ctx, f.tx, f.e.ID, f.e.Entity, f.e.Definition.Audience)
	if err != nil {
		return nil, nil, err
	}
	set := func(list []int64) map[int64]bool {
		out := make(map[int64]bool, len(list))
		for _, id := range list {
			out[id] = true
		}
		return out
	}
	list, err := f.tx.Members(ctx, f.e.Entity, m.Now, ids)
	if err != nil || !m.Expired {
		in = set(list)
		return in, in, err
	}
	in = set(list)
	if list, err = f.tx.Members(ctx, f.e.Entity, m.Where, ids); err != nil {
		return nil, nil, err
	}
	open = set(list)
	for _, id := range list {
		in[id] = in[id] || f.last[id] <= f.shown
	}
	return in, open, nil
}
