package engine_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/notify"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// toldEvent is an event as a webhook would get it.
type toldEvent struct {
	Type    fettle.EventType
	Message string
	Data    map[string]any
}

// listens makes a channel that keeps every event; nothing is sent by it.
func (w *world) listens() {
	w.t.Helper()
	address := "http://127.0.0.1:9/never"
	if _, err := w.e.Channels.Add(w.t.Context(), admin, "all", notify.Input{Webhook: &address}); err != nil {
		w.t.Fatal(err)
	}
}

// events gives what was told since listens, the oldest first, of a type or, with "",
// of all.
func (w *world) events(only fettle.EventType) []toldEvent {
	w.t.Helper()
	var out []toldEvent
	err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
		ch, err := tx.Channel(w.t.Context(), "all")
		if err != nil {
			return err
		}
		log, err := tx.DeliveryLog(w.t.Context(), ch.ID, "", 0, 10_000)
		for _, l := range slices.Backward(log) {
			e := toldEvent{Type: l.Type, Message: l.Message}
			if err := json.Unmarshal([]byte(l.Data), &e.Data); err != nil {
				return err
			}
			if only == "" || only == e.Type {
				out = append(out, e)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) toldOnce(kind fettle.EventType) toldEvent {
	w.t.Helper()
	list := w.events(kind)
	if len(list) != 1 {
		w.t.Fatalf("%s was told %d times: %+v", kind, len(list), w.events(""))
	}
	return list[0]
}

// A run that has nothing left to do is told, once, with rows, credits and hit
// rate; one that follows its audience too, and not again when somebody enters.
func TestARunThatHasFinishedIsTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, follow := range []bool{false, true} {
			w := newWorld(t, db, sandbox.Config{HitRate: 0.5, Seed: 3})
			name := map[bool]string{false: "once", true: "following"}[follow]
			if !follow {
				w.listens()
				w.people(0, 40, "x")
			} else {
				w.people(100, 40, "y")
				w.audience("ys", `title == "y"`)
			}
			def := findEmail(map[bool]string{false: fettle.AllPeople, true: "ys"}[follow], 1000)
			def.Follow = follow
			w.save(name, def)
			stop := w.work(w.e)
			w.start(name)
			v := w.settle(name)
			w.passes(3)
			if follow {
				w.people(200, 3, "y")
				w.until(name, func(v fettle.EnrichmentView) bool { return v.Rows.Found+v.Rows.NotFound+v.Rows.Reused >= 43 })
				w.passes(3)
			}
			stop()
			list := w.events(fettle.EventFinished)
			if want := map[bool]int{false: 1, true: 2}[follow]; len(list) != want || w.notified("finished") != want {
				t.Fatalf("told %d times, %d in the app", len(list), w.notified("finished"))
			}
			e := list[len(list)-1]
			rows, _ := e.Data["rows"].(map[string]any)
			if n := e.Data["enrichment"].(map[string]any)["name"]; n != name || e.Data["credits"] != v.SpentCredits.String() || rows["found"] != float64(v.Rows.Found) || e.Data["hit_rate"] == nil {
				t.Errorf("%s: told %+v, shown %+v", name, e.Data, v.Rows)
			}
			if strings.Contains(e.Message, "0%)") || !strings.Contains(e.Message, "has finished: 40 rows, ") {
				t.Errorf("%s", e.Message)
			}
		}
	})
}

// A limit of which most is used when the run is over is warned of; one that was
// set when most of it was used already is not, nor one that is reached at once.
func TestNearIsTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{HitRate: 1, Seed: 1})
		w.listens()
		w.people(0, 9, "x")
		def := findEmail(fettle.AllPeople, 10)
		def.Follow = false
		w.save("emails", def)
		w.work(w.e)
		w.start("emails")
		wantPaused(t, w.paused("emails"), fettle.PausedFinished)
		w.passes(2)
		near := w.toldOnce(fettle.EventLimitNear)
		limit, _ := near.Data["limit"].(map[string]any)
		if limit["used_credits"] != "9" || limit["limit_credits"] != "10" || w.notified("near_limit") != 1 || !strings.HasPrefix(near.Message, "90% of the lifetime limit of emails is used: 9 of 10") {
			t.Errorf("%+v", near)
		}
		w.people(100, 5, "x")
		w.limit("emails", 11, true) // 9 of 11 are 81%
		wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
		w.passes(2)
		reached := w.toldOnce(fettle.EventLimitReached)
		if len(w.events(fettle.EventLimitNear)) != 1 || reached.Data["limit"].(map[string]any)["limit_credits"] != "11" {
			t.Errorf("%+v", w.events(""))
		}
		if n := w.notified("limit") + w.notified("near_limit"); n != 2 {
			t.Errorf("%d in the app", n)
		}
	})
}

// Calls that may have been billed are told with how many and what they hold; a
// bill above the highest price once, as that.
func TestWhatCannotWaitIsTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{HitRate: 1, DropRate: 0.2, Seed: 1})
		w.listens()
		w.people(0, 100, "x")
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		w.start("emails")
		v := w.settle("emails")
		var calls float64
		for _, e := range w.events(fettle.EventUnknown) {
			n, _ := e.Data["calls"].(float64)
			calls += n
		}
		if int64(calls) != v.Rows.Unknown || v.Rows.Unknown == 0 || w.notified("unknown") != 1 {
			t.Errorf("told of %v calls of %d, %d in the app", calls, v.Rows.Unknown, w.notified("unknown"))
		}
	})
	w := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 1, Overrun: true, Seed: 1, Latency: time.Millisecond})
	w.listens()
	w.people(0, 100, "x")
	w.save("emails", findEmail(fettle.AllPeople, 1000))
	w.work(w.e)
	w.start("emails")
	wantPaused(t, w.paused("emails"), fettle.PausedByProvider)
	if len(w.events(fettle.EventProviderDown)) != 0 || len(w.events(fettle.EventOverrun)) == 0 || w.notified("overrun") != 1 {
		t.Errorf("told %+v", w.events(""))
	}
}

// A person's pause and an import are told to whoever listens, and are no notice
// in the app.
func TestPausesAndImportsAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.listens()
	w.people(0, 3, "x")
	w.save("emails", findEmail(fettle.AllPeople, 100))
	w.work(w.e)
	w.start("emails")
	w.settle("emails")
	w.pause("emails")
	if e := w.toldOnce(fettle.EventPaused); e.Message != "emails was paused by ann." || w.notified("person") != 0 {
		t.Errorf("%+v", e)
	}
	if _, err := w.e.Import(t.Context(), admin, engine.ImportInput{Entity: fettle.People, Name: "more.csv", File: file(t, "Name,Email\nAda,ada@acme.example\n"), CreateFields: true}); err != nil {
		t.Fatal(err)
	}
	if e := w.toldOnce(fettle.EventImportDone); e.Data["file"] != "more.csv" || e.Data["created"] != float64(1) || e.Data["state"] != "done" {
		t.Errorf("%+v", e)
	}
}
