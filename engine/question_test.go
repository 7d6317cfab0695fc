package engine_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/ingest"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// twins adds people of whom each two have the same name and domain, so that the
// same is asked of both. They have ids of their own.
func (w *world) twins(from, pairs int) {
	w.t.Helper()
	err := w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		now := time.Now()
		origin, err := tx.OriginID(w.t.Context(), store.Origin{Kind: store.OriginImport, Name: "csv", Day: fettle.DayOf(now)})
		if err != nil {
			return err
		}
		in := ingest.UpsertInput{Entity: fettle.People, Source: "csv", Origin: origin, Actor: "test", Now: now, Fields: []string{"external_id", "name", "company_domain"}}
		for i := range 2 * pairs {
			n := from + i%pairs
			in.Rows = append(in.Rows, ingest.Row{Line: i + 1, Values: []any{fmt.Sprintf("t%d-%d", n, i/pairs), fmt.Sprintf("Twin Number%d", n), fmt.Sprintf("twin%d.com", n)}})
		}
		_, err = ingest.Upsert(w.t.Context(), tx, in)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// onceEach fails the test unless each question was billed once.
func (w *world) onceEach(questions int64) {
	w.t.Helper()
	if b := w.sb.Books(); b.BilledCalls != questions || b.Repeats != 0 {
		w.t.Errorf("%d questions, books: %+v", questions, b)
	}
}

// TestTheSameQuestionIsBoughtOnce has pairs of records ask the same, in one
// batch: each question is bought once, the estimate said so, and row and journal
// name the record whose call it was.
func TestTheSameQuestionIsBoughtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.twins(0, 20)
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		if est := w.estimate("emails"); est.ToRun != 20 || est.Reused != 20 || est.HighCredits != 20*fettle.Credit || est.ExpectedCredits != 20*fettle.Credit {
			t.Errorf("estimate: %+v", est)
		}
		w.work(w.e)
		w.start("emails")
		v := w.until("emails", func(v fettle.EnrichmentView) bool { return !v.Planning && v.RemainingRows == 0 })
		wantRows(t, v, fettle.RowCounts{Found: 20, Reused: 20})
		if v.SpentCredits != 20*fettle.Credit || v.PaidRows != 20 {
			t.Errorf("%s spent, %d rows paid", v.SpentCredits, v.PaidRows)
		}
		w.onceEach(20)
		twin := func(id int64) int64 { return (id-1)%20 + 1 }
		for id, r := range w.rows("emails") {
			if w.value(id, "email") == nil || w.value(id, "email") != w.value(twin(id), "email") || w.status(id) != "valid" {
				t.Errorf("record %d holds %v, its twin %v", id, w.value(id, "email"), w.value(twin(id), "email"))
			}
			if r.Outcome == fettle.Reused && (r.ChargedCredits != 0 || !strings.Contains(r.Detail, fmt.Sprintf("the answer to record %d, which asked the same", twin(id)))) {
				t.Errorf("the row of %d says %q, charged %s", id, r.Detail, r.ChargedCredits)
			}
		}
		for id, r := range w.rows("emails") {
			d, err := w.e.Record(t.Context(), admin, id)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range d.Values {
				if v.Field == "email" && (v.Purchase.From != 0) != (r.Outcome == fettle.Reused) || v.Field == "email" && (v.Purchase.Charged == 0) != (r.Outcome == fettle.Reused) {
					t.Errorf("the panel of %d says %+v", id, v.Purchase)
				}
			}
		}
		reused := map[int64]bool{}
		for _, j := range w.journal("reuse") {
			reused[j.RecordID] = true
			if j.FromRecordID != twin(j.RecordID) || j.AmountCredits != 0 || j.Units != 0 || j.Enrichment != "emails" || j.Provider != "sandbox" {
				t.Errorf("journal: %+v", j)
			}
		}
		if len(reused) != 20 {
			t.Errorf("%d reuses in the journal", len(reused))
		}
		w.agree()
		w.sound()
	})
}

