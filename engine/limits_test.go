package engine_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// score is an enrichment whose price varies from 0.1 to 7 credits.
func score(audience string, limit int64) fettle.Definition {
	return fettle.Definition{
		Audience: []string{audience},
		Steps:    []fettle.Step{{Provider: "sandbox/variable", Inputs: map[string]string{"name": "name"}}},
		Outputs:  fettle.Outputs{{Name: "score", Field: "score"}}, Follow: true,
		Limit: &fettle.Limit{Credits: credits(limit)},
	}
}

func TestExactlyTheLimitIsPaid(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 800, "x")
		w.save("emails", findEmail(fettle.AllPeople, 400))
		w.work(w.e)
		stop := w.watchLimit("emails")
		w.start("emails")
		v := w.settle("emails")
		wantPaused(t, v, fettle.PausedByLimit)
		wantRows(t, v, fettle.RowCounts{Found: 400, Pending: 400})
		if v.PaidRows != 400 || v.SpentCredits != 400*fettle.Credit || w.sb.Books().BilledCalls != 400 {
			t.Errorf("%d rows, %s credits, %+v", v.PaidRows, v.SpentCredits, w.sb.Books())
		}
		if near, at := w.notified("near_limit"), w.notified("limit"); near != 0 || at != 1 {
			t.Errorf("%d notifications near a limit that was reached at once, %d at it", near, at)
		}
		w.resume("emails")
		if v := w.settle("emails"); v.PauseReason != fettle.PausedByLimit || w.notified("limit") != 1 {
			t.Errorf("resumed at the limit: %s %s, %d notifications", v.State, v.PauseReason, w.notified("limit"))
		}
		w.limit("emails", 600, true)
		v = w.settle("emails")
		stop()
		wantPaused(t, v, fettle.PausedByLimit)
		wantRows(t, v, fettle.RowCounts{Found: 600, Pending: 200})
		if b := w.sb.Books(); b.BilledCalls != 600 || b.Calls != 600 || b.Repeats != 0 {
			t.Errorf("books: %+v", b)
		}
		if at := w.notified("limit"); at != 2 {
			t.Errorf("%d notifications at the limit", at)
		}
		w.limit("emails", 100, false) // below what is used: allowed, and nothing more is bought
		w.resume("emails")
		wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
		if b := w.sb.Books(); b.Calls != 600 {
			t.Errorf("books: %+v", b)
		}
		w.agree()
		w.sound()
	})
}

func TestVariablePricesUseTheLimitUp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		cfg := sandbox.Defaults()
		cfg.Latency = 2 * time.Millisecond
		w := newWorld(t, db, cfg)
		w.field("score", fettle.Number)
		w.people(0, 1200, "x")
		w.save("scores", score(fettle.AllPeople, 1000))
		w.work(w.e)
		stop := w.watchLimit("scores")
		w.start("scores")
		v := w.settle("scores")
		stop()
		wantPaused(t, v, fettle.PausedByLimit)
		if v.SpentCredits <= 993*fettle.Credit || v.SpentCredits > 1000*fettle.Credit || v.ReservedCredits != 0 {
			t.Errorf("%s spent, %s reserved of 1000", v.SpentCredits, v.ReservedCredits)
		}
		if b := w.sb.Books(); b.BilledCredits != v.SpentCredits || b.Repeats != 0 {
			t.Errorf("books: %+v", b)
		}
		w.agree()
		w.sound()
	})
}

// TestThreeProcessesShareOneLimit runs three engines on one database: what one
// of them reserved and gave back is used by the others.
func TestThreeProcessesShareOneLimit(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			cfg := sandbox.Defaults()
			cfg.Latency = 5 * time.Millisecond
			dsn := storetest.DSN(t, kind)
			w := newWorld(t, opened(t, dsn), cfg)
			w.field("score", fettle.Number)
			w.people(0, 600, "x")
			w.save("scores", score(fettle.AllPeople, 400))
			w.work(w.e)
			for range 2 {
				c := w.config()
				c.DB = opened(t, dsn)
				e, err := engine.New(t.Context(), c)
				if err != nil {
					t.Fatal(err)
				}
				w.work(e)
			}
			stop := w.watchLimit("scores")
			w.start("scores")
			v := w.settle("scores")
			stop()
			wantPaused(t, v, fettle.PausedByLimit)
			if v.SpentCredits <= 393*fettle.Credit || v.ReservedCredits != 0 || w.notified("limit") != 1 {
				t.Errorf("%s spent, %s reserved of 400; %d notifications", v.SpentCredits, v.ReservedCredits, w.notified("limit"))
			}
			if b := w.sb.Books(); b.BilledCredits != v.SpentCredits || b.Repeats != 0 {
				t.Errorf("books: %+v", b)
			}
			w.agree()
			w.sound()
		})
	}
}

