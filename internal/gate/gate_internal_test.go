package gate

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestGate closes a gate while calls wait before it and are on their way
// through it.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(t.Context(), 0)
		turn, ok := g.Turn(3)
		left, entered := g.Enter(3)
		if !ok || !entered {
			t.Fatal("an open gate is closed")
		}
		confirmed := make(chan bool, 1)
		go func() { confirmed <- g.Stop(t.Context(), 4) }()
		synctest.Wait()
		select {
		case <-confirmed:
			t.Fatal("confirmed while a call was leaving")
		default:
		}
		if turn.Err() == nil {
			t.Error("a call still waits for its turn")
		}
		if _, ok := g.Turn(3); ok {
			t.Error("a call may wait that was claimed before the stop")
		}
		if _, ok := g.Enter(3); ok {
			t.Error("a call passes that was claimed before the stop")
		}
		left()
		left() // twice is once
		if !<-confirmed {
			t.Error("not confirmed although every call has left")
		}
		after, ok := g.Enter(4) // claimed after the enrichment was resumed
		if !ok {
			t.Error("a call does not pass that was claimed after the stop")
		}
		if began := time.Now(); !g.Stop(t.Context(), 4) || time.Since(began) != 0 {
			t.Error("a stop that was confirmed waits for calls that were claimed since")
		}
		after()
		if !g.Stop(t.Context(), 5) {
			t.Error("a gate without calls does not confirm")
		}
	})
}

// TestGateGivesUp has a call that never leaves.
func TestGateGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(t.Context(), 0)
		if _, ok := g.Enter(0); !ok {
			t.Fatal("an open gate is closed")
		}
		began := time.Now()
		if g.Stop(t.Context(), 1) || time.Since(began) != stopWait {
			t.Errorf("confirmed, or waited %v", time.Since(began))
		}
	})
}

// TestATurnOutlivesWhoStopped stops a gate for a request that then ends.
func TestATurnOutlivesWhoStopped(t *testing.T) {
	g := New(t.Context(), 0)
	request, end := context.WithCancel(t.Context())
	if !g.Stop(request, 1) {
		t.Fatal("a gate without calls does not confirm")
	}
	end()
	if turn, ok := g.Turn(1); !ok || turn.Err() != nil {
		t.Errorf("a call that was claimed since may not wait: %v, %v", ok, turn.Err())
	}
	g.Shut(2)
	if turn, ok := g.Turn(2); !ok || turn.Err() != nil {
		t.Errorf("after the gate was shut and opened: %v, %v", ok, turn.Err())
	}
}

// TestATurnEndsWithTheGate ends what the gate was made for.
func TestATurnEndsWithTheGate(t *testing.T) {
	whole, end := context.WithCancel(t.Context())
	g := New(whole, 0)
	g.Shut(1)
	turn, _ := g.Turn(1)
	if end(); turn.Err() == nil {
		t.Error("a call waits for its turn although the process ends")
	}
}
