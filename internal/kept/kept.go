// Package kept remembers what is dear to make, by key, for one user at a time.
// What was not used for longest is forgotten beyond a bound.
package kept

import (
	"context"
	"sync"
)

// Memory is safe for concurrent use.
type Memory[K comparable, V any] struct {
	items int // how many are held at most
	total int // the most of all their sizes

	mu   sync.Mutex
	held map[K]*entry[V]
	uses int64
}

type entry[V any] struct {
	token chan struct{} // whoever holds it uses the value
	value V             // with the token

	// With the lock of the memory.
	used int64
	size int
}

// New makes a memory that holds so many items of a total size; the one in use
// is held whatever its size.
func New[K comparable, V any](items, total int) *Memory[K, V] {
	return &Memory[K, V]{items: items, total: total, held: map[K]*entry[V]{}}
}

// Turn is one use of an item.
type Turn[K comparable, V any] struct {
	Value *V // until Give

	m    *Memory[K, V]
	key  K
	e    *entry[V]
	once sync.Once
}

// Turn waits until nobody else uses the item of a key, which is a zero value if
// it is new. Take it outside a transaction: whoever waits holds no connection.
func (m *Memory[K, V]) Turn(ctx context.Context, key K) (*Turn[K, V], error) {
	m.mu.Lock()
	e := m.held[key]
	if e == nil {
		e = &entry[V]{token: make(chan struct{}, 1)}
		e.token <- struct{}{}
		m.held[key] = e
	}
	m.uses++
	e.used = m.uses
	m.mu.Unlock()
	select {
	case <-e.token:
		return &Turn[K, V]{Value: &e.value, m: m, key: key, e: e}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Resize says how large the item is by now; others are forgotten for it.
func (t *Turn[K, V]) Resize(size int) {
	m := t.m
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held[t.key] = t.e // it may have been forgotten while it was used
	t.e.size = size
	for {
		total, oldest, found := 0, t.key, false
		for k, x := range m.held {
			total += x.size
			if k != t.key && (!found || x.used < m.held[oldest].used) {
				oldest, found = k, true
			}
		}
		if !found || total <= m.total && len(m.held) <= m.items {
			return
		}
		delete(m.held, oldest)
	}
}

// Give ends the turn; more than once is once.
func (t *Turn[K, V]) Give() { t.once.Do(func() { t.e.token <- struct{}{} }) }

// Find gives a key for which fits is true and whose item has a size.
func (m *Memory[K, V]) Find(fits func(K) bool) (key K, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, e := range m.held {
		if e.size > 0 && fits(k) {
			return k, true
		}
	}
	return key, false
}
