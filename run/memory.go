package run

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"fettle"
	"fettle/store"
)

// memory is what is kept of the last rows of a version of an enrichment, in the
// order in which they were claimed: those of which more was asked end later, and
// would else seem to come in a row.
type memory struct {
	Ended    int64   `json:"n"`  // rows of which it is known whether anything was found, but those in Rows
	NotFound int64   `json:"nf"` // of them
	Rows     []ended `json:"rows"`
}

// ended is one row that came to its end by calls.
type ended struct {
	Charged int64  `json:"c"`           // micro-credits, of all its calls
	Held    int64  `json:"h"`           // its highest price
	Outcome string `json:"o"`           //
	Asked   bool   `json:"a,omitempty"` // somebody was asked about it
	Seen    bool   `json:"s,omitempty"` // somebody has looked at it since: it is history alone
	First   int64  `json:"f"`           // its first call
}

// memoryRows is how many rows are kept.
const memoryRows = guardPrices + guardExpensive

func readMemory(kept store.GuardMemory, version int64) (memory, error) {
	var m memory
	if kept.Memory == "" || kept.Version != version {
		return m, nil
	}
	return m, json.Unmarshal([]byte(kept.Memory), &m)
}

func (m *memory) text() (string, error) {
	b, err := json.Marshal(m)
	return string(b), err
}

// add keeps rows; the oldest are added up alone.
func (m *memory) add(rows []ended) {
	m.Rows = append(m.Rows, rows...)
	slices.SortStableFunc(m.Rows, func(a, b ended) int { return cmp.Compare(a.First, b.First) })
	for _, r := range m.Rows[:max(0, len(m.Rows)-memoryRows)] {
		m.sum(r)
	}
	m.Rows = slices.Clone(m.Rows[max(0, len(m.Rows)-memoryRows):])
}

func (m *memory) sum(r ended) {
	switch fettle.Outcome(r.Outcome) {
	case fettle.Found:
		m.Ended++
	case fettle.NotFoundRow:
		m.Ended++
		m.NotFound++
	default:
	}
}

// forgive keeps what was seen as history that is not judged again.
func (m *memory) forgive() {
	for i := range m.Rows {
		m.Rows[i].Seen = true
	}
}

// medianHeld is the median of the highest prices of the last rows; 0 where they
// are too few.
func (m *memory) medianHeld() fettle.Credits {
	rows := m.Rows[max(0, len(m.Rows)-guardPrices):]
	if len(rows) < guardBase {
		return 0
	}
	held := make([]int64, len(rows))
	for i, r := range rows {
		held[i] = r.Held
	}
	slices.Sort(held)
	return fettle.Credits(held[len(held)/2])
}

// judge says why the enrichment is to pause for what its last rows came to; nil
// for nothing. They are compared with those before only where there is a history.
func (m *memory) judge(l fettle.GuardLevels, history bool) *fettle.Error {
	if why := m.failing(l.Failed); why != nil || !history {
		return why
	}
	if why := m.missing(l.NotFound); why != nil {
		return why
	}
	return m.expensive(l.Price)
}

// failing counts failures among the last rows, whoever asked for them: nobody
// asks for failures.
func (m *memory) failing(percent int64) *fettle.Error {
	var n, of int64
	for _, r := range slices.Backward(m.Rows) {
		if r.Seen || of == guardFailing {
			continue
		}
		of++
		if r.Outcome == string(fettle.Failed) {
			n++
		}
	}
	if percent == 0 || of < guardFailing || n*100 <= percent*guardFailing {
		return nil
	}
	return fettle.Errorf(fettle.Refused, "%d of the last %d rows failed", n, guardFailing)
}

// missing compares how often nothing was found, among the last rows that nobody
// was asked about, with the rate of this version before them.
func (m *memory) missing(points int64) *fettle.Error {
	var n, none int64
	before := memory{Ended: m.Ended, NotFound: m.NotFound}
	for _, r := range slices.Backward(m.Rows) {
		known := r.Outcome == string(fettle.Found) || r.Outcome == string(fettle.NotFoundRow)
		if !known {
			continue
		}
		if n == guardMissing || r.Asked || r.Seen {
			before.sum(r)
			continue
		}
		n++
		if r.Outcome == string(fettle.NotFoundRow) {
			none++
		}
	}
	if points == 0 || n < guardMissing || before.Ended < guardBase {
		return nil
	}
	now, was := none*100/n, before.NotFound*100/before.Ended
	if now-was <= points {
		return nil
	}
	return fettle.Errorf(fettle.Refused, "nothing was found for %d%% of the last %d rows; before it was %d%%", now, n, was)
}

// expensive compares what the last rows cost that nobody was asked about with
// those before them, with their median and their mean: some of a waterfall's rows
// ask more than one.
func (m *memory) expensive(times int64) *fettle.Error {
	var last, before []int64
	for _, r := range slices.Backward(m.Rows) {
		switch {
		case len(last) < guardExpensive && !r.Asked && !r.Seen:
			last = append(last, r.Charged)
		case len(before) < guardPrices:
			before = append(before, r.Charged)
		}
	}
	if times == 0 || len(last) < guardExpensive || len(before) < guardBase {
		return nil
	}
	slices.Sort(before)
	n, sum := int64(len(last)), total(last)
	usual := max(before[len(before)/2], total(before)/int64(len(before)))
	if sum <= usual*times*n || sum-usual*n <= int64(guardOver) {
		return nil
	}
	return fettle.Errorf(fettle.Refused, "the last %d rows cost %s each; those before them %s", n, fettle.Credits(sum/n).Words(), fettle.Credits(usual).Text())
}

func total(of []int64) (sum int64) {
	for _, x := range of {
		sum += x
	}
	return sum
}

// endedRow is a row that a settling ended, with the version that it was bought by.
type endedRow struct {
	ended
	version int64
}

// end notes a row that came to its end by calls.
func (s *settling) end(l landing) {
	if l.row.State != fettle.RowDone || l.row.Outcome == fettle.Unknown {
		return // what may still come to another end is no end
	}
	a := l.j.attempt
	r := endedRow{version: l.j.p.Version, ended: ended{
		Charged: int64(l.j.spent + l.charged), Held: int64(max(l.j.most, a.Hold.Held)), Outcome: string(l.row.Outcome), Asked: !a.Unasked, First: cmp.Or(l.j.first, a.ID),
	}}
	s.ended[l.j.p.ID] = append(s.ended[l.j.p.ID], r)
}

// remember keeps what rows came to that a settling ended.
func (s *settling) remember(ctx context.Context) error {
	for _, id := range slices.Sorted(maps.Keys(s.ended)) {
		kept, err := s.tx.LockGuardMemory(ctx, id)
		if err != nil {
			return err
		}
		m, err := readMemory(kept, kept.Version)
		if err != nil {
			return err
		}
		var rows []ended
		for _, v := range s.ended[id] {
			if v.version < kept.Version {
				continue // of an older definition, which is not judged any more
			}
			if v.version > kept.Version {
				kept.Version, m, rows = v.version, memory{}, nil
			}
			rows = append(rows, v.ended)
		}
		m.add(rows)
		if kept.Memory, err = m.text(); err != nil {
			return err
		}
		if err := s.tx.PutGuardMemory(ctx, kept); err != nil {
			return err
		}
	}
	return nil
}