func opened(t *testing.T, dsn string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), dsn, quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestEveryLimitBinds sets one limit beside a wide one of the enrichment.
func TestEveryLimitBinds(t *testing.T) {
	t.Parallel()
	ten := int64(10)
	for name, c := range map[string]struct {
		scope, key string
		limit      fettle.Limit
		reason     fettle.PauseReason
	}{
		"workspace":          {"workspace", "", fettle.Limit{Credits: credits(10)}, fettle.PausedByLimit},
		"workspace records":  {"workspace", "", fettle.Limit{Records: &ten}, fettle.PausedByLimit},
		"provider":           {"provider", "sandbox", fettle.Limit{Credits: credits(10)}, fettle.PausedByLimit},
		"provider records":   {"provider", "sandbox", fettle.Limit{Records: &ten}, fettle.PausedByLimit},
		"budget":             {"budget", "sales", fettle.Limit{Credits: credits(10)}, fettle.PausedByLimit},
		"budget records":     {"budget", "sales", fettle.Limit{Records: &ten}, fettle.PausedByLimit},
		"budget of a person": {"budget", "people", fettle.Limit{Credits: credits(10)}, fettle.PausedByLimit},
		"person":             {"person", admin.Name, fettle.Limit{Credits: credits(10)}, fettle.PausedByLimit},
		"enrichment records": {"enrichment", "emails", fettle.Limit{Records: &ten, Credits: credits(1000)}, fettle.PausedByLimit},
		"run":                {"enrichment", "emails", fettle.Limit{Credits: credits(10), Per: fettle.PerRun}, fettle.PausedByLimit},
		"balance":            {"", "", fettle.Limit{}, fettle.PausedByBalance},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, storetest.Open(t), sandbox.Defaults())
			w.people(0, 50, "x")
			w.save("emails", findEmail(fettle.AllPeople, 1000))
			if c.scope != "" {
				if err := w.e.SetLimit(t.Context(), admin, c.scope, c.key, c.limit); err != nil {
					t.Fatal(err)
				}
			} else if _, err := w.e.Grant(t.Context(), admin, 10*fettle.Credit, ""); err != nil {
				t.Fatal(err)
			}
			if c.scope == "budget" {
				in := fettle.BudgetMembers{Enrichments: []string{"emails"}}
				if c.key == "people" {
					in = fettle.BudgetMembers{People: []string{admin.Name}}
				}
				w.attach(c.key, in)
			}
			w.work(w.e)
			w.start("emails")
			v := w.settle("emails")
			wantPaused(t, v, c.reason)
			if c.scope == "budget" && !strings.Contains(v.PauseDetail, "limit of the budget "+c.key) {
				t.Errorf("it does not say which: %s", v.PauseDetail)
			}
			if c.scope == "budget" {
				_, err := w.e.Resume(t.Context(), admin, "emails", engine.StartOptions{})
				w.code(fettle.Refused, err, "resumed under a budget that is used up")
				if err != nil && !strings.Contains(err.Error(), "limit of the budget "+c.key) {
					t.Errorf("it does not say which: %v", err)
				}
			}
			wantRows(t, v, fettle.RowCounts{Found: 10, Pending: 40})
			if est := w.estimate("emails"); c.scope != "provider" && !est.NextRun && est.NoRoomOf != cmp.Or(c.scope, "balance") {
				t.Errorf("%s: the page is led to the limit of %q: %q", name, est.NoRoomOf, est.NoRoom)
			}
			if b := w.sb.Books(); b.Calls != 10 {
				t.Errorf("books: %+v", b)
			}
			if c.scope == "" {
				if _, err := w.e.Grant(t.Context(), admin, 5*fettle.Credit, ""); err != nil {
					t.Fatal(err)
				}
				w.resume("emails")
				wantRows(t, w.settle("emails"), fettle.RowCounts{Found: 15, Pending: 35})
			}
			if c.limit.Per == fettle.PerRun {
				w.start("emails") // a new run has its own
				wantRows(t, w.settle("emails"), fettle.RowCounts{Found: 20, Pending: 30})
			}
			w.agree()
			w.sound()
		})
	}
}

// TestEnrichmentsShareALimitToTheEnd has two enrichments under one limit of
// the workspace: what one gives back, the other uses.
func TestEnrichmentsShareALimitToTheEnd(t *testing.T) {
	t.Parallel()
	cfg := sandbox.Defaults()
	cfg.Latency = 20 * time.Millisecond
	w := newWorld(t, storetest.Open(t), cfg)
	w.field("score", fettle.Number)
	w.field("other_score", fettle.Number)
	w.people(0, 200, "x")
	w.save("a", score(fettle.AllPeople, 10_000))
	b := score(fettle.AllPeople, 10_000)
	b.Outputs[0].Field = "other_score"
	b.Steps[0].Inputs = map[string]string{"name": `name + " again"`}
	w.save("b", b)
	if err := w.e.SetLimit(t.Context(), admin, "workspace", "", fettle.Limit{Credits: credits(300)}); err != nil {
		t.Fatal(err)
	}
	w.work(w.e)
	w.start("a")
	w.start("b")
	wantPaused(t, w.paused("a"), fettle.PausedByLimit)
	wantPaused(t, w.paused("b"), fettle.PausedByLimit)
	v, err := w.e.Credits(t.Context(), admin)
	if err != nil || v.SettledCredits <= 293*fettle.Credit || v.SettledCredits > 300*fettle.Credit || v.ReservedCredits != 0 {
		t.Errorf("%+v, %v", v, err)
	}
	w.agree()
	w.sound()
}

