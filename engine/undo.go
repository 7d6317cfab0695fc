package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/store"
)

// MaxSets is the most change sets of one page.
const MaxSets = 500

// shownOfSet is how many of its changes a change set is shown with.
const shownOfSet = 100

// SetsQuery asks for change sets, newest first.
type SetsQuery struct {
	Kind  string // of store.SetKinds; "": all
	By    string // whoever did it, without regard to case; "": anybody
	Since string // from then on: 30d, a date or a time
	Until string // and until then: a date, whose day is included, or a time
	After string // the next of the page before
	Limit int    // 0: 50
}

// ChangeSets lists what was changed as one: edits, imports, runs, what was sent and
// typed, merges by people, splits, suppressions, deletions and undos, newest first.
func (e *Engine) ChangeSets(ctx context.Context, actor fettle.Actor, q SetsQuery) (items []fettle.ChangeSetView, next string, err error) {
	items = []fettle.ChangeSetView{}
	if err := actor.Require(fettle.Viewer, "see changes"); err != nil {
		return items, "", err
	}
	ask := store.SetQuery{Kind: q.Kind, Actor: q.By, Limit: q.Limit}
	if ask.SinceUS, err = sinceOf(q.Since, time.Now()); err != nil {
		return items, "", err
	}
	if ask.UntilUS, err = untilOf(q.Until); err != nil {
		return items, "", err
	}
	if ask.Kind != "" && !slices.Contains(store.SetKinds(), ask.Kind) {
		return items, "", fettle.Errorf(fettle.Invalid, "%q is no kind of change", q.Kind).WithHint("There are: %s.", strings.Join(store.SetKinds(), ", "))
	}
	if ask.Limit <= 0 {
		ask.Limit = 50
	}
	ask.Limit = min(ask.Limit, MaxSets)
	if q.After != "" {
		before, skip, _ := strings.Cut(q.After, "-")
		ask.Before, err = strconv.ParseInt(before, 10, 64)
		if ask.Skip, _ = strconv.Atoi(skip); err != nil || ask.Skip < 0 {
			return items, "", fettle.Errorf(fettle.Invalid, "%.40q is no place in the list", q.After).WithHint("Send the next of the page before.")
		}
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		found, err := tx.ChangeSets(ctx, ask)
		if err != nil {
			return err
		}
		items, err = viewSets(ctx, tx, found)
		next = nextSets(ask, found)
		return err
	})
	return items, next, err
}

// untilOf reads until when: the first time that is not meant any more, 0 for none.
func untilOf(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.AddDate(0, 0, 1).UnixMicro(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, fettle.Errorf(fettle.Invalid, "%.40q is no date", text).
			WithHint("Write 2026-02-28, which includes that day in UTC, or a time such as 2026-02-28T12:00:00Z.").With("key", "until")
	}
	return at.UnixMicro(), nil
}

// nextSets is where the page after begins: at the time of the last one, behind
// those of that time that were shown.
func nextSets(q store.SetQuery, found []store.ListedSet) string {
	if len(found) < q.Limit {
		return ""
	}
	last, n := found[len(found)-1].AtUS, 0
	for _, s := range found {
		if s.AtUS == last {
			n++
		}
	}
	if last == q.Before {
		n += q.Skip
	}
	return fmt.Sprintf("%d-%d", last, n)
}

// ChangeSet gives one change set, with the newest of its changes.
func (e *Engine) ChangeSet(ctx context.Context, actor fettle.Actor, id string) (v fettle.ChangeSetView, err error) {
	if err := actor.Require(fettle.Viewer, "see changes"); err != nil {
		return v, err
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		s, err := findSet(ctx, tx, id)
		if err != nil {
			return err
		}
		if v, err = viewSet(ctx, tx, s); err != nil {
			return err
		}
		v.Changes, err = setChanges(ctx, tx, s)
		return err
	})
	return v, err
}

// findSet finds a change set by its id, such as run-12.
func findSet(ctx context.Context, tx *store.Tx, id string) (store.ListedSet, error) {
	kind, n, ok := setNamed(id)
	if !ok {
		return store.ListedSet{}, fettle.Errorf(fettle.Invalid, "%.40q names no change", id).
			WithHint("Name it by its kind and number, such as run-12 (fettle undo list).")
	}
	found, err := tx.ChangeSetsNamed(ctx, map[string][]int64{kind: {n}})
	if err == nil && len(found) == 0 {
		err = fettle.Errorf(fettle.NotFound, "there is no %s", id).WithHint("What can be taken back is listed under Undo (fettle undo list).")
	}
	if err != nil {
		return store.ListedSet{}, err
	}
	return found[0], nil
}

