package engine_test

import (
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestDisputedOnceMore has sources that came to agree part again: whoever holds the
// value changes it, and the other's last word is another one.
func TestDisputedOnceMore(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{HitRate: 1})
		w.hears("crm", "ann@acme.com", "CTO")
		id := w.ids(fettle.AllPeople)[0]
		w.hears("list", "ann@acme.com", "CEO")
		w.hears("crm", "ann@acme.com", "CEO!")
		w.disputes("they agree", id, false, "CEO! by crm", "CEO by list")
		w.hears("crm", "ann@acme.com", "Boss")
		w.disputes("who holds it says something else", id, true, "Boss by crm", "CEO by list")
		w.hears("crm", "ann@acme.com", "Ceo")
		w.disputes("and agrees again", id, false, "Ceo by crm", "CEO by list")
		w.hears("crm", "bob@bolt.com", "Clerk")
		w.hears("crm", "bob@bolt.com", "Chief clerk")
		w.disputes("of which nobody else speaks", w.ids(fettle.AllPeople)[1], false)

		// What is sent on one day has one origin.
		sent := func(title string) {
			w.upsert(fettle.People, map[string]any{"email": "cy@cord.com", "title": title})
		}
		sent("CTO")
		third := w.ids(fettle.AllPeople)[2]
		w.hears("list", "cy@cord.com", "CEO")
		sent("CEO!")
		w.disputes("what was sent agrees", third, false, "CEO! by crm", "CEO by list")
		sent("Boss")
		w.disputes("and says something else", third, true, "Boss by crm", "CEO by list")
	})
}
