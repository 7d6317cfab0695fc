package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"fettle"
	"fettle/deliver"
	"fettle/engine"
	"fettle/internal/asread"
	"fettle/notify"
	"fettle/store"
	"fettle/store/storetest"
)

// TestDefineADestination makes one as a form does, and changes it.
func TestDefineADestination(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newCRM(t, db)
		ctx := t.Context()
		def := fettle.Destination{To: "hubspot-contacts", Audience: "leaders", ID: "external_id", Fields: fettle.Mapping{"jobtitle": "title"}}
		v, err := w.e.DefineDestination(ctx, editor, engine.Naming{Label: "Our HubSpot", New: true}, def)
		if err != nil || v.Name != "our-hubspot" || v.Label != "Our HubSpot" || v.State != fettle.DestinationOff || v.Write != fettle.BlanksOnly {
			t.Fatalf("made: %+v, %v", v, err)
		}
		if v, err := w.e.DefineDestination(ctx, editor, engine.Naming{Label: "Our HubSpot", New: true}, def); err != nil || v.Name == "our-hubspot" {
			t.Errorf("a second of the label: %q, %v", v.Name, err)
		}
		if _, err := w.e.DefineDestination(ctx, viewer, engine.Naming{Label: "Mine", New: true}, def); fettle.CodeOf(err) != fettle.NotAllowed {
			t.Errorf("a viewer: %v", err)
		}
		for key, wrong := range map[string]func(*fettle.Destination){
			"to":              func(d *fettle.Destination) { d.To = "hubspot" },
			"audience":        func(d *fettle.Destination) { d.Audience = "nobody" },
			"id":              func(d *fettle.Destination) { d.ID = "nothing" },
			"on":              func(d *fettle.Destination) { d.On = []string{fettle.OnEntered, fettle.OnEntered} },
			"fields.jobtitle": func(d *fettle.Destination) { d.Fields = fettle.Mapping{"jobtitle": "titel"} },
		} {
			d := def
			wrong(&d)
			if _, err := w.e.DefineDestination(ctx, editor, engine.Naming{Name: "our-hubspot"}, d); err == nil || fettle.AsError(err).Details["key"] != key {
				t.Errorf("%s: %v", key, err)
			}
		}

		many := fettle.Mapping{}
		for i := range 251 {
			many[fmt.Sprint("p", i)] = "title"
		}
		for _, fields := range []fettle.Mapping{{"": "title"}, {" ": "title"}, {"job\ntitle": "title"}, {strings.Repeat("x", 1_000_000): "title"}, many} {
			d := def
			d.Fields = fields
			if _, err := w.e.DefineDestination(ctx, editor, engine.Naming{Name: "our-hubspot"}, d); err == nil || fettle.AsError(err).Details["key"] != "fields" || len(err.Error()) > 300 {
				t.Errorf("%d things set: %.300v", len(fields), err)
			}
		}
		for _, address := range []string{"https://acme.example/#a", "https://acme.example?a=1", "https://acme.example/#", "https://u@acme.example"} {
			if _, err := w.e.Destinations.Set(ctx, admin, "our-hubspot", deliver.Input{BaseURL: &address}); fettle.CodeOf(err) != fettle.Invalid {
				t.Errorf("%s: %v", address, err)
			}
		}

		tag, err := w.e.Tag(ctx, editor, asread.Destination, "our-hubspot")
		if err != nil {
			t.Fatal(err)
		}
		def.On = []string{fettle.OnEntered}
		if v, err := w.e.DefineDestination(ctx, editor, engine.Naming{Name: "our-hubspot", Label: "Theirs"}, def); err != nil || v.Label != "Theirs" || v.Sends(fettle.OnChanged) {
			t.Errorf("changed: %+v, %v", v, err)
		}
		read := asread.Matching(ctx, asread.Destination, "our-hubspot", tag)
		if _, err := w.e.DefineDestination(read, editor, engine.Naming{Name: "our-hubspot", Label: "Mine"}, def); err == nil || fettle.AsError(err).Details[asread.Changed] != true {
			t.Errorf("changed by what was read before: %v", err)
		}

		w.reach("our-hubspot")
		if _, err := w.e.Destinations.On(read, admin, "our-hubspot", true, true); err == nil || fettle.AsError(err).Details[asread.Changed] != true {
			t.Errorf("turned on as it was looked at before: %v", err)
		}
		if _, err := w.e.Destinations.On(ctx, admin, "our-hubspot", true, true); err != nil {
			t.Fatal(err)
		}
		if _, err := w.e.DefineDestination(ctx, editor, engine.Naming{Name: "our-hubspot"}, def); fettle.CodeOf(err) != fettle.Refused {
			t.Errorf("one that is on: %v", err)
		}
	})
}

// TestARuleStaysWhileItsAudienceIsUsed: what goes by the audience that a signal rule
// fills would fall silent with the rule.
func TestARuleStaysWhileItsAudienceIsUsed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newCRM(t, db), t.Context()
		rule := jobChange()
		rule.Companion = &fettle.Companion{Name: "movers"}
		w.rule("moves", rule)
		def := fettle.Destination{To: "hubspot-contacts", Audience: "movers", ID: "external_id", Fields: fettle.Mapping{"jobtitle": "title"}}
		v, err := w.e.DefineDestination(ctx, editor, engine.Naming{Label: "Movers", New: true}, def)
		must(t, err)
		refused(t, w.e.DeleteSignalRule(ctx, admin, "moves"), fettle.Refused, "the audience movers of the signal rule moves is used by the destination movers")
		must(t, w.e.Destinations.Delete(ctx, admin, v.Name))
		_, err = w.e.Channels.Add(ctx, admin, "team", notify.Input{Webhook: new("https://hooks.acme.example/in"), Events: new([]string{"record.entered:movers"})})
		must(t, err)
		refused(t, w.e.DeleteSignalRule(ctx, admin, "moves"), fettle.Refused, "used by the channel team, which tells who enters it")
		must(t, w.e.Channels.Delete(ctx, admin, "team"))
		must(t, w.e.DeleteSignalRule(ctx, admin, "moves"))
	})
}
