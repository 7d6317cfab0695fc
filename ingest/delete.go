package ingest

import (
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/notify"
	"fettle/signal"
	"fettle/store"
)

// DeleteInput names records to delete, at most MaxRows at once.
type DeleteInput struct {
	Entity fettle.Entity
	IDs    []int64
	Origin int64
	Actor  string
	Now    time.Time
	Erase  bool // everything that is known of them goes too
}

// Delete deletes records and gives the number of those that there were. Their
// match keys stay, so that whoever is imported again is the same record again,
// with the cells that were bought; so do attempts and journal, which explain
// money. Rows of enrichments that are not done go; those in flight land.
//
// Erase removes the content as well: keys, change log, imported rows, and what
// calls asked and answered. An erased record does not come back. It works for
// records that were deleted before, too. It is refused while a call for one of
// them is in flight.
func Delete(ctx context.Context, tx *store.Tx, in DeleteInput) (int, error) {
	if len(in.IDs) > MaxRows {
		return 0, fettle.Errorf(fettle.Invalid, "%d records at once; the most is %d", len(in.IDs), MaxRows).WithHint("Delete them in pieces.")
	}
	ids := slices.Clone(in.IDs)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if in.Erase {
		if err := refuseInFlight(ctx, tx, ids); err != nil {
			return 0, err
		}
	}
	fields, err := tx.Fields(ctx, in.Entity)
	if err != nil {
		return 0, err
	}
	b, err := newBatch(ctx, tx, in.Entity, in.Origin, in.Actor, in.Now, fieldKeys(fields))
	if err != nil {
		return 0, err
	}
	if err := b.load(ctx, slices.Clone(ids)); err != nil {
		return 0, err
	}
	there := make([]int64, 0, len(b.recs))
	for _, id := range ids {
		r := b.recs[id]
		if r == nil {
			continue
		}
		there = append(there, id)
		entry := b.deletion(r)
		if in.Erase {
			entry.Changes = "" // what is left says that it was deleted, and not what it was
		}
		b.book.add(in.Entity, entry)
	}
	if err := b.drop(ctx, there, in.Erase); err != nil {
		return 0, err
	}
	if in.Erase {
		if err := b.erase(ctx, ids); err != nil {
			return 0, err
		}
	}
	return len(there), b.book.write(ctx, tx, in.Entity, b.origin, b.now)
}

func refuseInFlight(ctx context.Context, tx *store.Tx, ids []int64) error {
	flying, err := tx.RecordsInFlight(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if flying[id] {
			return fettle.Errorf(fettle.Refused, "a call for record %d is in flight", id).WithHint("Pause the enrichment, or try again when the call has landed.").With("record", id)
		}
	}
	return nil
}

// deletion is the entry of the log that keeps what a record held.
func (b *batch) deletion(r *record) store.LoggedChange {
	var buf []byte
	for i, f := range b.fields {
		if r.Values[i] != nil {
			buf = appendChange(buf, f.Key, r.Values[i], nil, r.origins.of(f.Key), store.StatusIn(r.Statuses, f.Key))
		}
	}
	if r.Company != 0 {
		buf = appendChange(buf, "company_id", float64(r.Company), nil, 0, "")
	}
	return store.LoggedChange{Record: r.ID, Kind: store.ChangeDelete, Origin: b.origin, Actor: b.actor, AtUS: b.now, Changes: closeChanges(buf)}
}

// drop removes records' rows, and their places in enrichments but for those in
// flight and done. Of records that are erased none may be in flight: the answer
// would tell of them again.
func (b *batch) drop(ctx context.Context, ids []int64, erase bool) error {
	places := b.tx.CarriedRows
	if erase {
		places = func(ctx context.Context, ids []int64) ([]store.CarriedRow, error) { return idleRows(ctx, b.tx, ids) }
	}
	rows, err := places(ctx, ids)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(r store.CarriedRow) bool {
		return r.State == string(fettle.RowRunning) || r.State == string(fettle.RowDone)
	})
	if err := b.tx.RemoveCarriedRows(ctx, rows); err != nil {
		return err
	}
	if b.entity == fettle.Companies {
		if err := b.unlink(ctx, ids); err != nil {
			return err
		}
	}
	if err := signal.Deleted(ctx, b.tx, ids); err != nil {
		return err
	}
	_, err = b.tx.RemoveRecords(ctx, b.entity, ids)
	return err
}

