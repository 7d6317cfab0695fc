package backtest

import (
	"container/heap"
	"slices"
)

// sample takes ids, and keeps at most so many of them, spread over all: those whose
// scattered numbers are lowest.
type sample struct {
	most int
	kept scattered
	has  map[int64]bool
	cut  bool
}

// all takes the ids of all pages.
func (s *sample) all(next func(after int64) ([]int64, error)) error {
	for after := int64(0); ; {
		ids, err := next(after)
		if err != nil {
			return err
		}
		for _, id := range ids {
			s.add(id)
		}
		if len(ids) < page {
			return nil
		}
		after = ids[len(ids)-1]
	}
}

func (s *sample) add(id int64) {
	if s.has == nil {
		s.has = map[int64]bool{}
	}
	if s.has[id] {
		return
	}
	if len(s.kept) == s.most {
		s.cut = true
		if scatter(id) >= scatter(s.kept[0]) {
			return
		}
		delete(s.has, s.kept[0])
		s.kept[0] = id
		s.has[id] = true
		heap.Fix(&s.kept, 0)
		return
	}
	s.has[id] = true
	heap.Push(&s.kept, id)
}

func (s *sample) ids() []int64 {
	out := slices.Clone([]int64(s.kept))
	slices.Sort(out)
	return out
}

// seen is how many ids were given: by the share of all numbers that are kept,
// where not all are.
func (s *sample) seen() int64 {
	if !s.cut {
		return int64(len(s.kept))
	}
	return int64(float64(len(s.kept)-1) / (float64(scatter(s.kept[0])) / float64(1<<63)))
}

// scatter gives each id a number of its own below 2^63 that has nothing to do with
// its neighbours'.
func scatter(id int64) uint64 {
	x := uint64(id) //nolint:gosec // ids are positive
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return (x ^ x>>31) >> 1
}

// scattered is a heap whose first is the highest.
type scattered []int64

func (h scattered) Len() int           { return len(h) }
func (h scattered) Less(i, j int) bool { return scatter(h[i]) > scatter(h[j]) }
func (h scattered) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *scattered) Push(x any) { *h = append(*h, x.(int64)) } //nolint:forcetypeassert // ids alone

// Pop implements heap.Interface.
func (h *scattered) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
