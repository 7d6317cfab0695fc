package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// ours is a destination of the workspace's own, with more in its write operation.
func ours(url, more string) string {
	return `
apiVersion: fettle/v1
kind: Destination
name: ours
audience: leaders
id: location
fields: {title: title}
write: overwrite
http:
  server: {base_url: "` + url + `"}
  write:
    request: {method: POST, path: "/people/{{input.id}}", body: {set: "{{input.fields}}"}}
` + more
}

// withHooks is a world that may send to a service of its own.
func withHooks(t *testing.T, db *store.DB) (*crm, *hooks) {
	t.Helper()
	w, h := newCRM(t, db), newHooks(t)
	w.hosts = append(w.hosts, strings.TrimPrefix(h.URL, "http://"))
	w.e = w.another()
	return w, h
}

// destination gives the number of one.
func (w *crm) destination(name string) (id int64) {
	w.t.Helper()
	if err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
		d, err := tx.Destination(w.t.Context(), name)
		id = d.ID
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// TestTwoRecordsWithOneIDThere: only the first is written, in one batch and later,
// else two records would take turns at one place.
func TestTwoRecordsWithOneIDThere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, h := withHooks(t, db)
		w.apply(ours(h.URL, ""))
		w.persons("crm", []any{"1", "Ada One", "VP Sales", "seat-1"}, []any{"2", "Bob Two", "VP Ops", "seat-1"}, []any{"3", "Cy Three", "VP Law", "seat-2"})
		me := w.worker()
		w.on("ours")
		w.sends(w.e, "ours", me)
		w.persons("crm", []any{"4", "Di Four", "VP Legal", "seat-2"})
		w.sends(w.e, "ours", me)
		if v := w.shows("ours"); v.Outcomes[fettle.SendWritten] != 2 || v.Outcomes[fettle.SendSharedID] != 2 || v.Waiting != 0 {
			t.Errorf("%+v", v.Outcomes)
		}
		if bodies, _ := h.got(); len(bodies) != 2 {
			t.Errorf("%d requests: %v", len(bodies), bodies)
		}
		shared := w.log("ours", string(fettle.SendSharedID))
		if len(shared) != 2 || !strings.Contains(shared[0].Message, "has the same id there") {
			t.Errorf("the log says %+v", shared)
		}
	})
}

// TestWhatMayNotBeSentAgainIsUnknown: a process is lost after the request has left, to
// a service that cannot be read and does the same again if it is asked again.
func TestWhatMayNotBeSentAgainIsUnknown(t *testing.T) {
	t.Parallel()
	for more, again := range map[string]bool{"": true, "    retry_after_timeout: unsafe\n": false} {
		t.Run(fmt.Sprint("again ", again), func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				w, h := withHooks(t, db)
				w.apply(ours(h.URL, more))
				w.persons("crm", []any{"1", "Ada One", "VP Sales", "seat-1"})
				lost, other := w.worker(), w.worker()
				w.on("ours")
				var v fettle.DestinationView
				h.once = func() { // another takes over while the answer is on its way
					w.sql(fmt.Sprintf("UPDATE workers SET state = 'lost' WHERE id = %d", lost))
					e := w.another()
					for range 2 {
						w.sends(e, "ours", other)
						w.later("ours")
					}
					v = w.shows("ours")
				}
				w.sends(w.e, "ours", lost)
				bodies, _ := h.got()
				if again != (len(bodies) == 2) || v.Waiting != 0 || again != (v.Outcomes[fettle.SendUnknown] == 0) {
					t.Errorf("%d requests, then %+v", len(bodies), v)
				}
			})
		})
	}
}

// TestTheLogOfADestinationIsBounded by its entries, the oldest first.
func TestTheLogOfADestinationIsBounded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newCRM(t, db)
		id := w.destination("hubspot")
		entries := make([]store.Sent, 10)
		for i := range entries {
			entries[i] = store.Sent{Record: int64(i + 1), AtUS: int64(i + 1), Outcome: fettle.SendWritten}
		}
		ctx := t.Context()
		if err := w.db.Update(ctx, func(tx *store.Tx) error {
			must(t, tx.AddSent(ctx, id, entries))
			// Those in between the database writes itself: what goes goes with the last seven.
			last, err := tx.NextIDs(ctx, store.SeqMisc, 99_990)
			must(t, err)
			_, err = tx.SQL().ExecContext(ctx, fmt.Sprintf(`INSERT INTO destination_log (id, destination_id, record_id, at_us, outcome, tries, status, remote_id, message, changes, next_us)
				WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i < 99989) SELECT %d + i, %d, i + 11, i + 11, 'written', 0, 0, '', '', '', 0 FROM n`, last, id))
			must(t, err)
			return tx.AddSent(ctx, id, entries[:7])
		}); err != nil {
			t.Fatal(err)
		}
		var n, oldest int64
		if err := w.db.View(ctx, func(tx *store.Tx) error {
			return tx.SQL().QueryRowContext(ctx, "SELECT COUNT(*), MIN(id) - (SELECT MAX(id) FROM destination_log) FROM destination_log").Scan(&n, &oldest)
		}); err != nil {
			t.Fatal(err)
		}
		if n != 100_000 || oldest != -99_999 {
			t.Errorf("%d entries are kept, from %d before the newest", n, -oldest)
		}
		if err := w.db.Update(ctx, func(tx *store.Tx) error {
			gone, err := tx.PruneSent(ctx, 100) // of the first entries, seven have gone already
			if err == nil && gone != 92+7 {
				t.Errorf("%d entries were older", gone)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// TestASourceIsNotFlooded takes so many bodies a minute, and no more.
func TestASourceIsNotFlooded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		if _, err := w.e.Apply(ctx, admin, []byte(webForms), true); err != nil {
			t.Fatal(err)
		}
		token, err := w.e.MakeSourceToken(ctx, admin, "web-forms", false)
		if err != nil {
			t.Fatal(err)
		}
		post := func() error {
			_, is, err := w.e.ReceiveRecords(ctx, "web-forms", token.Token, strings.NewReader(`{"leads": [{"kind": "test"}]}`))
			if !is {
				t.Error("there is no such source")
			}
			return err
		}
		if err := post(); err != nil {
			t.Fatal(err)
		}
		if err := db.Update(ctx, func(tx *store.Tx) error {
			list, err := tx.Sources(ctx)
			if err != nil {
				return err
			}
			for range 599 { // with the one that was posted
				if err := tx.PutSourcePost(ctx, store.SourcePost{Source: list[0].ID, AtUS: time.Now().UnixMicro(), Body: "{}", Answer: "{}"}, nil); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := post(); fettle.CodeOf(err) != fettle.Unavailable {
			t.Errorf("the 601st of a minute: %v", err)
		}
		if _, err := db.Writer().ExecContext(ctx, "UPDATE source_posts SET at_us = at_us - 61000000"); err != nil {
			t.Fatal(err)
		}
		if err := post(); err != nil {
			t.Errorf("a minute later: %v", err)
		}
	})
}
