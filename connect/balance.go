package connect

import (
	"context"
	"errors"
	"sync"
	"time"

	"fettle"
	"fettle/provider"
)

// How long the answer about what is left at a provider is waited for, and for
// how long it is believed where the provider does not say, or did not answer.
const (
	balanceTimeout = 5 * time.Second
	balanceEvery   = time.Minute
)

// Balance is what the account at a provider had left when it was last asked.
type Balance struct {
	Left  provider.Units // in the provider's own unit
	Known bool           // false: not asked yet, it did not answer, or there is no end to it
}

// balances is what a connection remembers of its provider's balance. It goes
// with the connection: another key has another balance.
type balances struct {
	mu     sync.Mutex
	last   Balance
	until  time.Time     // it is not asked again before
	asking chan struct{} // closed when the answer is there; nil: nobody asks
}

// TellsBalance reports whether the provider can be asked what is left there.
func (c *Connection) TellsBalance() bool {
	b, ok := c.Provider.(provider.Balancer)
	return ok && b.BalanceEvery() > 0
}

// LastBalance is what the provider said last. It asks nobody.
func (c *Connection) LastBalance() Balance {
	c.balance.mu.Lock()
	defer c.balance.mu.Unlock()
	return c.balance.last
}

// Balances asks the connections' providers what is left there, all at once, and
// gives the answers in the same order. An answer is believed for as long as the
// provider says. Who does not answer in time, or has no key, is not known; it
// never fails. It makes network calls: call it outside transactions.
func (cs *Connections) Balances(ctx context.Context, of []*Connection) []Balance {
	asked := make([]<-chan struct{}, len(of))
	for i, c := range of {
		asked[i] = cs.askBalance(ctx, c)
	}
	out := make([]Balance, len(of))
	for i, c := range of {
		if asked[i] != nil {
			select {
			case <-asked[i]:
			case <-ctx.Done():
			}
		}
		out[i] = c.LastBalance()
	}
	return out
}

// askBalance begins to ask, or joins who asks already; nil where there is
// nothing to wait for. The asking does not end with whoever wanted it first:
// others wait for the same answer.
func (cs *Connections) askBalance(ctx context.Context, c *Connection) <-chan struct{} {
	b, ok := c.Provider.(provider.Balancer)
	if !ok || b.BalanceEvery() <= 0 || (c.Description.NeedsKey && c.Conn.Key == "") {
		return nil
	}
	m := &c.balance
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.asking != nil || time.Now().Before(m.until) {
		return m.asking
	}
	done := make(chan struct{})
	m.asking = done
	go func() {
		defer close(done)
		actx, cancel := context.WithTimeout(context.WithoutCancel(ctx), balanceTimeout)
		defer cancel()
		every := b.BalanceEvery()
		left, known, err := b.Balance(actx, c.Conn)
		if err != nil {
			cs.log.WarnContext(actx, "what is left at a provider is not known", "provider", c.Name, "error", balanceError(err))
			left, known, every = 0, false, min(every, balanceEvery)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.last, m.until, m.asking = Balance{Left: left, Known: known}, time.Now().Add(every), nil
	}()
	return done
}

// balanceError is what may be logged of an error: never an address with a key
// in it.
func balanceError(err error) string {
	if e, ok := errors.AsType[*fettle.Error](err); ok {
		return e.Message
	}
	return "the provider does not answer"
}
