package pace

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fettle/provider"
)

var (
	found   = provider.Result{Outcome: provider.Found, HTTPStatus: 200}
	unknown = provider.Result{Outcome: provider.Unknown}
)

// server notes when requests arrive.
type server struct {
	mu   sync.Mutex
	seen []time.Time
}

func (s *server) arrive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, time.Now())
}

// most is the most arrivals in any sliding window of the length.
func (s *server) most(per time.Duration) int {
	slices.SortFunc(s.seen, time.Time.Compare)
	most, from := 0, 0
	for i, t := range s.seen {
		for t.Sub(s.seen[from]) >= per {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

// run makes calls with many callers for the given time.
func run(p *Pacer, callers int, length time.Duration, call func(context.Context, *Slot)) {
	ctx, cancel := context.WithTimeout(context.Background(), length)
	defer cancel()
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for {
				s, err := p.Slot(ctx)
				if err != nil {
					return
				}
				call(ctx, s)
				s.Release(found)
			}
		})
	}
	wg.Wait()
}

func TestRateIsUsedAndNeverExceeded(t *testing.T) {
	for _, tt := range []struct {
		requests int
		per      time.Duration
		latency  time.Duration
		length   time.Duration
	}{
		{50, time.Second, 500 * time.Millisecond, time.Minute},
		{1000, time.Second, 20 * time.Millisecond, 20 * time.Second},
		{1, time.Second, time.Millisecond, 10 * time.Minute},
		{300, time.Minute, 3 * time.Second, time.Hour},
	} {
		t.Run(fmt.Sprintf("%d per %s", tt.requests, tt.per), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, srv := New([]provider.RatePolicy{{ID: "w", Requests: tt.requests, Per: tt.per}}, 0), &server{}
				run(p, 200, tt.length, func(context.Context, *Slot) {
					srv.arrive()
					time.Sleep(tt.latency)
				})
				allowed := float64(tt.requests) * float64(tt.length) / float64(tt.per)
				if used := float64(len(srv.seen)) / allowed; used < 0.98 {
					t.Errorf("%.2f %% of the allowed calls used", 100*used)
				}
				if most := srv.most(tt.per); most > tt.requests {
					t.Errorf("%d calls in a window of %d", most, tt.requests)
				}
			})
		})
	}
}

// A caller may be held up between its leave and its request, and requests
// travel unevenly.
func TestLateRequestsStayInTheWindow(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			rnd := rand.New(rand.NewPCG(seed, 1))
			within := func(d time.Duration) time.Duration {
				mu.Lock()
				defer mu.Unlock()
				return time.Duration(rnd.Int64N(int64(d)))
			}
			p, srv := New([]provider.RatePolicy{{ID: "s", Requests: 20, Per: time.Second}}, 0), &server{}
			run(p, 40, 20*time.Second, func(ctx context.Context, s *Slot) {
				s.Context(ctx)
				stall := within(60 * time.Millisecond)
				if within(100) == 0 {
					stall = 3 * time.Second // its place in the window is another's by then
				}
				time.Sleep(stall)
				s.sent()
				time.Sleep(within(11 * time.Millisecond))
				srv.arrive()
				time.Sleep(within(200 * time.Millisecond))
			})
			if most := srv.most(time.Second); most > 20 {
				t.Errorf("seed %d: %d calls in a second", seed, most)
			}
		})
	}
}

func TestSeveralPolicies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, srv := New([]provider.RatePolicy{{ID: "s", Requests: 5, Per: time.Second}, {ID: "m", Requests: 100, Per: time.Minute}, {}}, 0), &server{}
		run(p, 10, 3*time.Minute, func(context.Context, *Slot) { srv.arrive() })
		if s, m := srv.most(time.Second), srv.most(time.Minute); s > 5 || m > 100 || len(srv.seen) < 295 {
			t.Errorf("%d in a second, %d in a minute, %d in all", s, m, len(srv.seen))
		}
	})
}

func TestConcurrencyAndOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(nil, 2)
		order := make([]int64, 6)
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				s, err := p.Slot(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				order[i] = s.number
				if p.Usage().InFlight > 2 {
					t.Error("more than two at once")
				}
				time.Sleep(time.Second)
				s.Release(found)
			})
			synctest.Wait()
		}
		if free := p.Free(time.Now()); free != 0 {
			t.Errorf("free %d with all taken", free)
		}
		wg.Wait()
		if !slices.IsSorted(order) || p.Free(time.Now()) != 2 {
			t.Errorf("order %v, free %d", order, p.Free(time.Now()))
		}
	})
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(nil, 1)
		s, err := p.Slot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Slot(ctx); err == nil {
			t.Fatal("a second call at once")
		}
		s.Release(found)
		s.Release(found) // a second release is nothing
		if u := p.Usage(); u.Waiting != 0 || u.InFlight != 0 {
			t.Errorf("%+v", u)
		}
		if _, err := p.Slot(ctx); err == nil {
			t.Error("leave was given to a dead context")
		}
	})
}

// next is how long the next call waits.
func next(t *testing.T, p *Pacer) (*Slot, time.Duration) {
	t.Helper()
	from := time.Now()
	s, err := p.Slot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s, time.Since(from)
}

func TestRetryAfterBlocksEveryCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(nil, 0)
		s, _ := next(t, p)
		s.Release(provider.Result{Outcome: provider.Throttled, RetryAfter: 17 * time.Second, HTTPStatus: 429})
		if p.Free(time.Now()) != 0 || p.Free(time.Now().Add(17*time.Second)) == 0 || p.Usage().BlockedUntil == nil {
			t.Error("Free does not know of the block")
		}
		s, waited := next(t, p)
		if waited != 17*time.Second {
			t.Errorf("waited %s", waited)
		}
		// Without a time: 2 s now, since the answer before was the same; then 1 s.
		s.Release(provider.Result{Outcome: provider.Throttled, HTTPStatus: 429})
		s, waited = next(t, p)
		if waited != 2*time.Second {
			t.Errorf("waited %s", waited)
		}
		s.Release(found)
		s, _ = next(t, p)
		s.Release(provider.Result{Outcome: provider.Throttled, HTTPStatus: 429})
		if _, waited = next(t, p); waited != time.Second {
			t.Errorf("waited %s", waited)
		}
	})
}

// A wait that the provider did not name grows up to a minute while throttles
// follow each other, whether a definition has a first wait for it or not.
func TestThrottlesInARowWaitLonger(t *testing.T) {
	for _, first := range []time.Duration{0, time.Second, 90 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			p := New(nil, 0)
			want := max(first, time.Second)
			for range 9 {
				s, _ := next(t, p)
				s.Release(provider.Result{Outcome: provider.Throttled, RetryAfter: first, Guessed: true, HTTPStatus: 200})
				if until := p.Usage().BlockedUntil; until == nil || time.Until(*until) != want {
					t.Fatalf("first %s: blocked until %v, want in %s", first, until, want)
				}
				want = max(first, min(2*want, time.Minute))
			}
			s, _ := next(t, p)
			s.Release(found)
			s, _ = next(t, p)
			s.Release(provider.Result{Outcome: provider.Throttled, RetryAfter: first, Guessed: true, HTTPStatus: 429})
			if _, waited := next(t, p); waited != max(first, time.Second) {
				t.Errorf("waited %s after a call that was taken", waited)
			}
		})
	}
}

// A claimed call holds its slot before it asks for it, and not twice.
func TestClaimedCallsAreNotFree(t *testing.T) {
	p := New(nil, 3)
	one, two := p.Claim(), p.Claim()
	if n := p.Free(time.Now()); n != 1 {
		t.Errorf("%d slots are free beside two claims on three", n)
	}
	s, err := p.Slot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := p.Free(time.Now()); n != 1 {
		t.Errorf("%d slots are free when one of the two has started", n)
	}
	s.Release(found)
	one()
	two()
	if n := p.Free(time.Now()); n != 3 {
		t.Errorf("%d slots are free in the end", n)
	}
}

// A burst that is throttled together says once that it was too fast.
func TestThrottledBurstBacksOffOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(nil, 0)
		var burst []*Slot
		for range 20 {
			s, err := p.Slot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			burst = append(burst, s)
		}
		time.Sleep(50 * time.Millisecond)
		for _, s := range burst {
			s.Release(provider.Result{Outcome: provider.Throttled, HTTPStatus: 429})
		}
		began := time.Now()
		if _, err := p.Slot(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited != throttleFirst {
			t.Errorf("waited %s after one burst, want %s", waited, throttleFirst)
		}
	})
}

func TestSignalsOnlyTighten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New([]provider.RatePolicy{{ID: "m", Requests: 10, Per: time.Minute}}, 0)
		signal := func(remaining int) provider.Result {
			return provider.Result{Outcome: provider.Found, Signals: []provider.RateSignal{{Policy: "m", Remaining: remaining, Reset: 20 * time.Second}}}
		}
		a, _ := next(t, p)
		b, _ := next(t, p)
		a.Release(signal(3)) // b may not be counted in it: 2 left
		if free := p.Free(time.Now()); free != 2 {
			t.Errorf("free %d, want 2", free)
		}
		for range 2 {
			if _, waited := next(t, p); waited != 0 {
				t.Errorf("waited %s", waited)
			}
		}
		if _, waited := next(t, p); waited != 20*time.Second {
			t.Errorf("waited %s for the reset", waited)
		}
		b.Release(signal(1000)) // more than the policy: 5 of its 10 are left
		if free := p.Free(time.Now()); free != 5 {
			t.Errorf("free %d, want 5", free)
		}
	})
}

func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(nil, 0)
		fail := func(n int) {
			for range n {
				s, _ := next(t, p)
				s.Release(unknown)
			}
		}
		fail(tripAfter - 1)
		s, _ := next(t, p)
		s.Release(found)
		fail(tripAfter - 1)
		if p.Usage().Open {
			t.Fatal("open after failures that were not in a row")
		}
		early, _ := next(t, p)
		fail(1)
		if !p.Usage().Open || p.Free(time.Now()) != 0 {
			t.Fatal("still closed")
		}
		early.Release(found) // began before it opened

		probe, waited := next(t, p)
		if waited != openFirst || p.Free(time.Now()) != 0 {
			t.Errorf("the probe waited %s; free beside it: %d", waited, p.Free(time.Now()))
		}
		probe.Release(unknown)
		probe, waited = next(t, p)
		if waited != 2*openFirst {
			t.Errorf("the second probe waited %s", waited)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := p.Slot(ctx); err == nil {
			t.Error("a call beside the probe")
		}
		probe.Release(found)
		if _, waited = next(t, p); waited != 0 || p.Usage().Open {
			t.Error("still open after a good probe")
		}
	})
}

func BenchmarkPacer(b *testing.B) {
	p := New([]provider.RatePolicy{{ID: "s", Requests: 1 << 16, Per: time.Millisecond}}, 64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			s, err := p.Slot(context.Background())
			if err != nil {
				b.Fatal(err)
			}
			s.Release(found)
		}
	})
}
