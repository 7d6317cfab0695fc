package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"fettle"
	"fettle/deliver"
	"fettle/engine"
	"fettle/store"
	"fettle/store/storetest"
)

func (w *crm) later(name string) { // the times between tries pass
	w.sql("UPDATE destinations SET not_before_us = 0 WHERE name = '" + name + "'")
	w.sql("UPDATE destination_rows SET due_us = 0 WHERE state = 'pending'")
}

func (w *crm) log(name, outcome string) []fettle.SentView {
	w.t.Helper()
	all, _, err := w.e.Destinations.Log(w.t.Context(), admin, name, deliver.LogQuery{Outcome: outcome, Limit: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// TestWhatIsRefusedKeepsNobodyBack sends one that the service refuses among others:
// by its id in a 207, and as a refusal of the whole request.
func TestWhatIsRefusedKeepsNobodyBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, strict := range []bool{false, true} {
			w := newCRM(t, db)
			if strict {
				w.hub.Strict()
			}
			var rows [][]any
			for i := range 9 {
				id := fmt.Sprint(600 + i)
				w.hub.Put(id, map[string]string{})
				rows = append(rows, []any{id, "Person " + id, "VP", map[bool]string{true: "refuse me", false: "Rome"}[i == 5]})
			}
			w.persons("crm", rows...)
			me := w.worker()
			w.on("hubspot")
			w.sends(w.e, "hubspot", me)
			if v := w.shows("hubspot"); v.Outcomes[fettle.SendWritten] != 8 || v.Outcomes[fettle.SendRefused] != 1 || v.Failed != 1 || v.Waiting != 0 {
				t.Fatalf("strict %t: %+v", strict, v)
			}
			refused := w.log("hubspot", "refused")
			if len(refused) != 1 || !strings.Contains(refused[0].Message, "allowed options") || refused[0].RemoteID != "605" {
				t.Errorf("strict %t: the log says %+v", strict, refused)
			}
			w.persons("crm", []any{"605", "Person 605", "VP", "Oslo"})
			w.sends(w.e, "hubspot", me)
			if got := w.hub.Contact("605")["city"]; got != "Oslo" {
				t.Errorf("strict %t: what was mended did not arrive: %q", strict, got)
			}
			if _, err := w.e.Destinations.Off(t.Context(), admin, "hubspot"); err != nil {
				t.Fatal(err)
			}
			if err := w.e.Destinations.Delete(t.Context(), admin, "hubspot"); err != nil {
				t.Fatal(err)
			}
			w.sql("DELETE FROM people")
			w.sql("DELETE FROM match_keys")
		}
	})
}

// TestPatience is turned away, cut off and down: nothing is lost, nothing is sent
// before its time, and what may have arrived is looked at before it is sent again.
func TestPatience(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newCRM(t, db)
		w.hub.Put("501", map[string]string{})
		w.persons("crm", []any{"501", "Ada One", "VP Sales", "Berlin"})
		me := w.worker()
		w.on("hubspot")
		w.hub.TurnAway(1)
		w.sends(w.e, "hubspot", me)
		v := w.shows("hubspot")
		if v.NextAt == nil || time.Until(*v.NextAt) > 2*time.Second || v.Waiting != 1 || !strings.Contains(v.Detail, "429") {
			t.Fatalf("turned away, it says %+v", v)
		}
		if _, reads, _ := w.hub.Updates(); reads != 0 {
			t.Fatal("it asked although it was turned away")
		}
		w.later("hubspot")
		w.hub.Cut(1)
		w.sends(w.e, "hubspot", me)
		if got := w.log("hubspot", "tried_again"); len(got) != 2 || !strings.Contains(got[0].Message, "may have arrived") || got[0].NextAt == nil || len(got[0].Changes) != 2 {
			t.Fatalf("cut off, the log says %+v", got)
		}
		w.later("hubspot")
		w.sends(w.e, "hubspot", me)
		all, _, writes := w.hub.Updates()
		if v := w.shows("hubspot"); len(all) != 1 || writes != 1 || v.Waiting != 0 || v.Outcomes[fettle.SendUnchanged] != 1 {
			t.Fatalf("it was written %d times: %+v", writes, v)
		}
		w.hub.Break(true)
		w.persons("crm", []any{"501", "Ada One", "VP Ops", "Berlin"})
		w.sends(w.e, "hubspot", me)
		w.sql("UPDATE destination_rows SET first_us = 1")
		w.later("hubspot")
		w.sends(w.e, "hubspot", me)
		if v := w.shows("hubspot"); v.Failed != 1 || v.Outcomes[fettle.SendFailed] != 1 {
			t.Fatalf("down for three days, it says %+v", v)
		}
		w.hub.Break(false)
		w.hub.Put("501", map[string]string{})
		if n, err := w.e.Destinations.Replay(t.Context(), admin, "hubspot", 0); n != 1 || err != nil {
			t.Fatalf("replayed %d: %v", n, err)
		}
		w.later("hubspot")
		w.sends(w.e, "hubspot", me)
		if got := w.hub.Contact("501")["jobtitle"]; got != "VP Ops" {
			t.Errorf("replayed, it holds %q", got)
		}
	})
}

