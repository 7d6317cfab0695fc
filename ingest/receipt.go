package ingest

import (
	"context"
	"strings"

	"fettle"
	"fettle/source/csv"
	"fettle/store"
)

// load is what became of the values of one field in a batch.
type load struct {
	table  int64 // records that hold what the batch said, and were not counted before
	kept   int64 // values whose record kept another one
	shared int64 // values beside that of another row on the record
}

// weigh compares what the rows said with what their records hold now. A record
// counts once for each field, however many rows of the import are on it.
func (u *upserter) weigh(ctx context.Context) error {
	if u.in.met == nil {
		return nil
	}
	var unread []int64
	rows := make(map[int64]int, len(u.in.Rows))
	for _, id := range u.result.Records {
		if rows[id]++; id > 0 && u.recs[id] == nil {
			unread = append(unread, id)
		}
	}
	if err := u.load(ctx, unread); err != nil {
		return err
	}
	crowds := map[int64][]int{}
	for n, id := range u.result.Records {
		if id == 0 {
			continue
		}
		if u.heldBefore[id] != nil || rows[id] > 1 {
			crowds[id] = append(crowds[id], n)
			continue
		}
		u.weighOne(id, n)
	}
	for id, rows := range crowds {
		u.weighCrowd(id, rows)
	}
	return nil
}

// weighOne is for a row that is alone on its record.
func (u *upserter) weighOne(id int64, n int) {
	r := u.recs[id]
	for i, v := range u.in.Rows[n].Values {
		switch {
		case v == nil:
		case r != nil && u.says(r, i, v):
			u.result.loads[i].table++
		default:
			u.result.loads[i].kept++
		}
	}
}

// says reports whether a record holds what a row said of the nth field, in whatever
// words.
func (u *upserter) says(r *record, i int, v any) bool {
	return saysSame(u.fields[u.columnOf[i]], r.Values[u.columnOf[i]], v)
}

// weighCrowd is for a record that several rows are on, earlier ones included:
// of what they say of a field, one counts.
func (u *upserter) weighCrowd(id int64, rows []int) {
	r := u.recs[id]
	held := u.heldBefore[id]
	for i := range u.in.Fields {
		said, holds := int64(0), false
		for _, n := range rows {
			if v := u.in.Rows[n].Values[i]; v != nil {
				said++
				holds = holds || r != nil && u.says(r, i, v)
			}
		}
		l := &u.result.loads[i]
		switch {
		case said == 0:
		case held != nil && held[i]:
			l.shared += said
		case holds:
			l.table++
			l.shared += said - 1
		default:
			l.kept += said
		}
	}
}

// holdBefore takes down in which fields records have a value before this batch,
// of those that earlier rows of the import are on: what these said was counted.
func (u *upserter) holdBefore(ids []int64) {
	if u.in.met == nil {
		return
	}
	for _, id := range ids {
		r := u.recs[id]
		if _, before := u.in.met.at(id); !before || u.heldBefore[id] != nil || r == nil || r.Values == nil {
			continue
		}
		held := make([]bool, len(u.in.Fields))
		for i := range held {
			held[i] = r.Values[u.columnOf[i]] != nil
		}
		u.heldBefore[id] = held
	}
}

// weighJoin accounts for a record of earlier rows that becomes one with another:
// where both have a value, one of them counts no more.
func (u *upserter) weighJoin(survivor, loser *record) {
	if survivor == nil || loser == nil {
		return
	}
	lost := u.heldBefore[loser.ID]
	if lost == nil {
		return
	}
	kept, both := u.heldBefore[survivor.ID], make([]bool, len(lost))
	for i := range lost {
		l := &u.result.loads[i]
		both[i] = lost[i] || kept != nil && kept[i]
		switch {
		case !lost[i]:
		case kept != nil && kept[i]:
			l.table--
			l.shared++
		case kept == nil && survivor.Values != nil && survivor.Values[u.columnOf[i]] != nil && loser.origins.of(u.in.Fields[i]) == u.origin:
			l.table-- // the survivor was no record of the import, and keeps its own
			l.kept++
		}
	}
	u.heldBefore[survivor.ID] = both
}

// loads sums up what became of a piece's cells, by mapped column.
func (imp *importer) loads(sum []store.ImportLoad, p piece, res UpsertResult) []store.ImportLoad {
	out := make([]store.ImportLoad, len(imp.mapping.mapped))
	copy(out, sum)
	for i, t := range imp.mapping.mapped {
		out[i].Column, out[i].Field = imp.mapping.columns[t.column], t.field.Key
	}
	for n := range p.rows {
		row := &p.rows[n]
		for i, v := range row.Values {
			if v != nil {
				out[i].File++
			}
		}
		for _, i := range row.blanks {
			out[i].File++
			out[i].Blank++
		}
		for _, a := range row.aside {
			i := imp.mapping.at[a.Field]
			if row.Values[i] != nil {
				continue // one of several values of the cell, whose first arrived
			}
			out[i].File++
			out[i].Aside++
		}
	}
	for _, r := range p.rejects {
		for _, i := range r.held {
			out[i].File++
			out[i].Rejected++
		}
	}
	for i, l := range res.loads {
		out[i].Table += l.table
		out[i].Kept += l.kept
		out[i].Shared += l.shared
	}
	return out
}

// rejected is a row that is not imported, and the mapped columns in which it
// holds something.
type rejected struct {
	store.ImportReject
	held []int
}

func (m *mapping) rejected(line csv.Row, why fettle.Reject) rejected {
	out := rejected{ImportReject: store.ImportReject{Reject: why, Raw: m.rawText(line.Cells)}}
	for i, t := range m.mapped {
		if t.column < len(line.Cells) && strings.TrimSpace(line.Cells[t.column]) != "" {
			out.held = append(out.held, i)
		}
	}
	return out
}

// asides are the values of a batch that were set aside, with their records.
func asides(rows []Row, records []int64) []store.ImportAside {
	const most = 200 // characters of a value that are listed; its row keeps it whole
	var out []store.ImportAside
	for n := range rows {
		for _, a := range rows[n].aside {
			a.Value = clip(a.Value, most)
			out = append(out, store.ImportAside{Aside: a, Record: records[n]})
		}
	}
	return out
}

// receipt compares each field with the column that it came from.
func receipt(loads []store.ImportLoad) []fettle.ReceiptField {
	out := make([]fettle.ReceiptField, 0, len(loads))
	for _, l := range loads {
		f := fettle.ReceiptField{Field: l.Field, Column: l.Column, File: l.File, Table: l.Table, Differs: []fettle.ReceiptDiffers{}}
		for _, d := range []fettle.ReceiptDiffers{
			{Reason: "set aside", Rows: l.Aside},
			{Reason: "kept an older value", Rows: l.Kept},
			{Reason: "on the record of another row", Rows: l.Shared},
			{Reason: "in rejected rows", Rows: l.Rejected},
			{Reason: "counted as blank", Rows: l.Blank},
		} {
			if d.Rows != 0 {
				f.Differs = append(f.Differs, d)
			}
		}
		out = append(out, f)
	}
	return out
}
