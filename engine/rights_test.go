package engine_test

import (
	"fmt"
	"testing"

	"fettle"
	"fettle/account"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// let makes a token's actor, with a limit of its own in credits unless it is 0.
func (w *world) let(name string, role fettle.Role, spends bool, own int64) fettle.Actor {
	w.t.Helper()
	in := account.TokenInput{Name: name, Role: role, MaySpend: spends}
	if own > 0 {
		in.Limit = &fettle.Limit{Credits: credits(own)}
	}
	secret, err := w.e.Accounts.CreateToken(w.t.Context(), admin, in)
	if err != nil {
		w.t.Fatal(err)
	}
	a, err := w.e.Accounts.Authenticate(w.t.Context(), secret)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) code(want fettle.Code, err error, what string) {
	w.t.Helper()
	if err == nil && want == "" {
		return
	}
	if err == nil || fettle.CodeOf(err) != want {
		w.t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func (w *world) saveAs(a fettle.Actor, name string, def fettle.Definition) error {
	_, err := w.e.SaveEnrichment(w.t.Context(), a, name, def)
	return err
}

// TestAnAbsentLimitStays saves definitions as an editor who may not spend: one
// without a limit keeps the one that is there, of a live enrichment too; more
// than is there, another period, or none is refused. A draft's may be written.
func TestAnAbsentLimitStays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 5, "in")
		open := findEmail(fettle.AllPeople, 3)
		w.save("emails", open)
		w.code("", w.saveAs(editor, "drafted", findEmail(fettle.AllPeople, 50)), "an editor writes the limit of a draft")
		w.code("", w.saveAs(editor, "drafted", findEmail(fettle.AllPeople, 500)), "and raises it")
		none := open
		none.Limit = &fettle.Limit{None: true}
		w.code(fettle.NotAllowed, w.saveAs(editor, "drafted", none), "an editor says none in a draft")
		w.code(fettle.NotAllowed, w.saveAs(editor, "unlimited", none), "an editor makes one without a limit")
		w.start("emails")
		w.limitPer("emails", 2, fettle.PerDay)
		open.Limit = nil
		w.code("", w.saveAs(editor, "emails", open), "an editor saves it without a limit")
		if v := w.show("emails"); len(v.Limits) != 2 {
			t.Errorf("the limits are %+v", v.Limits)
		}
		w.code("", w.saveAs(admin, "emails", open), "an admin saves it without a limit")
		if v := w.show("emails"); len(v.Limits) != 2 {
			t.Errorf("the limits are %+v", v.Limits)
		}
		for what, l := range map[string]fettle.Limit{
			"more": {Credits: credits(4)}, "none": {None: true}, "only one of two": {Credits: credits(3)}, "records instead": {Records: new(int64)},
		} {
			l.Per = fettle.Lifetime
			def := open
			def.Limit = &l
			w.code(fettle.NotAllowed, w.saveAs(editor, "emails", def), "an editor writes "+what)
		}
		_, err := w.e.Apply(t.Context(), editor, []byte(emailsYAML), true)
		w.code("", err, "an editor applies it without a limit")
		if v := w.show("emails"); len(v.Limits) != 2 || v.Definition.Limit == nil {
			t.Errorf("the limits are %+v", v.Limits)
		}
	})
}

const emailsYAML = `apiVersion: fettle/v1
kind: Enrichment
name: emails
audience: all-people
steps:
  - provider: sandbox/find_email
    inputs: {full_name: name, company_domain: company_domain}
outputs: {email: email}
`

func (w *world) limitPer(name string, n int64, per fettle.Period) {
	w.t.Helper()
	if _, err := w.e.SetEnrichmentLimit(w.t.Context(), admin, name, fettle.Limit{Credits: credits(n), Per: per}, false); err != nil {
		w.t.Fatal(err)
	}
}

