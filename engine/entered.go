package engine

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"fettle"
	"fettle/deliver"
	"fettle/expr"
	"fettle/store"
)

// What one transaction looks at for those who entered audiences, and when.
const (
	enteredPage  = 1000             // entries of the change log
	enteredPiece = 5000             // records of a look at everybody
	enteredLook  = time.Second      // between two looks at the change log
	enteredSweep = time.Hour        // between two looks at everybody, where time alone moves records
	enteredKeep  = 10 * time.Minute // between two looks at which audiences channels name
)

// startEntered tells channels of those who enter audiences, until the returned
// function is called.
func (e *Engine) startEntered(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		kept := time.Now()
		said := "" // of a filter that cannot be read, once
		for timer := time.NewTimer(0); ; timer.Reset(enteredLook) {
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-timer.C:
			}
			var err error
			if time.Since(kept) > enteredKeep {
				err, kept = e.db.Update(ctx, func(tx *store.Tx) error { return tx.KeepWatches(ctx) }), time.Now()
			}
			if err == nil {
				err = e.TellEntered(ctx)
			}
			switch {
			case err == nil:
				said = ""
			case ctx.Err() == nil && err.Error() != said:
				said = err.Error()
				e.log.WarnContext(ctx, "who entered an audience could not be looked for; the next look goes on", "error", err)
			}
		}
	})
	return func() {
		cancel()
		done.Wait()
	}
}

// TellEntered tells channels of those who entered audiences since the last look.
// One audience that cannot be looked at holds up no other.
func (e *Engine) TellEntered(ctx context.Context) error {
	var all []store.Watch
	var newest int64
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		if all, err = tx.Watches(ctx); err == nil && len(all) > 0 {
			newest, err = tx.NewestChange(ctx)
		}
		return err
	})
	if err != nil {
		return err
	}
	var failed []error
	for _, w := range all {
		more := w.State != store.WatchFollowing || w.Cursor < newest || sweepDue(w, time.Now())
		for more && ctx.Err() == nil {
			if more, err = e.lookEntered(ctx, w.Audience); err != nil {
				failed = append(failed, err)
				break
			}
		}
	}
	return errors.Join(failed...)
}

func sweepDue(w store.Watch, now time.Time) bool {
	return now.UnixMicro()-w.LookedUS >= enteredSweep.Microseconds()
}

// lookEntered goes one step on with the watch of an audience, in one transaction.
// It reports whether there may be more to do.
func (e *Engine) lookEntered(ctx context.Context, audience int64) (more bool, err error) {
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		more = false
		w, ok, err := tx.LockWatch(ctx, audience)
		if err != nil || !ok {
			return err
		}
		if w.State == store.WatchEnding {
			more, err = tx.EndWatch(ctx, audience, enteredPiece)
			return err
		}
		x, err := e.watchOf(ctx, tx, w)
		if err != nil {
			return err
		}
		switch now := time.Now(); {
		case x.audience.ID == 0: // it is gone
			x.w.State, more = store.WatchEnding, true
		case w.State != store.WatchFollowing:
			more, err = true, x.look(ctx, now)
		case sweepDue(w, now) && x.timed:
			x.w.State, x.w.Looked, more = store.WatchLook, 0, true
		case sweepDue(w, now): // time alone moves nobody
			x.w.LookedUS, more = now.UnixMicro(), true
		default:
			more, err = x.follow(ctx)
		}
		if err != nil {
			return err
		}
		return tx.PutWatch(ctx, x.w)
	})
	return more, err
}

// audienceWatch is one step of the watch of an audience.
type audienceWatch struct {
	e        *Engine
	tx       *store.Tx
	w        store.Watch
	audience fettle.Audience
	where    expr.Fragment
	timed    bool

	companies bool // people are sent with what their companies hold
}

func (e *Engine) watchOf(ctx context.Context, tx *store.Tx, w store.Watch) (*audienceWatch, error) {
	x := &audienceWatch{e: e, tx: tx, w: w}
	all, err := tx.Audiences(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(a fettle.Audience) bool { return a.ID == w.Audience })
	if i < 0 {
		return x, nil
	}
	m, err := e.judge.Membership(ctx, tx, all[i].Entity, []string{all[i].Name})
	if err != nil {
		return x, err
	}
	x.audience, x.where, x.timed = all[i], m.Where, m.Timed
	x.companies, err = deliver.ReadCompanies(ctx, tx, all[i])
	return x, err
}

