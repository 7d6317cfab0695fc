package engine

import (
	"testing"
	"time"
)

// TestWhatIsKeptIsBoundInTime: what is quick is never old, and what is slow is
// made again within a minute.
func TestWhatIsKeptIsBoundInTime(t *testing.T) {
	t.Parallel()
	at := time.Now()
	for _, c := range []struct {
		took, age time.Duration
		rests     bool
	}{
		{time.Millisecond, time.Millisecond, false},
		{300 * time.Millisecond, 29 * time.Second, true},
		{300 * time.Millisecond, 31 * time.Second, false},
		{10 * time.Second, 59 * time.Second, true},
		{10 * time.Second, 61 * time.Second, false},
	} {
		if got := resting(at, c.took, at.Add(c.age)); got != c.rests {
			t.Errorf("what took %s, after %s: %v", c.took, c.age, got)
		}
	}
}
