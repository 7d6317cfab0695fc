package ingest

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"fettle"
	"fettle/store"
)

// UndoMerge makes two records of one again. The loser comes back as it was,
// with its keys, cells, calls and rows; the survivor loses what the loser gave
// it, unless that was changed since. What was bought in the meantime stays with
// the survivor.
func UndoMerge(ctx context.Context, tx *store.Tx, mergeID, origin int64, actor string, now time.Time) error {
	mg, s, err := undoable(ctx, tx, mergeID)
	if err != nil {
		return err
	}
	u := unmerger{tx: tx, mg: mg, s: s, origin: origin, actor: actor, now: now.UnixMicro()}
	for _, step := range []func(context.Context) error{u.survivor, u.loser, u.keys, u.cells, u.rows, u.people} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := tx.UndoneMerge(ctx, mg, u.now); err != nil {
		return err
	}
	return u.book.write(ctx, tx, mg.Entity, origin, u.now)
}

// undoable reads a merge and refuses one that cannot be undone now.
func undoable(ctx context.Context, tx *store.Tx, id int64) (mg store.Merge, s snapshot, err error) {
	if mg, err = tx.Merge(ctx, id); err != nil {
		return mg, s, err
	}
	if mg.UndoneUS != 0 {
		return mg, s, fettle.Errorf(fettle.Refused, "merge %d was undone already", id)
	}
	aliases, err := tx.Aliases(ctx, []int64{mg.Survivor})
	if err != nil {
		return mg, s, err
	}
	if into, ok := aliases[mg.Survivor]; ok {
		return mg, s, fettle.Errorf(fettle.Refused, "record %d was merged into %d since", mg.Survivor, into).WithHint("Undo that merge first.")
	}
	flying, err := tx.RecordsInFlight(ctx, []int64{mg.Survivor})
	if err != nil {
		return mg, s, err
	}
	if flying[mg.Survivor] {
		return mg, s, fettle.Errorf(fettle.Refused, "a call for record %d is in flight", mg.Survivor).WithHint("Try again when it has landed.")
	}
	found, err := tx.LockRecords(ctx, mg.Entity, []int64{mg.Survivor}, nil)
	if err != nil {
		return mg, s, err
	}
	if len(found) == 0 {
		return mg, s, fettle.Errorf(fettle.Refused, "record %d was deleted since", mg.Survivor)
	}
	return mg, s, json.Unmarshal([]byte(mg.Snapshot), &s)
}

type unmerger struct {
	tx     *store.Tx
	mg     store.Merge
	s      snapshot
	origin int64
	actor  string
	now    int64
	book   logbook
}

// survivor takes back what the loser gave, where it is still that.
func (u *unmerger) survivor(ctx context.Context) error {
	fields, err := u.tx.Fields(ctx, u.mg.Entity)
	if err != nil {
		return err
	}
	given := slices.DeleteFunc(fieldKeys(fields), func(f string) bool { return !slices.Contains(u.s.Filled, f) })
	b, err := newBatch(ctx, u.tx, u.mg.Entity, u.origin, u.actor, time.UnixMicro(u.now), given)
	if err != nil {
		return err
	}
	if err := b.load(ctx, []int64{u.mg.Survivor}); err != nil {
		return err
	}
	r := b.recs[u.mg.Survivor]
	r.written = true
	for i, f := range b.fields {
		if value, err := parseValue(f.Type, u.s.Loser.Values[f.Key]); err != nil || !equal(value, r.Values[i]) {
			continue
		}
		b.set(r, write{column: i, valid: true, policy: fettle.OverwriteAll, blanks: true})
		r.origins.forget(f.Key)
	}
	text := b.changes(r)
	b.log(r, store.ChangeUnmerge, 0, text)
	if u.s.Suppress && !u.s.Survivor.Suppressed {
		if err := u.tx.Suppress(ctx, u.mg.Entity, []int64{r.ID}, false, u.actor, u.now); err != nil {
			return err
		}
	}
	b.book = &u.book
	return b.flush(ctx)
}

// loser puts the row of the loser in again.
func (u *unmerger) loser(ctx context.Context) error {
	saved := u.s.Loser
	if saved == nil {
		return nil
	}
	all, err := u.tx.Fields(ctx, u.mg.Entity)
	if err != nil {
		return err
	}
	r := store.IngestRecord{
		ID: u.mg.Loser, CreatedUS: saved.CreatedUS, UpdatedUS: u.now, Origins: saved.Origins, Invalid: saved.Invalid, Statuses: saved.Statuses,
		Suppressed: saved.Suppressed, Company: saved.Company, CompanyKey: saved.CompanyKey,
	}
	var fields []fettle.Field
	for _, f := range all {
		raw, ok := saved.Values[f.Key]
		if !ok {
			continue
		}
		value, err := parseValue(f.Type, raw)
		if err != nil {
			continue // the field is of another type now
		}
		fields, r.Values = append(fields, f), append(r.Values, value)
	}
	if r.Company != 0 {
		if r.Company, err = u.companyNow(ctx, r.Company); err != nil {
			return err
		}
	}
	if err := u.tx.InsertRecords(ctx, u.mg.Entity, fields, []store.IngestRecord{r}); err != nil {
		return err
	}
	u.book.add(u.mg.Entity, store.LoggedChange{Record: r.ID, Kind: store.ChangeUnmerge, Origin: u.origin, Actor: u.actor, AtUS: u.now})
	return nil
}

