package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

func (w *world) attach(budget string, m fettle.BudgetMembers) {
	w.t.Helper()
	if _, err := w.e.Attach(w.t.Context(), admin, budget, m); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) budget(name string, n int64) {
	w.t.Helper()
	must(w.t, w.e.SetLimit(w.t.Context(), admin, "budget", name, fettle.Limit{Credits: credits(n)}))
}

func enrichmentsIn(names ...string) fettle.BudgetMembers {
	return fettle.BudgetMembers{Enrichments: names}
}

func peopleIn(names ...string) fettle.BudgetMembers { return fettle.BudgetMembers{People: names} }

// inBudget is what counts in a budget, over its lifetime.
func (w *world) inBudget(name string) (used fettle.Credits) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
		b, err := tx.Balance(w.t.Context(), store.BalanceKey{Scope: store.ScopeBudget, Key: name, Per: fettle.Lifetime})
		used = b.Used()
		return err
	})
	must(w.t, err)
	return used
}

// TestEnrichmentsShareABudget has two enrichments count in one, of which one is
// also run by a person of it: each call counts once, and the sum stays within.
func TestEnrichmentsShareABudget(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		cfg := sandbox.Defaults()
		cfg.Latency = 5 * time.Millisecond
		w := newWorld(t, db, cfg)
		w.field("score", fettle.Number)
		w.field("other_score", fettle.Number)
		w.people(0, 150, "x")
		w.save("a", score(fettle.AllPeople, 10_000))
		b := score(fettle.AllPeople, 10_000)
		b.Outputs[0].Field = "other_score"
		b.Steps[0].Inputs = map[string]string{"name": `name + " again"`}
		w.save("b", b)
		w.budget("sales", 200)
		w.attach("sales", fettle.BudgetMembers{Enrichments: []string{"a", "b"}, People: []string{admin.Name}})
		w.work(w.e)
		w.start("a")
		w.start("b")
		va, vb := w.settle("a"), w.settle("b")
		wantPaused(t, va, fettle.PausedByLimit)
		wantPaused(t, vb, fettle.PausedByLimit)
		if va.Budget != "sales" || w.inBudget("sales") != va.SpentCredits+vb.SpentCredits {
			t.Errorf("%s of a and %s of b, %s in %q", va.SpentCredits, vb.SpentCredits, w.inBudget("sales"), va.Budget)
		}
		if used := w.inBudget("sales"); used <= 193*fettle.Credit || used > 200*fettle.Credit {
			t.Errorf("%s used of 200", used)
		}
		w.agree()
		w.sound()
	})
}

// TestACallSettlesWhereItWasReserved takes an enrichment out of its budget, and
// deletes that, while calls are in flight: what they cost counts in the budget of
// their reservation, and where one of the same name is made it is counted still.
func TestACallSettlesWhereItWasReserved(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		answer := w.sb.Hold()
		w.people(0, 5, "x")
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.budget("sales", 100)
		w.budget("other", 100)
		w.attach("sales", enrichmentsIn("emails"))
		w.work(w.e)
		w.start("emails")
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.InFlight == 5 })
		w.attach("other", enrichmentsIn("emails")) // leaves sales
		must(t, w.e.DeleteBudget(t.Context(), admin, "sales"))
		answer()
		w.settle("emails")
		if used, other := w.inBudget("sales"), w.inBudget("other"); used != 5*fettle.Credit || other != 0 {
			t.Errorf("%s in the budget of the reservation, %s in the other", used, other)
		}
		w.budget("sales", 100)
		v := w.listed("sales")
		if v.Limits[0].UsedCredits != 5*fettle.Credit || len(v.Enrichments) != 0 {
			t.Errorf("made again: %+v", v)
		}
		w.people(100, 5, "y")
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 10 && v.InFlight == 0 })
		if other := w.inBudget("other"); other != 5*fettle.Credit {
			t.Errorf("%s in the budget that it counts in now", other)
		}
		w.agree()
		w.sound()
	})
}

func (w *world) listed(budget string) fettle.BudgetView {
	w.t.Helper()
	all, err := w.e.Budgets(w.t.Context(), admin)
	must(w.t, err)
	i := slices.IndexFunc(all, func(v fettle.BudgetView) bool { return v.Name == budget })
	if i < 0 {
		w.t.Fatalf("no budget %s in %+v", budget, all)
	}
	return all[i]
}

// TestTheBudgetOfWhoOpenedRowsBinds has somebody put rows into an admin's run
// who is attached to a budget: their rows wait alone where it has no room, say
// so, and go on when it is raised. Two who share one budget share its room.
func TestTheBudgetOfWhoOpenedRowsBinds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.people(0, 3, "in")
		w.people(100, 6, "out")
		w.people(200, 6, "away")
		w.audience("some", `title == "in"`)
		w.save("emails", findEmail("some", 1000))
		w.start("emails")
		w.work(w.e)
		w.settle("emails")
		ci, di := w.let("ci", fettle.Editor, true, 0), w.let("di", fettle.Editor, true, 0)
		w.budget("agents", 3)
		w.attach("agents", peopleIn("ci", "di"))
		for _, x := range []struct {
			who   fettle.Actor
			where string
		}{{ci, `title == "in" || title == "out"`}, {di, `title != ""`}} {
			_, err := w.e.SaveAudience(ctx, x.who, fettle.Audience{Name: "some", Entity: fettle.People, Where: x.where}, true)
			must(t, err)
		}
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 6 && v.OwnLimitRows == 9 && v.InFlight == 0 })
		for _, r := range w.rows("emails") {
			if r.State == fettle.RowWaiting && !strings.Contains(r.Detail, "the budget of "+r.OpenedBy) {
				t.Errorf("a row waits for %q", r.Detail)
			}
		}
		w.budget("agents", 8)
		w.until("emails", func(v fettle.EnrichmentView) bool {
			return v.Rows.Found == 11 && v.OwnLimitRows == 4 && v.InFlight == 0
		})
		if used := w.inBudget("agents"); used != 8*fettle.Credit {
			t.Errorf("%s used of 8", used)
		}
		w.agree()
		w.sound()
	})
}

