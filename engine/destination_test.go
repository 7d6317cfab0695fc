package engine_test

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"testing"
	"time"

	"fettle"
	"fettle/deliver"
	"fettle/engine"
	"fettle/ingest"
	"fettle/provider/catalog"
	"fettle/provider/providertest"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// crm is a world with contacts of HubSpot, and a destination that writes there.
type crm struct {
	*world

	hub *providertest.HubSpot
}

const toHubSpot = `
apiVersion: fettle/v1
kind: Destination
name: hubspot
to: hubspot-contacts
audience: leaders
id: external_id
fields: {jobtitle: title, city: location}
`

const moves = `
apiVersion: fettle/v1
kind: Signal
name: moves
entity: people
type: job_change
when: changed(title)
from: {title: before.title}
to: {title: title}
`

func newCRM(t *testing.T, db *store.DB) *crm {
	t.Helper()
	hub := providertest.NewHubSpot(t, "jobtitle", "city", "company_size")
	u, err := url.Parse(hub.URL)
	if err != nil {
		t.Fatal(err)
	}
	w := &crm{world: newWorld(t, db, sandbox.Defaults()), hub: hub}
	w.hosts = append(w.hosts, u.Host)
	w.e = w.another()
	w.audience("leaders", `title.contains("vp")`)
	w.apply(toHubSpot)
	w.reach("hubspot")
	return w
}