// companyNow is the company that a company of then is now; 0 if it is gone.
func (u *unmerger) companyNow(ctx context.Context, id int64) (int64, error) {
	aliases, err := u.tx.Aliases(ctx, []int64{id})
	if err != nil {
		return 0, err
	}
	if into, ok := aliases[id]; ok {
		id = into
	}
	found, err := u.tx.LockRecords(ctx, fettle.Companies, []int64{id}, nil)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return id, nil
}

// keys gives keys, aliases and calls back to the loser.
func (u *unmerger) keys(ctx context.Context) error {
	keys := make([]store.MatchKey, len(u.s.Keys))
	for i, k := range u.s.Keys {
		keys[i] = store.MatchKey{Key: k, Record: u.mg.Loser}
	}
	if err := u.tx.MoveMatchKeys(ctx, u.mg.Survivor, keys); err != nil {
		return err
	}
	back := func(ids []int64) [][2]int64 {
		out := make([][2]int64, len(ids))
		for i, id := range ids {
			out[i] = [2]int64{id, u.mg.Loser}
		}
		return out
	}
	if err := u.tx.MoveAliases(ctx, back(u.s.Aliases)); err != nil {
		return err
	}
	return u.tx.MoveAttempts(ctx, back(u.s.Attempts))
}

// cells gives the loser its cells back. The survivor's are as they were, but
// for what was bought or held since.
func (u *unmerger) cells(ctx context.Context) error {
	now, err := u.tx.Cells(ctx, []int64{u.mg.Survivor})
	if err != nil {
		return err
	}
	put := slices.Clone(u.s.Lost)
	var gone []store.CellKey
	for _, lost := range u.s.Lost {
		key := store.CellKey{Record: u.mg.Survivor, Field: lost.Field}
		own := store.Cell{CellKey: key}
		i := slices.IndexFunc(u.s.Own, func(c store.Cell) bool { return c.Field == lost.Field })
		if i >= 0 {
			own = u.s.Own[i]
		}
		if now[key] != joinCells(own, lost) {
			continue
		}
		if i < 0 {
			gone = append(gone, key)
		} else {
			put = append(put, own)
		}
	}
	if err := u.tx.RemoveCells(ctx, gone); err != nil {
		return err
	}
	return u.tx.PutCells(ctx, put)
}

// rows gives the loser its rows back: those that went over as they are now,
// the others as they were.
func (u *unmerger) rows(ctx context.Context) error {
	now, err := u.tx.CarriedRows(ctx, []int64{u.mg.Survivor, u.mg.Loser})
	if err != nil {
		return err
	}
	var gone, back []store.CarriedRow
	for _, r := range u.s.Rows {
		if slices.ContainsFunc(now, func(n store.CarriedRow) bool { return n.Enrichment == r.Enrichment && n.Record == r.Record }) {
			continue
		}
		i := slices.IndexFunc(now, func(n store.CarriedRow) bool { return n.Enrichment == r.Enrichment && n.Record == u.mg.Survivor })
		if i < 0 {
			continue // the enrichment was reset since
		}
		if slices.Contains(u.s.Moved, r.Enrichment) {
			gone = append(gone, now[i])
			r = now[i]
			r.Record = u.mg.Loser
		}
		back = append(back, r)
	}
	if err := u.tx.RemoveCarriedRows(ctx, gone); err != nil {
		return err
	}
	if err := u.tx.AddCarriedRows(ctx, back); err != nil {
		return err
	}
	inputs, err := u.tx.InputsOf(ctx, []int64{u.mg.Survivor})
	if err != nil {
		return err
	}
	given := slices.DeleteFunc(inputs, func(c store.CarriedInputs) bool { return !slices.Contains(u.s.Given, c) })
	if err := u.tx.RemoveInputs(ctx, given); err != nil {
		return err
	}
	return u.tx.AddInputs(ctx, u.s.Inputs)
}

// people gives a company the people back who were found by its domains.
func (u *unmerger) people(ctx context.Context) error {
	if u.mg.Entity != fettle.Companies {
		return nil
	}
	for _, text := range u.s.Keys {
		k, ok := parseKey(text)
		if !ok || domainKey(k.Value) != text {
			continue
		}
		if _, err := u.tx.MovePeople(ctx, u.mg.Survivor, u.mg.Loser, k.Value); err != nil {
			return err
		}
	}
	return nil
}
