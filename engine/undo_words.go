package engine

import (
	"cmp"
	"context"
	"fmt"

	"fettle/store"
)

// runWords is what people call a run of a kind.
var runWords = map[string]string{
	"start": "run", "resume": "run", "pilot": "try of a few rows", "tick": "scheduled run", "chosen": "run on chosen rows", "accepted": "accepted answer",
	"point": "run on another audience",
}

// takenWords says in words, by the names of undos, what each is of; the undo of an
// undo does it again. One whose set was erased since is left out. Chains of undos are
// followed for all of them at once.
func takenWords(ctx context.Context, tx *store.Tx, sets []store.ListedSet) (map[string]string, error) {
	type chain struct{ name, at string }
	var open []chain
	for _, s := range sets {
		if s.Kind == store.SetUndo {
			open = append(open, chain{store.SetID(s.Kind, s.ID), s.Detail})
		}
	}
	out := map[string]string{}
	for undos := 1; len(open) > 0; undos++ {
		ids := map[string][]int64{}
		for _, c := range open {
			if kind, n, ok := setNamed(c.at); ok {
				ids[kind] = append(ids[kind], n)
			}
		}
		found, err := tx.ChangeSetsNamed(ctx, ids)
		if err != nil {
			return nil, err
		}
		called, err := setLabels(ctx, tx, found)
		if err != nil {
			return nil, err
		}
		at := map[string]int{}
		for i, s := range found {
			at[store.SetID(s.Kind, s.ID)] = i
		}
		var further []chain
		for _, c := range open {
			i, there := at[c.at]
			switch {
			case !there:
			case found[i].Kind == store.SetUndo:
				further = append(further, chain{c.name, found[i].Detail})
			case undos%2 == 0:
				out[c.name] = whatOf(found[i], called[i]) + ", done again"
			default:
				out[c.name] = "undo of " + whatOf(found[i], called[i])
			}
		}
		open = further
	}
	return out, nil
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
