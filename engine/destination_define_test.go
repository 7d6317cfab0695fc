package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/internal/asread"
	"fettle/store"
	"fettle/store/storetest"
)

// TestDefineADestination makes one as a form does, and changes it.
func TestDefineADestination(t *testing.T) {
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
			"fields.jobtitle": func(d *fettle.Destination) { d.Fields = fettle.Mapping{"jobtitle": "titel"} },
		} {
			d := def
			wrong(&d)
			if _, err := w.e.DefineDestination(ctx, editor, engine.Naming{Name: "our-hubspot"}, d); err == nil || fettle.AsError(err).Details["key"] != key {
				t.Errorf("%s: %v", key, err)
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
		if _, err := w.e.Destinations.On(ctx, admin, "our-hubspot", true, true); err != nil {
			t.Fatal(err)
		}
		if _, err := w.e.DefineDestination(ctx, editor, engine.Naming{Name: "our-hubspot"}, def); fettle.CodeOf(err) != fettle.Refused {
			t.Errorf("one that is on: %v", err)
		}
	})
}
