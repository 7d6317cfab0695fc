package account

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fettle"
	"fettle/internal/secret"
	"fettle/store"
	"fettle/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	ada  = "ada@acme.example"
	pass = "engine no. one"
)

// gatehouse is the accounts of a workspace, with a clock of its own.
type gatehouse struct {
	*Accounts
	t   *testing.T
	key []byte
	at  time.Time
}

func newGatehouse(t *testing.T, db *store.DB) *gatehouse {
	t.Helper()
	g := &gatehouse{t: t, key: secret.NewKey(), at: time.Now()}
	g.Accounts = g.process(db)
	return g
}

// process gives the accounts as another process of the workspace has them.
func (g *gatehouse) process(db *store.DB) *Accounts {
	ac := New(db, slog.New(slog.DiscardHandler), g.key)
	ac.now = func() time.Time { return g.at }
	return ac
}

func (g *gatehouse) join(email string, from Browser) SignedIn {
	g.t.Helper()
	l, err := g.Invite(g.t.Context(), fettle.System(), UserInput{Email: email, Role: fettle.Admin})
	if err != nil {
		g.t.Fatal(err)
	}
	return g.accept(l, pass, from)
}

func (g *gatehouse) accept(l LinkView, pass string, from Browser) SignedIn {
	g.t.Helper()
	_, fragment, _ := strings.Cut(l.Path, "#")
	q, err := url.ParseQuery(fragment)
	if err != nil {
		g.t.Fatal(err)
	}
	in, err := g.Accept(g.t.Context(), q.Get(string(l.Kind)), "", pass, from)
	if err != nil {
		g.t.Fatal(err)
	}
	return in
}

// guess is a wrong password, without the time that its comparison takes. It
// gives the wait that it is told: where it was refused, and where it was taken
// and the next one is slowed.
func (g *gatehouse) guess(email string, from Browser) (taken bool, wait time.Duration) {
	g.t.Helper()
	after, err := g.begin(g.t.Context(), g.tryFrom(email, from, g.at), g.at)
	if err == nil {
		return true, after
	}
	return false, g.told(err)
}

func (g *gatehouse) told(err error) time.Duration {
	g.t.Helper()
	n, ok := fettle.AsError(err).Details["retry_after"].(int)
	if fettle.CodeOf(err) != fettle.Refused || !ok || n < 1 {
		g.t.Fatalf("refused without a time: %v", err)
	}
	return time.Duration(n) * time.Second
}

// guesses guesses from so many networks at once.
func (g *gatehouse) guesses(email string, networks int) (taken int) {
	g.t.Helper()
	for i := range networks {
		if ok, _ := g.guess(email, network(i)); ok {
			taken++
		}
	}
	return taken
}

func network(i int) Browser { return Browser{Address: fmt.Sprintf("192.0.%d.%d", i/250, i%250)} }

var home = Browser{Address: "203.0.113.7"}

// TestWrongPasswordsSlow guesses from one network as fast as it may, for a day.
func TestWrongPasswordsSlow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		g := newGatehouse(t, db)
		began, taken, last := g.at, 0, time.Duration(0)
		for g.at.Sub(began) < tryWindow {
			ok, wait := g.guess(ada, home)
			if !ok {
				t.Fatalf("guess %d is refused at the time that was told", taken+1)
			}
			if taken++; taken <= 5 && wait != 0 || taken > 5 && wait < last {
				t.Fatalf("after %d wrong passwords one waits %s, before that %s", taken, wait, last)
			}
			if last = wait; wait == 0 {
				continue
			}
			if g.at.Add(wait).Sub(began) >= tryWindow {
				break
			}
			g.at = g.at.Add(wait - time.Millisecond)
			if ok, left := g.guess(ada, home); ok || left > time.Second {
				t.Fatalf("a guess before its time is taken, or told to wait for another %s", left)
			}
			g.at = g.at.Add(time.Millisecond)
		}
		if taken != 110 || last != 15*time.Minute {
			t.Errorf("a network had %d guesses in a day, the last wait was %s", taken, last)
		}
	})
}

