package engine

import (
	"maps"
	"sync"
	"time"

	"fettle"
)

// How many failures to sign in are let pass, each counted on its own.
const (
	signInWindow   = 15 * time.Minute
	triesPerPerson = 10
	triesPerPlace  = 50
	triesKept      = 10_000 // persons and addresses that are counted at most
)

// signIns counts tries to sign in. A try counts before its password is looked
// at, so that many at once are not let pass; success forgets the person's.
// Counts are this process's own and do not outlive it.
type signIns struct {
	mu    sync.Mutex
	tries map[string]tries
}

type tries struct {
	n     int
	since time.Time
}

// allow counts a try, or refuses it. The empty address is not counted.
func (s *signIns) allow(email, address string, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tries == nil {
		s.tries = map[string]tries{}
	}
	if len(s.tries) >= triesKept {
		maps.DeleteFunc(s.tries, func(_ string, t tries) bool { return now.Sub(t.since) >= signInWindow })
		if len(s.tries) >= triesKept {
			clear(s.tries)
		}
	}
	for _, c := range []struct {
		key  string
		most int
	}{{"person " + email, triesPerPerson}, {"place " + address, triesPerPlace}} {
		if c.key == "place " {
			continue
		}
		t := s.tries[c.key]
		if now.Sub(t.since) >= signInWindow {
			t = tries{since: now}
		}
		if t.n >= c.most {
			wait := t.since.Add(signInWindow).Sub(now).Round(time.Minute) + time.Minute
			return fettle.Errorf(fettle.Refused, "too many tries to sign in").
				WithHint("Try again in %d minutes, or ask an admin for a link that sets a new password.", int(wait.Minutes()))
		}
		t.n++
		s.tries[c.key] = t
	}
	return nil
}

// forget forgets the tries of a person.
func (s *signIns) forget(email string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tries, "person "+email)
}