// TestAWidenedAudienceWaits widens the audience of a live enrichment as an
// editor: what the filter of before lets in runs, the others wait until somebody
// who may spend approves them.
func TestAWidenedAudienceWaits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.people(0, 3, "in")
		w.people(100, 20, "out")
		w.audience("some", `title == "in"`)
		w.save("emails", findEmail("some", 1000))
		w.start("emails")
		w.work(w.e)
		w.settle("emails")
		wide := fettle.Audience{Name: "some", Entity: fettle.People, Where: `title == "in" || title == "out"`}
		if _, err := w.e.SaveAudience(ctx, editor, wide, false); err != nil {
			t.Fatal(err)
		}
		waiting := func(n int64) func(fettle.EnrichmentView) bool {
			return func(v fettle.EnrichmentView) bool {
				return v.ApprovalRows == n && !v.Planning && v.Rows.Pending == 0 && v.InFlight == 0
			}
		}
		w.until("emails", waiting(20))
		w.people(200, 2, "in")
		w.people(300, 1, "out")
		if v := w.until("emails", waiting(21)); v.Rows.Found != 5 || w.sb.Books().Calls != 5 {
			t.Errorf("rows %+v, %d calls", v.Rows, w.sb.Books().Calls)
		}
		w.people(400, 200, "out more")
		_, err := w.e.SaveAudience(ctx, editor, fettle.Audience{Name: "some", Entity: fettle.People, Where: `title != ""`}, true)
		w.code(fettle.NotAllowed, err, "an editor confirms 200 rows")
		_, err = w.e.Approve(ctx, editor, "emails", true)
		w.code(fettle.NotAllowed, err, "an editor approves")
		_, err = w.e.Approve(ctx, admin, "emails", false)
		w.code(fettle.Confirm, err, "an admin approves, unasked")
		if _, err := w.e.Approve(ctx, admin, "emails", true); err != nil {
			t.Fatal(err)
		}
		w.people(500, 1, "out")
		if v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 27 }); v.ApprovalRows != 0 {
			t.Errorf("%d still wait", v.ApprovalRows)
		}
		w.sound()
	})
}

// TestWhatOneOpensCountsInTheirOwnLimit widens the audience of an admin's live
// enrichment with a token that may spend 2 credits: so many rows run, on both
// accounts, the others wait alone; raised, they run.
func TestWhatOneOpensCountsInTheirOwnLimit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.widened()
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.OwnLimitRows == 4 && v.Rows.Found == 5 })
		w.people(200, 2, "in")
		if v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 7 }); v.State != fettle.Live || v.OwnLimitRows != 4 {
			t.Errorf("%s, %+v", v.State, v)
		}
		w.person("ci", 2)
		w.person("ann", 7)
		w.sound()
		if err := w.e.SetLimit(ctx, admin, "person", "ci", fettle.Limit{Credits: credits(3)}); err != nil {
			t.Fatal(err)
		}
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 8 && v.OwnLimitRows == 3 })
		w.pause("emails")
		w.resume("emails")
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 11 })
		w.person("ci", 3)
		w.sound()
	})
}

// TestWhatWaitsForAnOwnLimitIsApproved lets somebody with room take on what waits
// for the own limit of another, who may not open finished rows again meanwhile.
func TestWhatWaitsForAnOwnLimitIsApproved(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		ci := w.widened()
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.OwnLimitRows == 4 && v.Rows.Found == 5 && v.InFlight == 0 })
		_, err := w.e.Rerun(ctx, ci, "emails", engine.RerunOptions{}, true)
		w.code(fettle.Refused, err, "a rerun without room in the own limit")
		_, err = w.e.Approve(ctx, admin, "emails", false)
		w.code(fettle.Confirm, err, "an admin approves what waits for an own limit, unasked")
		if _, err := w.e.Approve(ctx, admin, "emails", true); err != nil {
			t.Fatal(err)
		}
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 9 && v.OwnLimitRows == 0 })
		w.person("ci", 2)
		w.person("ann", 9)
		w.sound()
	})
}

// person fails the test unless so much is used of what is counted by a person.
func (w *world) person(name string, n int64) {
	w.t.Helper()
	var used int64
	err := w.db.Writer().QueryRowContext(w.t.Context(), `SELECT COALESCE(SUM(settled_uc + reserved_uc + unknown_uc + overrun_uc), 0) FROM balances
		WHERE scope = 'person' AND per = 'lifetime' AND scope_key = '`+name+`'`).Scan(&used)
	if err != nil || fettle.Credits(used) != fettle.Credits(n)*fettle.Credit {
		w.t.Errorf("%s used %s, want %d: %v", name, fettle.Credits(used), n, err)
	}
}

// TestAResumeIsOnWhoeverResumes: a run whose token has reached its own limit is
// resumed by an admin, and goes on.
func TestAResumeIsOnWhoeverResumes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.people(0, 6, "x")
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		ci := w.let("ci", fettle.Editor, true, 2)
		if _, err := w.e.Start(ctx, ci, "emails", engine.StartOptions{}); err != nil {
			t.Fatal(err)
		}
		wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
		_, err := w.e.Resume(ctx, ci, "emails", engine.StartOptions{})
		w.code(fettle.Refused, err, "the token resumes at its own limit")
		if _, err := w.e.Resume(ctx, admin, "emails", engine.StartOptions{}); err != nil {
			t.Fatal(err)
		}
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 6 })
		w.person("ci", 2)
		w.person("ann", 4)
		w.sound()
	})
}

