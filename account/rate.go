package account

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"fettle"
	"fettle/store"
)

// Browser is where a try to sign in comes from.
type Browser struct {
	Address string
	Known   string // what its cookie for known browsers holds
}

// tryWindow is how long failed tries count, from the first of them on.
const tryWindow = 24 * time.Hour

// pace is how failures slow what comes next: some are free, then the wait
// doubles from one second on.
type pace struct {
	free int64
	most time.Duration
}

func (p pace) wait(failures int64) time.Duration {
	n := failures - p.free
	if n <= 0 {
		return 0
	}
	return min(time.Second<<min(n-1, 20), p.most)
}

// What slows whom. A try from a browser that is not known waits for its network
// (an address, or what IPv6 gives one household), for what that network did to
// this account, and for the account. The account's wait is served once by each
// network, at its own time: who guesses elsewhere cannot take another's turn.
var (
	paceOfNetwork = pace{50, 15 * time.Minute} // whatever the account
	paceOfPair    = pace{5, 15 * time.Minute}  // a network at one account
	paceOfAccount = pace{10, time.Minute}      // from anywhere
	paceOfOwn     = pace{10, 15 * time.Minute} // a browser that has signed in before, or a session
)

const (
	// accountMost is how many wrong passwords from unknown browsers an account
	// takes in a window, whatever the number of networks they come from.
	accountMost = 3000
	// turnHolds is how long a network's turn holds once its time has come.
	turnHolds = 15 * time.Minute
)

// try is one try to get in: the keys that it counts for. An empty one is not
// counted.
type try struct {
	email   string
	account string
	pair    string
	network string
	own     string // instead of the others
}

// tryFrom is a try from a browser. One that has signed in before as this person
// counts for itself alone.
func (ac *Accounts) tryFrom(email string, from Browser, now time.Time) try {
	if own := ac.knownKey(email, from.Known, now); own != "" {
		return try{email: email, own: own}
	}
	t := try{email: email, account: personKey(email), network: placeKey(from.Address)}
	if t.account != "" {
		t.pair = t.account + "/" + t.network
	}
	return t
}

// tallies are the tries of the keys of one try, locked.
type tallies struct{ account, pair, network, own store.Tries }

// each calls f for each key that counts, in the order in which all transactions
// lock them.
func (t try) each(s *tallies, f func(key string, p pace, tries *store.Tries) error) error {
	for _, k := range []struct {
		key   string
		pace  pace
		tries *store.Tries
	}{{t.account, paceOfAccount, &s.account}, {t.pair, paceOfPair, &s.pair}, {t.network, paceOfNetwork, &s.network}, {t.own, paceOfOwn, &s.own}} {
		if k.key == "" {
			continue
		}
		if err := f(k.key, k.pace, k.tries); err != nil {
			return err
		}
	}
	return nil
}

func (t try) lock(ctx context.Context, tx *store.Tx, now time.Time) (tallies, error) {
	var s tallies
	err := t.each(&s, func(key string, _ pace, tries *store.Tries) (err error) {
		*tries, err = tx.LockTries(ctx, key, now.UnixMicro(), now.Add(-tryWindow).UnixMicro())
		return err
	})
	return s, err
}

func (t try) put(ctx context.Context, tx *store.Tx, s tallies) error {
	return t.each(&s, func(key string, _ pace, tries *store.Tries) error { return tx.PutTries(ctx, key, *tries) })
}

// begin counts a try as failed before its password is looked at, so that many
// at once are not let pass, or refuses it, for all processes of the workspace
// together. after is the wait for the next one if it fails; passed takes it back.
func (ac *Accounts) begin(ctx context.Context, t try, now time.Time) (after time.Duration, err error) {
	var wait time.Duration // of a turn that begins to wait now, which has to be kept
	err = ac.db.Update(ctx, func(tx *store.Tx) error {
		after, wait = 0, 0
		if err := tx.SweepTries(ctx, now.Add(-tryWindow).UnixMicro()); err != nil {
			return err
		}
		s, err := t.lock(ctx, tx, now)
		if err != nil {
			return err
		}
		if d := s.wait(now); d > 0 {
			return errTooSoon(d) // not committed: what is refused does not count
		}
		if wait = s.takeTurn(t, now); wait > 0 {
			return t.put(ctx, tx, s)
		}
		after = t.fail(&s, now)
		if err := noteGuessing(ctx, tx, t, s.account.Count); err != nil {
			return err
		}
		return t.put(ctx, tx, s)
	})
	if err == nil && wait > 0 {
		err = errTooSoon(wait)
	}
	return after, err
}

