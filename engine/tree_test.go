package engine_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestRandomTreesOfLimits sets limits at random at every height of the tree, and
// runs enrichments of several people under it in several processes, of which one
// dies on the way, while what is attached where changes:
//
//   - at no moment is more used than a limit that stood from the start allows;
//   - what pauses names the limit that leaves least;
//   - the audit is sound, each budget being the sum of the calls that counted in it.
//
// FETTLE_TEST_SEED repeats one tree; CHAOS_FOR plants many.
func TestRandomTreesOfLimits(t *testing.T) {
	t.Parallel()
	seed, trees := uint64(time.Now().UnixNano()), 2
	if os.Getenv("CHAOS_FOR") != "" {
		trees = 25
	}
	if text := os.Getenv("FETTLE_TEST_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		must(t, err)
		seed, trees = n, 1
	}
	for _, kind := range storetest.Kinds() {
		for i := range trees {
			t.Run(fmt.Sprintf("%s/seed %d", kind, seed+uint64(i)), func(t *testing.T) {
				plantTree(t, storetest.DSN(t, kind), rand.New(rand.NewPCG(seed+uint64(i), 7)))
			})
		}
	}
}

// grown is a tree of limits under which enrichments run.
type grown struct {
	*world
	rnd    *rand.Rand
	people []fettle.Actor
	caps   map[store.BalanceKey]fettle.Credits // that stood from the start
}

func plantTree(t *testing.T, dsn string, rnd *rand.Rand) {
	cfg := sandbox.Defaults()
	cfg.Latency, cfg.HitRate, cfg.BillMiss = 3*time.Millisecond, 0.7, true
	g := &grown{world: newWorld(t, opened(t, dsn), cfg), rnd: rnd, caps: map[store.BalanceKey]fettle.Credits{}}
	g.people = []fettle.Actor{admin, g.let("ci", fettle.Editor, true, 0), g.let("di", fettle.Editor, true, 0)}
	names := []string{"a", "b", "c"}
	for i, n := range names {
		g.world.people(i*100, 60, n)
		g.audience("of-"+n, `title == "`+n+`"`)
		def := findEmail("of-"+n, int64(20+rnd.IntN(60)))
		g.save(n, def)
		g.caps[g.key(store.ScopeEnrichment, strconv.FormatInt(g.show(n).ID, 10))] = *def.Limit.Credits
	}
	g.limits(names)
	stop := g.watch()
	dies, kill := context.WithCancel(context.Background())
	for i := range 2 {
		c := g.config()
		c.DB = opened(t, dsn)
		e, err := engine.New(t.Context(), c)
		must(t, err)
		if i == 0 {
			go func() { _ = e.Run(dies) }()
			continue
		}
		g.work(e)
	}
	g.work(g.e)
	for _, n := range names {
		_, err := g.e.Start(t.Context(), g.people[rnd.IntN(len(g.people))], n, engine.StartOptions{})
		must(t, err)
	}
	for range 6 {
		time.Sleep(time.Duration(rnd.IntN(12)) * time.Millisecond)
		g.attach([]string{"east", "west"}[rnd.IntN(2)], enrichmentsIn(names[rnd.IntN(len(names))]))
	}
	kill()
	for _, n := range names {
		g.names(g.settle(n))
	}
	stop()
	g.agree()
	g.sound()
}

func (g *grown) key(scope store.Scope, key string) store.BalanceKey {
	return store.BalanceKey{Scope: scope, Key: key, Per: fettle.Lifetime}
}

// limits sets limits at random, and attaches at random.
func (g *grown) limits(names []string) {
	g.t.Helper()
	for _, x := range []store.BalanceKey{
		g.key(store.ScopeWorkspace, ""), g.key(store.ScopeBudget, "east"), g.key(store.ScopeBudget, "west"),
		g.key(store.ScopePerson, "ci"), g.key(store.ScopePerson, "di"), g.key(store.ScopeProvider, "sandbox"), g.key(store.ScopeProvider, "sandbox@default"),
	} {
		if x.Scope != store.ScopeBudget && g.rnd.IntN(2) == 0 {
			continue
		}
		n := int64(20 + g.rnd.IntN(120))
		must(g.t, g.e.SetLimit(g.t.Context(), admin, string(x.Scope), x.Key, fettle.Limit{Credits: credits(n)}))
		g.caps[x] = *credits(n)
	}
	for _, n := range names {
		if g.rnd.IntN(3) > 0 {
			g.attach([]string{"east", "west"}[g.rnd.IntN(2)], enrichmentsIn(n))
		}
	}
	for _, a := range g.people {
		if g.rnd.IntN(2) > 0 {
			g.attach([]string{"east", "west"}[g.rnd.IntN(2)], peopleIn(a.Name))
		}
	}
}

// watch looks all the time at what counts in each limit.
func (g *grown) watch() (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
			for k, most := range g.caps {
				if used := g.used(k); used > most {
					g.t.Errorf("%s %s: %s used of %s", k.Scope, k.Key, used, most)
					return
				}
			}
		}
	}()
	return func() { close(done); <-ended }
}

func (g *grown) used(k store.BalanceKey) (used fettle.Credits) {
	err := g.db.View(g.t.Context(), func(tx *store.Tx) error {
		b, err := tx.Balance(g.t.Context(), k)
		used = b.Used()
		return err
	})
	if err != nil {
		g.t.Error(err)
	}
	return used
}

// names holds that an enrichment that paused for a limit says which leaves least
// of those that it counts in.
func (g *grown) names(v fettle.EnrichmentView) {
	g.t.Helper()
	if v.State != fettle.Paused || v.PauseReason != fettle.PausedByLimit {
		if v.RemainingRows > 0 {
			g.t.Errorf("%s rests with %d rows left: %s, %+v", v.Name, v.RemainingRows, v.State, v.WaitingFor)
		}
		return
	}
	var payer string
	must(g.t, g.db.Writer().QueryRowContext(g.t.Context(), `SELECT r.actor FROM enrichments e JOIN runs r ON r.id = e.run_id WHERE e.name = '`+v.Name+`'`).Scan(&payer))
	in := []store.BalanceKey{
		g.key(store.ScopeEnrichment, strconv.FormatInt(v.ID, 10)), g.key(store.ScopeWorkspace, ""), g.key(store.ScopePerson, payer),
		g.key(store.ScopeProvider, "sandbox"), g.key(store.ScopeProvider, "sandbox@default"), g.key(store.ScopeBudget, cmp.Or(v.Budget, "?")),
	}
	for _, b := range []string{"east", "west"} {
		if slices.Contains(g.listed(b).People, payer) {
			in = append(in, g.key(store.ScopeBudget, b))
		}
	}
	least := fettle.Credits(math.MaxInt64)
	var tight []string
	for _, k := range in {
		most, limited := g.caps[k]
		if !limited {
			continue
		}
		left := most - g.used(k)
		if left < least {
			least, tight = left, nil
		}
		if left == least {
			tight = append(tight, map[store.Scope]string{
				store.ScopeEnrichment: "limit of " + v.Label, store.ScopeWorkspace: "limit of the workspace", store.ScopePerson: "limit of " + payer,
				store.ScopeProvider: "limit of the provider " + k.Key, store.ScopeBudget: "limit of the budget " + k.Key,
			}[k.Scope])
		}
	}
	if !slices.ContainsFunc(tight, func(s string) bool { return strings.Contains(v.PauseDetail, s+" ") }) {
		g.t.Errorf("%s paused: %q; what leaves least, %s, is of %v", v.Name, v.PauseDetail, least, tight)
	}
}
