package backtest

import (
	"cmp"
	"container/heap"
	"slices"
	"time"

	"fettle"
	"fettle/store"
)

// money is what may be spent, and what was.
type money struct {
	limit *fettle.Limit
	times []store.EnrichmentTime // nil: always live, and the limit holds nothing up
	at    int                    // which of them

	present []store.EnrichmentTime // when a process was there
	seen    int                    // which of them
	turns   []int64                // when either of them changed, in order

	first   float64 // micro-credits of the first run
	bought  int64   // rows
	period  int64   // which period of the limit is counted
	micro   float64 // in it
	records float64
	reached int64 // when a row did not fit first
}

func newMoney(in Input) money {
	m := money{limit: in.Limit, times: in.Times, at: -1, present: in.Present, seen: -1}
	for _, t := range slices.Concat(in.Times, in.Present) {
		m.turns = append(m.turns, t.AtUS)
	}
	slices.Sort(m.turns)
	return m
}

// live reports whether the enrichment may buy at a time: it is on, and a process is
// there.
func (m *money) live(us int64) bool {
	if !m.on(us) {
		return false
	}
	for m.seen+1 < len(m.present) && m.present[m.seen+1].AtUS <= us {
		m.seen++
	}
	return m.times == nil || m.seen < 0 || m.present[m.seen].Live
}

// on reports whether the enrichment is live at a time, whoever is there.
func (m *money) on(us int64) bool {
	if m.times == nil {
		return true
	}
	m.to(us)
	return m.at >= 0 && m.times[m.at].Live
}

// begun reports whether it was live at some time before.
func (m *money) begun(us int64) bool {
	return m.times == nil || slices.ContainsFunc(m.times, func(t store.EnrichmentTime) bool { return t.Live && t.AtUS <= us })
}

func (m *money) to(us int64) {
	for m.at+1 < len(m.times) && m.times[m.at+1].AtUS <= us {
		m.at++
		if l := m.times[m.at].Limit; l != nil {
			m.limit = l
		}
	}
}

// fits reports whether the limit leaves the highest price of a row. Where limits
// hold nothing up it notes when one would have.
func (m *money) fits(us int64, held fettle.Credits, scale float64) bool {
	if m.limit == nil || m.limit.None {
		return true
	}
	m.begin(us)
	full := m.limit.Credits != nil && m.micro+float64(held) > float64(*m.limit.Credits) ||
		m.limit.Records != nil && m.records+scale > float64(*m.limit.Records)
	if full && m.reached == 0 {
		m.reached = us
	}
	return !full || m.times == nil
}

func (m *money) begin(us int64) {
	start := int64(0)
	if !m.limit.Per.Next(time.UnixMicro(us)).IsZero() {
		start = m.limit.Per.Start(time.UnixMicro(us)).UnixMicro()
	}
	if start != m.period {
		m.period, m.micro, m.records = start, 0, 0
	}
}

func (m *money) spend(us int64, micro, scale float64) {
	if m.limit != nil {
		m.begin(us)
	}
	m.micro += micro * scale
	m.records += scale
	m.bought++
}

// opens are the times up to us at which what waits is looked at again: it became
// live, its limit was changed, a process came, or a period of its limit began.
func (m *money) opens(from, us int64) []int64 {
	var out []int64
	first, _ := slices.BinarySearch(m.turns, from+1)
	for _, at := range m.turns[first:] {
		if at > us {
			break
		}
		out = append(out, at)
	}
	if m.limit != nil && !m.limit.Per.Next(time.UnixMicro(from)).IsZero() {
		for at := m.limit.Per.Next(time.UnixMicro(from)); at.UnixMicro() <= us; at = m.limit.Per.Next(at) {
			out = append(out, at.UnixMicro())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// gates looks at what waits, at each time up to us at which it may be bought.
func (r *replay) gates(us int64) error {
	if r.in.Times == nil {
		return nil
	}
	for _, at := range r.money.opens(r.gateUS, us) {
		waits := r.waits
		r.waits = nil
		slices.SortFunc(waits, func(a, b *row) int { return cmp.Compare(a.c.ID, b.c.ID) }) // as claims do
		for _, w := range waits {
			if w.state != pending {
				continue
			}
			bought, err := r.look(w, at)
			if err != nil {
				return err
			}
			if !bought {
				r.waits = append(r.waits, w)
				continue
			}
			w.plan()
			heap.Fix(&r.events, w.at)
		}
	}
	r.gateUS = us
	return nil
}
