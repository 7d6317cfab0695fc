package engine_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// boss is another admin than the one whom tests act as.
var boss = fettle.Actor{Name: "boss@acme.example", Role: fettle.Admin}

// short has an enrichment of somebody who may spend stand at its limit: 10 of 25
// rows are bought.
func short(w *world, ci fettle.Actor) {
	w.t.Helper()
	w.people(0, 25, "x")
	w.audience("some", `title == "x"`)
	w.save("emails", findEmail("some", 10))
	w.work(w.e)
	_, err := w.e.Start(w.t.Context(), ci, "emails", engine.StartOptions{})
	must(w.t, err)
	wantPaused(w.t, w.settle("emails"), fettle.PausedByLimit)
}

func (w *world) ask(a fettle.Actor, in fettle.AskInput) fettle.RequestView {
	w.t.Helper()
	in.Enrichment = "emails"
	if in.Reason == "" {
		in.Reason = "The fair is in May"
	}
	v, err := w.e.AskMore(w.t.Context(), a, in)
	must(w.t, err)
	return v
}

// TestMoreIsAskedForAndApproved asks for more from an enrichment that stands at
// its limit: another admin approves it once, and it goes on from the same row, on
// the account of who asked.
func TestMoreIsAskedForAndApproved(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		ci := w.let("ci", fettle.Editor, true, 0)
		short(w, ci)
		_, err := w.e.Resume(ctx, ci, "emails", engine.StartOptions{})
		w.code(fettle.Refused, err, "resumed at the limit")
		if hint := fettle.AsError(err).Hint; !strings.Contains(hint, "ask for more (fettle request new emails") {
			t.Errorf("the refusal does not say that more can be asked for: %s", hint)
		}
		what, err := w.e.WhatToAsk(ctx, ci, "emails")
		must(t, err)
		if what.Scope != "enrichment" || what.Key != "emails" || *what.Credits != 25*fettle.Credit || what.Rows != 15 || what.HighCredits != 15*fettle.Credit {
			t.Errorf("what to ask for: %+v", what)
		}
		v := w.ask(ci, fettle.AskInput{})
		if *v.Credits != 25*fettle.Credit || *v.Was.Credits != 10*fettle.Credit || v.Then.Rows != 15 || v.State != fettle.RequestOpen || !v.GoesOn || !v.ByToken {
			t.Errorf("asked: %+v", v)
		}
		_, err = w.e.AskMore(ctx, ci, fettle.AskInput{Enrichment: "emails", Reason: "again"})
		w.code(fettle.Refused, err, "asked twice")
		_, err = w.e.AskMore(ctx, admin, fettle.AskInput{Enrichment: "emails", Reason: "less", Amount: fettle.Amount{Credits: credits(9)}})
		w.code(fettle.Invalid, err, "asked for less")
		w.quietly(10)
		done, err := w.e.ApproveRequest(ctx, boss, v.ID, "")
		must(t, err)
		if done.State != fettle.RequestApproved || !strings.Contains(done.Message, "on the account of ci") {
			t.Errorf("approved: %+v", done)
		}
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 25 && v.InFlight == 0 })
		w.person("ci", 25)
		w.person(boss.Name, 0)
		if b := w.sb.Books(); b.Calls != 25 || b.Repeats != 0 {
			t.Errorf("books: %+v", b)
		}
		_, err = w.e.ApproveRequest(ctx, boss, v.ID, "")
		w.code(fettle.Refused, err, "approved twice")
		_, err = w.e.RefuseRequest(ctx, boss, v.ID, "")
		w.code(fettle.Refused, err, "refused after it was approved")
		if n := w.notified("request"); n != 2 {
			t.Errorf("%d notifications of a request and its approval", n)
		}
		w.agree()
		w.sound()
	})
}

// quietly holds that so many calls were made, and no more since.
func (w *world) quietly(calls int64) {
	w.t.Helper()
	if b := w.sb.Books(); b.Calls != calls {
		w.t.Errorf("%d calls were made, want %d", b.Calls, calls)
	}
}

