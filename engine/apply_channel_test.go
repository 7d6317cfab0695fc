package engine_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/notify"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

const crmChannel = `apiVersion: fettle/v1
kind: Channel
name: crm
label: Our CRM
to: webhook
on: enrichment.*
`

// TestAChannelInADocument has no address: it is told nothing before somebody gives
// it, and no document takes it away again.
func TestAChannelInADocument(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		got := make(chan string, 10)
		hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.URL.Path }))
		defer hook.Close()
		w := newWorld(t, db, sandbox.Defaults())
		w.hosts = append(w.hosts, strings.TrimPrefix(hook.URL, "http://"))
		w.e = w.engine()
		apply := func(actor fettle.Actor, text string) (engine.Change, error) {
			changes, err := w.e.Apply(ctx, actor, []byte(text), false)
			if err != nil {
				return engine.Change{}, err
			}
			return changes[0], nil
		}
		crm := func() fettle.ChannelView {
			all, err := w.e.Channels.List(ctx, viewer)
			if err != nil || len(all) != 1 {
				t.Fatalf("%+v %v", all, err)
			}
			return all[0]
		}
		raise := func() {
			if err := db.Update(ctx, func(tx *store.Tx) error {
				return w.e.Channels.Raise(ctx, tx, notify.Event{Type: fettle.EventFinished, Message: "done"})
			}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := apply(editor, crmChannel)
		refused(t, err, fettle.NotAllowed)
		if c, err := apply(admin, crmChannel); err != nil || c.Action != "create" || !strings.Contains(c.Message, "told nothing") {
			t.Fatalf("%+v %v", c, err)
		}
		_, err = w.e.Channels.Test(ctx, admin, "crm")
		refused(t, err, fettle.Refused, "no address yet")
		if _, err := w.e.Channels.Set(ctx, admin, "crm", notify.Input{Owner: new("")}); err != nil {
			t.Errorf("it cannot be changed without: %v", err)
		}
		raise()
		if v := crm(); v.State != fettle.ChannelNoAddress || v.Waiting != 0 || v.Target != "" {
			t.Errorf("without an address: %+v", v)
		}

		v, err := w.e.Channels.Set(ctx, admin, "crm", notify.Input{Webhook: new(hook.URL + "/secret-path")})
		if err != nil || !strings.HasPrefix(v.Secret, "whsec_") || v.State != fettle.ChannelOK {
			t.Fatalf("%+v %v", v, err)
		}
		if v, err := w.e.Channels.Set(ctx, admin, "crm", notify.Input{Owner: new("")}); err != nil || v.Secret != "" {
			t.Errorf("told again: %+v %v", v, err)
		}
		raise()
		if v := crm(); v.Waiting != 1 {
			t.Errorf("with an address %d events wait", v.Waiting)
		}
		if c, err := apply(editor, crmChannel); err != nil || c.Action != "unchanged" { // nothing that needs an admin
			t.Errorf("%+v %v", c, err)
		}
		c, err := apply(admin, strings.Replace(crmChannel, "on: enrichment.*", "on: [import.done]", 1))
		if err != nil || c.Action != "update" || len(c.Diff) != 1 {
			t.Errorf("%+v %v", c, err)
		}
		d, err := w.e.Channels.Test(ctx, admin, "crm")
		if err != nil || d.State != "sent" || <-got != "/secret-path" {
			t.Errorf("its address is lost: %+v %v", d, err)
		}
		if _, all := w.exported(); strings.Contains(all, "secret-path") || strings.Contains(all, "whsec_") || !strings.Contains(all, "fettle channel set crm --webhook URL") {
			t.Errorf("exported\n%s", all)
		}

		_, err = apply(admin, strings.Replace(crmChannel, "to: webhook", "to: slack", 1))
		refused(t, err, fettle.Refused, "kind webhook")
		_, err = apply(admin, strings.Replace(crmChannel, "on: enrichment.*", "on: record.entered:nobodys", 1))
		refused(t, err, fettle.Invalid, `no audience "nobodys"`)
		other := strings.ReplaceAll(crmChannel, "crm", "ops")
		_, err = w.e.ApplyPruned(ctx, admin, []byte(other), "", false)
		refused(t, err, fettle.Confirm, "channel crm")
		if changes := fettle.AsError(err).Details["removes"]; !strings.Contains(changes.([]engine.Change)[0].Message, "in no file. 1 event waits") {
			t.Errorf("asked: %+v", changes)
		}
		if _, err := w.e.ApplyPruned(ctx, admin, []byte(other), "", true); err != nil || crm().Name != "ops" {
			t.Errorf("%+v %v", crm(), err)
		}
	})
}