// setNamed takes the id of a change set apart, such as run-12.
func setNamed(id string) (kind string, n int64, ok bool) {
	kind, number, _ := strings.Cut(id, "-")
	n, err := strconv.ParseInt(number, 10, 64)
	return kind, n, err == nil && n > 0 && slices.Contains(store.SetKinds(), kind)
}

// viewSet shows one change set.
func viewSet(ctx context.Context, tx *store.Tx, s store.ListedSet) (v fettle.ChangeSetView, err error) {
	views, err := viewSets(ctx, tx, []store.ListedSet{s})
	if err == nil {
		v = views[0]
	}
	return v, err
}

// viewSets shows change sets, with a few questions for all of them.
func viewSets(ctx context.Context, tx *store.Tx, sets []store.ListedSet) ([]fettle.ChangeSetView, error) {
	var kept []int64
	names := make([]string, len(sets))
	for i, s := range sets {
		names[i] = store.SetID(s.Kind, s.ID)
		if s.Kind == store.SetUndo {
			kept = append(kept, s.ID)
		}
	}
	undos, err := tx.UndosOfSets(ctx, names)
	if err != nil {
		return nil, err
	}
	made, err := tx.ChangeSetsByID(ctx, kept)
	if err != nil {
		return nil, err
	}
	called, err := setLabels(ctx, tx, sets)
	if err != nil {
		return nil, err
	}
	taken, err := takenWords(ctx, tx, sets)
	if err != nil {
		return nil, err
	}
	out := make([]fettle.ChangeSetView, len(sets))
	for i, s := range sets {
		v := fettle.ChangeSetView{
			ID: names[i], Kind: s.Kind, Entity: s.Entity, Name: s.Name, Actor: s.Actor, At: time.UnixMicro(s.AtUS).UTC(),
			Cells: s.Cells, Records: s.Recs, What: cmp.Or(taken[names[i]], whatOf(s, called[i])),
		}
		if s.BeganUS != 0 && s.BeganUS < s.AtUS {
			begun := time.UnixMicro(s.BeganUS).UTC()
			v.Begun = &begun
		}
		if s.Kind == store.SetUndo {
			v.Of, v.Broken = s.Detail, !s.Done
			if text := made[s.ID].Result; text != "" {
				v.Result = &fettle.TakeBackView{}
				if err := decodeResult(text, v.Result); err != nil {
					return nil, err
				}
			}
		}
		if by := slices.IndexFunc(undos[v.ID], func(u store.ChangeSet) bool { return u.UndoneBy == 0 && u.EndedUS > 0 }); by >= 0 {
			v.TakenBackBy = store.SetID(store.SetUndo, undos[v.ID][by].ID)
		}
		v.CannotBe = standingOf(s, v)
		out[i] = v
	}
	return out, nil
}

// standingOf says why a change set cannot be taken back; "" where it can be.
func standingOf(s store.ListedSet, v fettle.ChangeSetView) string {
	switch {
	case v.TakenBackBy != "":
		return "it was taken back; take " + v.TakenBackBy + " back to do it again"
	case s.Kind == store.SetImport && s.Detail == store.ImportUndone:
		return "it was taken back before undos were kept"
	case s.Kind == store.SetMerge && !s.Done:
		return "the two are apart again"
	case s.Kind == store.SetDelete && s.Detail == erasedSet:
		return "what was erased cannot come back"
	case v.Broken:
		return "it broke off; take " + v.Of + " back again to go on with it"
	}
	return ""
}

// erasedSet is what a deletion that erased is marked with, againSet what lets
// records be enriched again.
const (
	erasedSet = "erased"
	againSet  = "again"
)

// setChanges gives the newest changes of a set.
func setChanges(ctx context.Context, tx *store.Tx, s store.ListedSet) ([]fettle.ChangeView, error) {
	out := []fettle.ChangeView{}
	if s.Kind == store.SetMerge {
		return out, nil
	}
	r, err := rangeOf(ctx, tx, s)
	if err != nil {
		return nil, err
	}
	entries, err := tx.SetEntries(ctx, r.End, r.From, r.origins(), shownOfSet)
	if err != nil {
		return nil, err
	}
	if r.Actor != "" {
		entries = slices.DeleteFunc(entries, func(c store.ChangeEvent) bool { return c.Actor != r.Actor })
	}
	f := feed{page: &fettle.ChangePage{}}
	if err := f.learn(ctx, tx, entries); err != nil {
		return nil, err
	}
	for _, c := range entries {
		items, err := f.items(c)
		if err != nil {
			return nil, err
		}
		if out = append(out, items...); len(out) >= shownOfSet {
			return out[:shownOfSet], nil
		}
	}
	return out, nil
}