// TestWhoApprovesRequests has everybody try: neither who asked nor a token may,
// whatever their role; of two admins at once one approves.
func TestWhoApprovesRequests(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		must(t, addUser(w, admin))
		short(w, admin)
		v := w.ask(admin, fettle.AskInput{Amount: fettle.Amount{Credits: credits(12)}})
		agent := w.let("agent", fettle.Admin, false, 0)
		for _, a := range []fettle.Actor{viewer, editor, w.let("sue", fettle.Editor, true, 0), w.let("ci", fettle.Editor, true, 5), agent, admin} {
			_, err := w.e.ApproveRequest(ctx, a, v.ID, "")
			w.code(fettle.NotAllowed, err, a.Name+" approves")
		}
		byCLI := fettle.Actor{Name: "cli", Role: fettle.Admin}
		own := w.ask(fettle.Actor{Name: "local", Role: fettle.Admin}, fettle.AskInput{Amount: fettle.Amount{Credits: credits(11)}})
		_, err := w.e.ApproveRequest(ctx, byCLI, own.ID, "")
		w.code(fettle.NotAllowed, err, "whoever runs the server approves by another way in")
		_, err = w.e.AskMore(ctx, viewer, fettle.AskInput{Enrichment: "emails", Reason: "x"})
		w.code(fettle.NotAllowed, err, "a viewer asks")
		for _, a := range []fettle.Actor{viewer, editor} {
			_, err := w.e.RefuseRequest(ctx, a, v.ID, "")
			w.code(fettle.NotAllowed, err, a.Name+" refuses")
		}
		w.quietly(10)
		var all sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for i := range 6 {
			all.Go(func() {
				_, err := w.e.ApproveRequest(ctx, fettle.Actor{Name: "boss" + strconv.Itoa(i), Role: fettle.Admin}, v.ID, "")
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				} else if fettle.CodeOf(err) != fettle.Refused {
					t.Errorf("approved at once: %v", err)
				}
			})
		}
		all.Wait()
		if won != 1 {
			t.Errorf("%d of six approved", won)
		}
		w.settle("emails")
		w.quietly(12)
		w.sound()
	})
}

// TestWhatChangedSinceARequest approves after something moved: what is refused
// then changes nothing, and what costs more is confirmed at the price of now.
func TestWhatChangedSinceARequest(t *testing.T) {
	t.Parallel()
	wider := func(w *world, _ fettle.RequestView) {
		_, err := w.e.SaveAudience(w.t.Context(), admin, fettle.Audience{Name: "some", Entity: fettle.People, Where: `title == "x" || title == "y"`}, true)
		must(w.t, err)
	}
	put := func(n int64) func(*world, fettle.RequestView) {
		return func(w *world, _ fettle.RequestView) { w.limit("emails", n, false) }
	}
	sql := func(text string) func(*world, fettle.RequestView) {
		return func(w *world, v fettle.RequestView) {
			_, err := w.db.Writer().ExecContext(w.t.Context(), strings.ReplaceAll(text, "?", strconv.FormatInt(v.ID, 10)))
			must(w.t, err)
		}
	}
	for what, c := range map[string]struct {
		change func(*world, fettle.RequestView)
		want   fettle.Code // of an approval that confirms nothing
		limit  int64       // afterwards, once what asks was confirmed
		calls  int64
	}{
		"nothing":             {func(*world, fettle.RequestView) {}, "", 20, 20},
		"raised in between":   {put(22), "", 22, 22},
		"lowered in between":  {put(5), "", 20, 20},
		"an audience wider":   {func(w *world, v fettle.RequestView) { w.people(500, 5, "y"); wider(w, v) }, fettle.Confirm, 20, 20},
		"another audience":    {wider, fettle.Confirm, 20, 20},
		"more records":        {func(w *world, _ fettle.RequestView) { w.people(500, 5, "x") }, fettle.Confirm, 20, 20},
		"another definition":  {func(w *world, _ fettle.RequestView) { redefine(w) }, fettle.Confirm, 20, 20},
		"seven days":          {sql(`UPDATE limit_requests SET expires_at_us = expires_at_us - 604800000000 WHERE id = ?`), fettle.Refused, 10, 10},
		"less than seven":     {sql(`UPDATE limit_requests SET expires_at_us = expires_at_us - 604000000000 WHERE id = ?`), "", 20, 20},
		"the asker is gone":   {func(w *world, _ fettle.RequestView) { must(w.t, w.e.Accounts.DeleteToken(w.t.Context(), admin, "ci")) }, fettle.Refused, 10, 10},
		"may not spend":       {sql(`UPDATE tokens SET may_spend = false WHERE name = 'ci'`), fettle.Refused, 10, 10},
		"refused":             {func(w *world, v fettle.RequestView) { decide(w, boss, v) }, fettle.Refused, 10, 10},
		"withdrawn":           {func(w *world, v fettle.RequestView) { decide(w, fettle.Actor{Name: "ci", Role: fettle.Editor}, v) }, fettle.Refused, 10, 10},
		"the limit is gone":   {func(w *world, _ fettle.RequestView) { w.none("emails") }, fettle.Refused, 0, 10},
		"a person paused it":  {func(w *world, _ fettle.RequestView) { w.stopped("emails") }, "", 20, 10},
		"the asker is capped": {func(w *world, _ fettle.RequestView) { w.cap("ci", 14) }, "", 20, 14},
		"capped at nothing":   {func(w *world, _ fettle.RequestView) { w.cap("ci", 10) }, "", 20, 10},
	} {
		t.Run(what, func(t *testing.T) {
			w, ctx := newWorld(t, storetest.Open(t), sandbox.Defaults()), t.Context()
			ci := w.let("ci", fettle.Editor, true, 0)
			short(w, ci)
			v := w.ask(ci, fettle.AskInput{Amount: fettle.Amount{Credits: credits(20)}})
			c.change(w, v)
			_, err := w.e.ApproveRequest(ctx, boss, v.ID, "")
			w.code(c.want, err, what)
			if c.want == fettle.Confirm {
				w.quietly(10)
				now, err := w.e.Request(ctx, boss, v.ID)
				must(t, err)
				if len(now.Changed) == 0 || now.Now == nil || now.Then.Rows != 15 {
					t.Errorf("both prices are not shown: %+v", now)
				}
				w.people(900, 3, "x") // after it was looked at
				_, err = w.e.ApproveRequest(ctx, boss, v.ID, now.EstimateID)
				w.code(fettle.Confirm, err, "approved at a price that has grown since")
				w.quietly(10)
				now, err = w.e.Request(ctx, boss, v.ID)
				must(t, err)
				_, err = w.e.ApproveRequest(ctx, boss, v.ID, now.EstimateID)
				must(t, err)
			}
			if got := w.settle("emails"); c.limit > 0 && *got.Limit.Credits != fettle.Credits(c.limit)*fettle.Credit {
				t.Errorf("the limit is %s, want %d", got.Limit.Credits, c.limit)
			}
			w.quietly(c.calls)
			w.person("ci", c.calls)
			w.sound()
		})
	}
}

