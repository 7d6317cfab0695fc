package signal

import (
	"cmp"
	"time"

	"fettle/store"
)

// monthsApart is how far apart two tellings of one change may date it: evidence
// often names a month alone.
const monthsApart = 2

// told is what decides whether two tellings are of one change. All are of one
// record and type.
type told struct {
	from, to map[string]string // folded
	at       int64             // when it was learned of
	since    int64             // when it happened; 0: not known
}

// when is the best that is known of when it happened.
func (t told) when() int64 { return cmp.Or(t.since, t.at) }

// likely reports whether two tellings may be of one change, but for their times.
func likely(a, b told) bool {
	same := agree(a.to, b.to) && (share(a.to, b.to) || len(a.to)+len(b.to) == 0)
	return same && agree(a.from, b.from)
}

// dated reports whether two times of evidence can be of one change.
func dated(a, b int64) bool {
	first, last := time.UnixMicro(min(a, b)).UTC(), time.UnixMicro(max(a, b)).UTC()
	return !first.AddDate(0, monthsApart, 0).Before(last)
}

// match finds the signal that a new telling is another witness of; -1 for none.
// known are the signals of the record and type that stand or stood, in the order
// in which they were learned of.
//
// It is the same change where from and to agree and the evidence dates both at
// most two months apart; where one is not dated, no other change may lie between
// the two.
func match(known []*store.Signal, t told) int {
	best, far := -1, int64(0)
	for i := range known {
		s := tellingOf(known[i])
		if !likely(s, t) {
			continue
		}
		both := s.since != 0 && t.since != 0
		if both && !dated(s.since, t.since) || !both && between(known, i, t) {
			continue
		}
		if d := abs(s.when() - t.when()); best < 0 || d <= far {
			best, far = i, d
		}
	}
	return best
}

func tellingOf(s *store.Signal) told {
	return told{from: s.FromKey, to: s.ToKey, at: s.AtUS, since: s.SinceUS}
}

// between reports whether a change other than known[i] lies between it and what
// is told now. Of the same time the later told is the later one.
func between(known []*store.Signal, i int, t told) bool {
	s := tellingOf(known[i])
	for j := range known {
		x := tellingOf(known[j])
		if j == i || known[j].RetractedUS != 0 {
			continue
		}
		after := x.when() > s.when() || x.when() == s.when() && j > i
		if t.when() < s.when() {
			if x.when() > t.when() && !after {
				return true
			}
		} else if after && x.when() <= t.when() {
			return true
		}
	}
	return false
}

func abs(n int64) int64 { return max(n, -n) }