// unlink takes their company away from the people of companies that go. They
// wait for one with their domain again.
func (b *batch) unlink(ctx context.Context, companies []int64) error {
	for {
		people, err := b.tx.CompanyLinks(ctx, companies, maxLinks)
		if err != nil || len(people) == 0 {
			return err
		}
		if err := unlinkPeople(ctx, b.tx, b.book, people, b.origin, b.actor, b.now); err != nil {
			return err
		}
	}
}

func unlinkPeople(ctx context.Context, tx *store.Tx, book *logbook, people []store.Link, origin int64, actor string, now int64) error {
	for i, l := range people {
		changes := closeChanges(appendChange(nil, "company_id", float64(l.Company), nil, 0, ""))
		book.add(fettle.People, store.LoggedChange{Record: l.Person, Kind: store.ChangeUpdate, Origin: origin, Actor: actor, AtUS: now, Changes: changes})
		people[i].Company = 0
	}
	return tx.SetCompanies(ctx, people)
}

// Unlink goes before a Delete of companies with more people than one
// transaction changes: it takes their company away from that many, and reports
// whether it did. Those left are the Delete's. If the Delete does not come, the
// people wait for their company, which is there, and SweepLinks links them.
func Unlink(ctx context.Context, tx *store.Tx, in DeleteInput) (more bool, err error) {
	if in.Entity != fettle.Companies {
		return false, nil
	}
	if in.Erase {
		if err := refuseInFlight(ctx, tx, in.IDs); err != nil {
			return false, err
		}
	}
	people, err := tx.CompanyLinks(ctx, in.IDs, maxLinks)
	if err != nil || len(people) < maxLinks {
		return false, err
	}
	var book logbook
	if err := unlinkPeople(ctx, tx, &book, people, in.Origin, in.Actor, in.Now.UnixMicro()); err != nil {
		return false, err
	}
	return true, book.write(ctx, tx, fettle.People, in.Origin, in.Now.UnixMicro())
}

// erase removes the content of records, and of those that were merged into
// them.
func (b *batch) erase(ctx context.Context, ids []int64) error {
	merged, err := b.tx.AliasesInto(ctx, ids)
	if err != nil {
		return err
	}
	all := slices.Clone(ids)
	for _, m := range merged {
		all = append(all, m...)
	}
	if err := notify.Erased(ctx, b.tx, all); err != nil {
		return err
	}
	alone, err := b.tx.EraseRecords(ctx, all)
	if err != nil {
		return err
	}
	_, err = ledAlone(ctx, b.tx, alone)
	return err
}

// SuppressInput names records that must not be enriched, or may be again.
type SuppressInput struct {
	Entity fettle.Entity
	IDs    []int64
	On     bool
	Origin int64
	Actor  string
	Now    time.Time
}

// Suppress marks records as not to be enriched, or takes the mark away. The
// mark outlives deletion: whoever is imported again is still suppressed. It
// gives the number of records that changed.
func Suppress(ctx context.Context, tx *store.Tx, in SuppressInput) (int, error) {
	found, err := tx.LockRecords(ctx, in.Entity, in.IDs, nil)
	if err != nil {
		return 0, err
	}
	was, now := false, true
	if !in.On {
		was, now = true, false
	}
	changes := closeChanges(appendChange(nil, suppressed, was, now, 0, ""))
	var entries []store.LoggedChange
	for _, r := range found {
		if r.Suppressed != in.On {
			entries = append(entries, store.LoggedChange{
				Record: r.ID, Kind: store.ChangeUpdate, Origin: in.Origin, Actor: in.Actor, AtUS: in.Now.UnixMicro(), Changes: changes,
			})
		}
	}
	if err := tx.Suppress(ctx, in.Entity, in.IDs, in.On, in.Actor, in.Now.UnixMicro()); err != nil {
		return 0, err
	}
	return len(entries), tx.LogChanges(ctx, in.Entity, entries)
}
