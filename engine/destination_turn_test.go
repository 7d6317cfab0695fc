package engine_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/deliver"
	"fettle/store"
	"fettle/store/storetest"
)

func (w *crm) idOf(name string) (id int64) {
	w.t.Helper()
	if err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
		return tx.SQL().QueryRowContext(w.t.Context(), "SELECT id FROM people WHERE name = $1", name).Scan(&id)
	}); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// TestWhatHappensWhileItIsReadCounts suppresses, takes out, deletes and corrects people
// while a service is asked what it holds of them: none leaves as they were.
func TestWhatHappensWhileItIsReadCounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newCRM(t, db)
		for _, id := range []string{"501", "502", "503", "504", "505"} {
			w.hub.Put(id, map[string]string{})
		}
		w.persons("crm", []any{"501", "Ada One", "VP Sales", "Berlin"}, []any{"502", "Bob Two", "VP Ops", "Bonn"}, []any{"503", "Cy Three", "VP Art", "Bern"},
			[]any{"504", "Di Four", "VP Law", "Rome"}, []any{"505", "Eli Five", "VP Data", "Oslo"})
		me := w.worker()
		w.on("hubspot")
		w.hub.Reading(func() {
			if _, err := w.e.SuppressRecords(t.Context(), admin, []int64{w.idOf("Ada One")}, "", true); err != nil {
				t.Error(err)
			}
			w.persons("crm", []any{"502", "Bob Two", "Clerk", "Bonn"}, []any{"503", "Cy Three", "VP Craft", "Bern"})
			w.sql("DELETE FROM people WHERE name = 'Di Four'")
		})
		w.sends(w.e, "hubspot", me)
		w.sends(w.e, "hubspot", me)
		all, _, _ := w.hub.Updates()
		got := map[string]string{}
		for _, u := range all {
			got[u.ID] += u.Properties["jobtitle"] + ";"
		}
		if len(got) != 2 || got["503"] != "VP Craft;" || got["505"] != "VP Data;" {
			t.Errorf("what was written: %v", got)
		}
		if v := w.shows("hubspot"); v.Waiting != 0 || v.Outcomes[fettle.SendSuppressed] != 1 || v.Outcomes[fettle.SendLeft] != 2 {
			t.Errorf("it says %+v", v)
		}
	})
}

// TestWhoWaitsForOthersIsLookedAtInTurn sends one by one, and suppresses those behind
// while the first is on its way: they do not leave.
func TestWhoWaitsForOthersIsLookedAtInTurn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, h := newCRM(t, db), newHooks(t)
		w.hosts = append(w.hosts, strings.TrimPrefix(h.URL, "http://"))
		w.e = w.another()
		w.apply(`
apiVersion: fettle/v1
kind: Destination
name: ours
audience: leaders
id: external_id
fields: {title: title}
write: overwrite
http:
  server: {base_url: "` + h.URL + `"}
  write: {request: {method: POST, path: "/people", body: {id: "{{input.id}}", set: "{{input.fields}}"}}}
`)
		w.persons("crm", []any{"501", "Ada One", "VP Sales", ""}, []any{"502", "Bob Two", "VP Ops", ""}, []any{"503", "Cy Three", "VP Art", ""})
		me := w.worker()
		w.on("ours")
		h.mu.Lock()
		h.once = func() {
			if _, err := w.e.SuppressRecords(t.Context(), admin, []int64{w.idOf("Bob Two")}, "", true); err != nil {
				t.Error(err)
			}
		}
		h.mu.Unlock()
		w.sends(w.e, "ours", me)
		if bodies, _ := h.got(); len(bodies) != 2 || bodies[0]["id"] != "501" || bodies[1]["id"] != "503" {
			t.Errorf("it got %v", bodies)
		}
		if v := w.shows("ours"); v.Waiting != 0 || v.Outcomes[fettle.SendSuppressed] != 1 {
			t.Errorf("it says %+v", v)
		}
	})
}

// TestOneOfWhomNothingIsSaidKeepsNobodyBack has a service answer for all but one.
func TestOneOfWhomNothingIsSaidKeepsNobodyBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newCRM(t, db)
		w.hub.Put("501", map[string]string{})
		w.hub.Put("502", map[string]string{})
		w.persons("crm", []any{"501", "Ada One", "VP Sales", "Berlin"}, []any{"502", "Bob Two", "VP Ops", "Bonn"})
		me := w.worker()
		w.hub.SilentOf("501")
		dry, err := w.e.Destinations.Check(t.Context(), admin, "hubspot", 10)
		if err != nil || dry.Outcomes[fettle.SendWritten] != 1 || dry.Outcomes[fettle.SendRetried] != 1 {
			t.Errorf("the dry run says %+v, %v", dry, err)
		}
		w.on("hubspot")
		w.sends(w.e, "hubspot", me)
		if w.hub.Contact("502")["jobtitle"] != "VP Ops" || w.hub.Contact("501")["jobtitle"] != "" {
			t.Error("one of whom nothing is said keeps the other back")
		}
		if v := w.shows("hubspot"); v.Waiting != 1 || v.NextAt != nil || len(w.log("hubspot", "tried_again")) != 1 {
			t.Errorf("it says %+v", v)
		}
		w.hub.SilentOf("")
		w.later("hubspot")
		w.sends(w.e, "hubspot", me)
		if w.hub.Contact("501")["jobtitle"] != "VP Sales" {
			t.Error("it is not tried again")
		}
	})
}

