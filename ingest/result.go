package ingest

import (
	"context"
	"encoding/json"
	"slices"

	"fettle"
	"fettle/store"
)

// end fills in the result and appends what belongs to rows.
func (u *upserter) end(ctx context.Context) error {
	t := tally{u: u, made: map[int64]bool{}, news: u.result.met}
	changed := make(map[int64]bool, len(u.changed))
	for r := range u.changed {
		changed[u.resolve(r.ID)] = true
		if r.created {
			t.made[r.ID] = true
		}
	}
	for _, j := range u.joins {
		t.joined(j)
	}
	for n, r := range u.holders {
		if r != nil {
			u.result.Records[n] = u.resolve(r.ID)
			t.row(n, u.result.Records[n], changed[u.result.Records[n]])
		}
	}
	for id, w := range u.lastOfChanged() {
		w.ID = id
		u.result.Changed = append(u.result.Changed, w)
	}
	slices.SortFunc(u.result.Changed, func(a, b WouldBe) int { return int(a.ID - b.ID) })
	u.result.Waiting = u.more
	if err := u.weigh(ctx); err != nil {
		return err
	}
	if err := u.keepShared(ctx); err != nil {
		return err
	}
	if err := u.listTwins(ctx); err != nil {
		return err
	}
	if u.in.DryRun != nil {
		u.wouldConflict(u.book.conflicts)
		u.in.DryRun.keep(u)
		return nil
	}
	if err := u.keepRaw(ctx); err != nil {
		return err
	}
	if err := u.keepRenamed(ctx); err != nil {
		return err
	}
	if err := u.book.write(ctx, u.tx, u.entity, u.origin, u.now); err != nil {
		return err
	}
	return u.keepFurther(ctx)
}

// awaited is by what people may wait for a company.
func (u *upserter) awaited(r *record) (out []string) {
	for _, k := range r.keys {
		if by := waitsFor(k); u.entity == fettle.Companies && by != "" {
			out = append(out, by)
		}
	}
	return out
}

// lastOfChanged gives the records that were written, as they are now.
func (u *upserter) lastOfChanged() map[int64]WouldBe {
	out := make(map[int64]WouldBe, len(u.changed))
	for r := range u.changed {
		id := u.resolve(r.ID)
		w := WouldBe{Created: out[id].Created || (r.created && id == r.ID), Values: r.Values}
		if now := u.recs[id]; now != nil {
			w.Values = now.Values
			w.Company, w.Made, w.Awaited = now.job.company, now.job.made, u.awaited(now)
			for _, field := range personNames {
				if u.isDerived(now, field) {
					w.Derived = append(w.Derived, field)
				}
			}
		}
		out[id] = w
	}
	return out
}

// keepRaw keeps the values of columns that are not mapped.
func (u *upserter) keepRaw(ctx context.Context) error {
	var rows []store.ImportRow
	for n := range u.in.Rows {
		row := &u.in.Rows[n]
		if u.in.ImportID == 0 || len(row.Raw) == 0 || u.result.Records[n] == 0 {
			continue
		}
		raw, err := json.Marshal(row.Raw)
		if err != nil {
			return err
		}
		rows = append(rows, store.ImportRow{Line: int64(row.Line), Record: u.result.Records[n], Raw: string(raw)})
	}
	if len(rows) == 0 {
		return nil
	}
	return u.tx.AddImportRows(ctx, u.in.ImportID, rows)
}
