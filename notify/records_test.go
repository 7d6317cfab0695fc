package notify_test

import (
	"encoding/json"
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
		crm, chat := newReceiver(t), newReceiver(t)
		p := newProcess(t, db, notify.Config{AllowHosts: []string{crm.host(), chat.host()}})
		p.add("crm", notify.Input{Webhook: &crm.URL})
		p.add("ana", notify.Input{Slack: &chat.URL, Owner: new("ana@acme.example"), OwnerField: new("owner_email")})
		p.add("nobody", notify.Input{Slack: &chat.URL, Owner: new("ana@acme.example"), OwnerField: new("no_such_field")})
		var about []notify.About
		p.update(func(tx *store.Tx) error {
			if err := tx.AddField(t.Context(), fettle.Field{Entity: fettle.People, Key: "owner_email", Type: fettle.Email}); err != nil {
				return err
			}
			in := ingest.UpsertInput{Entity: fettle.People, Source: "csv", Actor: "ada", Now: time.Now(), Fields: []string{"external_id", "name", "owner_email"}}
			for i := range 250 {
				in.Rows = append(in.Rows, ingest.Row{Line: i + 1, Values: []any{fmt.Sprint(i), fmt.Sprintf("Person %d", i), map[bool]string{true: "Ana@acme.example", false: "bob@acme.example"}[i == 70 || i == 170]}})
			}
			res, err := ingest.Upsert(t.Context(), tx, in)
			if err != nil {
				return err
			}
			for i, id := range res.Records {
				about = append(about, notify.About{ID: id, Text: "is CTO now", Data: map[string]any{"n": i}})
			}
			return p.Raise(t.Context(), tx, notify.Event{Type: fettle.EventRestored, Subject: "moves", Entity: fettle.People, Records: about})
		})
		p.run()
		until(t, "all", func() bool { _, a := crm.got(); _, b := chat.got(); return len(a) == 3 && len(b) == 1 })
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
		if s := text(t, l[0]); !strings.HasPrefix(s, "Person 70, Ana@acme.example: is CTO now\nPerson 170, ") || strings.Count(s, "\n") != 1 {
			t.Errorf("ana reads %s", s)
		}
	})
}
