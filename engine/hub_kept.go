package engine

import (
	"context"
	"sync"

	"fettle"
	"fettle/store"
)

// Bounds of what is kept of Data Hubs.
const (
	keptHubs    = 16      // hubs: entities and audiences
	keptParts   = 512     // parts of one hub
	keptTallies = 100_000 // fields counted in all parts, some 200 bytes each
)

// hubMemory remembers what Data Hubs have counted, part by part: counting all
// records takes seconds where there are hundreds of thousands. A part is
// counted again when something was written about one of its records since,
// by whichever process; so a hub shows what was committed before it was asked
// for, and takes the time of what has changed.
type hubMemory struct {
	mu   sync.Mutex
	held map[hubName]*keptHub
	uses int64
}

type hubName struct {
	entity   fettle.Entity
	audience string
}

// keptHub is what is kept of one Data Hub.
type keptHub struct {
	token chan struct{} // whoever holds it counts

	// With the token.
	made  string // what its parts were counted by
	span  int64  // stretches of a part
	parts map[int64]keptPart
	rests map[restKey]keptRest // what it costs to fill the blanks

	// With the lock of hubMemory.
	used int64
	size int
}

type keptPart struct {
	touched int64 // how often its records had been written about
	counts  hubPart
}

// turn takes a hub's memory for one use; give hands it back. It is taken
// outside a transaction: whoever waits holds no connection.
func (m *hubMemory) turn(ctx context.Context, entity fettle.Entity, audience string) (k *keptHub, give func(), err error) {
	name := hubName{entity, audience}
	m.mu.Lock()
	if m.held == nil {
		m.held = map[hubName]*keptHub{}
	}
	if k = m.held[name]; k == nil {
		k = &keptHub{token: make(chan struct{}, 1)}
		k.token <- struct{}{}
		m.held[name] = k
	}
	m.uses++
	k.used = m.uses
	m.mu.Unlock()
	select {
	case <-k.token:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	return k, func() {
		m.keep(name, k)
		k.token <- struct{}{}
	}, nil
}

// keep notes how large a hub's memory is and forgets those that were not used
// for longest, until what is held is within its bounds.
func (m *hubMemory) keep(name hubName, k *keptHub) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k.size = 0
	for _, p := range k.parts {
		k.size += len(p.counts.fields)
	}
	for {
		total, oldest := 0, name
		for n, x := range m.held {
			total += x.size
			if n != name && (oldest == name || x.used < m.held[oldest].used) {
				oldest = n
			}
		}
		if oldest == name || (total <= keptTallies && len(m.held) <= keptHubs) {
			return
		}
		delete(m.held, oldest)
	}
}

// counted counts the hub's records: those parts anew about whose records
// something was written since they were counted.
func (h *hub) counted(ctx context.Context) (hubPart, error) {
	total := hubPart{fields: make([]hubTally, len(h.fields))}
	low, high, err := h.tx.HubRange(ctx, h.scope)
	if err != nil || high < low {
		return total, err
	}
	touched, err := h.tx.Touched(ctx)
	if err != nil {
		return total, err
	}
	first, last := store.Stretch(low), store.Stretch(high)
	span := int64(1)
	for (last+1)/span > keptParts {
		span *= 2
	}
	k := h.kept
	if k.made != h.made || k.span != span {
		k.made, k.span, k.parts, k.rests = h.made, span, map[int64]keptPart{}, map[restKey]keptRest{}
	}
	for at := first / span * span; at <= last; at += span {
		times := touched.Anywhere()
		if h.scope.Local() {
			times = touched.Between(at, at+span-1)
		}
		p, ok := k.parts[at]
		if !ok || p.touched != times {
			scope := h.scope
			scope.First, scope.Last = store.StretchStart(at), store.StretchEnd(at+span-1)
			counts, err := h.part(ctx, scope)
			if err != nil {
				return total, err
			}
			p = keptPart{touched: times, counts: counts}
			k.parts[at] = p
		}
		total.add(p.counts)
	}
	return total, nil
}