// TestQuestionsAreOneAcrossEnrichmentsAndProcesses has two enrichments, run by
// two processes at once, ask the same of twins.
func TestQuestionsAreOneAcrossEnrichmentsAndProcesses(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			dsn := storetest.DSN(t, kind)
			cfg := sandbox.Defaults()
			cfg.Latency = 20 * time.Millisecond
			w := newWorld(t, opened(t, dsn), cfg)
			w.field("other", fettle.Email)
			w.twins(0, 150)
			first, second := findEmail("firsts", 1000), findEmail("seconds", 1000)
			second.Outputs[0].Field = "other"
			for name, where := range map[string]string{"firsts": `external_id.endsWith("-0")`, "seconds": `external_id.endsWith("-1")`} {
				if _, err := w.e.SaveAudience(t.Context(), admin, fettle.Audience{Name: name, Entity: fettle.People, Where: where}, false); err != nil {
					t.Fatal(err)
				}
			}
			w.save("a", first)
			w.save("b", second)
			w.work(w.e)
			w.work(w.colleague(dsn))
			w.start("a")
			w.start("b")
			done := func(v fettle.EnrichmentView) bool { return !v.Planning && v.RemainingRows == 0 }
			a, b := w.until("a", done), w.until("b", done)
			if a.Rows.Found+b.Rows.Found != 150 || a.Rows.Reused+b.Rows.Reused != 150 {
				t.Errorf("a: %+v, b: %+v", a.Rows, b.Rows)
			}
			w.onceEach(150)
			w.agree()
			w.sound()
		})
	}
}

// TestAQuestionInFlightIsWaitedFor holds the first call: the twin says for whose
// answer it waits, in the same enrichment and in another one.
func TestAQuestionInFlightIsWaitedFor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		arrived, release := make(chan struct{}, 10), make(chan struct{})
		w := between(t, db, sandbox.Defaults(), func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					arrived <- struct{}{}
					<-release
				}
				next.ServeHTTP(rw, r)
			})
		})
		w.twins(0, 1)
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		w.start("emails")
		<-arrived
		w.until("emails", func(v fettle.EnrichmentView) bool {
			return v.Rows.Waiting == 1 && v.Rows.Running == 1 && v.HeldRows == 0
		})
		for _, r := range w.rows("emails") {
			if r.State == fettle.RowWaiting && (r.WaitingFor != string(fettle.AwaitsAnswer) || !strings.Contains(r.Detail, "waits for the answer to record")) {
				t.Errorf("the row waits for %q: %q", r.WaitingFor, r.Detail)
			}
		}
		close(release)
		v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.RemainingRows == 0 })
		wantRows(t, v, fettle.RowCounts{Found: 1, Reused: 1})
		w.onceEach(1)
		w.sound()
	})
}

// TestAnUnknownHoldsItsQuestion loses the first answer: the twin is not asked
// beside it, and takes what becomes of it.
func TestAnUnknownHoldsItsQuestion(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		lose := true
		w := between(t, db, sandbox.Defaults(), func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost && lose {
					next.ServeHTTP(&lost{}, r)
					panic(http.ErrAbortHandler)
				}
				next.ServeHTTP(rw, r)
			})
		})
		w.twins(0, 1)
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		w.start("emails")
		v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Unknown == 1 && v.HeldRows == 1 })
		for _, r := range w.rows("emails") {
			if r.State == fettle.RowWaiting && (r.WaitingFor != string(fettle.Held) || !strings.Contains(r.Detail, "unknown charge to be resolved: record")) {
				t.Errorf("the row waits for %q: %q", r.WaitingFor, r.Detail)
			}
		}
		if v.UnknownCredits != fettle.Credit || v.ReservedCredits != 0 {
			t.Errorf("unknown %s, reserved %s", v.UnknownCredits, v.ReservedCredits)
		}
		value, price := "found@x.test", fettle.Credit
		if _, err := w.e.Resolve(t.Context(), admin, []int64{w.unknowns()[0].ID}, false, fettle.Resolution{Action: "found", Value: &value, Credits: &price}); err != nil {
			t.Fatal(err)
		}
		v = w.until("emails", func(v fettle.EnrichmentView) bool { return v.RemainingRows == 0 })
		wantRows(t, v, fettle.RowCounts{Found: 1, Reused: 1})
		if w.value(1, "email") != value || w.value(2, "email") != value || w.sb.Books().Calls != 1 {
			t.Errorf("%v and %v after %d calls", w.value(1, "email"), w.value(2, "email"), w.sb.Books().Calls)
		}
		w.sound()
	})
}