// TestAProcessIsLostBetweenSendingAndNoting loses a process after the request has
// left: another looks at what is there before it writes, and writes nothing twice.
func TestAProcessIsLostBetweenSendingAndNoting(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newCRM(t, db)
		w.hub.Put("501", map[string]string{})
		w.persons("crm", []any{"501", "Ada One", "VP Sales", "Berlin"})
		lost, other := w.worker(), w.worker()
		w.on("hubspot")
		w.sends(w.e, "hubspot", lost)
		// The state in which a process leaves it that dies before it notes the answer.
		w.sql("UPDATE destination_rows SET state = 'sending', outcome = '', hash = ''")
		w.sql(fmt.Sprintf("UPDATE destinations SET worker_id = %d, written = 0", lost))
		e := w.another()
		w.sends(e, "hubspot", other)
		if v := w.shows("hubspot"); v.Waiting != 1 {
			t.Fatalf("another process took what a living one sends: %+v", v)
		}
		w.sql(fmt.Sprintf("UPDATE workers SET state = 'lost' WHERE id = %d", lost))
		w.sends(e, "hubspot", other)
		_, _, writes := w.hub.Updates()
		if v := w.shows("hubspot"); writes != 1 || v.Waiting != 0 || len(w.log("hubspot", "tried_again")) != 1 {
			t.Fatalf("written %d times, then %+v", writes, v)
		}
	})
}

// TestWhatChangesOnTheWayIsSentAfter changes a record while a request with what it
// held before is under way, and turns a destination off with records that wait.
func TestWhatChangesOnTheWayIsSentAfter(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newCRM(t, db)
		w.apply(toHubSpot + "write: overwrite\n")
		w.reach("hubspot")
		w.hub.Put("501", map[string]string{})
		w.persons("crm", []any{"501", "Ada One", "VP Sales", "Berlin"})
		me := w.worker()
		w.on("hubspot")
		w.hub.Meanwhile(func() {
			w.persons("crm", []any{"501", "Ada One", "VP Ops", "Berlin"})
			if err := w.e.TellEntered(t.Context()); err != nil {
				t.Error(err)
			}
		})
		w.sends(w.e, "hubspot", me)
		if got := w.hub.Contact("501")["jobtitle"]; got != "VP Ops" {
			t.Fatalf("it holds %q: what changed on the way was not sent", got)
		}
		w.persons("crm", []any{"501", "Ada One", "VP Law", "Berlin"})
		if err := w.e.TellEntered(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.e.Destinations.Off(t.Context(), admin, "hubspot"); err != nil {
			t.Fatal(err)
		}
		_, reads, writes := w.hub.Updates()
		w.sends(w.e, "hubspot", me)
		if _, r, n := w.hub.Updates(); r != reads || n != writes || w.shows("hubspot").Waiting != 1 {
			t.Errorf("it is off, and was asked %d times and wrote %d times", r-reads, n-writes)
		}
	})
}

// hooks takes what is sent to any address, and answers as it is told.
type hooks struct {
	*httptest.Server

	mu     sync.Mutex
	bodies []map[string]any
	keys   []string
	status int
	once   func() // done while the first request is under way
}

func newHooks(t *testing.T) *hooks {
	t.Helper()
	h := &hooks{status: http.StatusNoContent}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body := map[string]any{}
		_ = json.Unmarshal(b, &body)
		h.mu.Lock()
		h.bodies, h.keys = append(h.bodies, body), append(h.keys, r.Header.Get("Idempotency-Key"))
		status, once := h.status, h.once
		h.once = nil
		h.mu.Unlock()
		if once != nil {
			once()
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hooks) got() ([]map[string]any, []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]map[string]any(nil), h.bodies...), append([]string(nil), h.keys...)
}