// TestABilledMissThenTheLimit stops a waterfall between its steps: it pauses,
// and goes on with the step that was left.
func TestABilledMissThenTheLimit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{HitRate: 0.4, BillMiss: true, Seed: 3, Latency: time.Millisecond})
		w.field("found", fettle.Text)
		w.people(0, 60, "x")
		def := findEmail(fettle.AllPeople, 50)
		def.Steps = append(def.Steps, otherEmail("again"), otherEmail("third"))
		w.save("emails", def)
		if err := w.e.SetLimit(t.Context(), admin, "provider", "sandbox", fettle.Limit{Credits: credits(37)}); err != nil {
			t.Fatal(err)
		}
		w.work(w.e)
		w.start("emails")
		v := w.settle("emails")
		wantPaused(t, v, fettle.PausedByLimit)
		if v.SpentCredits != 37*fettle.Credit {
			t.Errorf("%s spent of the provider's 37", v.SpentCredits)
		}
		if err := w.e.SetLimit(t.Context(), admin, "provider", "sandbox", fettle.Limit{Credits: credits(1000)}); err != nil {
			t.Fatal(err)
		}
		w.limit("emails", 1000, true)
		v = w.settle("emails")
		if v.Rows.Found+v.Rows.NotFound+v.Rows.KnownNotFound != 60 || v.State != fettle.Live {
			t.Errorf("%s: %+v", v.State, v.Rows)
		}
		if b := w.sb.Books(); b.Repeats != 0 || b.BilledCredits != v.SpentCredits {
			t.Errorf("books: %+v, %s spent", b, v.SpentCredits)
		}
		w.agree()
		w.sound()
	})
}

// otherEmail is a find_email step that asks for something else.
func otherEmail(word string) fettle.Step {
	return fettle.Step{Provider: "sandbox/find_email", Inputs: map[string]string{"full_name": `name + " ` + word + `"`, "company_domain": "company_domain"}}
}

// TestLimitsMoveWhileItRuns raises and lowers the limit under a running
// enrichment: nothing is reserved beyond the limit of the moment.
func TestLimitsMoveWhileItRuns(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		cfg := sandbox.Defaults()
		cfg.Latency = 3 * time.Millisecond
		w := newWorld(t, db, cfg)
		w.field("score", fettle.Number)
		w.people(0, 600, "x")
		w.save("scores", score(fettle.AllPeople, 20))
		w.work(w.e)
		w.start("scores")
		rnd := rand.New(rand.NewPCG(1, 2))
		highest := int64(20)
		for range 25 {
			n := 20 + rnd.Int64N(400)
			highest = max(highest, n)
			w.limit("scores", n, false)
			if w.show("scores").State == fettle.Paused {
				w.resume("scores")
			}
			time.Sleep(time.Duration(rnd.IntN(15)) * time.Millisecond)
			if v := w.show("scores"); v.SpentCredits+v.ReservedCredits > fettle.Credits(highest)*fettle.Credit {
				t.Fatalf("%s spent and %s reserved, the highest limit was %d", v.SpentCredits, v.ReservedCredits, highest)
			}
		}
		w.settle("scores")
		w.agree()
		w.sound()
	})
}

// TestBurstAtTheLimit starts everything at once with room for ten calls.
func TestBurstAtTheLimit(t *testing.T) {
	t.Parallel()
	dsn := storetest.DSN(t, storetest.PostgreSQL)
	w := newWorld(t, opened(t, dsn), sandbox.Defaults())
	w.people(0, 1000, "x")
	names := []string{"a", "b", "c", "d"}
	w.audience("all", "")
	for i, n := range names {
		def := findEmail("all", 1000)
		field := "email_" + n
		w.field(field, fettle.Email)
		def.Outputs[0].Field = field
		def.Steps[0].Inputs = map[string]string{"full_name": `name + " ` + n + `"`, "company_domain": "company_domain"}
		w.save(n, def)
		if i > 0 {
			c := w.config()
			c.DB = opened(t, dsn)
			e, err := engine.New(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			w.work(e)
		}
	}
	w.work(w.e)
	if err := w.e.SetLimit(t.Context(), admin, "workspace", "", fettle.Limit{Credits: credits(10)}); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for _, n := range names {
		all.Go(func() {
			if _, err := w.e.Start(t.Context(), admin, n, engine.StartOptions{}); err != nil {
				t.Errorf("start %s: %v", n, err)
			}
		})
	}
	all.Wait()
	for _, n := range names {
		wantPaused(t, w.paused(n), fettle.PausedByLimit)
	}
	if b := w.sb.Books(); b.Calls != 10 || b.BilledCalls != 10 {
		t.Errorf("books: %+v", b)
	}
	if list := w.journal(""); len(list) != 10 || slices.ContainsFunc(list, func(j fettle.JournalEntry) bool { return j.AmountCredits != fettle.Credit }) {
		t.Errorf("journal: %+v", list)
	}
	w.agree()
	w.sound()
}
