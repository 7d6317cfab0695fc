package notify_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/notify"
	"fettle/store"
	"fettle/store/storetest"
)

// What happened to records is told by the hundred to programs; people read
// company, person and owner in the first line, and whoever wants to hear of
// their own records alone does.
func TestRecords(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		crm, chat, room := newReceiver(t), newReceiver(t), newReceiver(t)
		p := newProcess(t, db, notify.Config{AllowHosts: []string{crm.host(), chat.host(), room.host()}})
		p.update(func(tx *store.Tx) error {
			return errors.Join(tx.AddField(t.Context(), fettle.Field{Entity: fettle.People, Key: "owner", Type: fettle.Text}),
				tx.AddField(t.Context(), fettle.Field{Entity: fettle.Companies, Key: "steward", Type: fettle.Text}))
		})
		if _, err := p.Add(t.Context(), admin, "nobody", notify.Input{Slack: &chat.URL, OwnerField: new("ownr")}); fettle.CodeOf(err) != fettle.Invalid || !strings.Contains(fettle.AsError(err).Hint, "owner") {
			t.Errorf("a field that nobody has: %v", err)
		}
		p.add("crm", notify.Input{Webhook: &crm.URL})
		p.add("room", notify.Input{Slack: &room.URL, OwnerField: new("owner")})
		p.add("ana", notify.Input{Slack: &chat.URL, Owner: new(" ana  LOPEZ"), OwnerField: new("owner")})
		p.add("companies", notify.Input{Slack: &chat.URL, Owner: new("ana lopez"), OwnerField: new("steward")})
		p.add("runs", notify.Input{Slack: &chat.URL, Owner: new("ana lopez")})
		var about []notify.About
		p.update(func(tx *store.Tx) error {
			in := ingest.UpsertInput{Entity: fettle.People, Source: "csv", Actor: "ada", Now: time.Now(), Fields: []string{"external_id", "name", "owner"}}
			for i := range 250 {
				in.Rows = append(in.Rows, ingest.Row{Line: i + 1, Values: []any{fmt.Sprint(i), fmt.Sprintf("Person %d", i), map[bool]string{true: "Ana Lopez", false: "Bob"}[i == 70 || i == 170]}})
			}
			res, err := ingest.Upsert(t.Context(), tx, in)
			if err != nil {
				return err
			}
			for i, id := range res.Records {
				about = append(about, notify.About{ID: id, Text: "is CTO now", Data: map[string]any{"n": i}})
			}
			return p.Raise(t.Context(), tx, notify.Event{Type: fettle.EventSignal, Subject: "moves", Entity: fettle.People, Records: about})
		})
		p.run()
		until(t, "all", func() bool {
			_, a := crm.got()
			_, b := chat.got()
			_, r := room.got()
			return len(a) == 3 && len(b) == 1 && len(r) == 1
		})
		_, bodies := crm.got()
		n := 0
		for i, b := range bodies {
			var body struct {
				Data struct {
					Records []struct {
						ID   int64
						Name string
						N    int
					}
				}
			}
			if err := json.Unmarshal([]byte(b), &body); err != nil {
				t.Fatal(err)
			}
			if got, want := len(body.Data.Records), []int{100, 100, 50}[i]; got != want {
				t.Errorf("%d records in body %d", got, i)
			}
			for _, r := range body.Data.Records {
				if r.N != n || r.Name != fmt.Sprintf("Person %d", n) || r.ID != about[n].ID {
					t.Errorf("%d: %+v", n, r)
				}
				n++
			}
		}
		_, l := chat.got()
		if s := text(t, l[0]); !strings.HasPrefix(s, "Person 70, Ana Lopez: is CTO now\nPerson 170, ") || strings.Count(s, "\n") != 1 {
			t.Errorf("ana reads %s", s)
		}
		// The first hundred at once, the rest of them in one message, counted as people.
		p.later(31 * time.Minute)
		until(t, "the rest", func() bool { _, r := room.got(); return len(r) == 2 })
		_, r := room.got()
		if s := text(t, r[0]); !strings.HasPrefix(s, "Person 0, Bob: is CTO now\nPerson 1, ") || !strings.HasSuffix(s, "\nand 80 more") || strings.Count(s, "\n") != 20 {
			t.Errorf("the room reads %s", s)
		}
		if s := text(t, r[1]); !strings.HasPrefix(s, "150 signals between ") || !strings.HasSuffix(s, "\nand 130 more") || strings.Count(s, "\n") != 21 {
			t.Errorf("and then %s", s)
		}
		// Who is erased is in nothing that was told, and the others still are.
		p.update(func(tx *store.Tx) error {
			_, err := ingest.Delete(t.Context(), tx, ingest.DeleteInput{Entity: fettle.People, IDs: []int64{about[0].ID, about[70].ID, about[170].ID}, Erase: true, Actor: "ada", Now: time.Now()})
			return err
		})
		for name, want := range map[string]string{"crm": "Person 71: is CTO now", "room": "Person 1, Bob", "ana": "erased"} {
			said := ""
			for _, d := range p.log(name) {
				said += d.Message
			}
			if strings.Contains(said, "Person 0,") || strings.Contains(said, "Person 0:") || strings.Contains(said, "Person 70") || !strings.Contains(said, want) && name != "crm" {
				t.Errorf("%s after the erasure: %s", name, said)
			}
		}
		if _, err := p.Replay(t.Context(), admin, "crm", p.log("crm")[2].ID); err != nil {
			t.Fatal(err)
		}
		until(t, "the replay", func() bool { _, a := crm.got(); return len(a) == 4 })
		_, bodies = crm.got()
		if b := bodies[3]; strings.Contains(b, `"Person 0"`) || strings.Contains(b, "Person 70") || strings.Count(b, `"id":`) != 98 {
			t.Errorf("sent again: %s", b)
		}
	})
}
