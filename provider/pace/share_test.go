package pace

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fettle/provider"
)

// board is where processes note their shares, as the database is.
type board struct {
	mu   sync.Mutex
	rows map[int64]*note
}

type note struct {
	Holder
	until time.Time
}

const (
	testTick  = 250 * time.Millisecond
	testLease = 2 * time.Second
)

// tick renews a process's share, as the engine does.
func (b *board) tick(id int64, p *Pacer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	var others []Holder
	for other, n := range b.rows {
		if other != id {
			h := n.Holder
			h.Lapsed = now.Sub(n.until)
			others = append(others, h)
		}
	}
	wants := p.Wants()
	s := Divide(p.Bounds(), id, wants, p.Used(), others)
	p.Shrink(s)
	n := &note{Holder: Holder{ID: id, Wants: wants, Share: s.Most(p.Used())}, until: now.Add(testLease)}
	b.rows[id] = n
	p.Lease(s, n.until)
	b.check(p.Bounds(), now)
}

// ticking renews until ctx ends; wait returns when it has.
func (b *board) ticking(ctx context.Context, id int64, p *Pacer) (wait func()) {
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			b.tick(id, p)
			time.Sleep(testTick)
		}
	})
	return wg.Wait
}

// check holds the sum of the shares to the whole.
func (b *board) check(bounds []Bound, now time.Time) {
	for _, bound := range bounds {
		sum := 0
		for _, n := range b.rows {
			if lapsed := now.Sub(n.until); lapsed < bound.Hold || lapsed < 0 {
				sum += n.Share[bound.Name]
			}
		}
		if sum > bound.Most {
			panic("the shares are more than the whole")
		}
	}
}

// process makes calls with many callers, under leased shares, for a time. One
// that dies neither renews nor gives back.
func (b *board) process(id int64, policy provider.RatePolicy, concurrent int, srv *server, length time.Duration) {
	p := New([]provider.RatePolicy{policy}, concurrent)
	p.Lease(Share{}, time.Now())
	ctx, cancel := context.WithTimeout(context.Background(), length)
	defer cancel()
	p.Ask()
	defer b.ticking(ctx, id, p)()
	run(p, 40, length, func(ctx context.Context, s *Slot) {
		_ = s.Context(ctx)
		time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
		s.sent()
		srv.arrive()
		time.Sleep(300 * time.Millisecond)
	})
}

// TestSharesAddUp has four processes share a credential: together they use it
// as one would, also while some come and go.
func TestSharesAddUp(t *testing.T) {
	for _, c := range []struct {
		policy provider.RatePolicy
		least  float64
	}{
		{provider.RatePolicy{ID: "s", Requests: 50, Per: time.Second}, 0.98},
		{provider.RatePolicy{ID: "few", Requests: 3, Per: time.Second}, 0.97},
		{provider.RatePolicy{ID: "m", Requests: 600, Per: time.Minute}, 0.9},
	} {
		t.Run(c.policy.ID, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, srv := &board{rows: map[int64]*note{}}, &server{}
				const length = 4 * time.Minute
				begin := time.Now()
				var wg sync.WaitGroup
				for id := range int64(4) {
					wg.Go(func() { b.process(id, c.policy, 0, srv, length) })
				}
				wg.Wait()
				if most := srv.most(c.policy.Per); most > c.policy.Requests {
					t.Errorf("%d calls in a window of %d", most, c.policy.Requests)
				}
				steady := 0 // after the first of the processes have found each other
				for _, at := range srv.seen {
					if at.Sub(begin) >= length/2 {
						steady++
					}
				}
				want := c.least * float64(c.policy.Requests) * float64(length/2) / float64(c.policy.Per)
				if float64(steady) < want {
					t.Errorf("%d calls, want at least %.0f", steady, want)
				}
			})
		})
	}
}

