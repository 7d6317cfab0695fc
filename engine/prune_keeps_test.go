package engine_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

const twoListened = `apiVersion: fettle/v1
kind: Audience
name: leavers
entity: people
where: filled(title)
---
apiVersion: fettle/v1
kind: Audience
name: others
entity: people
where: filled(name)
---
apiVersion: fettle/v1
kind: Channel
name: leads
to: email
email: ada@acme.example
on: [record.entered:leavers, record.entered:others]
---
apiVersion: fettle/v1
kind: Channel
name: team
to: slack
`

// TestPruneWhatAChannelTells: an audience of which a channel tells who enters it
// stays as long as the channel, whether it is pruned or deleted by itself.
func TestPruneWhatAChannelTells(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		if _, err := w.e.Apply(ctx, admin, []byte(twoListened), false); err != nil {
			t.Fatal(err)
		}
		refused(t, w.e.DeleteAudience(ctx, admin, "leavers"), fettle.Refused, "used by the channel leads, which tells who enters it")
		_, err := w.e.ApplyPruned(ctx, admin, without(twoListened, "where: filled(title)"), "", true)
		refused(t, err, fettle.Refused, "used by the channel leads", "declare it in a document")
		// Where the channel goes too, or is changed so that it tells of others alone, it goes.
		if names, err := w.e.PlanPruned(ctx, viewer, without(twoListened, "where: filled(title)", "name: leads")); err != nil {
			t.Error(err)
		} else if diff := cmp.Diff([]string{"Channel leads", "Audience leavers"}, ofAction("remove", names)); diff != "" {
			t.Errorf("removed with its channel (-want +got):\n%s", diff)
		}
		alone := strings.Replace(twoListened, "record.entered:leavers, ", "", 1)
		changes, err := w.e.ApplyPruned(ctx, admin, without(alone, "where: filled(title)"), "", true)
		if diff := cmp.Diff([]string{"Audience leavers"}, ofAction("remove", changes)); err != nil || diff != "" {
			t.Errorf("removed (-want +got):\n%s%v", diff, err)
		}
	})
}

// TestPruneKeepsWhatIsOn: a destination that is on is not removed, nor turned off.
func TestPruneKeepsWhatIsOn(t *testing.T) {
	t.Parallel()
	w := newCRM(t, storetest.Open(t))
	ctx := t.Context()
	other := strings.Replace(toHubSpot, "name: hubspot", "name: other", 1)
	w.on("hubspot")
	_, err := w.e.ApplyPruned(ctx, admin, []byte(other), "", true)
	refused(t, err, fettle.Refused, "hubspot is on", "fettle destination off hubspot")
	if v, err := w.e.Destinations.Get(ctx, admin, "hubspot"); err != nil || v.State != fettle.DestinationOn {
		t.Errorf("it is %s: %v", v.State, err)
	}
	if _, err := w.e.Destinations.Off(ctx, admin, "hubspot"); err != nil {
		t.Fatal(err)
	}
	changes, err := w.e.ApplyPruned(ctx, admin, []byte(other), "", true)
	if diff := cmp.Diff([]string{"Destination hubspot"}, ofAction("remove", changes)); err != nil || diff != "" {
		t.Errorf("removed (-want +got):\n%s%v", diff, err)
	}
}
