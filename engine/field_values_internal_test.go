package engine

import "testing"

// TestStretches looks through each id once, and what was seen when it stops is
// from everywhere.
func TestStretches(t *testing.T) {
	t.Parallel()
	for _, last := range []int64{0, 1, 9, 10, 11, 100, 641} {
		seen := make([]int, last+1)
		all, err := stretches(last, 10, func(after, to int64) (bool, error) {
			for id := after + 1; id <= to; id++ {
				seen[id]++
			}
			return true, nil
		})
		if err != nil || !all {
			t.Errorf("up to %d: %t, %v", last, all, err)
		}
		for id := int64(1); id <= last; id++ {
			if seen[id] != 1 {
				t.Errorf("up to %d: %d is seen %d times", last, id, seen[id])
			}
		}
	}
	quarters, looked := map[int64]int{}, 0
	all, err := stretches(1000, 10, func(after, _ int64) (bool, error) {
		quarters[after/250]++
		looked++
		return looked < 20, nil
	})
	if err != nil || all || len(quarters) != 4 {
		t.Errorf("a fifth of all is from %v, %t, %v", quarters, all, err)
	}
	if all, err = stretches(10, 10, func(int64, int64) (bool, error) { return false, nil }); err != nil || !all {
		t.Errorf("the only stretch is not all: %v", err)
	}
}
