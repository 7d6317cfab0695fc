package engine_test

import (
	"strings"
	"testing"

	"fettle"
	"fettle/account"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestWhoMaySpend asks for all that spends as each kind of actor: editors may
// once an admin lets them, and never what bounds them.
func TestWhoMaySpend(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.people(0, 5, "in")
	w.audience("some", `title == "in"`)
	ctx, ten := t.Context(), fettle.Limit{Credits: credits(10)}
	raised := findEmail("some", 20)
	w.save("work-email", findEmail("some", 10))
	w.start("work-email")
	spends := map[string]func(fettle.Actor) error{
		"start":  func(a fettle.Actor) error { _, err := w.e.Start(ctx, a, "none", engine.StartOptions{}); return err },
		"resume": func(a fettle.Actor) error { _, err := w.e.Resume(ctx, a, "none", engine.StartOptions{}); return err },
		"retry":  func(a fettle.Actor) error { _, err := w.e.Retry(ctx, a, "none", fettle.Failed, true); return err },
		"rerun": func(a fettle.Actor) error {
			_, err := w.e.Rerun(ctx, a, "none", engine.RerunOptions{Stale: true}, true)
			return err
		},
		"run records": func(a fettle.Actor) error {
			_, err := w.e.RunRecords(ctx, a, "none", engine.Chosen{IDs: []int64{1}}, true)
			return err
		},
		"limit": func(a fettle.Actor) error { _, err := w.e.SetEnrichmentLimit(ctx, a, "none", ten, true); return err },
		"raise": func(a fettle.Actor) error {
			w.limit("work-email", 10, false)
			_, err := w.e.SaveEnrichment(ctx, a, "work-email", raised)
			return err
		},
		"workspace limit": func(a fettle.Actor) error { return w.e.SetLimit(ctx, a, "workspace", "", ten) },
		"provider limit":  func(a fettle.Actor) error { return w.e.SetLimit(ctx, a, "provider", "sandbox", ten) },
		"declared limit": func(a fettle.Actor) error {
			_, err := w.e.Apply(ctx, a, []byte("apiVersion: fettle/v1\nkind: Limit\nscope: workspace\nlimit: {credits: 5}\n"), true)
			return err
		},
		"grant": func(a fettle.Actor) error { _, err := w.e.Grant(ctx, a, fettle.Credit, ""); return err },
		"resolve": func(a fettle.Actor) error {
			_, err := w.e.Resolve(ctx, a, nil, true, fettle.Resolution{Action: "write_off"})
			return err
		},
		"key": func(a fettle.Actor) error {
			key := "k"
			return w.e.SetConnection(ctx, a, "sandbox", engine.ConnectionInput{Key: &key})
		},
	}
	elsewhere := "http://127.0.0.1:1"
	bounds := map[string]func(fettle.Actor) error{
		"person limit": func(a fettle.Actor) error { return w.e.SetLimit(ctx, a, "person", a.Name, ten) },
		"declared person limit": func(a fettle.Actor) error {
			_, err := w.e.Apply(ctx, a, []byte("apiVersion: fettle/v1\nkind: Limit\nscope: person\nname: "+a.Name+"\nlimit: {credits: 5}\n"), true)
			return err
		},
		"address": func(a fettle.Actor) error {
			return w.e.SetConnection(ctx, a, "sandbox", engine.ConnectionInput{BaseURL: &elsewhere})
		},
		"people": func(a fettle.Actor) error { _, err := w.e.Accounts.Users(ctx, a); return err },
		"tokens": func(a fettle.Actor) error {
			_, err := w.e.Accounts.CreateToken(ctx, a, account.TokenInput{Name: "t", Role: fettle.Admin})
			return err
		},
	}
	for _, x := range []struct {
		actor          fettle.Actor
		spends, bounds bool
	}{
		{fettle.Actor{Name: "vera", Role: fettle.Viewer}, false, false},
		{fettle.Actor{Name: "vera", Role: fettle.Viewer, MaySpend: true}, false, false},
		{fettle.Actor{Name: "ed", Role: fettle.Editor}, false, false},
		{fettle.Actor{Name: "eve", Role: fettle.Editor, MaySpend: true}, true, false},
		{admin, true, true},
	} {
		for what, ask := range spends {
			if err := ask(x.actor); (fettle.CodeOf(err) != fettle.NotAllowed) != x.spends {
				t.Errorf("%+v: %s: %v", x.actor, what, err)
			}
		}
		for what, ask := range bounds {
			if err := ask(x.actor); (fettle.CodeOf(err) != fettle.NotAllowed) != x.bounds {
				t.Errorf("%+v: %s: %v", x.actor, what, err)
			}
		}
	}
}

func TestAnEditorIsLetSpend(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h, ctx := newHouse(t, db), t.Context()
		in := h.join("ed@acme.example", fettle.Editor, "only editing here")
		yes, viewer := true, fettle.Viewer
		_, err := h.e.Accounts.ChangeUser(ctx, in.Actor, "ed@acme.example", account.UserChange{MaySpend: &yes})
		h.want(fettle.NotAllowed, err, "an editor lets himself spend")
		u, err := h.e.Accounts.ChangeUser(ctx, admin, "ed@acme.example", account.UserChange{MaySpend: &yes})
		if err != nil || !u.MaySpend {
			t.Fatalf("%+v, %v", u, err)
		}
		if a, err := h.e.Accounts.Session(ctx, in.Secret); err != nil || !a.Spends() {
			t.Errorf("the session does not know: %+v, %v", a, err)
		}
		_, err = h.e.Accounts.ChangeUser(ctx, admin, "ed@acme.example", account.UserChange{Role: &viewer, MaySpend: &yes})
		h.want(fettle.Invalid, err, "a viewer is let spend")
		if u, err = h.e.Accounts.ChangeUser(ctx, admin, "ed@acme.example", account.UserChange{Role: &viewer}); err != nil || u.MaySpend {
			t.Errorf("it outlives the role: %+v, %v", u, err)
		}
		log, err := h.e.Accounts.Actions(ctx, admin, "ed@acme.example", 0, 10)
		if err != nil || !strings.Contains(log[1].Detail, "editor, may spend") || log[0].Detail != "role viewer" {
			t.Errorf("%+v, %v", log, err)
		}
		_, err = h.e.Accounts.Invite(ctx, admin, account.UserInput{Email: "v@acme.example", Role: fettle.Viewer, MaySpend: true})
		h.want(fettle.Invalid, err, "a viewer is invited to spend")
	})
}

