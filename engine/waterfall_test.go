package engine_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// Steps that all fill the output "answer", of three operations.
var (
	byEmail = fettle.Step{Provider: "sandbox/find_email", Inputs: map[string]string{"full_name": "name", "company_domain": "company_domain"}, Outputs: map[string]string{"email": "answer"}}
	byScore = fettle.Step{Provider: "sandbox/variable", Inputs: map[string]string{"name": "name"}, Outputs: map[string]string{"score": "answer"}}
	byTitle = fettle.Step{Provider: "sandbox/job_title", Inputs: map[string]string{"email": `external_id + "@example.com"`}, Outputs: map[string]string{"title": "answer"}}
)

func answer(field string, limit int64, steps ...fettle.Step) fettle.Definition {
	return fettle.Definition{
		Audience: []string{fettle.AllPeople}, Steps: steps, Outputs: fettle.Outputs{{Name: "answer", Field: field}}, Follow: true,
		Limit: &fettle.Limit{Credits: credits(limit)},
	}
}

// hits is how many of the sandbox's calls of an operation found something.
func (w *world) hits(operation string) (asked, found int64) {
	w.t.Helper()
	for _, c := range w.arrivals() {
		if c.Operation == operation {
			asked++
			if c.Outcome == "found" {
				found++
			}
		}
	}
	return asked, found
}

func TestWaterfall(t *testing.T) {
	t.Parallel()
	for _, billMiss := range []bool{false, true} {
		t.Run(fmt.Sprintf("bill miss %v", billMiss), func(t *testing.T) {
			w := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 0.5, BillMiss: billMiss, Seed: 5})
			w.field("found", fettle.Text)
			w.people(0, 200, "x")
			w.save("answers", answer("found", 10_000, byEmail))
			w.work(w.e)
			w.start("answers")
			v := w.settle("answers")
			_, first := w.hits("find_email")
			wantRows(t, v, fettle.RowCounts{Found: first, NotFound: 200 - first})
			w.pause("answers")
			w.reset("answers")
			w.start("answers") // nothing is asked again: not even what was not found
			wantRows(t, w.settle("answers"), fettle.RowCounts{Reused: first, KnownNotFound: 200 - first})
			w.pause("answers")
			w.save("answers", answer("found", 10_000, byEmail, byScore)) // the added step buys only itself
			if est := w.estimate("answers"); est.ToRun != 200-first || est.Reused != first {
				t.Errorf("estimate: %+v", est)
			}
			w.resume("answers")
			v = w.settle("answers")
			asked, second := w.hits("variable")
			if asked != 200-first || v.Rows.Found != second {
				t.Errorf("%d asked, %d found; %+v", asked, second, v.Rows)
			}
			// Another enrichment with another provider buys only itself, too.
			w.save("others", answer("found", 10_000, byEmail, byScore, byTitle))
			w.start("others")
			w.settle("others")
			if asked, _ := w.hits("job_title"); asked != 200-first-second {
				t.Errorf("%d asked for titles, %d were left", asked, 200-first-second)
			}
			if asked, _ := w.hits("find_email"); asked != 200 || w.sb.Books().Repeats != 0 {
				t.Errorf("%d asked, %+v", asked, w.sb.Books())
			}
			w.agree()
			w.sound()
		})
	}
}

// TestWaterfallGoesOnAtOnce runs all steps in one run, under a limit that
// stops it again and again between them.
func TestWaterfallGoesOnAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 0.3, BillMiss: true, Seed: 5, Latency: time.Millisecond})
	w.field("found", fettle.Text)
	w.people(0, 120, "x")
	w.save("answers", answer("found", 50, byEmail, byScore, byTitle))
	w.work(w.e)
	stop := w.watchLimit("answers")
	w.start("answers")
	for n := int64(100); ; n += 50 {
		v := w.settle("answers")
		if v.State == fettle.Live {
			break
		}
		wantPaused(t, v, fettle.PausedByLimit)
		w.limit("answers", n, true)
	}
	stop()
	v := w.show("answers")
	if v.Rows.Found+v.Rows.NotFound+v.Rows.KnownNotFound != 120 || v.PaidRows != 120 || w.sb.Books().Repeats != 0 {
		t.Errorf("rows %+v, %d paid, books %+v", v.Rows, v.PaidRows, w.sb.Books())
	}
	if asked, _ := w.hits("find_email"); asked != 120 {
		t.Errorf("%d asked", asked)
	}
	w.agree()
	w.sound()
}

func TestUntilAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 0.5, Seed: 5})
	w.field("found", fettle.Text)
	w.field("score", fettle.Number)
	w.people(0, 100, "x")
	def := answer("found", 10_000, byEmail, byTitle, fettle.Step{Provider: "sandbox/variable", Inputs: map[string]string{"name": "name"}})
	def.Outputs = append(def.Outputs, fettle.Output{Name: "score", Field: "score"})
	def.Until = "all"
	w.save("both", def)
	w.work(w.e)
	w.start("both")
	v := w.settle("both")
	emails, e := w.hits("find_email")
	scores, s := w.hits("variable")
	if emails != 100 || scores != 100 || e == 0 || s == 0 {
		t.Errorf("%d and %d asked", emails, scores)
	}
	if v.Rows.Found+v.Rows.NotFound != 100 || v.Rows.Found < max(e, s) {
		t.Errorf("rows %+v", v.Rows)
	}
	w.pause("both")
	w.reset("both")
	w.start("both")
	w.settle("both")
	if again, _ := w.hits("variable"); again != 100 {
		t.Errorf("asked again: %d", again)
	}
	w.agree()
	w.sound()
}

func TestConditionsAndMissingInputs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.people(0, 30, "x")
	w.people(30, 20, "y")
	ids := w.ids(fettle.AllPeople)
	for _, id := range ids[:10] {
		w.edit(id, "company_domain", nil)
	}
	def := findEmail(fettle.AllPeople, 1000)
	def.When = `title == "x"`
	w.save("emails", def)
	if est := w.estimate("emails"); est.AudienceRows != 50 || est.ToRun != 20 || est.Skipped != 20 || est.MissingInput != 10 || est.HighCredits != 20*fettle.Credit {
		t.Errorf("estimate: %+v", est)
	}
	w.work(w.e)
	w.start("emails")
	wantRows(t, w.settle("emails"), fettle.RowCounts{Found: 20, Skipped: 20, MissingInput: 10})
	w.edit(ids[0], "company_domain", "acme.com") // the missing input comes
	w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 21 })
	if b := w.sb.Books(); b.Calls != 21 || b.BilledCredits != 21*fettle.Credit {
		t.Errorf("books: %+v", b)
	}
	w.agree()
	w.sound()
}

// TestAnotherOutputIsFree maps a second output of an answer that was paid for.
func TestAnotherOutputIsFree(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.field("job", fettle.Text)
	w.people(0, 40, "x")
	def := fettle.Definition{
		Audience: []string{fettle.AllPeople}, Steps: []fettle.Step{{Provider: "sandbox/job_title", Inputs: map[string]string{"email": `external_id + "@example.com"`}}},
		Outputs: fettle.Outputs{{Name: "title", Field: "job"}}, Follow: true, Limit: &fettle.Limit{Credits: credits(1000)},
	}
	w.save("jobs", def)
	w.work(w.e)
	w.start("jobs")
	w.settle("jobs")
	w.pause("jobs")
	def.Outputs = append(def.Outputs, fettle.Output{Name: "linkedin_url", Field: "linkedin_url"})
	w.save("jobs", def)
	if est := w.estimate("jobs"); est.ToRun != 0 || est.Reused != 40 || est.HighCredits != 0 {
		t.Errorf("estimate: %+v", est)
	}
	w.resume("jobs")
	v := w.settle("jobs")
	wantRows(t, v, fettle.RowCounts{Reused: 40})
	for _, id := range w.ids(fettle.AllPeople) {
		if url, _ := w.value(id, "linkedin_url").(string); !strings.Contains(url, "linkedin.com/in/p") {
			t.Fatalf("record %d: %v", id, url)
		}
	}
	if b := w.sb.Books(); b.Calls != 40 || v.SpentCredits != 80*fettle.Credit || v.PaidRows != 40 {
		t.Errorf("books: %+v; %s spent, %d rows paid", b, v.SpentCredits, v.PaidRows)
	}
	w.agree()
	w.sound()
}

// TestTimeBuysAgain lets refresh and retry periods pass, of one output and of
// two that one call fills.
func TestTimeBuysAgain(t *testing.T) {
	t.Parallel()
	two := findEmail(fettle.AllPeople, 1000)
	two.Steps = []fettle.Step{{Provider: "sandbox/job_title", Inputs: byTitle.Inputs}}
	two.Outputs = fettle.Outputs{{Name: "title", Field: "job"}, {Name: "linkedin_url", Field: "link"}}
	t.Run("one output", func(t *testing.T) {
		timeBuysAgain(t, storetest.Open(t), "find_email", findEmail(fettle.AllPeople, 1000))
	})
	t.Run("two outputs", func(t *testing.T) {
		storetest.Each(t, func(t *testing.T, db *store.DB) { timeBuysAgain(t, db, "job_title", two) })
	})
}