// another makes another process of the workspace.
func (w *crm) another() *engine.Engine {
	w.t.Helper()
	cfg := w.config()
	var err error
	if cfg.Services, err = catalog.Destinations(); err != nil {
		w.t.Fatal(err)
	}
	e, err := engine.New(w.t.Context(), cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// reach points a destination at the fake, with its key.
func (w *crm) reach(name string) {
	w.t.Helper()
	if _, err := w.e.Destinations.Set(w.t.Context(), admin, name, deliver.Input{BaseURL: &w.hub.URL, Key: &w.hub.Token}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *crm) apply(docs string) {
	w.t.Helper()
	if _, err := w.e.Apply(w.t.Context(), admin, []byte(docs), true); err != nil {
		w.t.Fatal(err)
	}
}

// person is somebody of a file: an id in the CRM, a name, and what we know.
func (w *crm) persons(source string, rows ...[]any) {
	w.t.Helper()
	ctx := w.t.Context()
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		now := time.Now()
		origin, err := tx.OriginID(ctx, store.Origin{Kind: store.OriginImport, Name: source, Day: fettle.DayOf(now)})
		if err != nil {
			return err
		}
		in := ingest.UpsertInput{Entity: fettle.People, Source: source, Origin: origin, Actor: "test", Now: now, Fields: []string{"external_id", "name", "title", "location"}}
		for i, r := range rows {
			in.Rows = append(in.Rows, ingest.Row{Line: i + 1, Values: r})
		}
		_, err = ingest.Upsert(ctx, tx, in)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// worker makes a worker that lives, and gives its number.
func (w *crm) worker() (id int64) {
	w.t.Helper()
	err := w.db.Update(w.t.Context(), func(tx *store.Tx) (err error) {
		if id, err = tx.NextIDs(w.t.Context(), store.SeqWorker, 1); err != nil {
			return err
		}
		return tx.AddWorker(w.t.Context(), store.Worker{ID: id, Host: fmt.Sprint(id)})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// sends sends what is due of a destination, as a worker.
func (w *crm) sends(e *engine.Engine, name string, worker int64) {
	w.t.Helper()
	ctx := w.t.Context()
	if err := e.TellEntered(ctx); err != nil {
		w.t.Fatal(err)
	}
	var id int64
	if err := w.db.View(ctx, func(tx *store.Tx) error {
		d, err := tx.Destination(ctx, name)
		id = d.ID
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	e.Destinations.Drain(ctx, context.WithoutCancel(ctx), id, worker)
}

func (w *crm) on(name string) {
	w.t.Helper()
	if _, err := w.e.Destinations.On(w.t.Context(), admin, name, false, true); err != nil {
		w.t.Fatal(err)
	}
}

func (w *crm) shows(name string) fettle.DestinationView {
	w.t.Helper()
	v, err := w.e.Destinations.Get(w.t.Context(), admin, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// reads finds the signals in the change log.
func (w *crm) reads() {
	w.t.Helper()
	w.apply(moves) // before documents are applied
}

func (w *crm) sql(text string, args ...any) {
	w.t.Helper()
	if err := w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		_, err := tx.SQL().ExecContext(w.t.Context(), text, args...)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
}

// contacts fills the CRM and the workspace: 501 is blank there, 502 has a title of
// its own, 503 has all of it already, 504 is not there, one has no id, one shares
// an id, one is suppressed, one is blank here.
func (w *crm) contacts() {
	w.hub.Put("501", map[string]string{"jobtitle": "", "city": ""})
	w.hub.Put("502", map[string]string{"jobtitle": "Head of Sales", "city": "Bonn"})
	w.hub.Put("503", map[string]string{"jobtitle": "VP Design", "city": "Paris"})
	w.hub.Put("506", map[string]string{})
	w.hub.Put("508", map[string]string{"jobtitle": "", "city": "Oslo"})
	w.persons("crm",
		[]any{"501", "Ada One", "VP Sales", "Berlin"}, []any{"502", "Bob Two", "VP Ops", "Berlin"}, []any{"503", "Cy Three", "VP Design", "Paris"},
		[]any{"504", "Di Four", "VP Legal", "Rome"}, []any{"506", "Fay Six", "VP Data", "Bern"}, []any{"508", "Gil Eight", "VP People", "Rome"})
	w.persons("other", []any{nil, "Eve Five", "VP Nothing", "Wien"})
	var id int64
	_ = w.db.View(w.t.Context(), func(tx *store.Tx) error {
		return tx.SQL().QueryRowContext(w.t.Context(), "SELECT id FROM people WHERE name = 'Fay Six'").Scan(&id)
	})
	if _, err := w.e.SuppressRecords(w.t.Context(), admin, []int64{id}, "", true); err != nil {
		w.t.Fatal(err)
	}
}

// TestDryRunIsTheDeed counts by rule what would be written, writes it, and compares:
// blanks only by default, nothing while it is off, nothing of those that are
// suppressed, unknown there or without an id.
func TestDryRunIsTheDeed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newCRM(t, db)
		w.contacts()
		me := w.worker()
		w.sends(w.e, "hubspot", me)
		if all, reads, writes := w.hub.Updates(); len(all)+reads+writes != 0 {
			t.Fatalf("it is off, and asked %d times, wrote %d times", reads, writes)
		}
		dry, err := w.e.Destinations.Check(t.Context(), admin, "hubspot", 1000)
		if err != nil {
			t.Fatal(err)
		}
		want := map[fettle.SendOutcome]int64{
			fettle.SendWritten: 2, fettle.SendHasValue: 1, fettle.SendUnchanged: 1, fettle.SendNotThere: 1, fettle.SendNoID: 1, fettle.SendSuppressed: 1,
		}
		if !maps.Equal(dry.Outcomes, want) || dry.Looked != 7 || dry.Audience != 7 || dry.Calls != 1 || len(dry.Samples) != 2 {
			t.Fatalf("the dry run says %+v", dry)
		}
		if p := dry.Properties[1]; p.Property != "jobtitle" || p.Fills != 2 || p.Keeps != 1 || p.Same != 1 || p.Replaces != 0 {
			t.Errorf("of jobtitle it says %+v", p)
		}
		if _, err := w.e.Destinations.On(t.Context(), admin, "hubspot", false, false); fettle.CodeOf(err) != fettle.Confirm {
			t.Fatalf("it is turned on without being confirmed: %v", err)
		}
		w.on("hubspot")
		w.sends(w.e, "hubspot", me)
		if got := w.shows("hubspot"); !maps.Equal(got.Outcomes, want) || got.Waiting != 0 || got.Written != 2 {
			t.Errorf("the deed says %+v", got)
		}
		for id, want := range map[string]map[string]string{
			"501": {"jobtitle": "VP Sales", "city": "Berlin"}, "502": {"jobtitle": "Head of Sales", "city": "Bonn"}, "503": {"jobtitle": "VP Design", "city": "Paris"},
			"506": {}, "508": {"jobtitle": "VP People", "city": "Oslo"},
		} {
			if got := w.hub.Contact(id); !maps.Equal(got, want) {
				t.Errorf("%s holds %v, not %v", id, got, want)
			}
		}
		_, reads, writes := w.hub.Updates()
		w.sends(w.e, "hubspot", me)
		if _, r, n := w.hub.Updates(); r != reads || n != writes {
			t.Error("what is settled is asked or written again")
		}
	})
}

// TestChangesAreSentOnce changes one field, lets one enter, and brings back by an
// import what was written: the change and the newcomer are sent, what comes back
// changes nothing, and sends nothing.
func TestChangesAreSentOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newCRM(t, db)
		w.contacts()
		w.apply(moves)
		w.apply(toHubSpot + "write: overwrite\n")
		w.reach("hubspot")
		me := w.worker()
		w.on("hubspot")
		w.sends(w.e, "hubspot", me)
		first, _, writes := w.hub.Updates()
		w.persons("crm", []any{"501", "Ada One", "VP Marketing", "Berlin"})
		w.hub.Put("509", map[string]string{})
		w.persons("crm", []any{"509", "Hal Nine", "VP New", "Lyon"})
		w.sends(w.e, "hubspot", me)
		all, _, n := w.hub.Updates()
		if got := all[len(first):]; n != writes+1 || len(got) != 2 || got[0].ID != "501" || len(got[0].Properties) != 1 || got[0].Properties["jobtitle"] != "VP Marketing" || got[1].ID != "509" {
			t.Fatalf("sent %+v", got)
		}
		newest := func() (id, signals int64) {
			_ = db.View(t.Context(), func(tx *store.Tx) error {
				return tx.SQL().QueryRowContext(t.Context(), "SELECT (SELECT max(id) FROM changes), (SELECT count(*) FROM signals)").Scan(&id, &signals)
			})
			return id, signals
		}
		w.reads()
		log, told := newest()
		w.persons("crm", []any{"501", "Ada One", "VP Marketing", "Berlin"}, []any{"509", "Hal Nine", "VP New", "Lyon"})
		w.reads()
		w.sends(w.e, "hubspot", me)
		again, signals := newest()
		if _, _, m := w.hub.Updates(); log != again || signals != told || m != n {
			t.Errorf("what came back changed %d → %d, told %d → %d signals, wrote %d → %d times", log, again, told, signals, n, m)
		}
		// What is not sent changes: nobody is asked.
		_, reads, _ := w.hub.Updates()
		w.persons("crm", []any{"501", "Ada Renamed", "VP Marketing", "Berlin"})
		w.sends(w.e, "hubspot", me)
		if _, r, _ := w.hub.Updates(); r != reads || w.shows("hubspot").Waiting != 0 {
			t.Errorf("a change of what is not sent asked %d times", r-reads)
		}
	})
}
