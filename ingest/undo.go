package ingest

import (
	"context"
	"maps"
	"slices"
	"time"

	"fettle"
	"fettle/identity"
	"fettle/past"
	"fettle/store"
)

// undoPiece is how many entries of the change log one transaction of an undo
// looks at.
const undoPiece = 2000

// UndoInput says which import to undo, and how far it is undone. Pass it on
// with the cursor that the last call gave.
type UndoInput struct {
	ImportID int64
	Cursor   int64 // 0 to begin
	Origin   int64 // of the values that are put back where nothing better is known
	Actor    string
	Now      time.Time
	DryRun   bool           // says what it would do, and writes nothing
	Family   map[int64]bool // origins of its undos, and of theirs: merges that these made again are the import's
	Apart    map[int64]bool // of a dry run: the records that merges would give back, as the last call left them
	Gone     map[int64]bool // of a dry run: the people who would be gone, likewise
}

// UndoImport undoes one piece of an import, newest first: merges that it made
// come apart and those that wait for calls are not made, values that it changed
// become what they were, records that it created are deleted. What other sources
// and people changed since stays, merges by people included. A record
// for which something was bought leaves the table as well, and keeps what was
// bought: it is in no audience, and comes back with that under its old id when one
// of its keys does.
//
// Deleted records keep their match keys and cells: imported again, they are the
// same records, and nothing is bought twice.
func UndoImport(ctx context.Context, tx *store.Tx, in UndoInput) (UndoResult, error) {
	own, err := tx.ImportOrigins(ctx, in.ImportID)
	if err != nil {
		return UndoResult{}, err
	}
	if !in.DryRun { // before anything is read: one that is being made goes first
		if err := tx.DropMergesOf(ctx, slices.Collect(maps.Keys(own))); err != nil {
			return UndoResult{}, err
		}
	}
	imp, err := tx.Import(ctx, in.ImportID)
	if err != nil {
		return UndoResult{}, err
	}
	if imp.State == store.ImportUndone {
		return UndoResult{}, fettle.Errorf(fettle.Refused, "import %d was undone already", imp.ID)
	}
	if imp.State != store.ImportUndoing && !in.DryRun {
		imp.State = store.ImportUndoing // an import that still runs stops
		if err := tx.UpdateImport(ctx, &imp); err != nil {
			return UndoResult{}, err
		}
	}
	end, err := endOf(ctx, tx, imp)
	if err != nil {
		return UndoResult{}, err
	}
	if in.Cursor == 0 {
		in.Cursor = end
	}
	if in.Apart == nil {
		in.Apart, in.Gone = map[int64]bool{}, map[int64]bool{}
	}
	entries, err := tx.LogBefore(ctx, in.Cursor, imp.Counts.FirstChange, undoPiece)
	if err != nil {
		return UndoResult{}, err
	}
	later, err := tx.ImportsOf(ctx, imp.ID)
	if err != nil {
		return UndoResult{}, err
	}
	all := maps.Clone(own)
	for _, x := range later {
		more, err := tx.ImportOrigins(ctx, x.ID)
		if err != nil {
			return UndoResult{}, err
		}
		maps.Copy(all, more)
	}
	u := undoer{tx: tx, imp: imp, own: own, all: all, in: in}
	res, err := u.undo(ctx, entries)
	if err != nil {
		return res, err
	}
	if len(entries) < undoPiece {
		if in.DryRun {
			res.Done = true
			return res, nil
		}
		for _, step := range []func(context.Context) (bool, error){u.dropFurther, u.dropWords, u.dropConflicts, u.sortPeople} {
			if res.Done, err = step(ctx); err != nil || !res.Done {
				res.Cursor = imp.Counts.FirstChange
				return res, err
			}
		}
		imp.State, imp.EndedUS = store.ImportUndone, in.Now.UnixMicro()
		return res, tx.UpdateImport(ctx, &imp)
	}
	res.Cursor = entries[len(entries)-1].ID
	return res, nil
}