func timeBuysAgain(t *testing.T, db *store.DB, operation string, def fettle.Definition) {
	t.Helper()
	w := newWorld(t, db, sandbox.Config{HitRate: 0.5, BillMiss: true, Seed: 5})
	w.field("job", fettle.Text)
	w.field("link", fettle.Text)
	w.people(0, 40, "x")
	def.Refresh, def.NotFoundRetry = fettle.Interval(90*day), fettle.Interval(30*day)
	w.save("emails", def)
	w.start("emails")
	// causes works until so much was refreshed, and looks whether it is more.
	causes := func(refreshed int64) map[fettle.Cause]int64 {
		stop := w.work(w.e)
		defer func() {
			stop()
			w.e = w.engine()
		}()
		out := map[fettle.Cause]int64{}
		for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
			w.settle("emails")
			clear(out)
			for _, j := range w.journal("") {
				out[j.Cause]++
			}
			if out[fettle.CauseRefresh] >= refreshed || time.Now().After(end) {
				break
			}
		}
		w.looked()
		w.settle("emails")
		clear(out)
		for _, j := range w.journal("") {
			out[j.Cause]++
		}
		return out
	}
	if c := causes(0); c[fettle.CauseStart] != 40 || len(c) != 1 {
		t.Fatalf("causes %v", c)
	}
	_, found := w.hits(operation)
	missed := 40 - found
	for _, step := range []struct{ days, refreshed int64 }{{29, 0}, {2, missed}, {29, missed}, {2, 2 * missed}, {29, 2*missed + found}} {
		w.age(time.Duration(step.days) * day)
		if c := causes(step.refreshed); c[fettle.CauseRefresh] != step.refreshed {
			t.Errorf("%d days later: %v, want %d", step.days, c, step.refreshed)
		}
	}
	w.agree()
	w.sound()
}

const day = 24 * time.Hour

// age makes everything that was bought and asked so much older.
func (w *world) age(d time.Duration) {
	w.t.Helper()
	for _, q := range []string{
		"UPDATE cells SET bought_at_us = bought_at_us - %d WHERE bought_at_us > 0",
		"UPDATE attempts SET done_at_us = done_at_us - %d WHERE done_at_us > 0",
		"UPDATE enrichment_rows SET updated_at_us = updated_at_us - %d",
		"UPDATE touched SET times = times + 1 + 0 * %d", // something of every record is otherwise now
	} {
		if _, err := w.db.Writer().ExecContext(w.t.Context(), fmt.Sprintf(q, d.Microseconds())); err != nil {
			w.t.Fatal(err)
		}
	}
}

func TestWritePolicies(t *testing.T) {
	t.Parallel()
	for policy, c := range map[fettle.WritePolicy]struct {
		rows fettle.RowCounts
		hand bool // a value set by hand stays
	}{
		fettle.FillBlanks:   {fettle.RowCounts{Found: 10, Filled: 20}, true},
		fettle.Overwrite:    {fettle.RowCounts{Found: 20, Filled: 10}, true},
		fettle.OverwriteAll: {fettle.RowCounts{Found: 30}, false},
	} {
		t.Run(string(policy), func(t *testing.T) {
			w := newWorld(t, storetest.Open(t), sandbox.Defaults())
			w.people(0, 30, "x")
			ids := w.ids(fettle.AllPeople)
			var rows []map[string]any
			for i := range 10 {
				w.edit(ids[i], "email", fmt.Sprintf("hand%d@example.com", i))
				rows = append(rows, map[string]any{"external_id": fmt.Sprintf("p%d", 10+i), "email": fmt.Sprintf("file%d@example.com", i)})
			}
			if _, err := w.e.UpsertRecords(t.Context(), admin, engine.UpsertInput{Entity: fettle.People, Source: "csv", Rows: rows, Confirm: true}); err != nil {
				t.Fatal(err)
			}
			def := findEmail(fettle.AllPeople, 1000)
			def.Write = policy
			w.save("emails", def)
			w.work(w.e)
			w.start("emails")
			wantRows(t, w.settle("emails"), c.rows)
			if stays := w.value(ids[0], "email") == "hand0@example.com"; stays != c.hand {
				t.Errorf("by hand: %v", w.value(ids[0], "email"))
			}
			// A value that was bought and then set by hand is not bought again
			// for nothing.
			w.edit(ids[29], "email", "hand29@example.com")
			w.pause("emails")
			before := w.sb.Books().Calls
			if _, err := w.e.Rerun(t.Context(), admin, "emails", engine.RerunOptions{}, true); err != nil {
				t.Fatal(err)
			}
			w.resume("emails")
			w.settle("emails")
			again := w.sb.Books().Calls - before
			if want := c.rows.Found; c.hand && again != want-1 || !c.hand && again != want {
				t.Errorf("%d bought again, %d were found", again, want)
			}
			if stays := w.value(ids[29], "email") == "hand29@example.com"; stays != c.hand {
				t.Errorf("by hand, after the rerun: %v", w.value(ids[29], "email"))
			}
			w.agree()
			w.sound()
		})
	}
}