// TestACappedOneTouchesNoPrice: what a limit of one's own is counted by is not
// theirs to change.
func TestACappedOneTouchesNoPrice(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, storetest.Open(t), sandbox.Defaults()), t.Context()
	zero, key := fettle.Credits(0), "k"
	for _, x := range []struct {
		who  fettle.Actor
		want fettle.Code
	}{{w.let("ci", fettle.Editor, true, 2), fettle.NotAllowed}, {w.let("free", fettle.Editor, true, 0), ""}} {
		w.code(x.want, w.e.SetConnection(ctx, x.who, "sandbox", engine.ConnectionInput{UnitCredits: &zero}), "unit")
		w.code(x.want, w.e.SetConnection(ctx, x.who, "sandbox", engine.ConnectionInput{Key: &key}), "key")
		_, err := w.e.Grant(ctx, x.who, fettle.Credit, "")
		w.code(x.want, err, "grant")
		w.code(x.want, w.e.SetLimit(ctx, x.who, "workspace", "", fettle.Limit{Credits: credits(9)}), "workspace limit")
		w.code(x.want, w.e.SetLimit(ctx, x.who, "provider", "sandbox", fettle.Limit{Credits: credits(9)}), "provider limit")
		w.code(fettle.NotAllowed, w.e.SetLimit(ctx, x.who, "person", "ci", fettle.Limit{Credits: credits(9)}), "own limit")
		for kind, doc := range map[string]string{
			"limit": "kind: Limit\nscope: workspace\nlimit: {credits: 8}\n", "unit": "kind: Provider\nname: sandbox\nunit_credits: \"0\"\n",
		} {
			_, err := w.e.Apply(ctx, x.who, []byte("apiVersion: fettle/v1\n"+doc), true)
			w.code(x.want, err, "declared "+kind)
		}
		_, err = w.e.Resolve(ctx, x.who, nil, true, fettle.Resolution{Action: "not_billed"})
		w.code(x.want, err, "not billed")
		_, err = w.e.Resolve(ctx, x.who, nil, true, fettle.Resolution{Action: "write_off"})
		w.code("", err, "write off")
	}
}

// TestThePilotAllowance runs pilots as somebody who may not spend: within the
// day's rows and credits, over all enrichments, and no further.
func TestThePilotAllowance(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.people(0, 40, "x")
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.save("titles", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		pilot := func(a fettle.Actor, name string, n int) error {
			_, err := w.e.Pilot(ctx, a, name, n)
			if err == nil {
				w.until(name, func(v fettle.EnrichmentView) bool { return !v.Piloting && v.InFlight == 0 })
			}
			return err
		}
		w.code(fettle.Refused, pilot(editor, "emails", 11), "11 rows")
		w.code("", pilot(editor, "emails", 6), "6 rows")
		w.code(fettle.Refused, pilot(editor, "titles", 5), "5 more")
		w.code("", pilot(editor, "titles", 4), "4 more")
		w.code(fettle.Refused, pilot(editor, "titles", 1), "one more")
		if b := w.sb.Books(); b.Calls > 10 {
			t.Errorf("%d calls", b.Calls)
		}
		v, err := w.e.PilotAllowance(ctx, editor)
		if err != nil || !v.Binds || v.LeftRows != 10-v.UsedRows || v.UsedRows == 0 {
			t.Errorf("%+v, %v", v, err)
		}
		_, err = w.e.SetPilotAllowance(ctx, w.let("sue", fettle.Editor, true, 0), fettle.PilotAllowance{Rows: 20, Credits: fettle.Credit})
		w.code(fettle.NotAllowed, err, "a spender sets it")
		if _, err := w.e.SetPilotAllowance(ctx, admin, fettle.PilotAllowance{Rows: 30, Credits: 12 * fettle.Credit}); err != nil {
			t.Fatal(err)
		}
		before := w.sb.Books().Calls
		w.code("", pilot(editor, "emails", 15), "15 more, up to 12 credits")
		if n := w.sb.Books().Calls - before; n > 6 {
			t.Errorf("%d more calls", n)
		}
		w.code("", pilot(admin, "emails", 15), "an admin")
		w.sound()
	})
}