// TestNobodyLeavesABudgetWithoutAnAdmin asks for all that makes a budget bind less
// as everyone: admins alone may. Who may spend may make one, lower it, and attach
// what counts in none.
func TestNobodyLeavesABudgetWithoutAnAdmin(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, storetest.Open(t), sandbox.Defaults()), t.Context()
	w.people(0, 3, "x")
	w.save("emails", findEmail(fettle.AllPeople, 1000))
	w.save("free", findEmail(fettle.AllPeople, 1000))
	sue := fettle.Actor{Name: "sue", Role: fettle.Editor, MaySpend: true}
	in := fettle.Actor{Name: "inge", Role: fettle.Editor, MaySpend: true} // counts in a budget
	set := func(a fettle.Actor, name string, l fettle.Limit) error {
		return w.e.SetLimit(ctx, a, "budget", name, l)
	}
	must(t, set(sue, "sales", fettle.Limit{Credits: credits(100)}))
	must(t, set(sue, "other", fettle.Limit{Credits: credits(100)}))
	_, err := w.e.Attach(ctx, sue, "sales", enrichmentsIn("emails"))
	must(t, err)
	w.attach("sales", peopleIn(in.Name))
	document := func(text string) func(fettle.Actor) error {
		return func(a fettle.Actor) error {
			_, err := w.e.Apply(ctx, a, []byte("apiVersion: fettle/v1\nkind: Limit\nscope: budget\nname: sales\n"+text), true)
			return err
		}
	}
	loosens := map[string]func(fettle.Actor) error{
		"raise":   func(a fettle.Actor) error { return set(a, "sales", fettle.Limit{Credits: credits(101)}) },
		"none":    func(a fettle.Actor) error { return set(a, "sales", fettle.Limit{None: true}) },
		"records": func(a fettle.Actor) error { n := int64(5); return set(a, "sales", fettle.Limit{Records: &n}) },
		"move":    func(a fettle.Actor) error { _, err := w.e.Attach(ctx, a, "other", enrichmentsIn("emails")); return err },
		"person":  func(a fettle.Actor) error { _, err := w.e.Attach(ctx, a, "other", peopleIn("someone")); return err },
		"detach": func(a fettle.Actor) error {
			_, err := w.e.Detach(ctx, a, "sales", enrichmentsIn("emails"))
			return err
		},
		"delete in it": func(a fettle.Actor) error { return w.e.DeleteEnrichment(ctx, a, "emails") }, // made again it would be in none
		"delete":       func(a fettle.Actor) error { return w.e.DeleteBudget(ctx, a, "sales") },
		"apply raise":  document("limit: {credits: 200}\n"),
		"apply out":    document("limit: {credits: 100}\nenrichments: []\n"),
		"apply people": document("limit: {credits: 100}\npeople: [inge, someone]\n"),
	}
	for what, do := range loosens {
		for _, a := range []fettle.Actor{viewer, editor, in, sue} {
			w.code(fettle.NotAllowed, do(a), a.Name+": "+what)
		}
	}
	w.code("", set(sue, "sales", fettle.Limit{Credits: credits(90)}), "lower")
	w.code("", set(sue, "sales", fettle.Limit{Credits: credits(10), Per: fettle.PerDay}), "another period")
	_, err = w.e.Attach(ctx, sue, "sales", enrichmentsIn("free"))
	w.code("", err, "attach what counts in none")
	for _, a := range []fettle.Actor{viewer, editor, in} {
		w.code(fettle.NotAllowed, set(a, "new", fettle.Limit{Credits: credits(5)}), a.Name+" makes one")
	}
	w.code(fettle.NotAllowed, w.e.SetLimit(ctx, in, "workspace", "", fettle.Limit{Credits: credits(5)}), "who counts in a budget sets limits")
	_, err = w.e.Attach(ctx, admin, "sales", enrichmentsIn("nothing"))
	w.code(fettle.NotFound, err, "attach nothing")
	_, err = w.e.Attach(ctx, admin, "nothing", enrichmentsIn("free"))
	w.code(fettle.NotFound, err, "attach to nothing")
	_, err = w.e.Detach(ctx, admin, "other", enrichmentsIn("free"))
	w.code(fettle.NotFound, err, "detach from another")
	for what, do := range loosens {
		if what != "delete" && what != "delete in it" && what != "move" {
			w.code("", do(admin), "an admin: "+what)
			must(t, document("limit: {credits: 100}\nenrichments: [emails, free]\npeople: [inge]\n")(admin))
		}
	}
	must(t, w.e.DeleteEnrichment(ctx, admin, "free"))
	if v := w.listed("sales"); !slices.Equal(v.Enrichments, []string{"emails"}) || !slices.Equal(v.People, []string{"inge"}) {
		t.Errorf("%+v", v)
	}
}
