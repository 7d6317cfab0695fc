package engine_test

import (
	"bytes"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/declarative"
	"fettle/store"
	"fettle/store/storetest"
)

// TestADefinitionIsCheckedAndAsked holds that a definition is checked without
// asking anybody, and that the vendor is asked only by its free call, by an admin
// who says that it costs nothing.
func TestADefinitionIsCheckedAndAsked(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		ctx := t.Context()
		w, home, _ := shopWorld(t, storetest.DSN(t, kind))
		text := (&vendor{http: home.http}).definition("another", "/v1/find", ", test: {method: POST, path: /v1/me, ok: \"resp.status == 200\"}")
		r, err := w.e.CheckDefinition(ctx, editor, text, nil)
		must(t, err)
		if !r.OK || r.ID != "another" || r.Live != "" {
			t.Errorf("%+v", r)
		}
		r, err = w.e.CheckDefinition(ctx, editor, bytes.Replace(text, []byte("id: another"), []byte("id: hunter\ncolour: red"), 1), nil)
		must(t, err)
		if r.OK || len(r.Faults) != 1 || r.Faults[0].Line == 0 {
			t.Errorf("an unknown key: %+v", r)
		}
		r, err = w.e.CheckDefinition(ctx, editor, bytes.Replace(text, []byte("id: another"), []byte("id: formula"), 1), nil)
		must(t, err)
		if r.OK || len(r.Faults) != 1 || r.Faults[0].Key != "id" {
			t.Errorf("what is built in: %+v", r)
		}
		_, err = w.e.CheckDefinition(ctx, viewer, text, nil)
		refused(t, err, fettle.NotAllowed)
		live := &engine.LiveCheck{Key: "secret"}
		_, err = w.e.CheckDefinition(ctx, editor, text, live)
		refused(t, err, fettle.NotAllowed)
		_, err = w.e.CheckDefinition(ctx, admin, text, &engine.LiveCheck{Key: "secret", Units: fettle.Credit})
		refused(t, err, fettle.Refused, "pilot one record")
		_, err = w.e.CheckDefinition(ctx, admin, text, &engine.LiveCheck{})
		refused(t, err, fettle.Invalid, "no key")
		_, err = w.e.CheckDefinition(ctx, admin, (&vendor{http: home.http}).definition("another", "/v1/find", ""), live)
		refused(t, err, fettle.Refused, "auth.test")
		if calls, _ := home.asked(); len(calls) != 0 {
			t.Errorf("the vendor was asked: %v", calls)
		}
		r, err = w.e.CheckDefinition(ctx, admin, text, live)
		must(t, err)
		if calls, _ := home.asked(); r.Live == "" || calls["secret"] != 1 || len(calls) != 1 {
			t.Errorf("asked %v: %+v", calls, r)
		}
	}
}

// TestADefinitionIsReadAndRemoved holds that a provider that was added goes only
// where nothing uses it.
func TestADefinitionIsReadAndRemoved(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		ctx := t.Context()
		w, _, _ := shopWorld(t, storetest.DSN(t, kind))
		d, err := w.e.Definition(ctx, editor, "vendor")
		must(t, err)
		if d.Shipped || d.Provider != "vendor" || d.Definition == "" {
			t.Errorf("%+v", d)
		}
		_, err = w.e.Definition(ctx, editor, "nobody")
		refused(t, err, fettle.NotFound)
		w.save("asks", askVendor())
		refused(t, w.e.RemoveDefinition(ctx, admin, "vendor"), fettle.Refused, "asks")
		refused(t, w.e.RemoveDefinition(ctx, editor, "vendor"), fettle.NotAllowed)
		refused(t, w.e.RemoveDefinition(ctx, admin, "formula"), fettle.Refused, "built in")
		refused(t, w.e.RemoveDefinition(ctx, admin, "nobody"), fettle.NotFound)
		must(t, w.e.DeleteEnrichment(ctx, admin, "asks"))
		must(t, w.e.RemoveDefinition(ctx, admin, "vendor"))
		_, err = w.e.Definition(ctx, editor, "vendor")
		refused(t, err, fettle.NotFound)
		// Added again, it has neither key nor price.
		must(t, w.e.SaveDefinition(ctx, admin, []byte(d.Definition)))
		all, err := w.e.Providers(ctx, viewer)
		must(t, err)
		for _, p := range all {
			if p.Name == "vendor" && (p.Ready || p.KeyFrom != "" || p.UnitCredits != nil) {
				t.Errorf("added again: %+v", p)
			}
		}
	}
}

// TestAnotherProcessUsesWhatIsRemoved adds a connection and an enrichment that asks
// through it in a process that another one has not heard of: that one takes nothing
// away that is used, and leaves no key behind.
func TestAnotherProcessUsesWhatIsRemoved(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		ctx := t.Context()
		w, _, _ := shopWorld(t, storetest.DSN(t, kind))
		other := w.engine()
		key := "k2"
		must(t, other.AddConnection(ctx, admin, "vendor@two", engine.ConnectionInput{Key: &key}))
		def := askVendor()
		def.Steps[0].Provider += "@two"
		_, err := other.SaveEnrichment(ctx, admin, "asks", def)
		must(t, err)
		refused(t, w.e.RemoveDefinition(ctx, admin, "vendor"), fettle.Refused, "asks")
		must(t, other.DeleteEnrichment(ctx, admin, "asks"))
		must(t, w.e.RemoveDefinition(ctx, admin, "vendor"))
		var left int
		must(t, w.db.View(ctx, func(tx *store.Tx) error {
			return tx.SQL().QueryRowContext(ctx, "SELECT COUNT(*) FROM connections WHERE provider = 'vendor'").Scan(&left)
		}))
		if left != 0 {
			t.Errorf("%d connections are left of what is gone", left)
		}
	}
}

// TestBeginningADefinition holds who may, and that what is wrong names its key.
func TestBeginningADefinition(t *testing.T) {
	t.Parallel()
	w, _, _ := shopWorld(t, storetest.DSN(t, storetest.SQLite))
	if _, err := w.e.BeginDefinition(viewer, declarative.Start{ID: "a"}); fettle.CodeOf(err) != fettle.NotAllowed {
		t.Errorf("a viewer: %v", err)
	}
	if text, err := w.e.BeginDefinition(editor, declarative.Start{ID: "a"}); err != nil || text == "" {
		t.Error(err)
	}
}
