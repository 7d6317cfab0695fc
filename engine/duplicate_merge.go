package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/store"
)

// MergeRecords makes two records one because a person says so: the survivor's
// values win but for those of take, its blanks are filled from the other one,
// and everything that leads to the other one leads to the survivor from now on.
// While a call for one of the two is in flight the merge waits, and is made when
// it has landed. What it puts into live enrichments beyond the guard waits for
// approval where it is followed.
func (e *Engine) MergeRecords(ctx context.Context, actor fettle.Actor, survivor, loser int64, take []string) (fettle.MergeView, error) {
	var v fettle.MergeView
	if _, err := e.may(ctx, actor, "mergeRecords"); err != nil {
		return v, err
	}
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		t, err := findTwo(ctx, tx, survivor, loser)
		if err != nil {
			return err
		}
		in := ingest.MergeInput{Entity: t.entity, Survivor: t.ids[0], Loser: t.ids[1], Take: take, Actor: actor.Name, Now: time.Now()}
		if in.Origin, err = byHand(ctx, tx, actor, in.Now); err != nil {
			return err
		}
		if err := forgetDecision(ctx, tx, actor, t); err != nil {
			return err
		}
		id, err := ingest.Merge(ctx, tx, in)
		if err != nil {
			return err
		}
		v = fettle.MergeView{
			ID: id, Entity: t.entity, SurvivorID: t.ids[0], LoserID: t.ids[1], ByPerson: true, Actor: actor.Name, At: in.Now.UTC(), Waiting: id == 0,
		}
		return tx.Act(ctx, actor, "records.merge", fmt.Sprintf("%d into %d", t.ids[1], t.ids[0]), string(t.entity))
	})
	if err == nil {
		e.duplicatesChanged(ctx)
	}
	return v, err
}

// forgetDecision takes back that two records are apart: a merge says otherwise.
func forgetDecision(ctx context.Context, tx *store.Tx, actor fettle.Actor, t two) error {
	d, found, err := tx.DuplicateOf(ctx, store.Ordered(t.ids[0], t.ids[1]))
	if err != nil || !found || d.State == fettle.DuplicateOpen {
		return err
	}
	d.State, d.Actor, d.DecidedUS = fettle.DuplicateOpen, actor.Name, time.Now().UnixMicro()
	return tx.DecideDuplicate(ctx, d)
}

// duplicatesChanged has pages and followers look again.
func (e *Engine) duplicatesChanged(ctx context.Context) {
	e.recordsChanged(ctx)
	e.events.Publish("duplicates", "")
}

// UnmergeRecords makes two records of one again. id is the number of a merge or
// of a record that was merged away, or of the one that it became part of; byMerge
// and byRecord say which, where both would do. Each gets its own back, and the
// two are kept apart from then on.
func (e *Engine) UnmergeRecords(ctx context.Context, actor fettle.Actor, id int64, byMerge, byRecord bool) (fettle.MergeView, error) {
	var v fettle.MergeView
	if _, err := e.may(ctx, actor, "unmergeRecords"); err != nil {
		return v, err
	}
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		m, err := findMerge(ctx, tx, id, byMerge, byRecord)
		if err != nil {
			return err
		}
		now := time.Now()
		origin, err := byHand(ctx, tx, actor, now)
		if err != nil {
			return err
		}
		if err := ingest.UndoMerge(ctx, tx, m.ID, origin, actor.Name, now); err != nil {
			return err
		}
		m.UndoneUS = now.UnixMicro()
		v = mergeView(m)
		if v.Undo, err = keepUnmerge(ctx, tx, actor, m); err != nil {
			return err
		}
		t, err := findTwo(ctx, tx, m.Survivor, m.Loser)
		if fettle.CodeOf(err) == fettle.NotFound {
			return nil // the other one had been deleted before they were merged
		} else if err != nil {
			return err
		}
		return decide(ctx, tx, actor, t, fettle.DuplicateApart)
	})
	if err == nil {
		e.duplicatesChanged(ctx)
	}
	return v, err
}

