package duplicate

import (
	"slices"
	"testing"
)

// TestSorterSpills sorts more entries than one piece holds, and gives each block
// once, with its records in order.
func TestSorterSpills(t *testing.T) {
	s, err := newSorter()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	const blocks = 40_000
	for i := range 3*inMemory/2 + 7 {
		if err := s.add(entry{block: uint64(i*7919) % blocks, id: int64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.files) == 0 {
		t.Fatal("nothing went to a file")
	}
	seen, records := 0, 0
	passed, err := s.each(func(b uint64) int {
		if b == 3 {
			return 2
		}
		return 100
	}, func(ids []int64) error {
		seen, records = seen+1, records+len(ids)
		if !slices.IsSorted(ids) {
			t.Error("a block is out of order")
		}
		return nil
	})
	if err != nil || passed != 1 || seen != blocks-1 || records < 3*inMemory/2-30 {
		t.Errorf("%d blocks with %d records, %d passed over, %v", seen, records, passed, err)
	}
}