// look looks at the next piece of everybody.
func (x *audienceWatch) look(ctx context.Context, now time.Time) error {
	ids, err := x.tx.RecordsAfter(ctx, x.audience.Entity, x.w.Looked, enteredPiece)
	if err != nil {
		return err
	}
	last, to := len(ids) < enteredPiece, int64(math.MaxInt64)
	if !last {
		to = ids[len(ids)-1]
	}
	in, err := x.tx.Members(ctx, x.audience.Entity, x.where, ids)
	if err != nil {
		return err
	}
	known, err := x.tx.MembersBetween(ctx, x.audience.ID, x.w.Looked, to)
	if err != nil {
		return err
	}
	if err := x.note(ctx, in, known, nil); err != nil {
		return err
	}
	x.w.Looked = to
	if last {
		x.w.State, x.w.Looked, x.w.LookedUS = store.WatchFollowing, 0, now.UnixMicro()
	}
	return nil
}

// follow reads a page of the change log, and reports whether there is more.
func (x *audienceWatch) follow(ctx context.Context) (more bool, err error) {
	changes, err := x.tx.ChangesAfter(ctx, x.w.Cursor, enteredPage)
	if err != nil || len(changes) == 0 {
		return false, err
	}
	x.w.Cursor = changes[len(changes)-1].ID
	ids, quiet, err := x.touched(ctx, changes)
	if err != nil {
		return false, err
	}
	if len(ids) > enteredPiece { // companies of many people: piece by piece
		x.w.State, x.w.Looked = store.WatchLook, 0
		return true, nil
	}
	in, err := x.tx.Members(ctx, x.audience.Entity, x.where, ids)
	if err != nil {
		return false, err
	}
	known, err := x.tx.KnownMembers(ctx, x.audience.ID, ids)
	if err != nil {
		return false, err
	}
	if err := x.e.Destinations.Changed(ctx, x.tx, x.audience, in); err != nil {
		return false, err
	}
	return len(changes) == enteredPage, x.note(ctx, in, known, quiet)
}

// touched are the records that changes may have moved, in order, and those among
// them that are told of to nobody: an unmerge makes no newcomers.
func (x *audienceWatch) touched(ctx context.Context, changes []store.ChangeEvent) (ids []int64, quiet map[int64]bool, err error) {
	quiet = map[int64]bool{}
	var companies []int64
	theirs := x.audience.Entity == fettle.People && (strings.Contains(x.audience.Where, "company") || x.companies)
	for _, c := range changes {
		switch {
		case c.Entity == x.audience.Entity:
			ids = append(ids, c.Record)
			quiet[c.Record] = quiet[c.Record] || c.Kind == store.ChangeUnmerge
		case theirs:
			companies = append(companies, c.Record)
		}
	}
	slices.Sort(companies)
	people, err := x.tx.PeopleOf(ctx, slices.Compact(companies))
	if err != nil {
		return nil, nil, err
	}
	into, err := x.tx.Aliases(ctx, ids) // who was merged, and is another now
	if err != nil {
		return nil, nil, err
	}
	ids = slices.AppendSeq(append(ids, people...), maps.Values(into))
	slices.Sort(ids)
	return slices.Compact(ids), quiet, nil
}

// note writes who is in of the records that were looked at, and tells of those of
// whom that was not known: not of a baseline, of the quiet ones, and of whom was
// known under an id that was merged into this one.
func (x *audienceWatch) note(ctx context.Context, in, known []int64, quiet map[int64]bool) error {
	without := func(ids, others []int64) []int64 {
		return slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { _, found := slices.BinarySearch(others, id); return found })
	}
	fresh, gone := without(in, known), without(known, in)
	var tell []int64
	if x.w.State != store.WatchBaseline {
		merged, err := x.tx.AliasesInto(ctx, fresh)
		if err != nil {
			return err
		}
		were, err := x.tx.KnownMembers(ctx, x.audience.ID, slices.Concat(slices.Collect(maps.Values(merged))...))
		if err != nil {
			return err
		}
		tell = slices.DeleteFunc(slices.Clone(fresh), func(id int64) bool {
			return quiet[id] || len(without(merged[id], were)) < len(merged[id])
		})
	}
	if err := x.tx.ForgetMembers(ctx, x.audience.ID, gone); err != nil {
		return err
	}
	if err := x.tx.KnowMembers(ctx, x.audience.ID, fresh); err != nil {
		return err
	}
	if err := x.e.Destinations.Entered(ctx, x.tx, x.audience, tell); err != nil {
		return err
	}
	return x.e.Channels.RaiseEntered(ctx, x.tx, x.audience, tell)
}