// lost is where an answer goes that nobody gets.
type lost struct{ h http.Header }

func (l *lost) Header() http.Header {
	if l.h == nil {
		l.h = http.Header{}
	}
	return l.h
}
func (*lost) Write(b []byte) (int, error) { return len(b), nil }
func (*lost) WriteHeader(int)             {}

// TestQuestionsOfLater asks of twins that come later: a fresh answer is free,
// what was not found is known, what is too old for the asker is bought again,
// and a new record with the same inputs pays nothing for what a deleted one
// was asked.
func TestQuestionsOfLater(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{HitRate: 0.5, BillMiss: true, Seed: 5})
		w.twins(0, 10)
		audience := func(name, where string) {
			if _, err := w.e.SaveAudience(t.Context(), admin, fettle.Audience{Name: name, Entity: fettle.People, Where: where}, false); err != nil {
				t.Fatal(err)
			}
		}
		audience("firsts", `external_id.endsWith("-0")`)
		audience("seconds", `external_id.endsWith("-1")`)
		w.save("a", findEmail("firsts", 1000))
		stop := w.work(w.e)
		w.start("a")
		found := w.settle("a").Rows.Found
		if found == 0 || found == 10 {
			t.Fatalf("%d found", found)
		}
		w.save("b", findEmail("seconds", 1000))
		if est := w.estimate("b"); est.ToRun != 0 || est.Reused != found || est.KnownNotFound != 10-found {
			t.Errorf("estimate: %+v", est)
		}
		w.start("b")
		wantRows(t, w.settle("b"), fettle.RowCounts{Reused: found, KnownNotFound: 10 - found})
		for _, r := range w.rows("b") {
			if !strings.Contains(r.Detail, "which asked the same") {
				t.Errorf("the row says %q", r.Detail)
			}
		}
		if w.sb.Books().Calls != 10 {
			t.Errorf("books: %+v", w.sb.Books())
		}
		// The first records go; others come, with the same names.
		if _, err := w.e.DeleteRecords(t.Context(), admin, w.ids("firsts"), "", false); err != nil {
			t.Fatal(err)
		}
		audience("news", `external_id.startsWith("new-")`)
		w.alike("new-", 10)
		w.save("c", findEmail("news", 1000))
		w.start("c")
		wantRows(t, w.settle("c"), fettle.RowCounts{Reused: found, KnownNotFound: 10 - found})
		if w.sb.Books().Calls != 10 {
			t.Errorf("books: %+v", w.sb.Books())
		}
		// What is taken over is as old as its call: it is due when that is.
		stop()
		w.age(80 * day)
		w.e = w.engine()
		audience("later", `external_id.startsWith("later-")`)
		w.alike("later-", 10)
		fresh := findEmail("later", 1000)
		fresh.Refresh, fresh.NotFoundRetry = fettle.Interval(90*day), fettle.Interval(90*day)
		w.save("d", fresh)
		if est := w.estimate("d"); est.ToRun != 0 || est.Reused != found {
			t.Errorf("estimate after 80 days: %+v", est)
		}
		stop = w.work(w.e)
		w.start("d")
		wantRows(t, w.settle("d"), fettle.RowCounts{Reused: found, KnownNotFound: 10 - found})
		stop()
		w.age(20 * day)
		w.e = w.engine()
		if est := w.estimate("d"); est.ToRun != 10 {
			t.Errorf("estimate after 100 days: %+v", est)
		}
		audience("latest", `external_id.startsWith("latest-")`)
		w.alike("latest-", 10)
		fresh.Audience = []string{"latest"}
		w.save("e", fresh)
		if est := w.estimate("e"); est.ToRun != 10 {
			t.Errorf("a new record takes what is older than it may be: %+v", est)
		}
		w.sound()
	})
}