// endOf is the change log id before which an import's entries lie. An import
// that broke off has none of its own.
func endOf(ctx context.Context, tx *store.Tx, imp store.Import) (int64, error) {
	if imp.Counts.EndChange > 0 {
		return imp.Counts.EndChange, nil
	}
	return tx.NextID(ctx, store.SeqChange)
}

type undoer struct {
	tx  *store.Tx
	imp store.Import

	entity fettle.Entity // of the records that are looked at: an import of people makes companies too

	own map[int64]bool // the import's origins
	all map[int64]bool // and those of its columns that were mapped later
	in  UndoInput
	res UndoResult

	keys   []store.MatchKey // to be taken away
	ids    map[int64]any    // of companies of a list of people: ids that go
	bought map[int64]bool   // origins of what was bought or derived, of the records at hand
}

func (u *undoer) undo(ctx context.Context, entries []store.LoggedChange) (UndoResult, error) {
	entries = slices.DeleteFunc(entries, func(c store.LoggedChange) bool { return !u.own[c.Origin] })
	for len(entries) > 0 {
		// Merges are undone between what came after and before them.
		n := slices.IndexFunc(entries, func(c store.LoggedChange) bool { return c.Kind == store.ChangeMerge })
		if n < 0 {
			n = len(entries)
		}
		for _, entity := range u.entities() {
			u.entity = entity
			if err := u.restore(ctx, entries[:n]); err != nil {
				return u.res, err
			}
			if err := u.remove(ctx, entries[:n]); err != nil {
				return u.res, err
			}
		}
		if n == len(entries) {
			break
		}
		if err := u.unmerge(ctx, entries[n]); err != nil {
			return u.res, err
		}
		entries = entries[n+1:]
	}
	return u.res, nil
}

// entities are what the import wrote to: one of people makes companies too, before
// their people, and gives ids to those that are there.
func (u *undoer) entities() []fettle.Entity {
	if u.imp.Entity == fettle.People {
		return []fettle.Entity{fettle.People, fettle.Companies}
	}
	return []fettle.Entity{u.imp.Entity}
}

// stillEmployed gives those of the companies that an import of people made which
// others work for.
func (u *undoer) stillEmployed(ctx context.Context, companies []int64) (map[int64]bool, error) {
	if u.entity == u.imp.Entity {
		return nil, nil //nolint:nilnil // none
	}
	return employing(ctx, u.tx, companies, u.in.Gone)
}

