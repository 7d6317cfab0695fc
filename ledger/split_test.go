package ledger_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"fettle"
	"fettle/ledger"
)

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		amount     fettle.Credits
		room, want []fettle.Credits
	}{
		{amount: 10, room: []fettle.Credits{99, 99, 99}, want: []fettle.Credits{4, 3, 3}},
		{amount: 10, room: []fettle.Credits{0, 2, 99}, want: []fettle.Credits{0, 2, 8}},
		{amount: 10, room: []fettle.Credits{1, 2}, want: []fettle.Credits{1, 2}},
		{amount: 0, room: []fettle.Credits{5}, want: []fettle.Credits{0}},
		{amount: 3, room: nil, want: []fettle.Credits{}},
	} {
		if got := ledger.Split(tt.amount, tt.room); !slices.Equal(got, tt.want) {
			t.Errorf("%d over %v: %v, want %v", tt.amount, tt.room, got, tt.want)
		}
	}
}

// TestSplitIsExact: the parts add up, none is above its room, and among those with
// room left none has more than another and one micro-credit.
func TestSplitIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := fettle.Credits(rapid.Int64Range(0, 1e12).Draw(t, "amount"))
		room := rapid.SliceOfN(rapid.Map(rapid.Int64Range(0, 1e11), func(n int64) fettle.Credits { return fettle.Credits(n) }), 0, 50).Draw(t, "room")
		var all, sum fettle.Credits
		least, most := fettle.Credits(1<<62), fettle.Credits(0)
		for i, p := range ledger.Split(amount, room) {
			all, sum = all+room[i], sum+p
			if p < 0 || p > room[i] {
				t.Fatalf("%d of %d", p, room[i])
			}
			if most = max(most, p); p < room[i] {
				least = min(least, p)
			}
		}
		if sum != min(amount, all) {
			t.Fatalf("%d in parts, of %d with room for %d", sum, amount, all)
		}
		if most > least+1 {
			t.Fatalf("a part of %d beside one of %d that had room", most, least)
		}
	})
}
