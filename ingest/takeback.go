package ingest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"fettle"
	"fettle/store"
)

// MostLeft is how many of the values that an undo leaves alone are listed.
const MostLeft = 1000

// Set names what was changed as one: entries of the change log.
type Set struct {
	From, End int64          // their ids: from From to below End
	Origins   map[int64]bool // of these origins; nil: all between
	Actor     string         // and of this actor; "": of whomever
	Run       int64          // and those that a call of this run bought, of the origins Shared
	Shared    map[int64]bool
	Family    map[int64]bool // origins of the undos of the set, and of their undos: they stand for nobody's change
}

// TakeBackInput says what to take back, and how far that is. Pass it on with the
// cursor that the last call gave.
type TakeBackInput struct {
	Set    Set
	Cursor int64 // 0 to begin
	Origin int64 // of the undo
	Undo   int64 // its number
	Actor  string
	Now    time.Time
	DryRun bool // says what it would do, and writes nothing

	Cells   bool  // of a run: the cells are marked, so that they are bought for nobody until a person reruns them
	Enrich  int64 // and their rows in this enrichment
	Restore bool  // of the undo of that: the marks are taken off

	Again  bool           // what the first of its chain did is done again
	Source string         // as which the set's records were sent or typed: their ids are keys of it
	Split  int64          // of a set that made a record of its own out of this one: the two become one again
	Gone   map[int64]bool // of a dry run: people who would be gone, as the last call left them
}

// TakeBackResult is what one piece of an undo did.
type TakeBackResult struct {
	Restored  int64
	Blanked   int64 // of these, the ones that are blank again
	Records   int64 // that values were restored of, counted piece by piece
	Deleted   int64 // records that the set made
	Recreated int64 // records that it deleted
	Unmerged  int64
	Merged    int64 // records that it took apart, and are one again
	Bought    int64 // values that were bought for records that it deletes: they come back with them
	LeftCount int64
	Left      []fettle.LeftValue // the first of them
	Erased    int64              // of those left: records of which nothing is left

	Would []WouldBeGroup // of a dry run: the records as they would be

	Cursor int64
	Done   bool
}

// WouldBeGroup is records of one entity as they would be. The values of each
// are those of Fields.
type WouldBeGroup struct {
	Entity  fettle.Entity
	Fields  []string
	Records []WouldBe
}

// TakeBack takes back one piece of a change set, newest first: values become what
// they were, deleted records come back, records that it made go, merges and what
// took merges apart are turned round. What somebody else changed since stays, and
// is listed. It reads the record's history to tell, not the value: whoever wrote
// the same value again has the last word, too.
func TakeBack(ctx context.Context, tx *store.Tx, in TakeBackInput) (TakeBackResult, error) {
	if in.Cursor == 0 {
		in.Cursor = in.Set.End
	}
	var origins []int64
	if in.Set.Origins != nil {
		origins = slices.Concat(slices.Collect(maps.Keys(in.Set.Origins)), slices.Collect(maps.Keys(in.Set.Shared)))
		slices.Sort(origins)
	}
	entries, err := tx.SetEntries(ctx, in.Cursor, in.Set.From, origins, undoPiece)
	if err != nil {
		return TakeBackResult{}, err
	}
	t := taker{tx: tx, in: in, runs: map[int64]int64{}}
	if len(entries) == 0 { // what no entry tells of is last, in pieces of its own
		if t.res.Done, err = t.dropFurther(ctx); err != nil || !t.res.Done {
			t.res.Cursor = in.Set.From
			return t.res, err
		}
		return t.lastWords(ctx)
	}
	for n := 0; n < len(entries) && err == nil; {
		to := n + 1
		for to < len(entries) && entries[to].Kind == entries[n].Kind && entries[to].Entity == entries[n].Entity {
			to++
		}
		err = t.group(ctx, entries[n:to])
		n = to
	}
	if err != nil {
		return t.res, err
	}
	if err := t.tx.DropConflictsOf(ctx, t.gone); err != nil {
		return t.res, err
	}
	if t.res.Done = len(entries) < undoPiece && !t.sent(); !t.res.Done {
		t.res.Cursor = entries[len(entries)-1].ID
		return t.res, nil
	}
	return t.lastWords(ctx)
}

// taker is one piece of an undo under way.
type taker struct {
	tx   *store.Tx
	in   TakeBackInput
	res  TakeBackResult
	logs map[int64][]store.LoggedChange // of the records at hand, oldest first
	runs map[int64]int64                // call → its run
	keys []store.MatchKey               // to be taken away
	gone []store.MatchKey               // that were
}

