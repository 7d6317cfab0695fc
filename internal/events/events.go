// Package events tells whoever listens in this process that something changed.
// An event says only "look again": whoever misses one loses nothing.
package events

import "sync"

// Event says that something changed, for pages and terminals that follow.
type Event struct {
	Kind string `json:"kind"` // enrichment, audience, records, import, notification, channel, credits, view, provider
	Name string `json:"name,omitempty"`
}

// Feed hands events to its subscribers. A slow subscriber misses events rather
// than holding up the work. It is safe for concurrent use.
type Feed struct {
	mu   sync.Mutex
	next int
	subs map[int]chan Event
}

// New makes a feed that nobody listens to yet.
func New() *Feed { return &Feed{subs: map[int]chan Event{}} }

// Subscribe gives the events from now on; cancel ends the subscription.
func (f *Feed) Subscribe() (ch <-chan Event, cancel func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id, c := f.next, make(chan Event, 64)
	f.next++
	f.subs[id] = c
	return c, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.subs, id)
	}
}

// Publish tells the subscribers that something of a kind changed; name is "" if
// it has none. Inside a transaction use store.Tx.After, so that nobody is told
// of what is rolled back.
func (f *Feed) Publish(kind, name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.subs {
		select {
		case c <- Event{Kind: kind, Name: name}:
		default:
		}
	}
}
