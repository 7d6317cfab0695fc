package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

// happened is a signal of the model; of two the later one has the greater id.
type happened struct {
	id     int64
	stands bool
}

// signalModel is what must be bought: for each record its newest signal, once.
type signalModel struct {
	*world

	rand   *rand.Rand
	live   bool
	told   map[int64][]happened // record → its signals
	served map[int64]int64      // record → the newest signal that it was bought for
	bought map[int64]bool       // signals
}

func (m *signalModel) records() []int64 {
	out := make([]int64, 0, len(m.told))
	for id := range m.told {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

func (m *signalModel) any() int64 {
	all := m.records()
	return all[m.rand.IntN(len(all))]
}

// buy is what a live enrichment does: each record's newest signal that stands is
// bought, unless that one or a later one was.
func (m *signalModel) buy() {
	for id, list := range m.told {
		newest := int64(0)
		for _, s := range list {
			if s.stands {
				newest = max(newest, s.id)
			}
		}
		if newest > m.served[id] {
			m.served[id], m.bought[newest] = newest, true
		}
	}
}

// step does one thing at random and says what.
func (m *signalModel) step() string {
	id := m.any()
	switch n := m.rand.IntN(10); {
	case n < 5:
		s := m.signal(signalled{record: id, typ: "job_change", to: fmt.Sprintf("title %d", m.rand.Int64())})
		m.told[id] = append(m.told[id], happened{s, true})
		return fmt.Sprintf("signal %d of %d", s, id)
	case n < 7:
		for i := range m.told[id] {
			if s := &m.told[id][i]; s.stands && m.rand.IntN(2) == 0 {
				s.stands = false
				m.retract(id, s.id)
				return fmt.Sprintf("signal %d of %d is taken back", s.id, id)
			}
		}
		return "nothing"
	case n < 9:
		m.live = !m.live
		if m.live {
			m.resume("copy")
			return "resume"
		}
		m.pause("copy")
		return "pause"
	}
	other := m.any()
	if other == id || len(m.told) < 4 {
		return "nothing"
	}
	return m.mergeWith(id, other)
}

func (m *signalModel) mergeWith(id, other int64) string {
	v, err := m.e.MergeRecords(m.t.Context(), admin, id, other, nil)
	must(m.t, err)
	if v.Waiting {
		m.t.Fatalf("the merge of %d and %d waits, and nothing is in flight", id, other)
	}
	if _, err := m.db.Writer().ExecContext(m.t.Context(), fmt.Sprintf("UPDATE signals SET record_id = %d WHERE record_id = %d", id, other)); err != nil {
		m.t.Fatal(err)
	}
	m.told[id] = append(m.told[id], m.told[other]...)
	m.served[id] = max(m.served[id], m.served[other])
	delete(m.told, other)
	delete(m.served, other)
	return fmt.Sprintf("%d is merged into %d", other, id)
}

// TestSignalHistories: whatever happens to records, in pauses and out of them,
// each signal is paid at most once, and what is paid is what the model says.
func TestSignalHistories(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{1, 2} {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) { signalHistory(t, db, seed) })
		})
	}
}

func signalHistory(t *testing.T, db *store.DB, seed uint64) {
	w, ids := newMovers(t, db, 6)
	m := &signalModel{world: w, rand: rand.New(rand.NewPCG(seed, 7)), live: true, told: map[int64][]happened{}, served: map[int64]int64{}, bought: map[int64]bool{}}
	for _, id := range ids {
		m.told[id] = nil
	}
	w.save("copy", copyLine("movers", 1000))
	w.work(w.e)
	w.start("copy")
	w.settle("copy")
	var history []string
	agrees := func() {
		t.Helper()
		m.buy()
		t.Logf("%v: %d to be bought", history[len(history)-1], len(m.bought))
		want := fettle.Credits(len(m.bought)) * fettle.Credit
		w.until("copy", func(v fettle.EnrichmentView) bool {
			return !v.Planning && v.InFlight == 0 && v.RemainingRows == 0 && v.SpentCredits >= want
		})
		w.looked()
		if v := w.show("copy"); v.SpentCredits != want {
			t.Fatalf("paid %s, want %s, after %v", v.SpentCredits, want, history)
		}
	}
	for range 30 {
		history = append(history, m.step())
		if m.live {
			agrees()
		}
	}
	if !m.live {
		m.live = true
		w.resume("copy")
		agrees()
	}
	paid := map[int64]bool{}
	for _, j := range w.journalOf("copy") {
		if paid[j.SignalID] || !m.bought[j.SignalID] {
			t.Errorf("signal %d is paid again, or is not to be paid", j.SignalID)
		}
		paid[j.SignalID] = true
	}
	if b := w.sb.Books(); b.Repeats != 0 || b.BilledCalls != int64(len(m.bought)) || len(paid) != len(m.bought) {
		t.Errorf("books: %+v; %d signals to be bought, the journal names %d", b, len(m.bought), len(paid))
	}
	w.sound()
}
