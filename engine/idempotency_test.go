package engine_test

import (
	"testing"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

// A request that never ended is under way for the process that serves it, and
// interrupted for the one that comes after it; where several processes may
// serve, it is believed to be under way.
func TestARequestThatNeverEnded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		repeat := func(h house) any {
			t.Helper()
			_, first, err := h.e.BeginRequest(t.Context(), "key", "hash")
			if first || fettle.CodeOf(err) != fettle.Refused {
				t.Fatalf("first %v, %v", first, err)
			}
			return fettle.AsError(err).Details["repeat"]
		}
		h := newHouse(t, db)
		if _, first, err := h.e.BeginRequest(t.Context(), "key", "hash"); !first || err != nil {
			t.Fatalf("first %v, %v", first, err)
		}
		if got := repeat(h); got != "under_way" {
			t.Errorf("in the same process it is %v", got)
		}
		want := "interrupted"
		if db.Postgres() {
			want = "under_way"
		}
		if got := repeat(newHouse(t, db)); got != want {
			t.Errorf("in the next process it is %v, want %s", got, want)
		}
	})
}
