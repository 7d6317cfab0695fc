package run

import (
	"testing"
	"time"
)

// TestAStreakOfFailures says when a provider counts as broken.
func TestAStreakOfFailures(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		calls int
		over  time.Duration
		want  bool
	}{{24, time.Second, false}, {25, 0, true}, {8, time.Hour, false}, {9, 59 * time.Second, false}, {9, time.Minute, true}} {
		if got := (streak{calls: c.calls, since: now.Add(-c.over)}).tooLong(now); got != c.want {
			t.Errorf("%d in %v: %v", c.calls, c.over, got)
		}
	}
}
