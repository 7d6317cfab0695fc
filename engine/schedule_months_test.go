package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"fettle"
	"fettle/store/storetest"
)

// months is the arithmetic of an enrichment that buys again after a week, at
// Mondays 06:00 in Berlin, under a limit of a month. It knows who is in, and nothing
// of rows, ticks and claims.
type months struct {
	in     []bool // by person
	bought map[int][]time.Time
	used   map[time.Month]int
	rest   []int // whom the limit left to the next month
	paused bool
	missed bool // a Monday passed without a process
}

const perMonth = 17

// tick buys for those who are due, but for a tenth of the week, in the order of the
// list.
func (m *months) tick(at time.Time) {
	var due []int
	for p, in := range m.in {
		last := m.bought[p]
		if in && (len(last) == 0 || at.Sub(last[len(last)-1]) >= 7*day-7*day/10) {
			due = append(due, p)
		}
	}
	m.buy(at, due)
}

func (m *months) buy(at time.Time, due []int) {
	m.rest = nil
	for i, p := range due {
		if m.used[at.Month()] == perMonth {
			m.paused, m.rest = true, due[i:]
			return
		}
		m.used[at.Month()]++
		m.bought[p] = append(m.bought[p], at)
	}
}

// seen is a time at which a process is there: what it missed it makes up for once.
func (m *months) seen(at time.Time) {
	if m.missed && !m.paused {
		m.tick(at)
	}
	m.missed = false
}

// TestThreeMonthsCostWhatTheArithmeticSays goes through 90 days in which people come
// and go and come back, a limit of a month is reached, the process is away for nine
// days, and the clock is set forward. Who was bought on which day is as the
// arithmetic says, on both databases.
func TestThreeMonthsCostWhatTheArithmeticSays(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			inTime(t, kind, threeMonths)
		})
	}
}

func threeMonths(w *clocked) {
	t := w.t
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	w.audience("here", `title == "x"`)
	w.people(0, 4, "x")
	w.read(fettle.Schedule{Every: fettle.Interval(7 * day), At: "06:00", Zone: "Europe/Berlin"}, func(d *fettle.Definition) {
		d.Audience, d.Refresh = []string{"here"}, fettle.Interval(7*day)
		d.Limit = &fettle.Limit{Credits: credits(perMonth), Per: fettle.PerMonth}
	})
	w.start("reading")
	w.up()
	m := &months{in: []bool{true, true, true, true}, bought: map[int][]time.Time{}, used: map[time.Month]int{}}
	add := func(n int) func() {
		return func() {
			w.people(len(m.in), n, "x")
			for range n {
				m.in = append(m.in, true)
			}
		}
	}
	set := func(p int, title string) func() {
		return func() { w.edit(w.ids(fettle.AllPeople)[p], "title", title); m.in[p] = title == "x" }
	}
	happens := map[int]func(){8: add(2), 12: set(1, "gone"), 37: set(1, "x"), 50: set(0, "gone"), 64: add(3), 75: set(4, "gone")}
	begin := time.Now().UTC()
	visit := func(at time.Time) {
		m.seen(at.Add(-20 * time.Second))
		w.at(at.Format("2006-01-02 15:04:05"))
	}
	for d := range 90 {
		midnight := begin.AddDate(0, 0, d)
		if d > 0 && midnight.Day() == 1 {
			visit(midnight.Add(10 * time.Second))
			if m.paused {
				m.paused = false
				m.buy(midnight, m.rest) // the tick goes on
			}
		}
		six := time.Date(midnight.Year(), midnight.Month(), midnight.Day(), 6, 0, 0, 0, berlin).UTC()
		if six.Weekday() == time.Monday {
			if d >= 50 && d < 59 { // nobody is there
				m.missed = true
			} else {
				visit(six.Add(10 * time.Second))
				if !m.paused {
					m.tick(six)
				}
			}
		}
		if do := happens[d]; do != nil {
			visit(midnight.Add(12 * time.Hour))
			do()
			w.soon()
		}
	}
	m.compare(t, w.m)
}

// compare fails the test where a person was bought on other days than it says.
func (m *months) compare(t *testing.T, is *meter) {
	t.Helper()
	total := 0
	for p := range m.in {
		days := func(all []time.Time) (out []string) {
			for _, at := range all {
				out = append(out, at.UTC().Format("01-02"))
			}
			return out
		}
		got, want := days(is.at[fmt.Sprintf("Person Number%d", p)]), days(m.bought[p])
		if total += len(got); !slices.Equal(got, want) {
			t.Errorf("person %d was bought on %v, want %v", p, got, want)
		}
	}
	if total < 3*perMonth/2 || m.used[time.January] != perMonth {
		t.Errorf("%d were bought, %v by month: the history is too small", total, m.used)
	}
}
