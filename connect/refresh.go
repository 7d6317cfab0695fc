package connect

import (
	"context"
	"slices"
	"time"

	"fettle/provider"
)

// refresher is a provider that learns its capabilities from its server.
type refresher interface {
	Refresh(ctx context.Context, conn provider.Connection) error
}

// How long a provider's capabilities are believed, and how long they are
// waited for; without an answer the most careful ones are assumed.
const (
	refreshEvery   = 30 * time.Second
	refreshAgain   = 5 * time.Second // after no answer
	refreshTimeout = 3 * time.Second
)

// Refresh asks the providers that can say so what they can do. It is
// called outside transactions: it makes network calls.
func (cs *Connections) Refresh(ctx context.Context) {
	for _, c := range cs.All() {
		if r, ok := c.Provider.(refresher); ok && c.Conn.BaseURL != "" {
			cs.refreshOne(ctx, c, r)
		}
	}
}

func (cs *Connections) refreshOne(ctx context.Context, c *Connection, r refresher) {
	c.refresh.Lock()
	defer c.refresh.Unlock()
	if time.Since(c.fresh) < refreshEvery {
		return
	}
	rctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	if err := r.Refresh(rctx, c.Conn); err != nil {
		cs.log.WarnContext(ctx, "a provider's capabilities are not known; the most careful are assumed", "provider", c.Name, "error", err)
		c.fresh = time.Now().Add(refreshAgain - refreshEvery)
		return
	}
	c.fresh = time.Now()
	if !slices.Equal(c.paced, c.Provider.Describe().Limits) {
		c.pace(nil)
	}
}