// TestATokenIsLetSpend starts with the token of a program: as an editor it may
// not, unless it was made so, and then up to its own limit alone.
func TestATokenIsLetSpend(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.people(0, 30, "x")
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		let := func(in account.TokenInput) fettle.Actor {
			t.Helper()
			secret, err := w.e.Accounts.CreateToken(ctx, admin, in)
			if err != nil {
				t.Fatal(err)
			}
			a, err := w.e.Accounts.Authenticate(ctx, secret)
			if err != nil || a.Name != in.Name || a.Role != in.Role {
				t.Fatalf("%+v, %v", a, err)
			}
			return a
		}
		five := &fettle.Limit{Credits: credits(5)}
		if _, err := w.e.Start(ctx, let(account.TokenInput{Name: "ci", Role: fettle.Editor, Limit: five}), "emails", engine.StartOptions{}); fettle.CodeOf(err) != fettle.NotAllowed {
			t.Errorf("an editor's token starts: %v", err)
		}
		runner := let(account.TokenInput{Name: "runner", Role: fettle.Editor, MaySpend: true, Limit: five})
		if _, err := w.e.Start(ctx, runner, "emails", engine.StartOptions{}); err != nil {
			t.Fatal(err)
		}
		wantRows(t, w.settle("emails"), fettle.RowCounts{Found: 5, Pending: 25})
		if err := w.e.SetLimit(ctx, runner, "person", "runner", fettle.Limit{Credits: credits(500)}); fettle.CodeOf(err) != fettle.NotAllowed {
			t.Errorf("it raises its own limit: %v", err)
		}
		if _, err := w.e.Accounts.CreateToken(ctx, admin, account.TokenInput{Name: "looker", Role: fettle.Viewer, MaySpend: true}); fettle.CodeOf(err) != fettle.Invalid {
			t.Errorf("a viewer's token is let spend: %v", err)
		}
		log, err := w.e.Accounts.Actions(ctx, admin, "runner", 0, 10)
		if err != nil || len(log) == 0 || log[len(log)-1].Detail != "editor, may spend, at most 5 credits per lifetime" {
			t.Errorf("%+v, %v", log, err)
		}
	})
}
