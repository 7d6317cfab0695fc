package engine

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"fettle"
	"fettle/store"
)

// runWords is what people call a run of a kind.
var runWords = map[string]string{
	"start": "run", "resume": "run", "pilot": "try of a few rows", "tick": "scheduled run", "chosen": "run on chosen rows", "accepted": "accepted answer",
	"point": "run on another audience",
}

// tell adds to a change set what is told elsewhere than in the list: when a run
// began, how many records an import wrote, and of what an undo is.
func tell(ctx context.Context, tx *store.Tx, s store.ListedSet, v *fettle.ChangeSetView) (err error) {
	switch s.Kind {
	case store.SetRun:
		r, err := tx.Run(ctx, s.ID)
		if err != nil {
			return err
		}
		if r.StartedUS < s.AtUS {
			begun := time.UnixMicro(r.StartedUS).UTC()
			v.Begun = &begun
		}
	case store.SetImport:
		imp, err := tx.Import(ctx, s.ID)
		if err != nil {
			return err
		}
		v.Records = imp.Counts.Created + imp.Counts.Updated + imp.Counts.Merged
	case store.SetUndo:
		v.What, err = whatTaken(ctx, tx, s)
	}
	return err
}

// whatTaken says in words what an undo is of; the undo of an undo does it again.
func whatTaken(ctx context.Context, tx *store.Tx, s store.ListedSet) (string, error) {
	at, undos := s, 0
	for at.Kind == store.SetUndo {
		next, err := findSet(ctx, tx, at.Detail)
		if fettle.CodeOf(err) == fettle.NotFound { // erased since
			return whatOf(s, ""), nil
		} else if err != nil {
			return "", err
		}
		at, undos = next, undos+1
	}
	v, err := viewSet(ctx, tx, at)
	if err != nil {
		return "", err
	}
	if undos%2 == 0 {
		return v.What + ", done again", nil
	}
	return "undo of " + v.What, nil
}

// whatOf says in words what a change set is; called is what people call what it is
// of.
func whatOf(s store.ListedSet, called string) string {
	values := many(s.Cells, "value", "values")
	switch s.Kind {
	case store.SetEdit:
		if s.Name != "" {
			return "edit of " + values + " in " + s.Name
		}
		return "edit of " + values
	case store.SetImport:
		if s.Other != 0 {
			return fmt.Sprintf("columns of import %d, mapped later", s.Other)
		}
		return "import of " + s.Name
	case store.SetRun:
		return cmp.Or(runWords[s.Detail], s.Detail) + " of " + called
	case store.SetMerge:
		return fmt.Sprintf("record %d made part of %s", s.Other, s.Detail)
	case store.SetUpsert, store.SetAdd, store.SetSplit, store.SetSuppress:
		return whatOfRecords(s)
	case store.SetDelete:
		text := "deletion of " + many(s.Recs, "record", "records")
		if s.Detail == erasedSet {
			text = "erasure of " + many(s.Recs, "record", "records")
		}
		if s.Name != "" {
			text += " of " + s.Name
		}
		return text
	case store.SetUndo:
		return "undo of " + s.Detail
	}
	return s.Kind
}

// whatOfRecords is whatOf for what was done to whole records.
func whatOfRecords(s store.ListedSet) string {
	records := many(s.Recs, "record", "records")
	var text string
	switch s.Kind {
	case store.SetUpsert:
		return records + " sent as " + s.Name
	case store.SetAdd:
		return records + " made by hand"
	case store.SetSplit:
		return s.Name + " made a record of its own, out of record " + s.Detail
	case store.SetSuppress:
		if text = records + " not to be enriched"; s.Detail == againSet {
			text = records + " let be enriched again"
		}
		if s.Name != "" {
			text += ", of " + s.Name
		}
	}
	return text
}