// TestWhatOneAnswersForCountsInTheirOwnLimit sends many records to a live
// enrichment as a token with a limit of its own, which confirms them.
func TestWhatOneAnswersForCountsInTheirOwnLimit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.people(0, 2, "x")
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.start("emails")
		w.work(w.e)
		w.settle("emails")
		rows := func(from, n int) (out []map[string]any) {
			for i := range n {
				out = append(out, map[string]any{"external_id": fmt.Sprint(from + i), "name": fmt.Sprintf("Person %d", from+i), "company_domain": fmt.Sprintf("c%d.com", from+i)})
			}
			return out
		}
		send := func(a fettle.Actor, from, n int, confirm bool) error {
			_, err := w.e.UpsertRecords(ctx, a, engine.UpsertInput{Entity: fettle.People, Rows: rows(from, n), Confirm: confirm})
			return err
		}
		ci := w.let("ci", fettle.Editor, true, 3)
		w.code(fettle.NotAllowed, send(editor, 1000, 150, true), "an editor confirms")
		w.code(fettle.Confirm, send(ci, 1000, 150, false), "unasked")
		w.code("", send(ci, 1000, 10, true), "within the guard: on the run's account")
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 12 && !v.Planning })
		w.person("ci", 0)
		w.code("", send(ci, 2000, 150, true), "beyond: on its own too")
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.OwnLimitRows == 147 && v.InFlight == 0 })
		w.person("ci", 3)
		w.code("", send(editor, 3000, 5, false), "an editor sends within the guard")
		if v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 20 }); v.State != fettle.Live {
			t.Errorf("%s %s", v.State, v.PauseDetail)
		}
		w.sound()
	})
}

// TestUnaskedEditsOfWhoMayNotSpendWait changes many inputs one by one as an
// editor: beyond the guard they wait for approval, and nothing pauses.
func TestUnaskedEditsOfWhoMayNotSpendWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.people(0, 150, "x")
	def := findEmail(fettle.AllPeople, 1000)
	def.RerunOn = "inputs"
	def.Steps[0].Inputs["full_name"] = `name + " " + title`
	w.save("emails", def)
	w.start("emails")
	stop := w.work(w.e)
	w.settle("emails")
	stop()
	for _, id := range w.ids(fettle.AllPeople) {
		if err := w.e.EditRecord(t.Context(), editor, id, "title", "y", false); err != nil {
			t.Fatal(err)
		}
	}
	w.e = w.engine()
	w.work(w.e)
	v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.ApprovalRows == 150 })
	w.people(500, 1, "x")
	w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 1 && v.State == fettle.Live })
	if b := w.sb.Books(); b.Calls != 151 || v.State != fettle.Live {
		t.Errorf("%s, books: %+v", v.State, b)
	}
	if _, err := w.e.Approve(t.Context(), admin, "emails", true); err != nil {
		t.Fatal(err)
	}
	w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 151 })
	w.sound()
}

// TestAChangeInATimedPauseEndsIt: what is changed while an enrichment pauses
// until its next period does not go on by itself, and what comes in meanwhile
// is guarded as if it were live.
func TestAChangeInATimedPauseEndsIt(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, storetest.Open(t), sandbox.Defaults()), t.Context()
	w.people(0, 4, "in")
	w.people(100, 150, "out")
	w.audience("some", `title == "in"`)
	w.work(w.e)
	for name, change := range map[string]func(name string) error{
		"definition": func(name string) error {
			def := findEmail("some", 1)
			def.When = `name != ""`
			def.Limit = nil
			return w.saveAs(editor, name, def)
		},
		"point": func(name string) error {
			_, err := w.e.Point(ctx, editor, name, []string{fettle.AllPeople})
			return err
		},
		"reset": func(name string) error { _, err := w.e.Reset(ctx, editor, name); return err },
	} {
		def := findEmail("some", 1)
		def.Limit.Per = fettle.PerDay
		def.Write = fettle.OverwriteAll
		w.save(name, def)
		w.start(name)
		v := w.until(name, func(v fettle.EnrichmentView) bool { return v.State == fettle.Paused })
		if v.PauseReason != fettle.PausedByLimit {
			t.Fatalf("%s: %s", name, v.PauseReason)
		}
		_, err := w.e.SaveAudience(ctx, editor, fettle.Audience{Name: "some", Entity: fettle.People, Where: `title != ""`}, true)
		w.code(fettle.NotAllowed, err, "an editor widens the audience in a timed pause")
		if err := change(name); err != nil {
			t.Fatal(err)
		}
		var until int64
		if err := w.db.Writer().QueryRowContext(ctx, `SELECT pause_until_us FROM enrichments WHERE name = '`+name+`'`).Scan(&until); err != nil || until != 0 {
			t.Errorf("%s: it goes on by itself: %v", name, err)
		}
		if err := w.e.DeleteEnrichment(ctx, admin, name); err != nil {
			t.Fatal(err)
		}
	}
}