// restore puts old values back, newest change first.
func (u *undoer) restore(ctx context.Context, entries []store.LoggedChange) error {
	fields, err := u.tx.Fields(ctx, u.entity)
	if err != nil {
		return err
	}
	var ids []int64
	for _, c := range entries {
		if c.Kind == store.ChangeUpdate {
			ids = append(ids, c.Record)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	b, err := newBatch(ctx, u.tx, u.entity, u.in.Origin, u.in.Actor, u.in.Now, fieldKeys(fields))
	if err != nil {
		return err
	}
	if b.unsays, err = true, b.load(ctx, ids); err != nil {
		return err
	}
	for _, c := range entries {
		r := b.recs[c.Record]
		if c.Kind != store.ChangeUpdate || r == nil {
			continue
		}
		if err := u.restoreEntry(b, r, c); err != nil {
			return err
		}
	}
	keys := u.keys
	u.keys = nil
	if u.in.DryRun {
		return nil
	}
	named, err := u.idKeys(ctx)
	if err != nil {
		return err
	}
	if keys, err = u.leaving(ctx, append(keys, named...)); err != nil {
		return err
	}
	if err := u.tx.RemoveMatchKeys(ctx, keys); err != nil {
		return err
	}
	if err := unshare(ctx, u.tx, keys); err != nil {
		return err
	}
	return b.finish(ctx)
}

// dropKeys takes the keys away that a record got with a value that goes, unless
// the value that comes back is the same key.
func (u *undoer) dropKeys(field string, goes, comes any, record int64) {
	if field == "external_id" && u.entity != u.imp.Entity {
		if u.ids == nil {
			u.ids = map[int64]any{}
		}
		u.ids[record] = goes
		return
	}
	keys := func(value any) []identity.Key {
		return keysOf(u.entity, u.imp.Source, func(f string) any {
			if f == field {
				return value
			}
			return nil
		}, identity.Options{Phone: true})
	}
	stay := keys(comes)
	for _, k := range keys(goes) {
		if !slices.Contains(stay, k) {
			u.keys = append(u.keys, store.MatchKey{Key: keyText(u.entity, k), Record: record})
		}
	}
}

func (u *undoer) restoreEntry(b *batch, r *record, c store.LoggedChange) error {
	changes, err := past.Changes(c.Changes)
	if err != nil {
		return err
	}
	for field, ch := range changes {
		i, ok := b.index[field]
		if !ok {
			if field == "company_id" && !u.in.DryRun { // found anew, by what is said then
				r.Company, r.CompanyKey, r.relink, r.written = 0, "", true, true
			}
			continue
		}
		before, err := past.Value(b.fields[i].Type, ch.Old)
		if err != nil {
			continue // the field's type was another one then
		}
		after, err := past.Value(b.fields[i].Type, ch.New)
		if err != nil {
			continue
		}
		if !u.own[r.origins.of(field)] || !equal(after, r.Values[i]) && !u.in.DryRun {
			u.keep(r.ID, field, "changed since") // in a dry run, a newer entry that is not undone yet may stand in between
			continue
		}
		if !u.own[r.origins.base] { // else the record goes, and keeps its keys
			u.dropKeys(field, after, before, r.ID)
		}
		b.set(r, write{column: i, value: before, valid: wellFormed(b.fields[i], before), status: ch.Status, policy: fettle.OverwriteAll, blanks: true, origin: ch.Origin})
		if before == nil {
			r.origins.forget(field)
			u.res.Blanked++
		}
		u.res.Restored++
	}
	b.logPending(r, 0)
	return nil
}

// remove deletes the records that the import created, unless something else than
// the import and enrichments has a word in them.
func (u *undoer) remove(ctx context.Context, entries []store.LoggedChange) error {
	var ids []int64
	for _, c := range entries {
		if c.Kind == store.ChangeCreate {
			ids = append(ids, c.Record)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	there, err := u.tx.LockRecords(ctx, u.entity, ids, nil)
	if err != nil {
		return err
	}
	merged, err := u.tx.AliasesInto(ctx, ids)
	if err != nil {
		return err
	}
	bought, err := boughtOf(ctx, u.tx, ids)
	if err != nil {
		return err
	}
	if err := u.learn(ctx, there); err != nil {
		return err
	}
	employ, err := u.stillEmployed(ctx, ids)
	if err != nil {
		return err
	}
	var gone []int64
	for _, r := range there {
		o, err := parseOrigins(r.Origins)
		if err != nil {
			return err
		}
		if why := u.stays(r, o, employ, merged); why != "" {
			u.keep(r.ID, "", why)
			continue
		}
		gone = append(gone, r.ID)
	}
	for _, id := range ids {
		if u.in.DryRun && u.in.Apart[id] && !u.in.Gone[id] && !slices.ContainsFunc(there, func(r store.IngestRecord) bool { return r.ID == id }) {
			gone = append(gone, id) // it would be there by then
		}
	}
	for _, id := range gone {
		if bought[id] > 0 {
			u.res.Reduced++
			u.res.Bought += bought[id]
			continue
		}
		if u.entity != u.imp.Entity {
			u.res.Companies++
			continue
		}
		u.res.Deleted++
	}
	if u.in.DryRun {
		for _, id := range gone {
			u.in.Gone[id] = true
		}
		return nil
	}
	if _, err := Delete(ctx, u.tx, DeleteInput{Entity: u.entity, IDs: gone, Origin: u.in.Origin, Actor: u.in.Actor, Now: u.in.Now}); err != nil {
		return err
	}
	_, err = leaveShared(ctx, u.tx, gone)
	return err
}

// keep notes what stays as it is, and why.
func (u *undoer) keep(record int64, field, why string) {
	u.res.Kept++
	if len(u.res.Left) < MostLeft {
		u.res.Left = append(u.res.Left, fettle.LeftValue{RecordID: record, Field: field, Reason: why})
	}
}

// stays says why a record that the import made is not deleted; "" where it is.
func (u *undoer) stays(r store.IngestRecord, o origins, employ map[int64]bool, merged map[int64][]int64) string {
	switch {
	case employ[r.ID]:
		return "others work for it"
	case r.Suppressed:
		return "somebody said: do not enrich"
	case u.holds(merged[r.ID]):
		return "other records became part of it since"
	case !u.isOwn(o):
		return "somebody else has written values of it since"
	}
	return ""
}

// boughtOf counts the cells of records that were bought.
func boughtOf(ctx context.Context, tx *store.Tx, ids []int64) (map[int64]int64, error) {
	cells, err := tx.Cells(ctx, ids)
	out := map[int64]int64{}
	for k, c := range cells {
		if c.BoughtUS > 0 {
			out[k.Record]++
		}
	}
	return out, err
}

// learn finds out which values were bought, or derived of others: they are no
// word of anybody's.
func (u *undoer) learn(ctx context.Context, records []store.IngestRecord) error {
	unknown := map[int64]bool{}
	for _, r := range records {
		o, err := parseOrigins(r.Origins)
		if err != nil {
			return err
		}
		for _, f := range o.named {
			unknown[f.id] = !u.all[f.id]
		}
	}
	found, err := u.tx.OriginsByID(ctx, slices.Collect(maps.Keys(unknown)))
	u.bought = map[int64]bool{}
	for id, o := range found {
		u.bought[id] = o.Kind == store.OriginEnrichment || o.Kind == store.OriginDerived
	}
	return err
}

// isOwn reports whether all values came from the import or were bought.
func (u *undoer) isOwn(o origins) bool {
	return u.own[o.base] && !slices.ContainsFunc(o.named, func(f fieldOrigin) bool { return !u.all[f.id] && !u.bought[f.id] })
}

// holds reports whether other records stay merged into one.
func (u *undoer) holds(merged []int64) bool {
	return slices.ContainsFunc(merged, func(id int64) bool { return !u.in.Apart[id] })
}

// unmerge undoes a merge of the import's, where that can be done.
func (u *undoer) unmerge(ctx context.Context, c store.LoggedChange) error {
	merges, err := u.tx.MergesOf(ctx, c.Record)
	if err != nil {
		return err
	}
	log, err := u.tx.LogOf(ctx, []int64{c.Record})
	if err != nil {
		return err
	}
	for _, m := range merges {
		own := m.AtUS == c.AtUS || madeAgain(log[c.Record], m, u.in.Family)
		if m.Loser != c.Record || m.UndoneUS != 0 || m.ByPerson || !own || !c.Names("id") {
			continue // another merge of the record, which is not the import's
		}
		undo := func() error { return UndoMerge(ctx, u.tx, m.ID, u.in.Origin, u.in.Actor, u.in.Now) }
		if u.in.DryRun {
			undo = func() error {
				_, _, err := undoable(ctx, u.tx, m.ID, u.in.Apart)
				return err
			}
		}
		switch err := undo(); {
		case err == nil:
			u.in.Apart[m.Loser] = true
			u.res.Unmerged++
		case fettle.CodeOf(err) == fettle.Refused:
			u.keep(m.Loser, "", fettle.AsError(err).Message)
		default:
			return err
		}
	}
	return nil
}