// wait is how long the keys themselves refuse.
func (s *tallies) wait(now time.Time) time.Duration {
	until := max(s.pair.FreeAtUS, s.network.FreeAtUS, s.own.FreeAtUS)
	if s.account.Count >= accountMost {
		until = max(until, s.account.SinceUS+tryWindow.Microseconds())
	}
	return time.UnixMicro(until).Sub(now)
}

// takeTurn gives the network its turn where the account is slowed, unless it
// has had to wait for one already.
func (s *tallies) takeTurn(t try, now time.Time) time.Duration {
	wait := paceOfAccount.wait(s.account.Count)
	if t.account == "" || wait == 0 || now.Sub(time.UnixMicro(s.pair.FreeAtUS)) < turnHolds {
		return 0
	}
	s.pair.FreeAtUS = now.Add(wait).UnixMicro()
	return wait
}

// fail counts a failure of each key, and gives the wait that follows.
func (t try) fail(s *tallies, now time.Time) (after time.Duration) {
	_ = t.each(s, func(_ string, p pace, tries *store.Tries) error {
		tries.Count++
		d := p.wait(tries.Count)
		after = max(after, d)
		tries.FreeAtUS = now.Add(d).UnixMicro()
		return nil
	})
	if t.pair != "" { // which has the account's turn as well
		s.pair.FreeAtUS = max(s.pair.FreeAtUS, s.account.FreeAtUS)
	}
	return after
}

// passed takes back what begin counted, where it was no failure: the account's
// and the network's earlier ones stay, since others may guess there.
func (t try) passed(ctx context.Context, tx *store.Tx, now time.Time) error {
	s, err := t.lock(ctx, tx, now)
	if err != nil {
		return err
	}
	for _, tries := range []*store.Tries{&s.account, &s.network} {
		tries.Count, tries.FreeAtUS = max(tries.Count-1, 0), 0
	}
	s.pair, s.own = store.Tries{}, store.Tries{}
	return t.put(ctx, tx, s)
}

// noteGuessing writes into the log of who did what that someone guesses at an
// account, at some counts.
func noteGuessing(ctx context.Context, tx *store.Tx, t try, failures int64) error {
	if failures != 100 && failures != 1000 && failures != accountMost {
		return nil
	}
	u, err := tx.User(ctx, t.email)
	if fettle.CodeOf(err) == fettle.NotFound {
		return nil // people type passwords where emails belong
	}
	if err != nil {
		return err
	}
	return tx.Act(ctx, fettle.System(), "sign-in.guessed", u.Email, fmt.Sprintf("%d wrong passwords within a day", failures))
}

func errTooSoon(wait time.Duration) error {
	return fettle.Errorf(fettle.Refused, "too many tries to sign in").With("reason", TurnedAwayLimited).With("retry_after", seconds(wait)).
		WithHint("Try again in %s, or ask an admin for a link that sets a new password.", waitWords(wait))
}

// seconds are the whole seconds after which a wait has surely ended.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

func waitWords(d time.Duration) string {
	n, unit := seconds(d), "second"
	switch {
	case n > 2*60*60:
		n, unit = (n+3599)/3600, "hour"
	case n > 2*60:
		n, unit = (n+59)/60, "minute"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprint(n, " ", unit)
}

// forgetTries forgets the tries at an account, of everyone.
func forgetTries(ctx context.Context, tx *store.Tx, email string) error {
	return tx.ForgetTries(ctx, personKey(email))
}

func personKey(email string) string {
	if email == "" {
		return ""
	}
	return hashToken("person " + email)
}

// placeKey is the key of an address: of IPv6 the network, which whoever has one
// address has whole.
func placeKey(address string) string {
	if address == "" {
		return ""
	}
	if ip, err := netip.ParseAddr(address); err == nil && ip.Unmap().Is6() {
		if network, err := ip.WithZone("").Prefix(64); err == nil {
			address = network.String()
		}
	}
	return hashToken("place " + address)
}
