package account

import (
	"context"
	"net/netip"
	"time"

	"fettle"
	"fettle/store"
)

// How many failures to sign in are let pass, each counted on its own.
const (
	signInWindow   = 15 * time.Minute
	triesPerPerson = 10
	triesPerPlace  = 50
)

// countTry counts a try to sign in, or refuses it, for all processes of the
// workspace together. A try counts before its password is looked at, so that
// many at once are not let pass; success forgets the person's. Neither an empty
// email nor an empty address is counted.
func (ac *Accounts) countTry(ctx context.Context, email, address string, now time.Time) error {
	return ac.db.Update(ctx, func(tx *store.Tx) error {
		ended := now.Add(-signInWindow).UnixMicro()
		if err := tx.SweepTries(ctx, ended); err != nil {
			return err
		}
		for _, c := range []struct {
			key  string
			most int64
		}{{personKey(email), triesPerPerson}, {placeKey(address), triesPerPlace}} {
			if c.key == "" {
				continue
			}
			n, since, err := tx.CountTry(ctx, c.key, now.UnixMicro(), ended)
			if err != nil {
				return err
			}
			if n > c.most { // not committed: what is refused does not count
				wait := time.UnixMicro(since).Add(signInWindow).Sub(now).Round(time.Minute) + time.Minute
				return fettle.Errorf(fettle.Refused, "too many tries to sign in").With("reason", TurnedAwayLimited).With("retry_after", int(wait.Seconds())).
					WithHint("Try again in %d minutes, or ask an admin for a link that sets a new password.", int(wait.Minutes()))
			}
		}
		return nil
	})
}

// forgetTries forgets the tries of a person.
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