// TestTheOwnerGetsIn has many networks guess without a pause.
func TestTheOwnerGetsIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		g, ctx := newGatehouse(t, db), t.Context()
		in := g.join(ada, home)
		for range 20 {
			g.guesses(ada, 20)
			g.at = g.at.Add(time.Minute)
		}
		if taken := g.guesses(ada, 60); taken > 20 { // the 20 that have waited
			t.Errorf("%d of 60 guesses at once are taken", taken)
		}
		g.at = g.at.Add(time.Minute)
		if ok, wait := g.guess(ada, network(40)); !ok || wait != time.Minute {
			t.Errorf("a network that had its turn has another in %s (taken: %v)", wait, ok)
		}
		if ok, wait := g.guess(ada, network(40)); ok || wait != time.Minute {
			t.Errorf("a network that had its turn is told to wait %s, or has another at once (%v)", wait, ok)
		}

		if _, err := g.Session(ctx, in.Secret); err != nil {
			t.Errorf("the session: %v", err)
		}
		known := Browser{Address: network(3).Address, Known: in.Known}
		again, err := g.SignIn(ctx, ada, pass, known)
		if err != nil {
			t.Fatalf("a browser that has signed in before: %v", err)
		}
		if err := g.ChangePassword(ctx, again.Actor, "wrong", "violet tugboat", again.Secret); fettle.CodeOf(err) != fettle.Invalid {
			t.Errorf("a wrong password in a session: %v", err)
		}

		_, err = g.SignIn(ctx, ada, pass, home)
		wait := g.told(err)
		if wait > time.Minute {
			t.Fatalf("from a new browser one waits %s", wait)
		}
		for range int(wait/time.Second) - 1 { // whoever guesses does not take the owner's turn
			g.at = g.at.Add(time.Second)
			g.guesses(ada, 3)
		}
		if _, err := g.SignIn(ctx, ada, pass, home); err == nil || g.told(err) != time.Second {
			t.Fatalf("a second before its time: %v", err)
		}
		g.at = g.at.Add(time.Second)
		if _, err := g.SignIn(ctx, ada, pass, home); err != nil {
			t.Errorf("the owner at the time that was told: %v", err)
		}
		if err := g.ChangePassword(ctx, again.Actor, pass, "violet tugboat", again.Secret); err != nil {
			t.Errorf("a session changes the password: %v", err)
		}
		if ok, _ := g.guess(ada, network(0)); !ok {
			t.Error("wrong passwords of before the new one still slow the account")
		}
	})
}

// TestGuessingIsBounded has an account at what it takes in a day.
func TestGuessingIsBounded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		g, ctx := newGatehouse(t, db), t.Context()
		in := g.join(ada, home)
		g.count(ada, accountMost-1)
		if ok, wait := g.guess(ada, network(1)); ok || wait != time.Minute {
			t.Fatalf("taken: %v, %s", ok, wait)
		}
		g.guess(ada, network(2))
		g.at = g.at.Add(time.Minute)
		first, _ := g.guess(ada, network(1))
		second, wait := g.guess(ada, network(2))
		if !first || second || wait > tryWindow || wait < tryWindow-2*time.Minute {
			t.Errorf("the last guess of a day is taken: %v; one more: %v, which is told to wait %s", first, second, wait)
		}
		if log, err := g.Actions(ctx, fettle.System(), ada, 0, 1); err != nil || log[0].Action != "sign-in.guessed" {
			t.Errorf("who did what: %+v, %v", log, err)
		}
		if _, err := g.SignIn(ctx, ada, pass, Browser{Known: in.Known}); err != nil {
			t.Errorf("a known browser: %v", err)
		}
		l, err := g.ResetLink(ctx, fettle.System(), ada)
		if err != nil {
			t.Fatal(err)
		}
		g.accept(l, "violet tugboat", network(2))
		if _, err := g.SignIn(ctx, ada, "violet tugboat", network(2)); err != nil {
			t.Errorf("after a reset: %v", err)
		}
		g.count(ada, accountMost)
		g.at = g.at.Add(tryWindow)
		if ok, _ := g.guess(ada, network(2)); !ok {
			t.Error("a day later the account still takes no password")
		}
	})
}

// count writes that so many wrong passwords were tried.
func (g *gatehouse) count(email string, n int64) {
	g.t.Helper()
	ctx := g.t.Context()
	err := g.db.Update(ctx, func(tx *store.Tx) error {
		s, err := try{account: personKey(email)}.lock(ctx, tx, g.at)
		if err != nil {
			return err
		}
		s.account.Count = n
		return tx.PutTries(ctx, personKey(email), s.account)
	})
	if err != nil {
		g.t.Fatal(err)
	}
}