// group takes back entries of one kind about records of one entity.
func (t *taker) group(ctx context.Context, entries []store.ChangeEvent) error {
	if err := t.learn(ctx, entries); err != nil {
		return err
	}
	entries = slices.DeleteFunc(slices.Clone(entries), func(c store.ChangeEvent) bool { return !t.own(c.LoggedChange) })
	if len(entries) == 0 {
		return nil
	}
	switch entries[0].Kind {
	case store.ChangeUpdate:
		return t.restore(ctx, entries)
	case store.ChangeDelete:
		return t.recreate(ctx, entries)
	case store.ChangeCreate:
		if t.in.Split != 0 {
			return t.joinAgain(ctx, entries)
		}
		return t.remove(ctx, entries)
	case store.ChangeUnmerge:
		return t.mergeAgain(ctx, entries)
	case store.ChangeMerge:
		return t.unmerge(ctx, entries)
	}
	return nil
}

// learn reads the histories of the records at hand.
func (t *taker) learn(ctx context.Context, entries []store.ChangeEvent) (err error) {
	ids := make([]int64, 0, len(entries))
	for _, c := range entries {
		ids = append(ids, c.Record)
	}
	slices.Sort(ids)
	if t.logs, err = t.tx.LogOf(ctx, slices.Compact(ids)); err != nil || len(t.in.Set.Shared) == 0 {
		return err
	}
	var calls []int64
	for _, log := range t.logs {
		for _, c := range log {
			if _, known := t.runs[c.Attempt]; c.Attempt != 0 && !known && t.in.Set.Shared[c.Origin] {
				calls = append(calls, c.Attempt)
			}
		}
	}
	slices.Sort(calls)
	found, err := t.tx.AttemptsByID(ctx, slices.Compact(calls))
	for _, a := range found {
		t.runs[a.ID] = a.RunID
	}
	return err
}

// own reports whether an entry is of the set.
func (t *taker) own(c store.LoggedChange) bool {
	s := t.in.Set
	switch {
	case c.ID < s.From || c.ID >= s.End, s.Actor != "" && s.Actor != c.Actor:
		return false
	case s.Origins == nil || s.Origins[c.Origin]:
		return true
	}
	return s.Shared[c.Origin] && t.runs[c.Attempt] == s.Run && s.Run != 0
}

// since says what was done to a field since an entry of the set: by is the newest
// entry about it that is neither of the set nor of its undos, and again that the
// set itself wrote it later.
func (t *taker) since(c store.LoggedChange, field string) (by *store.LoggedChange, again bool) {
	log := t.logs[c.Record]
	for i := len(log) - 1; i >= 0 && log[i].ID > c.ID; i-- {
		x := &log[i]
		switch {
		case x.Origin == t.in.Origin || t.in.Set.Family[x.Origin] || !concerns(*x, field):
		case t.own(*x):
			again = true
		case by == nil:
			by = x
		}
	}
	return by, again
}

// concerns reports whether an entry is about a field, or, for "", about the
// record at all.
func concerns(c store.LoggedChange, field string) bool {
	switch c.Kind {
	case store.ChangeCreate, store.ChangeDelete:
		return true
	case store.ChangeUpdate:
		return field == "" || c.Names(field)
	}
	return field != "" && c.Names(field)
}

// leave notes a value, or for the field "" a record, that stays as it is.
func (t *taker) leave(record int64, field, reason string, args ...any) {
	t.res.LeftCount++
	if len(t.res.Left) < MostLeft {
		t.res.Left = append(t.res.Left, fettle.LeftValue{RecordID: record, Field: field, Reason: fmt.Sprintf(reason, args...)})
	}
}

// changedBy says who changed something since.
func (t *taker) changedBy(ctx context.Context, c *store.LoggedChange) (string, error) {
	switch c.Kind {
	case store.ChangeDelete:
		return "the record was deleted since, by " + c.Actor, nil
	case store.ChangeCreate:
		return "the record was deleted and came back since", nil
	}
	found, err := t.tx.OriginsByID(ctx, []int64{c.Origin})
	if err != nil {
		return "", err
	}
	on := time.UnixMicro(c.AtUS).UTC().Format(time.DateOnly)
	switch o := found[c.Origin]; o.Kind {
	case store.OriginPerson:
		return fmt.Sprintf("edited since by %s on %s", c.Actor, on), nil
	case store.OriginEnrichment:
		return fmt.Sprintf("written since by the enrichment %s on %s", o.Name, on), nil
	case store.OriginImport:
		return fmt.Sprintf("imported since from %s on %s", o.Name, on), nil
	case store.OriginUndo:
		return fmt.Sprintf("changed since by an undo on %s", on), nil
	}
	return fmt.Sprintf("changed since by %s on %s", c.Actor, on), nil
}

// whereabouts says what became of records that are not there.
func (t *taker) whereabouts(ctx context.Context, ids []int64) (map[int64]string, error) {
	aliases, err := t.tx.Aliases(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[int64]string, len(ids))
	for _, id := range ids {
		out[id] = "the record was deleted since"
		if into, ok := aliases[id]; ok {
			out[id] = fmt.Sprintf("the record became part of record %d since; take that merge back first", into)
		}
	}
	return out, nil
}
