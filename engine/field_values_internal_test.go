package engine

import "testing"

// TestStretches looks through each id once, and what was seen when it stops is
// from everywhere.
func TestStretches(t *testing.T) {
	t.Parallel()
	for _, last := range []int64{0, 1, 9, 10, 11, 100, 641} {
		seen := make([]int, last+1)
		s := newStretches(last, 10)
		for !s.done() {
			after, to, _ := s.next()
			for id := after + 1; id <= to; id++ {
				seen[id]++
			}
		}
		for id := int64(1); id <= last; id++ {
			if seen[id] != 1 {
				t.Errorf("up to %d: %d is seen %d times", last, id, seen[id])
			}
		}
	}
	quarters, s := map[int64]bool{}, newStretches(1000, 10)
	for range 20 {
		after, _, _ := s.next()
		quarters[after/250] = true
	}
	if len(quarters) != 4 || s.done() {
		t.Errorf("a fifth of all is from %v", quarters)
	}
}