func decide(w *world, a fettle.Actor, v fettle.RequestView) {
	_, err := w.e.RefuseRequest(w.t.Context(), a, v.ID, "not now")
	must(w.t, err)
}

func redefine(w *world) {
	def := findEmail("some", 10)
	def.When = `name != ""`
	w.save("emails", def)
}

func (w *world) none(name string) {
	_, err := w.e.SetEnrichmentLimit(w.t.Context(), admin, name, fettle.Limit{None: true}, false)
	must(w.t, err)
}

// stopped has a person stop what had gone on meanwhile.
func (w *world) stopped(name string) {
	w.limit(name, 11, false)
	_, err := w.db.Writer().ExecContext(w.t.Context(), `UPDATE enrichments SET pause_reason = 'person', pause_detail = 'paused by ann' WHERE name = '`+name+`'`)
	must(w.t, err)
}

func (w *world) cap(name string, n int64) {
	must(w.t, w.e.SetLimit(w.t.Context(), admin, "person", name, fettle.Limit{Credits: credits(n)}))
}

// TestWhatIsAskedForIsTheLimitThatBinds asks under each limit of the tree: it is
// named, and raised alone.
func TestWhatIsAskedForIsTheLimitThatBinds(t *testing.T) {
	t.Parallel()
	ten := int64(10)
	for what, c := range map[string]struct {
		scope, key string
		limit      fettle.Limit
	}{
		"workspace": {"workspace", "", fettle.Limit{Credits: credits(10)}},
		"budget":    {"budget", "sales", fettle.Limit{Credits: credits(10), Per: fettle.PerMonth}},
		"records":   {"budget", "sales", fettle.Limit{Credits: credits(100), Records: &ten}},
		"person":    {"person", "ann", fettle.Limit{Credits: credits(10)}},
		"provider":  {"provider", "sandbox", fettle.Limit{Credits: credits(10)}},
		"per run":   {"enrichment", "emails", fettle.Limit{Credits: credits(10), Per: fettle.PerRun}},
	} {
		t.Run(what, func(t *testing.T) {
			w, ctx := newWorld(t, storetest.Open(t), sandbox.Defaults()), t.Context()
			ann := fettle.Actor{Name: "ann", Role: fettle.Editor, MaySpend: true}
			must(t, addUser(w, ann))
			w.people(0, 25, "x")
			w.save("emails", findEmail(fettle.AllPeople, 1000))
			must(t, w.e.SetLimit(ctx, admin, c.scope, c.key, c.limit))
			if c.scope == "budget" {
				w.attach("sales", enrichmentsIn("emails"))
			}
			w.work(w.e)
			_, err := w.e.Start(ctx, ann, "emails", engine.StartOptions{})
			must(t, err)
			wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
			v := w.ask(ann, fettle.AskInput{})
			if v.Scope != c.scope || v.Key != c.key {
				t.Errorf("asked for %+v", v.LimitName)
			}
			_, err = w.e.ApproveRequest(ctx, boss, v.ID, "")
			must(t, err)
			w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 25 && v.InFlight == 0 })
			w.sound()
		})
	}
}

func addUser(w *world, a fettle.Actor) error {
	return w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		return tx.AddUser(w.t.Context(), &store.User{Email: a.Name, Name: a.Name, Role: a.Role, MaySpend: a.MaySpend, Joined: true})
	})
}
