package ingest

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"fettle"
	"fettle/past"
	"fettle/signal"
	"fettle/store"
)

// UndoMerge makes two records of one again. The loser comes back as it was,
// with its keys, cells, calls and rows; the survivor loses what the loser gave
// it, unless that was changed since. What was bought in the meantime stays with
// the survivor.
func UndoMerge(ctx context.Context, tx *store.Tx, mergeID, origin int64, actor string, now time.Time) error {
	mg, s, err := undoable(ctx, tx, mergeID, nil)
	if err != nil {
		return err
	}
	u := unmerger{tx: tx, mg: mg, s: s, origin: origin, actor: actor, now: now.UnixMicro()}
	if u.held, err = idleRows(ctx, tx, []int64{mg.Survivor, mg.Loser}); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{u.landed, u.survivor, u.loser, u.sharing, u.keys, u.signals, u.cells, u.rows, u.people} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := tx.UndoneMerge(ctx, mg, u.now); err != nil {
		return err
	}
	return u.book.write(ctx, tx, mg.Entity, origin, u.now)
}

// CanUndoMerge refuses a merge that cannot be undone now. It writes nothing.
func CanUndoMerge(ctx context.Context, tx *store.Tx, id int64) error {
	_, _, err := undoable(ctx, tx, id, nil)
	return err
}

