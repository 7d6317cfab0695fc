package ingest

import "fettle"

// met remembers the records that the rows of one import have made or met, with
// the line of the first such row and how that row was counted. It takes four
// bytes for each id of the stretches of 1,024 in which it knows one: 4 MB for a
// million records that were made one after the other.
type met struct{ pages map[int64]*[metPage]uint32 }

const metPage = 1 << 10

// firstRow is the first row of an import on a record.
type firstRow struct {
	line    int
	outcome Outcome
}

// maxMetLine is the last line that is told apart from the others.
const maxMetLine = 1<<30 - 1

func (m *met) at(id int64) (first firstRow, ok bool) {
	if m == nil {
		return first, false
	}
	p := m.pages[id>>10]
	if p == nil {
		return first, false
	}
	v := p[id&(metPage-1)]
	return firstRow{int(v >> 2), Outcome(v & 3)}, v != 0
}

func (m *met) put(id int64, first firstRow) {
	if m.pages == nil {
		m.pages = map[int64]*[metPage]uint32{}
	}
	p := m.pages[id>>10]
	if p == nil {
		p = new([metPage]uint32)
		m.pages[id>>10] = p
	}
	p[id&(metPage-1)] = uint32(min(max(first.line, 1), maxMetLine))<<2 | uint32(first.outcome) //nolint:gosec // bounded
}

// join is two records that became one.
type join struct {
	survivor, loser int64
	there           bool // the loser was in its table
}

// tally counts the rows of a batch: the first row of the import on a record made
// it, changed it or did not; each later one is merged with it, and listed.
type tally struct {
	u    *upserter
	made map[int64]bool     // ids of the records that were created
	news map[int64]firstRow // what is to be remembered
}

// first gives the first row on a record, of the import and of the batch so far.
func (t *tally) first(id int64) (firstRow, bool) {
	if f, ok := t.news[id]; ok {
		return f, true
	}
	return t.u.in.met.at(id)
}

// joined accounts for records that became one, of rows of earlier batches: what
// was counted as created is not a record any more.
func (t *tally) joined(j join) {
	res := &t.u.result
	survivor := t.u.resolve(j.survivor)
	lost, was := t.u.in.met.at(j.loser)
	if j.there && !t.made[j.loser] && (!was || lost.outcome != Created) {
		res.Joined++
	}
	if !was || lost.outcome == Merged {
		return
	}
	kept, other := t.first(survivor)
	*res.count(lost.outcome)--
	if !other {
		res.Updated++
		t.news[survivor] = firstRow{lost.line, Updated}
		return
	}
	res.Merged++
	t.news[j.loser] = firstRow{lost.line, Merged}
	res.Merges = append(res.Merges, fettle.MergedRow{Line: lost.line, WithLine: kept.line, RecordID: survivor, OtherID: j.loser})
}

// row counts a row that landed on a record.
func (t *tally) row(n int, id int64, changed bool) {
	u := t.u
	line := u.in.Rows[n].Line
	first, later := t.first(id)
	outcome := Unchanged
	switch {
	case later || u.merged[n] != 0:
		outcome = Merged
		m := fettle.MergedRow{Line: line, RecordID: id, OtherID: u.merged[n]}
		if later {
			m.WithLine = first.line
		}
		if l := u.landed[n]; l != nil {
			m.Key, m.NamesDiffer = l.key, l.namesDiffer
		}
		u.result.Merges = append(u.result.Merges, m)
	case t.made[id]:
		outcome = Created
	case changed:
		outcome = Updated
	}
	if !later {
		t.news[id] = firstRow{line, outcome}
	}
	u.result.Outcomes[n] = outcome
	*u.result.count(outcome)++
}

// count is the number of rows with an outcome.
func (r *UpsertResult) count(o Outcome) *int64 {
	switch o {
	case Created:
		return &r.Created
	case Updated:
		return &r.Updated
	case Merged:
		return &r.Merged
	case Blank:
		return &r.Blank
	case Unchanged:
	}
	return &r.Unchanged
}