// TestANewKeyIsTriedAtOnce has a key be revoked and another entered: what waits for
// its next try does not wait for the hours of the old key's tries.
func TestANewKeyIsTriedAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newCRM(t, db)
		w.hub.Put("501", map[string]string{})
		w.persons("crm", []any{"501", "Ada One", "VP Sales", "Berlin"})
		me := w.worker()
		w.on("hubspot")
		revoked := "revoked"
		if _, err := w.e.Destinations.Set(t.Context(), admin, "hubspot", deliver.Input{Key: &revoked}); err != nil {
			t.Fatal(err)
		}
		w.sends(w.e, "hubspot", me)
		if v := w.shows("hubspot"); v.Waiting != 1 || v.NextAt == nil {
			t.Fatalf("with a revoked key it says %+v", v)
		}
		hours := time.Now().Add(8 * time.Hour).UnixMicro()
		w.sql("UPDATE destination_rows SET due_us = $1", hours)
		w.sql("UPDATE destinations SET not_before_us = $1", hours)
		if _, err := w.e.Destinations.Set(t.Context(), admin, "hubspot", deliver.Input{Key: &w.hub.Token}); err != nil {
			t.Fatal(err)
		}
		w.sends(w.e, "hubspot", me)
		if got := w.hub.Contact("501")["jobtitle"]; got != "VP Sales" {
			t.Errorf("with a new key it holds %q", got)
		}
	})
}

// TestAnotherServerStartsAnew moves a destination from a trial's server to another:
// what was settled there says nothing, and the key is for https at one server.
func TestAnotherServerStartsAnew(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		trial := newCRM(t, db)
		trial.hub.Put("501", map[string]string{"jobtitle": "VP Sales", "city": "Berlin"})
		trial.persons("crm", []any{"501", "Ada One", "VP Sales", "Berlin"})
		me := trial.worker()
		trial.on("hubspot")
		trial.sends(trial.e, "hubspot", me)
		if _, err := trial.e.Destinations.Off(t.Context(), admin, "hubspot"); err != nil {
			t.Fatal(err)
		}
		plain := strings.Replace(trial.hub.URL, "http://", "https://", 1)
		if v, err := trial.e.Destinations.Set(t.Context(), admin, "hubspot", deliver.Input{BaseURL: &plain}); err != nil || v.HasKey {
			t.Errorf("the key of http is kept for https: %+v, %v", v, err)
		}
		u, _ := url.Parse(trial.hub.URL)
		other := "http://localhost:" + u.Port()
		trial.hosts = append(trial.hosts, "localhost:"+u.Port())
		trial.e = trial.another()
		if _, err := trial.e.Destinations.Set(t.Context(), admin, "hubspot", deliver.Input{BaseURL: &other, Key: &trial.hub.Token}); err != nil {
			t.Fatal(err)
		}
		trial.hub.Put("501", map[string]string{})
		dry, err := trial.e.Destinations.Check(t.Context(), admin, "hubspot", 10)
		if err != nil || dry.Outcomes[fettle.SendWritten] != 1 {
			t.Errorf("the dry run at another server says %+v, %v", dry, err)
		}
	})
}

// TestAServiceThatIsDownIsNotAskedForEachBatch has a service be down while there are
// many requests' worth of records: it is left alone the longer, the longer it is.
func TestAServiceThatIsDownIsNotAskedForEachBatch(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newCRM(t, db)
		var rows [][]any
		for i := range 250 {
			id := fmt.Sprint(1000 + i)
			w.hub.Put(id, map[string]string{})
			rows = append(rows, []any{id, "Person " + id, "VP", "Rome"})
		}
		w.persons("crm", rows...)
		me := w.worker()
		w.hub.Break(true)
		w.on("hubspot")
		w.sends(w.e, "hubspot", me)
		if at := w.shows("hubspot").NextAt; at == nil || time.Until(*at) > 10*time.Second {
			t.Fatalf("after the first failure it waits until %v", at)
		}
		// Six minutes of that, and the turn of those that were not tried yet.
		w.sql("UPDATE destination_rows SET first_us = first_us - 360000000, due_us = $1 WHERE first_us > 0", time.Now().Add(time.Hour).UnixMicro())
		w.sql("UPDATE destinations SET not_before_us = 0")
		w.sends(w.e, "hubspot", me)
		if at := w.shows("hubspot").NextAt; at == nil || time.Until(*at) < 4*time.Minute || time.Until(*at) > 6*time.Minute {
			t.Fatalf("down for six minutes it waits until %v", at)
		}
		w.hub.Break(false)
		w.later("hubspot")
		w.sends(w.e, "hubspot", me)
		if v := w.shows("hubspot"); v.Outcomes[fettle.SendWritten] != 250 || v.NextAt != nil {
			t.Errorf("up again it says %+v", v)
		}
	})
}
