package past

import (
	"math"
	"sort"
)

// ahead is a list of ids in their order that is read by pages. Several of them are
// gone through together, range by range: a range ends where the shortest of their
// pages does, and what a longer one has beyond it is kept, since reading it again
// would search all that is left once more.
type ahead struct {
	ids  []int64
	last int64 // the last that was read
	all  bool  // there are no more
}

// read reads a page where there is nothing left of the one before.
func (a *ahead) read(page func(after int64) ([]int64, error)) (err error) {
	if len(a.ids) > 0 || a.all {
		return nil
	}
	if a.ids, err = page(a.last); err != nil {
		return err
	}
	if a.all = len(a.ids) < pageSize; len(a.ids) > 0 {
		a.last = a.ids[len(a.ids)-1]
	}
	return nil
}

// end is up to which id the list is known.
func (a *ahead) end() int64 {
	if a.all {
		return math.MaxInt64
	}
	return a.last
}

// take gives those up to an id.
func (a *ahead) take(upto int64) []int64 {
	n := sort.Search(len(a.ids), func(i int) bool { return a.ids[i] > upto })
	out := a.ids[:n:n]
	a.ids = a.ids[n:]
	return out
}