// undoable reads a merge and refuses one that cannot be undone now, or could not
// once the records apart were given back by merges after it.
func undoable(ctx context.Context, tx *store.Tx, id int64, apart map[int64]bool) (mg store.Merge, s snapshot, err error) {
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
	if into, ok := aliases[mg.Survivor]; ok && !apart[mg.Survivor] {
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
	if len(found) == 0 && !apart[mg.Survivor] {
		return mg, s, fettle.Errorf(fettle.Refused, "record %d, which has the values of both, was deleted since", mg.Survivor).
			WithHint("Import or send a row of it again (by its id, e-mail, domain or LinkedIn address): it comes back as itself, and can be taken apart then.")
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
	held   []store.CarriedRow // the places of both in enrichments
	book   logbook
}

// survivor takes back what the loser gave, where it is still that.
func (u *unmerger) survivor(ctx context.Context) error {
	fields, err := u.tx.Fields(ctx, u.mg.Entity)
	if err != nil {
		return err
	}
	given := slices.DeleteFunc(fieldKeys(fields), func(f string) bool { return !slices.Contains(u.s.Filled, f) && !slices.Contains(u.s.Taken, f) })
	own, err := parseOrigins(u.s.Survivor.Origins)
	if err != nil {
		return err
	}
	b, err := newBatch(ctx, u.tx, u.mg.Entity, u.origin, u.actor, time.UnixMicro(u.now), given)
	if err != nil {
		return err
	}
	if err := b.load(ctx, []int64{u.mg.Survivor}); err != nil {
		return err
	}
	b.unsays = true
	r := b.recs[u.mg.Survivor]
	r.written = true
	for i, f := range b.fields {
		if value, err := past.Value(f.Type, u.s.Loser.Values[f.Key]); err != nil || !equal(value, r.Values[i]) {
			continue
		}
		var before any
		if raw, ok := u.s.Survivor.Values[f.Key]; ok {
			if before, err = past.Value(f.Type, raw); err != nil {
				continue // the field is of another type now
			}
		}
		b.set(r, write{
			column: i, value: before, valid: !isInvalid(u.s.Survivor.Invalid, f.Key), status: store.StatusIn(u.s.Survivor.Statuses, f.Key),
			policy: fettle.OverwriteAll, blanks: true, origin: own.of(f.Key),
		})
		if before == nil {
			r.origins.forget(f.Key)
		}
	}
	text := b.changes(r)
	b.log(r, store.ChangeUnmerge, 0, text)
	if u.s.Suppress && !u.s.Survivor.Suppressed {
		if err := u.tx.Suppress(ctx, u.mg.Entity, []int64{r.ID}, false, u.actor, u.now); err != nil {
			return err
		}
	}
	b.book = &u.book
	if err := b.flush(ctx); err != nil {
		return err
	}
	return u.words(ctx, fieldKeys(fields))
}

// words forgets what was said of the survivor because it was said of the loser,
// which has its own words still.
func (u *unmerger) words(ctx context.Context, fields []string) error {
	b, err := newBatch(ctx, u.tx, u.mg.Entity, u.origin, u.actor, time.UnixMicro(u.now), fields)
	if err != nil {
		return err
	}
	if err := b.load(ctx, []int64{u.mg.Survivor}); err != nil {
		return err
	}
	b.parts = u.mg.Loser
	return b.settleWords(ctx)
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
		ID: u.mg.Loser, CreatedUS: saved.CreatedUS, UpdatedUS: u.now, Origins: saved.Origins, Invalid: saved.Invalid, Statuses: saved.Statuses, Disputed: saved.Disputed,
		Suppressed: saved.Suppressed, Company: saved.Company, CompanyKey: saved.CompanyKey,
	}
	var fields []fettle.Field
	for _, f := range all {
		raw, ok := saved.Values[f.Key]
		if !ok {
			continue
		}
		value, err := past.Value(f.Type, raw)
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

// landed looks at the loser's cells that a call held when the two became one: of
// a call that has ended since, the hold has ended too, and what it bought is the
// loser's.
func (u *unmerger) landed(ctx context.Context) error {
	var calls []int64
	for _, c := range u.s.Lost {
		if c.Hold != "" {
			calls = append(calls, c.HoldID)
		}
	}
	if len(calls) == 0 || u.s.Loser == nil {
		return nil
	}
	found, err := u.tx.AttemptsByID(ctx, calls)
	if err != nil {
		return err
	}
	open := map[int64]bool{}
	for _, a := range found {
		open[a.ID] = a.State != store.AttemptSettled && a.State != store.AttemptReleased
	}
	now, err := u.tx.Cells(ctx, []int64{u.mg.Survivor})
	if err != nil {
		return err
	}
	for i := range u.s.Lost {
		c := &u.s.Lost[i]
		if c.Hold == "" || open[c.HoldID] {
			continue
		}
		by := c.HoldID
		c.Hold, c.HoldID = "", 0
		if got := now[store.CellKey{Record: u.mg.Survivor, Field: c.Field}]; got.AttemptID == by {
			c.EnrichmentID, c.Version, c.AttemptID, c.InputsHash, c.BoughtUS = got.EnrichmentID, got.Version, got.AttemptID, got.InputsHash, got.BoughtUS
			c.TakenBack = got.TakenBack
			if err := u.bring(ctx, c.Field); err != nil {
				return err
			}
		}
	}
	return nil
}

// bring makes the value that the survivor holds in a field the loser's, whose
// call bought it.
func (u *unmerger) bring(ctx context.Context, field string) error {
	f, err := u.tx.Field(ctx, u.mg.Entity, field)
	if fettle.CodeOf(err) == fettle.NotFound {
		return nil // deleted since
	} else if err != nil {
		return err
	}
	found, err := u.tx.LockRecords(ctx, u.mg.Entity, []int64{u.mg.Survivor}, []fettle.Field{f})
	if err != nil || len(found) == 0 || found[0].Values[0] == nil {
		return err
	}
	from, err := parseOrigins(found[0].Origins)
	if err != nil {
		return err
	}
	to, err := parseOrigins(u.s.Loser.Origins)
	if err != nil {
		return err
	}
	to.put(field, from.of(field), false)
	u.s.Loser.Origins, u.s.Loser.Values[field] = to.text(), appendValue(nil, found[0].Values[0])
	u.s.Loser.Invalid = markInvalid(u.s.Loser.Invalid, field, isInvalid(found[0].Invalid, field))
	u.s.Loser.Statuses = store.PutStatus(u.s.Loser.Statuses, field, store.StatusIn(found[0].Statuses, field))
	u.s.Filled = append(u.s.Filled, field)
	return nil
}

// sharing gives the loser back what it shared with others, and what of its own
// came to be shared since.
func (u *unmerger) sharing(ctx context.Context) error {
	now, err := u.tx.SharedBy(ctx, []int64{u.mg.Survivor})
	if err != nil {
		return err
	}
	var remove, add []store.MatchKey
	for _, k := range u.s.Shared {
		add = append(add, store.MatchKey{Key: k, Record: u.mg.Loser})
		if at := (store.MatchKey{Key: k, Record: u.mg.Survivor}); slices.Contains(u.s.OwnShare, k) {
			add = append(add, at)
		} else {
			remove = append(remove, at)
		}
	}
	for _, k := range now[u.mg.Survivor] {
		if slices.Contains(u.s.Keys, k) {
			add, remove = append(add, store.MatchKey{Key: k, Record: u.mg.Loser}), append(remove, store.MatchKey{Key: k, Record: u.mg.Survivor})
		}
	}
	return u.tx.DivideSharing(ctx, remove, add)
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

// signals gives the loser what was told of it, and of what it had become.
func (u *unmerger) signals(ctx context.Context) error {
	return signal.Unmerged(ctx, u.tx, u.mg.Loser, u.s.Aliases)
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

// rows gives the loser its rows back. One that went over and ended since, by what
// the survivor is, stays with it: the loser's is as it was, to be judged again
// where it had not ended.
func (u *unmerger) rows(ctx context.Context) error {
	var gone, back []store.CarriedRow
	for _, r := range u.s.Rows {
		if slices.ContainsFunc(u.held, func(n store.CarriedRow) bool { return n.Enrichment == r.Enrichment && n.Record == r.Record }) {
			continue
		}
		i := slices.IndexFunc(u.held, func(n store.CarriedRow) bool { return n.Enrichment == r.Enrichment && n.Record == u.mg.Survivor })
		if i < 0 {
			continue // the enrichment was reset since
		}
		switch same := u.held[i].State == r.State && u.held[i].Outcome == r.Outcome; {
		case !slices.Contains(u.s.Moved, r.Enrichment):
			if r.State == string(fettle.RowRunning) { // its call has ended since, or the merge had been put off
				r.State, r.WakeUS = string(fettle.RowPending), 0
			}
		case same:
			gone = append(gone, u.held[i])
			r = u.held[i]
			r.Record = u.mg.Loser
		case r.State != string(fettle.RowDone):
			r.State, r.WakeUS, r.Detail = string(fettle.RowPending), 0, ""
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
		if !ok || waitsFor(k) == "" {
			continue
		}
		moved, err := u.tx.MovePeople(ctx, u.mg.Survivor, u.mg.Loser, waitsFor(k))
		if err != nil {
			return err
		}
		slices.Sort(moved)
		for _, id := range moved {
			u.book.add(fettle.People, store.LoggedChange{
				Record: id, Kind: store.ChangeUpdate, Origin: u.origin, Actor: u.actor, AtUS: u.now,
				Changes: closeChanges(appendChange(nil, "company_id", float64(u.mg.Survivor), float64(u.mg.Loser), 0, "")),
			})
		}
	}
	return nil
}