// alike adds people who have the names and domains of twins, and ids of their
// own.
func (w *world) alike(prefix string, n int) {
	w.t.Helper()
	err := w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		now := time.Now()
		origin, err := tx.OriginID(w.t.Context(), store.Origin{Kind: store.OriginImport, Name: "csv", Day: fettle.DayOf(now)})
		if err != nil {
			return err
		}
		in := ingest.UpsertInput{Entity: fettle.People, Source: "csv", Origin: origin, Actor: "test", Now: now, Fields: []string{"external_id", "name", "company_domain"}}
		for i := range n {
			in.Rows = append(in.Rows, ingest.Row{Line: i + 1, Values: []any{fmt.Sprint(prefix, i), fmt.Sprintf("Twin Number%d", i), fmt.Sprintf("twin%d.com", i)}})
		}
		_, err = ingest.Upsert(w.t.Context(), tx, in)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestARerunAsksEachQuestionOnce reruns twins: within the run each question is
// asked once, and both get the new answer.
func TestARerunAsksEachQuestionOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		round := ""
		w := between(t, db, sandbox.Defaults(), spoiled(func(_, data map[string]any) {
			if email, ok := data["email"].(string); ok {
				data["email"] = round + email
			}
		}))
		w.twins(0, 5)
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		w.start("emails")
		done := func(v fettle.EnrichmentView) bool { return !v.Planning && v.RemainingRows == 0 }
		w.until("emails", done)
		round = "again."
		if _, err := w.e.Rerun(t.Context(), admin, "emails", engine.RerunOptions{}, true); err != nil {
			t.Fatal(err)
		}
		w.billed(10)
		v := w.until("emails", done)
		if b := w.sb.Books(); b.Calls != 10 || v.SpentCredits != 10*fettle.Credit {
			t.Errorf("books %+v, %s spent", b, v.SpentCredits)
		}
		for id := range w.rows("emails") {
			if email, _ := w.value(id, "email").(string); !strings.HasPrefix(email, "again.") {
				t.Errorf("record %d holds %q", id, email)
			}
		}
		w.agree()
		w.sound()
	})
}

// TestLaterStepsShareQuestions has twins miss in the first step, which asks
// something else of each, and meet in the second.
func TestLaterStepsShareQuestions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		cfg := sandbox.Defaults()
		cfg.Latency = 5 * time.Millisecond
		w := between(t, db, cfg, spoiled(func(input, data map[string]any) {
			if name, _ := input["full_name"].(string); strings.Contains(name, " t") {
				data["email"] = "not available"
			}
		}))
		w.twins(0, 20)
		d := findEmail(fettle.AllPeople, 1000)
		d.Steps = append([]fettle.Step{{Provider: "sandbox/find_email", Inputs: map[string]string{"full_name": `name + " " + external_id`, "company_domain": "company_domain"}}}, d.Steps...)
		w.save("emails", d)
		w.work(w.e)
		w.start("emails")
		v := w.until("emails", func(v fettle.EnrichmentView) bool { return !v.Planning && v.RemainingRows == 0 })
		if v.Rows.Found+v.Rows.Reused != 40 || v.Rows.Reused != 20 {
			t.Errorf("rows: %+v", v.Rows)
		}
		w.onceEach(60)
		w.agree()
		w.sound()
	})
}

// TestPromptsAreQuestions has two enrichments whose templates come to the same
// text: the model is asked once.
func TestPromptsAreQuestions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.field("line", fettle.Text)
	w.field("other", fettle.Text)
	w.people(0, 5, "x")
	w.work(w.e)
	for name, c := range map[string][2]string{"a": {"line", "Greet {{ name }}."}, "b": {"other", `Greet {{ name + "." }}`}} {
		w.save(name, fettle.Definition{
			Audience: []string{fettle.AllPeople}, Outputs: fettle.Outputs{{Name: "line", Field: c[0]}}, Follow: true, Limit: &fettle.Limit{Credits: credits(1000)},
			Steps: []fettle.Step{{Provider: "llm/openai", Model: "sandbox", Prompt: c[1], Output: map[string]any{"line": map[string]any{"type": "string"}}, MaxOutputTokens: 100}},
		})
	}
	w.start("a")
	wantRows(t, w.settle("a"), fettle.RowCounts{Found: 5})
	w.start("b")
	wantRows(t, w.settle("b"), fettle.RowCounts{Reused: 5})
	if b := w.sb.Books(); b.Calls != 5 || w.value(1, "line") == nil || w.value(1, "line") != w.value(1, "other") {
		t.Errorf("books: %+v; %v and %v", b, w.value(1, "line"), w.value(1, "other"))
	}
	w.sound()
}