// TestProcessesCountTogether guesses at two processes at once, and at one that
// was started again.
func TestProcessesCountTogether(t *testing.T) {
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			dsn := storetest.DSN(t, kind)
			g := newGatehouse(t, reopen(t, dsn))
			processes := []*Accounts{g.Accounts, g.process(reopen(t, dsn))}
			var taken, refused atomic.Int64
			var wg sync.WaitGroup
			for i := range 16 {
				wg.Go(func() {
					_, err := processes[i%2].SignIn(context.Background(), ada, fmt.Sprint("guess ", i), home) //nolint:usetesting // the test may end first
					switch fettle.CodeOf(err) {
					case fettle.Unsigned:
						taken.Add(1)
					case fettle.Refused:
						refused.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if taken.Load() != 6 || refused.Load() != 10 {
				t.Errorf("of 16 guesses at once %d are taken and %d refused, want 6 and 10", taken.Load(), refused.Load())
			}
			g.Accounts = g.process(reopen(t, dsn))
			if ok, wait := g.guess(ada, home); ok || wait != time.Second {
				t.Errorf("a process that was started again takes a guess (%v), or says to wait %s", ok, wait)
			}
		})
	}
}

func reopen(t *testing.T, dsn string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// TestANetworkIsSlowed tries every name from one network.
func TestANetworkIsSlowed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		g := newGatehouse(t, db)
		in := g.join(ada, home)
		for i := range 51 {
			if ok, _ := g.guess(fmt.Sprint("name", i), Browser{Address: fmt.Sprintf("2001:db8::%d", i)}); !ok {
				t.Fatalf("name %d is refused", i)
			}
		}
		if ok, wait := g.guess("name51", Browser{Address: "2001:db8::1:1"}); ok || wait != time.Second {
			t.Errorf("one network tries every name: %v, %s", ok, wait)
		}
		if ok, _ := g.guess("name52", Browser{Address: "2001:db8:0:1::1"}); !ok {
			t.Error("another network is refused")
		}
		if ok, _ := g.guess(ada, Browser{Address: "2001:db8::1", Known: in.Known}); !ok {
			t.Error("a known browser waits for its network")
		}
		g.at = g.at.Add(time.Second)
		for range 3 { // those who sign in there do not add up
			if _, err := g.SignIn(t.Context(), ada, pass, Browser{Address: "2001:db8::2"}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestKnownBrowsers looks at whom a cookie makes known.
func TestKnownBrowsers(t *testing.T) {
	g := newGatehouse(t, storetest.Open(t))
	in := g.join(ada, home)
	both := g.join("vera@acme.example", Browser{Known: in.Known}).Known
	other := newGatehouse(t, g.db)
	for name, c := range map[string]struct {
		cookie, email string
		after         time.Duration
		known         bool
	}{
		"its own person":         {in.Known, ada, 0, true},
		"a year later":           {in.Known, ada, 365 * 24 * time.Hour, true},
		"too old":                {in.Known, ada, KnownFor + 48*time.Hour, false},
		"someone else":           {in.Known, "vera@acme.example", 0, false},
		"the first of two":       {both, ada, 0, true},
		"the second of two":      {both, "vera@acme.example", 0, true},
		"another workspace":      {other.remember(ada, "", g.at), ada, 0, false},
		"changed":                {strings.Replace(in.Known, ".", ".x", 1), ada, 0, false},
		"none":                   {"", ada, 0, false},
		"something else":         {"~~..a.b~" + strings.Repeat("~", 9000), ada, 0, false},
		"five people, the first": {g.five(), "p0@acme.example", 0, false},
		"five people, the last":  {g.five(), "p4@acme.example", 0, true},
	} {
		if got := g.knownKey(c.email, c.cookie, g.at.Add(c.after)) != ""; got != c.known {
			t.Errorf("%s: known %v", name, got)
		}
	}
	known := Browser{Known: in.Known}
	for range 11 {
		if ok, _ := g.guess(ada, known); !ok {
			t.Fatal("a known browser is refused early")
		}
	}
	if ok, wait := g.guess(ada, known); ok || wait != time.Second {
		t.Errorf("a known browser may guess on: %v, %s", ok, wait)
	}
	again, err := g.SignIn(t.Context(), ada, pass, home)
	if err != nil || again.Known == in.Known {
		t.Errorf("another browser waits for a known one, or is taken for it: %v", err)
	}
	g.at = g.at.Add(24 * time.Hour)
	if renewed := g.remember(ada, in.Known, g.at); g.marks(renewed, g.at)[0].browser != g.marks(in.Known, g.at)[0].browser {
		t.Error("a browser that signs in again has another name, and so a count of its own anew")
	}
}

// five is the cookie of a browser in which five people have signed in.
func (g *gatehouse) five() (cookie string) {
	for i := range 5 {
		cookie = g.remember(fmt.Sprintf("p%d@acme.example", i), cookie, g.at)
	}
	return cookie
}

// TestNobodyChoosesAWeakPassword sets passwords by the ways that there are.
func TestNobodyChoosesAWeakPassword(t *testing.T) {
	g, ctx := newGatehouse(t, storetest.Open(t)), t.Context()
	in := g.join(ada, home)
	l, err := g.ResetLink(ctx, fettle.System(), ada)
	if err != nil {
		t.Fatal(err)
	}
	_, fragment, _ := strings.Cut(l.Path, "#")
	q, err := url.ParseQuery(fragment)
	if err != nil {
		t.Fatal(err)
	}
	for _, weak := range []string{"short", "Password123!", "ada.acme.2026"} {
		if _, err := g.Accept(ctx, q.Get(string(l.Kind)), "", weak, home); fettle.CodeOf(err) != fettle.Invalid {
			t.Errorf("a link sets %q: %v", weak, err)
		}
		if err := g.ChangePassword(ctx, in.Actor, pass, weak, in.Secret); fettle.CodeOf(err) != fettle.Invalid {
			t.Errorf("a session sets %q: %v", weak, err)
		}
	}
	g.accept(l, "violet tugboat", home)
}
