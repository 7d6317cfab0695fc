package engine_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/notify"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// says lists what a channel is told, oldest first.
func (w *world) says(channel string) []string {
	w.t.Helper()
	all, _, err := w.e.Channels.Log(w.t.Context(), admin, channel, notify.LogQuery{Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, d := range slices.Backward(all) {
		out = append(out, string(d.Type)+" "+d.Message)
	}
	return out
}

// TestSignalsAreTold finds, posts, takes back and tells again, and looks at what
// channels are told: each signal once, those of an owner to the owner's channel,
// samples to none.
func TestSignalsAreTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		if _, err := w.e.AddField(ctx, admin, fettle.Field{Entity: fettle.People, Key: "owner", Type: fettle.Text}); err != nil {
			t.Fatal(err)
		}
		url := "https://hooks.acme.example/x" // nobody sends: what waits is looked at
		for name, in := range map[string]notify.Input{
			"crm": {Webhook: &url}, "ana": {Slack: &url, Owner: new("ANA  lopez"), OwnerField: new("owner"), Events: &[]string{"signal.*"}}, "limits": {Slack: &url, Events: &[]string{"enrichment.*"}},
		} {
			if _, err := w.e.Channels.Add(ctx, admin, name, in); err != nil {
				t.Fatal(err)
			}
		}
		w.rule("job-change", jobChange())
		a := parliament(0, 3)
		w.sync("congress", a)
		w.edit(w.ids(fettle.AllPeople)[1], "owner", "Ana Lopez")
		a[0].title, a[1].title = "Senator", "Mayor"
		v := w.sync("congress", a)
		if n := len(w.signals(engine.SignalsQuery{})); n != 2 {
			t.Fatalf("%d signals", n)
		}
		ids := w.ids(fettle.AllPeople)
		sample := moved(ids[2], "VP", "CTO")
		sample.Sample = true
		w.posted("vendor", sample, fettle.SignalPost{Type: "funding", RecordID: ids[2], To: map[string]any{"round": "B"}, Since: "2025-02-03"}, moved(ids[0], "", "senator"))
		if _, err := w.e.UndoImport(ctx, admin, v.ID); err != nil {
			t.Fatal(err)
		}
		w.signals(engine.SignalsQuery{})
		w.sync("congress", a)
		w.signals(engine.SignalsQuery{})
		// The import's witness of the first is gone, the vendor's is not.
		both := "Member Number0: job change (retitled): Representative → Senator\nMember Number1: job change (retitled): Representative → Mayor"
		want := []string{
			"signal.created " + both, "signal.created Member Number2: funding: round B, since 2025-02-03",
			"signal.retracted Member Number1: job change (retitled): Representative → Mayor", "signal.created Member Number1: job change (retitled): Representative → Mayor",
		}
		got := slices.DeleteFunc(w.says("crm"), func(s string) bool { return !strings.HasPrefix(s, "signal.") })
		if !slices.Equal(got, want) {
			t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		ana := "Member Number1, Ana Lopez: job change (retitled): Representative → Mayor"
		if got, want := w.says("ana"), []string{"signal.created " + ana, "signal.retracted " + ana, "signal.created " + ana}; !slices.Equal(got, want) {
			t.Errorf("ana: %s", strings.Join(got, "\n"))
		}
		if got := w.says("limits"); len(got) != 0 {
			t.Errorf("limits: %v", got)
		}
		if _, err := w.e.PostSignals(ctx, admin, engine.PostInput{Signals: []fettle.SignalPost{{Type: "no type", RecordID: ids[0]}}}); err != nil {
			t.Fatal(err)
		}
		err := w.e.DeleteField(ctx, admin, fettle.People, "owner")
		w.code(fettle.Refused, err, "the field by which a channel tells owners is deleted")
		w.bodyOf("signal.retracted")
		w.sound()
	})
}

// bodyOf looks at the data of an event about one signal.
func (w *world) bodyOf(kind string) {
	w.t.Helper()
	var text string
	if err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
		return tx.SQL().QueryRowContext(w.t.Context(), "SELECT data FROM events WHERE type = $1 ORDER BY id LIMIT 1", kind).Scan(&text)
	}); err != nil {
		w.t.Fatal(err)
	}
	var data struct {
		Entity, Type string
		Records      []struct {
			ID         int64
			Name       string
			ExternalID string `json:"external_id"`
			Signal     struct {
				ID          int64
				Type, Kind  string
				From, To    map[string]string
				RetractedAt string `json:"retracted_at"`
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		w.t.Fatal(err)
	}
	if data.Entity != "people" || data.Type != "job_change" || len(data.Records) != 1 || data.Records[0].Signal.To["title"] != "Mayor" || data.Records[0].Signal.ID == 0 ||
		data.Records[0].Name != "Member Number1" || data.Records[0].Signal.RetractedAt == "" {
		w.t.Errorf("%s", text)
	}
}