func TestAnotherEnrichmentReuses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		cfg := sandbox.Defaults()
		cfg.Latency = 20 * time.Millisecond
		w := newWorld(t, db, cfg)
		w.people(0, 300, "x")
		w.save("a", findEmail(fettle.AllPeople, 1000))
		w.save("b", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		w.work(w.engine())
		w.start("a")
		w.start("b") // at the same time: a cell that one holds is waited for
		done := func(v fettle.EnrichmentView) bool { return v.Rows.Found+v.Rows.Reused == 300 }
		a, b := w.until("a", done), w.until("b", done)
		if a.Rows.Found+b.Rows.Found != 300 || a.SpentCredits+b.SpentCredits != 300*fettle.Credit {
			t.Errorf("a %+v, b %+v", a.Rows, b.Rows)
		}
		if books := w.sb.Books(); books.Calls != 300 || books.Repeats != 0 {
			t.Errorf("books: %+v", books)
		}
		w.agree()
		w.sound()
	})
}

// TestRerunAsksEachStepOnce throttles the last step of a waterfall for a
// while: the earlier steps are not paid for again meanwhile.
func TestRerunAsksEachStepOnce(t *testing.T) {
	t.Parallel()
	throttled := 0
	w := between(t, storetest.Open(t), sandbox.Config{HitRate: 0.3, BillMiss: true, Seed: 5}, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/variable") && throttled > 0 {
				throttled--
				rw.Header().Set("Content-Type", "application/json")
				rw.Header().Set("Retry-After", "0")
				rw.WriteHeader(http.StatusTooManyRequests)
				_, _ = rw.Write([]byte(`{"error": {"code": "throttled", "message": "slow down"}}`))
				return
			}
			next.ServeHTTP(rw, r)
		})
	})
	w.field("found", fettle.Text)
	w.people(0, 1, "x")
	w.save("answers", answer("found", 1000, byEmail, byScore))
	w.work(w.e)
	w.start("answers")
	v := w.settle("answers")
	again := func(name string, run func() error) {
		t.Helper()
		asked, _ := w.hits("find_email")
		throttled = 2
		if err := run(); err != nil {
			t.Fatal(name, err)
		}
		w.settle("answers")
		if now, _ := w.hits("find_email"); now != asked+1 || throttled != 0 {
			t.Errorf("%s: asked %d times, %d throttles left", name, now-asked, throttled)
		}
	}
	rerun := func() error {
		_, err := w.e.Rerun(t.Context(), admin, "answers", engine.RerunOptions{}, true)
		return err
	}
	if v.Rows.Found == 0 {
		rerun = func() error {
			_, err := w.e.Retry(t.Context(), admin, "answers", fettle.NotFoundRow, true)
			return err
		}
	}
	again("first", rerun)
	again("second", rerun)
	w.agree()
	w.sound()
}

// TestReusedAnswerTakesTheFieldsForm has a number land in a text field, then be
// reused for another: an answer is kept as the provider gave it.
func TestReusedAnswerTakesTheFieldsForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.field("found", fettle.Text)
	w.field("other", fettle.Text)
	w.people(0, 20, "x")
	w.work(w.e)
	for name, field := range map[string]string{"a": "found", "b": "other"} {
		w.save(name, answer(field, 1000, byScore))
	}
	w.start("a")
	wantRows(t, w.settle("a"), fettle.RowCounts{Found: 20})
	w.start("b")
	wantRows(t, w.settle("b"), fettle.RowCounts{Reused: 20})
	id := w.ids(fettle.AllPeople)[0]
	if a, b := w.value(id, "found"), w.value(id, "other"); a == nil || a != b {
		t.Errorf("found %v, reused %v", a, b)
	}
	w.agree()
	w.sound()
}
