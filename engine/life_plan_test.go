package engine_test

import (
	"math/rand/v2"
	"slices"
)

// deed is one thing that somebody does to a workspace. People go by their numbers.
type deed struct {
	what  string // add, title, job, merge, unmerge, delete, filter
	a, b  int
	value string
}

// lifeSize is how long a life is and how much happens in it.
type lifeSize struct {
	days, first, merges, unmerges, deletes int
	perMonth, checks                       int64 // credits: the limits of the hindered one
}

// lifePlan is what happens on each day of a life. It knows nothing of the workspace,
// so that several live through the same.
type lifePlan struct {
	rnd     *rand.Rand
	days    [][]deed
	people  int
	alive   []int
	kept    map[int]bool // who is to come apart again: nothing else is merged or deleted there
	touched map[int]bool // today: one write a person and day
	title   map[int]string
}

func newLifePlan(seed uint64, size lifeSize) [][]deed {
	p := &lifePlan{rnd: rand.New(rand.NewPCG(seed, 90)), kept: map[int]bool{}, title: map[int]string{}} //nolint:gosec // no secret
	merges, deletes := spread(size.merges, 1, size.days-7), spread(size.deletes, 2, size.days-1)
	filters, apart, at := spread(3, size.days/4, size.days), map[int][]deed{}, 0
	for day := range size.days {
		p.days, p.touched = append(p.days, nil), map[int]bool{}
		adds := p.rnd.IntN(3)
		if day == 0 {
			adds = size.first
		}
		for range adds {
			p.do(deed{what: "add", a: p.people})
			p.alive, p.touched[p.people], p.title[p.people] = append(p.alive, p.people), true, "engineer"
			p.people++
		}
		for range p.rnd.IntN(3) {
			if a, ok := p.pick(); ok {
				to := []string{"engineer", "cto", "boss"}[p.rnd.IntN(3)]
				if to == p.title[a] {
					to = "boss"
				}
				p.title[a] = to
				p.do(deed{what: "title", a: a, value: to})
			}
		}
		if a, ok := p.pick(); ok && p.rnd.IntN(4) == 0 {
			p.do(deed{what: "job", a: a})
		}
		for range merges[day] {
			a, okA := p.pick()
			b, okB := p.pick()
			if !okA || !okB {
				panic("too few people to merge")
			}
			p.alive = slices.DeleteFunc(p.alive, func(x int) bool { return x == b })
			p.do(deed{what: "merge", a: a, b: b})
			if at++; at <= 4*size.unmerges && at%4 == 0 {
				p.kept[a] = true
				back := day + 2 + p.rnd.IntN(4)
				apart[back] = append(apart[back], deed{what: "unmerge", a: a, b: b})
			}
		}
		for _, d := range apart[day] {
			p.alive, p.kept[d.a], p.touched[d.a], p.touched[d.b] = append(p.alive, d.b), false, true, true
			p.do(d)
		}
		for range deletes[day] {
			if a, ok := p.pick(); ok {
				p.alive = slices.DeleteFunc(p.alive, func(x int) bool { return x == a })
				p.do(deed{what: "delete", a: a})
			}
		}
		for range filters[day] {
			p.do(deed{what: "filter", value: pastFilters[p.rnd.IntN(len(pastFilters))]})
		}
	}
	return p.days
}

// spread says on which days n things happen.
func spread(n, from, to int) map[int]int {
	out := map[int]int{}
	for i := range n {
		out[from+i*(to-from)/n]++
	}
	return out
}

func (p *lifePlan) do(d deed) { p.days[len(p.days)-1] = append(p.days[len(p.days)-1], d) }

// pick takes somebody who is there and whom nobody wrote about today.
func (p *lifePlan) pick() (int, bool) {
	some := slices.DeleteFunc(slices.Clone(p.alive), func(x int) bool { return p.kept[x] || p.touched[x] })
	if len(some) == 0 {
		return 0, false
	}
	a := some[p.rnd.IntN(len(some))]
	p.touched[a] = true
	return a, true
}
