package sandbox

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fettle"
)

// The compact log gives back what was put in, page by page, except the oldest
// blocks once it is full.
func TestCallLogKeepsWhatItIsGiven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := callLog{maxBlocks: 3}
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var want []entry
		texts := rapid.SliceOfN(rapid.StringN(0, 6, -1), 1, 6).Draw(t, "texts")
		for i := range rapid.IntRange(0, 4*blockEntries).Draw(t, "calls") {
			now = now.Add(time.Duration(i%7) * time.Microsecond)
			e := entry{
				n: int64(i) + 1, arrival: now, operation: []string{"a", "b"}[i%2], key: texts[i%len(texts)],
				input: texts[(i+1)%len(texts)], billed: fettle.Credits(i) * 1000, outcome: outcome(i % 9),
			}
			log.add(e)
			want = append(want, e)
		}
		oldest := 0
		for oldest+3*blockEntries < len(want) {
			oldest += blockEntries
		}
		after := rapid.IntRange(0, len(want)).Draw(t, "after")
		limit := rapid.IntRange(1, 2*blockEntries).Draw(t, "limit")
		from := min(max(after, oldest), len(want))
		expected := want[from:min(from+limit, len(want))]
		got := log.page(int64(after), int64(limit))
		if len(got) != len(expected) || (len(got) > 0 && !cmp.Equal(got, expected, cmp.AllowUnexported(entry{}))) {
			t.Fatalf("page after %d of %d: %d calls, want %d", after, limit, len(got), len(expected))
		}
	})
}