// TestSharesOfTheDead has processes die and others come: never one call too
// many, and what the dead had is used again.
func TestSharesOfTheDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, srv := &board{rows: map[int64]*note{}}, &server{}
		policy := provider.RatePolicy{ID: "s", Requests: 50, Per: time.Second}
		var wg sync.WaitGroup
		for id := range int64(12) {
			wg.Go(func() {
				time.Sleep(time.Duration(rand.IntN(20_000)) * time.Millisecond)
				length := 40 * time.Second
				if id%3 > 0 { // it dies
					length = time.Duration(1000+rand.IntN(9000)) * time.Millisecond
				}
				b.process(id, policy, 30, srv, length)
			})
		}
		wg.Wait()
		if most := srv.most(policy.Per); most > policy.Requests {
			t.Errorf("%d calls in a window of %d", most, policy.Requests)
		}
		if n := len(srv.seen); n < 1500 {
			t.Errorf("%d calls only", n)
		}
	})
}

// TestSharesOfCallsAtOnce holds the calls in flight of four processes together.
func TestSharesOfCallsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{rows: map[int64]*note{}}
		var mu sync.Mutex
		flying, most := 0, 0
		var wg sync.WaitGroup
		for id := range int64(4) {
			wg.Go(func() {
				time.Sleep(time.Duration(id) * 3 * time.Second)
				p := New(nil, 10)
				p.Lease(Share{}, time.Now())
				p.Ask()
				ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
				defer cancel()
				defer b.ticking(ctx, id, p)()
				run(p, 20, 20*time.Second, func(context.Context, *Slot) {
					mu.Lock()
					flying++
					most = max(most, flying)
					mu.Unlock()
					time.Sleep(time.Duration(rand.IntN(1500)) * time.Millisecond)
					mu.Lock()
					flying--
					mu.Unlock()
				})
			})
		}
		wg.Wait()
		if most != 10 {
			t.Errorf("%d calls at once, want 10", most)
		}
	})
}

// TestALapsedLeaseHoldsBack gives no call a start after the lease's end.
func TestALapsedLeaseHoldsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(nil, 5)
		p.Lease(Share{Concurrent: 5}, time.Now().Add(time.Second))
		if p.Free(time.Now()) != 5 {
			t.Error("a lease that holds is not used")
		}
		time.Sleep(time.Second)
		if n := p.Free(time.Now()); n != 0 {
			t.Errorf("%d free after the lease", n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		go func() {
			time.Sleep(10 * time.Second)
			p.Lease(Share{Concurrent: 1}, time.Now().Add(time.Second))
		}()
		begin := time.Now()
		if _, err := p.Slot(ctx); err != nil || time.Since(begin) != 10*time.Second {
			t.Errorf("a call starts after %s, %v", time.Since(begin), err)
		}
	})
}

func TestDivide(t *testing.T) {
	short := []Bound{{Name: "s", Most: 10, Hold: time.Second}}
	long := []Bound{{Name: "d", Most: 1000, Hold: 24 * time.Hour}}
	live, gone := -time.Second, 500*time.Millisecond
	for name, c := range map[string]struct {
		bounds []Bound
		wants  bool
		used   int
		others []Holder
		want   int
	}{
		"alone":                 {short, true, 0, nil, 10},
		"wants nothing":         {short, false, 0, nil, 0},
		"beside an idle one":    {short, true, 0, []Holder{{ID: 1, Share: Share{"s": 3}, Lapsed: live}}, 7},
		"two of three":          {short, true, 0, []Holder{{ID: 1, Wants: true, Share: Share{"s": 4}, Lapsed: live}, {ID: 9, Wants: true, Lapsed: live}}, 3},
		"others have not given": {short, true, 0, []Holder{{ID: 9, Wants: true, Share: Share{"s": 10}, Lapsed: live}}, 0},
		"one just died":         {short, true, 0, []Holder{{ID: 9, Wants: true, Share: Share{"s": 10}, Lapsed: gone}}, 0},
		"one died long ago":     {short, true, 0, []Holder{{ID: 9, Wants: true, Share: Share{"s": 10}, Lapsed: time.Minute}}, 10},
		"a slice of a day":      {long, true, 100, nil, 120},
		"what is left of it":    {long, true, 0, []Holder{{ID: 9, Share: Share{"d": 990}, Lapsed: time.Hour}}, 10},
	} {
		s := Divide(c.bounds, 5, c.wants, Share{c.bounds[0].Name: c.used}, c.others)
		if got := s[c.bounds[0].Name]; got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
