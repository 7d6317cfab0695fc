package engine

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestGate closes a gate while calls wait before it and are on their way
// through it.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t.Context(), 0)
		turn, ok := g.turn(3)
		left, entered := g.enter(3)
		if !ok || !entered {
			t.Fatal("an open gate is closed")
		}
		confirmed := make(chan bool, 1)
		go func() { confirmed <- g.stop(t.Context(), 4) }()
		synctest.Wait()
		select {
		case <-confirmed:
			t.Fatal("confirmed while a call was leaving")
		default:
		}
		if turn.Err() == nil {
			t.Error("a call still waits for its turn")
		}
		if _, ok := g.turn(3); ok {
			t.Error("a call may wait that was claimed before the stop")
		}
		if _, ok := g.enter(3); ok {
			t.Error("a call passes that was claimed before the stop")
		}
		left()
		left() // twice is once
		if !<-confirmed {
			t.Error("not confirmed although every call has left")
		}
		after, ok := g.enter(4) // claimed after the enrichment was resumed
		if !ok {
			t.Error("a call does not pass that was claimed after the stop")
		}
		if began := time.Now(); !g.stop(t.Context(), 4) || time.Since(began) != 0 {
			t.Error("a stop that was confirmed waits for calls that were claimed since")
		}
		after()
		if !g.stop(t.Context(), 5) {
			t.Error("a gate without calls does not confirm")
		}
	})
}

// TestGateGivesUp has a call that never leaves.
func TestGateGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t.Context(), 0)
		if _, ok := g.enter(0); !ok {
			t.Fatal("an open gate is closed")
		}
		began := time.Now()
		if g.stop(t.Context(), 1) || time.Since(began) != stopWait {
			t.Errorf("confirmed, or waited %v", time.Since(began))
		}
	})
}

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