// TestAnotherService sends to a service that its document describes, one by one: an
// empty answer is enough, a key tells a repetition, and the address is judged.
func TestAnotherService(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, h := newCRM(t, db), newHooks(t)
		document := func(write string) string {
			return `
apiVersion: fettle/v1
kind: Destination
name: ours
audience: leaders
id: external_id
fields: {title: title, employer: company.name, size: company.employee_count}
write: ` + write + `
http:
  server: {base_url: "` + h.URL + `"}
  write:
    request: {method: POST, path: "/people/{{input.id}}", body: {id: "{{input.id}}", set: "{{input.fields}}"}}
    idempotency: {mode: key}
`
		}
		if _, err := w.e.Apply(t.Context(), admin, []byte(document("blanks_only")), true); err == nil || !strings.Contains(err.Error(), "nothing says what is there") {
			t.Fatalf("blanks only, and nothing is read: %v", err)
		}
		w.apply(document("overwrite"))
		w.persons("crm", []any{"501", "Ada One", "VP Sales", "Berlin"}, []any{"502", "Bob Two", "VP Ops", ""})
		me := w.worker()
		w.on("ours")
		w.sends(w.e, "ours", me)
		if v := w.shows("ours"); v.Waiting != 2 || !strings.Contains(v.Detail, "--allow-host") {
			t.Fatalf("a private address is written to: %+v", v)
		}
		w.hosts = append(w.hosts, strings.TrimPrefix(h.URL, "http://"))
		e := w.another()
		w.later("ours")
		w.sends(e, "ours", me)
		bodies, keys := h.got()
		if len(bodies) != 2 || bodies[0]["id"] != "501" || fmt.Sprint(bodies[0]["set"]) != "map[title:VP Sales]" || keys[0] == "" || keys[0] == keys[1] {
			t.Fatalf("it got %v under %q", bodies, keys)
		}
		// A process is lost that had sent the first: it goes again, as it was, under its key.
		w.sql("UPDATE destination_rows SET state = 'sending', sent = '{\"remote\":\"501\",\"set\":{\"title\":\"VP Sales\"}}' WHERE remote_id = '501' AND destination_id = (SELECT id FROM destinations WHERE name = 'ours')")
		w.sql("UPDATE destinations SET worker_id = 0")
		w.sends(e, "ours", me)
		if _, again := h.got(); len(again) != 3 || again[2] != keys[0] {
			t.Fatalf("after the loss it got the keys %q", again)
		}
		// People are sent when what their company holds changes.
		if err := w.companyOf("Ada One", "Acme", 120); err != nil {
			t.Fatal(err)
		}
		w.sends(e, "ours", me)
		if bodies, _ := h.got(); len(bodies) != 4 || fmt.Sprint(bodies[3]["set"]) != "map[employer:Acme size:120 title:VP Sales]" {
			t.Fatalf("after the company changed it got %v", bodies[3:])
		}
	})
}

// companyOf gives somebody a company.
func (w *crm) companyOf(person, name string, employees float64) error {
	ctx := w.t.Context()
	if _, err := w.e.UpsertRecords(ctx, admin, engine.UpsertInput{Entity: fettle.Companies, Source: "crm", Rows: []map[string]any{{"domain": "acme.com", "name": name, "employee_count": employees}}}); err != nil {
		return err
	}
	_, err := w.e.UpsertRecords(ctx, admin, engine.UpsertInput{Entity: fettle.People, Source: "crm", Rows: []map[string]any{{"external_id": "501", "name": person, "company_domain": "acme.com"}}})
	return err
}

// TestWhoMayHaveRecordsSent holds that an editor turns nothing on, that a key is for
// one server, that what is on does not change, and that a copy writes nothing.
func TestWhoMayHaveRecordsSent(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	w, ctx := newCRM(t, db), context.Background()
	editor := fettle.Actor{Name: "eve", Role: fettle.Editor}
	if _, err := w.e.Destinations.On(ctx, editor, "hubspot", false, true); fettle.CodeOf(err) != fettle.NotAllowed {
		t.Errorf("an editor turned it on: %v", err)
	}
	elsewhere := "https://elsewhere.example"
	if v, err := w.e.Destinations.Set(ctx, admin, "hubspot", deliver.Input{BaseURL: &elsewhere}); err != nil || v.HasKey {
		t.Errorf("the key is sent to another server: %+v, %v", v, err)
	}
	w.reach("hubspot")
	w.on("hubspot")
	if _, err := w.e.Apply(ctx, admin, []byte(strings.Replace(toHubSpot, "city: location", "city: name", 1)), true); fettle.CodeOf(err) != fettle.Refused && fettle.CodeOf(err) != fettle.Invalid {
		t.Errorf("what is on was changed: %v", err)
	}
	if err := w.e.DeleteAudience(ctx, admin, "leaders"); fettle.CodeOf(err) != fettle.Refused {
		t.Errorf("its audience was deleted: %v", err)
	}
	if err := w.e.DeleteField(ctx, admin, fettle.People, "location"); fettle.CodeOf(err) != fettle.Refused || !strings.Contains(err.Error(), "destination hubspot") {
		t.Errorf("a field that is sent was deleted: %v", err)
	}
	if _, err := w.e.Restore(ctx, admin, "the original"); err != nil {
		t.Fatal(err)
	}
	if v := w.shows("hubspot"); v.State != fettle.DestinationOff || v.Reason != fettle.OffRestored {
		t.Errorf("a copy goes on writing: %+v", v)
	}
}