// findMerge finds the merge that is meant, which stands.
func findMerge(ctx context.Context, tx *store.Tx, id int64, byMerge, byRecord bool) (store.Merge, error) {
	var named, of store.Merge
	if !byRecord {
		m, err := tx.Merge(ctx, id)
		if err != nil && (byMerge || fettle.CodeOf(err) != fettle.NotFound) {
			return named, err
		}
		if err == nil && (m.UndoneUS == 0 || byMerge) {
			named = m
		}
	}
	if !byMerge {
		all, err := tx.MergesOf(ctx, id)
		if err != nil {
			return named, err
		}
		// The one that it was merged away by, else the last that it grew by.
		if i := slices.IndexFunc(all, func(m store.Merge) bool { return m.Loser == id }); i >= 0 {
			of = all[i]
		} else if len(all) > 0 {
			of = all[0]
		}
	}
	switch {
	case named.ID == 0 && of.ID == 0:
		return named, fettle.Errorf(fettle.NotFound, "there is no merge %d, and record %d is not merged with another", id, id).
			WithHint("The merges are listed (fettle duplicates merges).")
	case named.ID != 0 && of.ID != 0 && named.ID != of.ID:
		return named, fettle.Errorf(fettle.Invalid, "%d is merge %d (%d into %d), and record %d is of merge %d (%d into %d)",
			id, named.ID, named.Loser, named.Survivor, id, of.ID, of.Loser, of.Survivor).
			WithHint("Say which of the two is meant (--merge %d or --record %d).", named.ID, id)
	case named.ID != 0:
		return named, nil
	}
	return of, nil
}

func mergeView(m store.Merge) fettle.MergeView {
	v := fettle.MergeView{
		ID: m.ID, Entity: m.Entity, SurvivorID: m.Survivor, LoserID: m.Loser, ByPerson: m.ByPerson, Actor: m.Actor, At: time.UnixMicro(m.AtUS).UTC(),
	}
	if m.UndoneUS != 0 {
		at := time.UnixMicro(m.UndoneUS).UTC()
		v.UndoneAt = &at
	}
	return v
}

func waitingView(p store.PendingMerge) fettle.MergeView {
	return fettle.MergeView{
		Entity: p.Entity, SurvivorID: p.Survivor, LoserID: p.Loser, ByPerson: p.ByPerson, Actor: p.Actor, At: time.UnixMicro(p.AtUS).UTC(),
		Waiting: true, Failure: p.Failure,
	}
}

// Merges lists merges: on the first page those that wait, as many as a page has,
// then those that were made, newest first, from below the number before (0: all),
// of one record or (0) of all.
func (e *Engine) Merges(ctx context.Context, actor fettle.Actor, record, before int64, limit int) ([]fettle.MergeView, error) {
	if err := actor.Require(fettle.Viewer, "see merges"); err != nil {
		return nil, err
	}
	if limit <= 0 || limit > maxDuplicates {
		limit = maxDuplicates
	}
	out := []fettle.MergeView{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		if before == 0 {
			waiting, err := tx.WaitingMerges(ctx, record, limit)
			if err != nil {
				return err
			}
			for _, p := range waiting {
				out = append(out, waitingView(p))
			}
		}
		all, err := tx.Merges(ctx, record, before, limit)
		for _, m := range all {
			out = append(out, mergeView(m))
		}
		return err
	})
	return out, err
}

// SplitRecord makes a record of its own of one of the ids of a record that has
// several of one list. The two are kept apart; merging them takes it back.
func (e *Engine) SplitRecord(ctx context.Context, actor fettle.Actor, id int64, key string) (fettle.DuplicateView, error) {
	var v fettle.DuplicateView
	if _, err := e.may(ctx, actor, "splitRecord"); err != nil {
		return v, err
	}
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		r, _, err := findRecord(ctx, tx, id)
		if err != nil {
			return err
		}
		in := ingest.SplitInput{Entity: r.Entity(), Record: r.ID, Key: key, Actor: actor.Name, Now: time.Now()}
		if in.Origin, err = byHand(ctx, tx, actor, in.Now); err != nil {
			return err
		}
		off, name, err := ingest.Split(ctx, tx, in)
		if err != nil {
			return err
		}
		if _, err := keepOne(ctx, tx, store.ChangeSet{
			Kind: store.SetSplit, Of: strconv.FormatInt(r.ID, 10), Entity: in.Entity, Name: name, Actor: actor.Name, AtUS: in.Now.UnixMicro(), Records: 1,
		}); err != nil {
			return err
		}
		left, err := ingest.SeveralIDs(ctx, tx, []int64{r.ID})
		if err == nil && len(left) == 0 {
			err = tx.ForgetSplit(ctx, r.ID)
		}
		if err != nil {
			return err
		}
		t, err := findTwo(ctx, tx, r.ID, off)
		if err != nil {
			return err
		}
		if err := decide(ctx, tx, actor, t, fettle.DuplicateApart); err != nil {
			return err
		}
		v, err = viewOf(ctx, tx, t)
		return err
	})
	if err == nil {
		e.duplicatesChanged(ctx)
	}
	return v, err
}
