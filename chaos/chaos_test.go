//go:build linux

package chaos_test

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"fettle/store/storetest"
)

func TestMain(m *testing.M) {
	// The parts mostly wait: more of them at once than there are processors.
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	storetest.Main(m)
}

// size is how much of everything there is.
type size struct {
	storm    time.Duration // each of the two storms on each database
	workers  int
	bursts   int           // repetitions of the burst at a limit
	inFlight int           // calls in flight when all processes are killed or stopped
	latency  time.Duration // of the provider, for those
	killAt   time.Duration // after the first of those calls
	lease    time.Duration
	frozen   time.Duration // how long processes are stopped: beyond their lease
	long     bool
}

// sizes reads CHAOS_FOR, how long the storms of one database last together;
// without it everything is small.
func sizes(t *testing.T) size {
	t.Helper()
	text := os.Getenv("CHAOS_FOR")
	if text == "" {
		return size{
			storm: 3 * time.Second, workers: 2, bursts: 1, inFlight: 200, latency: 1200 * time.Millisecond, killAt: 400 * time.Millisecond,
			lease: 1500 * time.Millisecond, frozen: 2500 * time.Millisecond,
		}
	}
	total, err := time.ParseDuration(text)
	if err != nil || total <= 0 {
		t.Fatalf("CHAOS_FOR is %q: write a time such as 10m", text)
	}
	return size{
		storm: total / 2, workers: 8, bursts: 20, inFlight: 1000, latency: 5 * time.Second, killAt: 2 * time.Second,
		lease: 30 * time.Second, frozen: 90 * time.Second, long: true,
	}
}

// seedOf gives the seed of this run: CHAOS_SEED, or the clock.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("CHAOS_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("CHAOS_SEED is %q: write the number that a run printed", text)
		}
	}
	return seed
}

// TestChaos attacks the binary on each database: a burst at a limit, processes
// killed and stopped with calls in flight, and storms of everything at once.
func TestChaos(t *testing.T) {
	t.Parallel()
	seed, n, bin, sum := seedOf(t), sizes(t), build(t), &report{}
	t.Logf("seed %d", seed)
	t.Cleanup(func() {
		if n.long {
			_, _ = fmt.Fprintf(os.Stdout, "\nseed %d\n%s", seed, sum)
		}
	})
	for _, kind := range storetest.Kinds() {
		for _, p := range parts {
			if p.long && !n.long {
				continue
			}
			y := &tally{name: kind + " " + p.name}
			t.Run(y.name, func(t *testing.T) {
				if !n.long {
					t.Parallel() // the long form leaves the machine to one part at a time
				}
				t.Cleanup(func() {
					y.failed = t.Failed()
					sum.add(y)
				})
				p.run(t, attack{size: n, bin: bin, kind: kind, rnd: seeded(seed, y.name), tally: y})
				if y.bad() > 0 {
					t.Errorf("seed %d: %+v", seed, *y)
				}
			})
		}
	}
}

// parts are what is done on each database.
var parts = []struct {
	name string
	long bool // only in the long form
	run  func(*testing.T, attack)
}{
	{"burst", false, burst},
	{"killed", false, killed},
	{"killed, idempotent provider", false, killedIdempotent},
	{"stopped beyond the lease", false, frozen},
	{"storm", false, storm},
	{"storm, idempotent provider", true, stormIdempotent},
	{"linearizable limits", false, linear},
}
