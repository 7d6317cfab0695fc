package notify_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/notify"
	"fettle/store"
	"fettle/store/storetest"
)

// TestErasedBesideAnother erases a person while another transaction erases
// somebody else of the same event, and while another one tells of the person: when
// both are done nothing that was told names who is erased.
func TestErasedBesideAnother(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p, url := newProcess(t, db, notify.Config{}), "https://hooks.acme.example/x" // nobody sends
		p.add("crm", notify.Input{Webhook: &url})
		var about []notify.About
		raise := func(tx *store.Tx, who ...notify.About) error {
			return p.Raise(t.Context(), tx, notify.Event{Type: fettle.EventSignal, Subject: "moves", Entity: fettle.People, Records: who})
		}
		erase := func(tx *store.Tx, who notify.About) error {
			_, err := ingest.Delete(t.Context(), tx, ingest.DeleteInput{Entity: fettle.People, IDs: []int64{who.ID}, Erase: true, Actor: "ada", Now: time.Now()})
			return err
		}
		p.update(func(tx *store.Tx) error {
			in := ingest.UpsertInput{Entity: fettle.People, Source: "csv", Actor: "ada", Now: time.Now(), Fields: []string{"external_id", "name"}}
			for i, name := range []string{"Ada", "Bob", "Cy", "Dot"} {
				in.Rows = append(in.Rows, ingest.Row{Line: i + 1, Values: []any{name, name}})
			}
			res, err := ingest.Upsert(t.Context(), tx, in)
			about = nil
			for _, id := range res.Records {
				about = append(about, notify.About{ID: id, Text: "is CTO now"})
			}
			return errors.Join(err, raise(tx, about[:3]...))
		})
		// beside does one thing, and lets the other begin before that is committed.
		beside := func(one func(*store.Tx) error, who notify.About) {
			t.Helper()
			ended, fault := make(chan struct{}), error(nil)
			start := func() {
				go func() {
					defer close(ended)
					fault = db.Update(context.WithoutCancel(t.Context()), func(tx *store.Tx) error { return erase(tx, who) })
				}()
				storetest.Blocked(t, db, ended)
			}
			p.update(func(tx *store.Tx) error {
				err := one(tx)
				if start != nil {
					start()
					start = nil
				}
				return err
			})
			if <-ended; fault != nil {
				t.Fatal(fault)
			}
		}
		beside(func(tx *store.Tx) error { return erase(tx, about[0]) }, about[1])
		beside(func(tx *store.Tx) error { return raise(tx, about[2:]...) }, about[3])
		p.raise(notify.Event{Type: fettle.EventSignal, Subject: "moves", Entity: fettle.People, Records: about})
		log := p.log("crm")
		for _, d := range log {
			for _, name := range []string{"Ada", "Bob", "Dot"} {
				if strings.Contains(d.Message, name) {
					t.Errorf("%s is told of: %s", name, d.Message)
				}
			}
			if !strings.Contains(d.Message, "Cy: is CTO now") || strings.Contains(d.Message, "record ") {
				t.Errorf("Cy is told of as %s", d.Message)
			}
		}
		if len(log) != 3 {
			t.Errorf("%d events", len(log))
		}
	})
}
