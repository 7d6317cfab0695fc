package kept_test

import (
	"context"
	"testing"
	"testing/synctest"

	"fettle/internal/kept"
)

func take(t *testing.T, m *kept.Memory[string, int], key string) *kept.Turn[string, int] {
	t.Helper()
	turn, err := m.Turn(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return turn
}

// put uses an item once and gives what it held before.
func put(t *testing.T, m *kept.Memory[string, int], key string, value, size int) (was int) {
	t.Helper()
	turn := take(t, m, key)
	defer turn.Give()
	was, *turn.Value = *turn.Value, value
	turn.Resize(size)
	return was
}

func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := kept.New[string, int](2, 10)
		first := take(t, m, "a")
		*first.Value = 1
		got := make(chan int)
		go func() {
			second := take(t, m, "a")
			defer second.Give()
			got <- *second.Value
		}()
		synctest.Wait()
		select {
		case <-got:
			t.Fatal("two have a turn at once")
		default:
		}
		if was := put(t, m, "b", 7, 1); was != 0 {
			t.Errorf("another key holds %d", was)
		}
		*first.Value = 2
		first.Give()
		first.Give()
		if v := <-got; v != 2 {
			t.Errorf("the second has %d", v)
		}
		held := take(t, m, "a")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := m.Turn(ctx, "a"); err == nil {
			t.Error("a turn after the wait was given up")
		}
		held.Give()
	})
}

func TestTheOldestIsForgotten(t *testing.T) {
	for name, c := range map[string]struct{ items, total int }{"too many": {2, 100}, "too large": {100, 10}} {
		m := kept.New[string, int](c.items, c.total)
		put(t, m, "a", 1, 5)
		put(t, m, "b", 2, 5)
		put(t, m, "a", 1, 5)
		put(t, m, "c", 3, 5)
		if _, ok := m.Find(func(k string) bool { return k == "b" }); ok {
			t.Errorf("%s: the one that was not used for longest is held", name)
		}
		if was := put(t, m, "a", 1, 5); was != 1 {
			t.Errorf("%s: one that was used is forgotten", name)
		}
		if put(t, m, "a", 1, 50); put(t, m, "a", 9, 50) != 1 {
			t.Errorf("%s: one beyond the bound is not even held for itself", name)
		}
	}
}

// TestForgottenWhileUsed has an item forgotten while someone has it.
func TestForgottenWhileUsed(t *testing.T) {
	m := kept.New[string, int](1, 100)
	long := take(t, m, "a")
	*long.Value = 1
	put(t, m, "b", 2, 1)
	long.Resize(1)
	long.Give()
	if was := put(t, m, "a", 3, 1); was != 1 {
		t.Errorf("what was made while it was forgotten is lost: %d", was)
	}
}
