package engine_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// lossy is a sandbox of which some answers are lost, billed or not.
func lossy() sandbox.Config {
	return sandbox.Config{HitRate: 1, DropRate: 0.1, ChargeThenFailRate: 0.1, Seed: 9}
}

func TestUnknownIsHeld(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, lossy())
		w.people(0, 200, "x")
		w.save("emails", findEmail(fettle.AllPeople, 200))
		w.work(w.e)
		stop := w.watchLimit("emails")
		w.start("emails")
		v := w.settle("emails")
		stop()
		lost := int64(len(w.unknowns()))
		if lost < 15 || v.Rows.Unknown != lost || v.UnknownCredits != fettle.Credits(lost)*fettle.Credit || v.Rows.Found != 200-lost {
			t.Fatalf("%d unknown, %s, rows %+v", lost, v.UnknownCredits, v.Rows)
		}
		w.agree()
		// It is the cell's: it outlives a reset, and nobody buys beside it.
		w.pause("emails")
		w.reset("emails")
		w.save("others", findEmail(fettle.AllPeople, 200))
		for _, name := range []string{"emails", "others"} {
			if est := w.estimate(name); est.Waiting != lost || est.ToRun != 0 || est.Reused != 200-lost {
				t.Errorf("estimate of %s: %+v", name, est)
			}
			w.start(name)
			if v := w.settle(name); v.HeldRows != lost || v.Rows.Reused != 200-lost {
				t.Errorf("%s: %+v", name, v.Rows)
			}
		}
		if b := w.sb.Books(); b.Calls != 200 {
			t.Errorf("books: %+v", b)
		}
		w.pause("others")
		before := w.sb.Books()
		if n := w.resolve("not_billed"); int64(n) != lost {
			t.Errorf("%d resolved", n)
		}
		v = w.until("emails", func(v fettle.EnrichmentView) bool { return v.RemainingRows == 0 })
		if v.UnknownCredits != fettle.Credits(len(w.unknowns()))*fettle.Credit || w.sb.Books().Calls-before.Calls != lost {
			t.Errorf("%+v; %d calls", v.Rows, w.sb.Books().Calls-before.Calls)
		}
		w.agree()
		w.sound()
	})
}

func TestUnknownCountsAgainstTheLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), lossy())
	w.people(0, 200, "x")
	w.save("emails", findEmail(fettle.AllPeople, 100))
	w.work(w.e)
	w.start("emails")
	v := w.settle("emails")
	wantPaused(t, v, fettle.PausedByLimit)
	if v.SpentCredits+v.UnknownCredits != 100*fettle.Credit || v.UnknownCredits == 0 || w.sb.Books().Calls != 100 {
		t.Errorf("%s spent, %s unknown, %+v", v.SpentCredits, v.UnknownCredits, w.sb.Books())
	}
	if !strings.Contains(v.PauseDetail, "held by unknown charges") {
		t.Errorf("the pause does not name what unknowns hold: %s", v.PauseDetail)
	}
	w.agree()
	w.sound()
}

func TestResolve(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{HitRate: 1, ChargeThenFailRate: 0.3, Seed: 4})
		w.people(0, 60, "x")
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		w.start("emails")
		w.settle("emails")
		list := w.unknowns()
		if len(list) < 8 {
			t.Fatalf("%d unknown", len(list))
		}
		w.pause("emails")
		one := func(i int, r fettle.Resolution) {
			t.Helper()
			if n, err := w.e.Resolve(t.Context(), admin, []int64{list[i].ID}, false, r); err != nil || n != 1 {
				t.Fatalf("%s: %d, %v", r.Action, n, err)
			}
		}
		said := "said@example.com"
		half := fettle.Credit / 2
		one(0, fettle.Resolution{Action: "write_off"})
		one(1, fettle.Resolution{Action: "found", Value: &said, Credits: &half})
		one(2, fettle.Resolution{Action: "retry"})
		one(3, fettle.Resolution{Action: "not_billed"})
		_, err := w.e.Resolve(t.Context(), admin, []int64{list[0].ID}, false, fettle.Resolution{Action: "write_off"})
		refused(t, err, fettle.Refused, "unknown list")
		_, err = w.e.Resolve(t.Context(), admin, nil, true, fettle.Resolution{Action: "found", Value: &said, Credits: &half})
		refused(t, err, fettle.Invalid)
		rows := w.rows("emails")
		for i, want := range []struct {
			state   fettle.RowState
			outcome fettle.Outcome
			charged fettle.Credits
		}{{fettle.RowDone, fettle.Failed, fettle.Credit}, {fettle.RowDone, fettle.Found, half}, {fettle.RowPending, "", fettle.Credit}, {fettle.RowPending, "", 0}, {fettle.RowDone, fettle.Unknown, 0}} {
			if r := rows[list[i].RecordID]; r.State != want.state || r.Outcome != want.outcome || r.ChargedCredits != want.charged {
				t.Errorf("%d: %+v, want %+v", i, r, want)
			}
		}
		if v := w.value(list[1].RecordID, "email"); v != said {
			t.Errorf("found: %v", v)
		}
		w.sound()
		// What was written off stays so through a reset; what is to be retried is
		// asked again, with its cause in the journal.
		w.reset("emails")
		before := w.sb.Books().Calls
		w.start("emails")
		w.settle("emails")
		if asked := w.sb.Books().Calls - before; asked != 2 {
			t.Errorf("%d asked again", asked)
		}
		if r := w.rows("emails")[list[0].RecordID]; r.Outcome != fettle.Failed {
			t.Errorf("written off: %+v", r)
		}
		w.pause("emails")
		if _, err := w.e.Retry(t.Context(), admin, "emails", fettle.Failed, false); fettle.CodeOf(err) != fettle.Confirm {
			t.Errorf("a retry without its price: %v", err)
		}
		if _, err := w.e.Retry(t.Context(), admin, "emails", fettle.Failed, true); err != nil {
			t.Fatal(err)
		}
		before = w.sb.Books().Calls
		w.resume("emails")
		w.settle("emails")
		if asked := w.sb.Books().Calls - before; asked != 1 {
			t.Errorf("%d asked again by retry", asked)
		}
		w.agree()
		w.sound()
	})
}

// TestWriteOffGoesOn counts lost calls as spent, as the enrichment says.
func TestWriteOffGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), lossy())
	w.people(0, 100, "x")
	def := findEmail(fettle.AllPeople, 1000)
	def.Unknown = "write_off"
	w.save("emails", def)
	w.work(w.e)
	w.start("emails")
	v := w.settle("emails")
	if v.UnknownCredits != 0 || v.Rows.Unknown != 0 || v.Rows.Failed < 8 || v.SpentCredits != 100*fettle.Credit || len(w.unknowns()) != 0 {
		t.Errorf("%s spent, %s unknown, rows %+v", v.SpentCredits, v.UnknownCredits, v.Rows)
	}
	w.sound()
}

// TestResendIsPaidOnce loses answers of a provider that keeps idempotency keys.
func TestResendIsPaidOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 1, DropRate: 0.2, ChargeThenFailRate: 0.2, Idempotent: true, Seed: 9})
	w.people(0, 100, "x")
	w.save("emails", findEmail(fettle.AllPeople, 1000))
	w.work(w.e)
	w.start("emails")
	v := w.settle("emails")
	if b := w.sb.Books(); v.Rows.Found != 100 || b.BilledCalls != 100 || b.Repeats != 0 || b.Calls <= 100 {
		t.Errorf("rows %+v, books %+v", v.Rows, b)
	}
	w.agree()
	w.sound()
}

// TestResendThatIsNotTaken loses the answer of each call, and then has the
// provider refuse to take it again for once: the call is still the same one, and
// paid once.
func TestResendThatIsNotTaken(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(http.ResponseWriter){
		"throttled": func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) },
		"free failure": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write([]byte(`{"error": {"code": "not_billed", "message": "later"}}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			sent := map[string]int{}
			w := between(t, storetest.Open(t), sandbox.Config{HitRate: 1, Idempotent: true, Seed: 9}, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					key := r.Header.Get("Idempotency-Key")
					mu.Lock()
					sent[key]++
					n := sent[key]
					mu.Unlock()
					switch {
					case key == "" || n > 2:
						next.ServeHTTP(rw, r)
					case n == 1:
						next.ServeHTTP(httptest.NewRecorder(), r)
						panic(http.ErrAbortHandler) // billed, and the answer is lost
					default:
						refuse(rw)
					}
				})
			})
			w.people(0, 3, "x")
			w.save("emails", findEmail(fettle.AllPeople, 1000))
			w.work(w.e)
			w.start("emails")
			v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.RemainingRows == 0 && !v.Planning })
			if b := w.sb.Books(); v.Rows.Found != 3 || b.BilledCalls != 3 || b.Repeats != 0 {
				t.Errorf("rows %+v, books %+v", v.Rows, b)
			}
			w.agree()
			w.sound()
		})
	}
}

func TestThrottling(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]sandbox.Config{
		"now and then": {HitRate: 1, ThrottleRate: 0.05, Seed: 2},
		"by its rate":  {HitRate: 1, Rate: 60, Seed: 2},
		"failing free": {HitRate: 1, FailRate: 0.1, Seed: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.Open(t), cfg)
			w.people(0, 100, "x")
			w.save("emails", findEmail(fettle.AllPeople, 100))
			w.work(w.e)
			w.start("emails")
			v := w.settle("emails")
			if v.Rows.Found != 100 || v.SpentCredits != 100*fettle.Credit || w.sb.Books().BilledCalls != 100 {
				t.Errorf("%s %s: %+v, %s", v.State, v.PauseDetail, v.Rows, v.SpentCredits)
			}
			w.agree()
			w.sound()
		})
	}
}

// broken answers in the sandbox's place.
func broken(status int, kind, body string, calls *atomic.Int64) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.Path, "/v1/") || strings.HasSuffix(r.URL.Path, "/capabilities") {
				next.ServeHTTP(rw, r)
				return
			}
			calls.Add(1)
			time.Sleep(20 * time.Millisecond) // so that many are under way
			rw.Header().Set("Content-Type", kind)
			rw.WriteHeader(status)
			_, _ = rw.Write([]byte(body))
		})
	}
}

func TestABrokenProviderStops(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status     int
		kind, body string
		reason     fettle.PauseReason
		unknown    bool
		most       int64
	}{
		"a page instead of an answer": {200, "text/html", "<html>maintenance</html>", fettle.PausedByFailures, true, 1500},
		"a gateway":                   {502, "text/html", "<html>bad gateway</html>", fettle.PausedByFailures, true, 1500},
		"a key that is refused":       {401, "application/json", `{"error": {"code": "auth_error", "message": "no such key"}}`, fettle.PausedByProvider, false, 1500},
		"no credit left there":        {402, "application/json", `{"error": {"code": "out_of_credit", "message": "empty"}}`, fettle.PausedByProvider, false, 1500},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int64
			w := between(t, storetest.Open(t), sandbox.Defaults(), broken(c.status, c.kind, c.body, &calls))
			w.people(0, 2500, "x")
			w.save("emails", findEmail(fettle.AllPeople, 2500))
			w.work(w.e)
			w.start("emails")
			v := w.settle("emails")
			wantPaused(t, v, c.reason)
			v = w.until("emails", func(v fettle.EnrichmentView) bool { return v.InFlight == 0 })
			if n := calls.Load(); n > c.most || v.SpentCredits != 0 || v.ReservedCredits != 0 {
				t.Errorf("%d calls, %s spent, %s reserved", n, v.SpentCredits, v.ReservedCredits)
			}
			if held := fettle.Credits(v.Rows.Unknown) * fettle.Credit; (v.Rows.Unknown > 0) != c.unknown || v.UnknownCredits != held || v.Rows.Unknown+v.Rows.Pending != 2500 {
				t.Errorf("rows %+v, %s unknown", v.Rows, v.UnknownCredits)
			}
			if w.notified(string(c.reason)) != 1 {
				t.Errorf("%d notifications", w.notified(string(c.reason)))
			}
			w.sound()
		})
	}
}

// TestARefusedKeyOfAModel has the model's own sandbox refuse the key.
func TestARefusedKeyOfAModel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.people(0, 100, "x")
	w.field("line", fettle.Text)
	key, base, unit := "bad-key", w.http.URL+"/v1", provided(t)
	if err := w.e.SetConnection(t.Context(), admin, "llm/openai", engine.ConnectionInput{Key: &key, BaseURL: &base}); err != nil {
		t.Fatal(err)
	}
	if err := w.e.SetPrice(t.Context(), admin, unit); err != nil {
		t.Fatal(err)
	}
	w.save("lines", fettle.Definition{
		Audience: []string{fettle.AllPeople}, Follow: true, Limit: &fettle.Limit{Credits: credits(10_000)},
		Steps:   []fettle.Step{{Provider: "llm/openai", Model: unit.Model, Prompt: "A line for {{ name }}", Output: map[string]any{"line": map[string]any{"type": "string"}}, MaxOutputTokens: 100}},
		Outputs: fettle.Outputs{{Name: "line", Field: "line"}},
	})
	w.work(w.e)
	w.start("lines")
	v := w.settle("lines")
	wantPaused(t, v, fettle.PausedByProvider)
	v = w.until("lines", func(v fettle.EnrichmentView) bool { return v.InFlight == 0 })
	if v.SpentCredits+v.UnknownCredits+v.ReservedCredits != 0 || v.Rows.Pending != 100 {
		t.Errorf("%s spent, %s unknown, rows %+v", v.SpentCredits, v.UnknownCredits, v.Rows)
	}
	key = "good"
	if err := w.e.SetConnection(t.Context(), admin, "llm/openai", engine.ConnectionInput{Key: &key}); err != nil {
		t.Fatal(err)
	}
	w.resume("lines")
	v = w.settle("lines")
	if v.Rows.Found != 100 {
		t.Errorf("%s %s: %+v", v.State, v.PauseDetail, v.Rows)
	}
	w.sound()
}

func TestOverrunIsItsOwnBucket(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 1, Overrun: true, Seed: 1, Latency: time.Millisecond})
	w.people(0, 300, "x")
	w.save("emails", findEmail(fettle.AllPeople, 200))
	w.work(w.e)
	w.start("emails")
	v := w.settle("emails")
	wantPaused(t, v, fettle.PausedByProvider)
	v = w.until("emails", func(v fettle.EnrichmentView) bool { return v.InFlight == 0 })
	if v.OverrunCredits == 0 || v.SpentCredits != fettle.Credits(v.Rows.Found)*fettle.Credit || v.SpentCredits+v.OverrunCredits != w.sb.Books().BilledCredits {
		t.Errorf("%s spent, %s overrun, books %+v", v.SpentCredits, v.OverrunCredits, w.sb.Books())
	}
	if *v.Limit.LeftCredits != max(0, 200*fettle.Credit-v.SpentCredits-v.OverrunCredits) {
		t.Errorf("%s left", v.Limit.LeftCredits)
	}
	full := false
	for range 30 {
		if _, err := w.e.Resume(t.Context(), admin, "emails", engine.StartOptions{}); err != nil {
			refused(t, err, fettle.Refused) // what was billed too much has used the limit up
			full = true
			break
		}
		w.settle("emails")
		if v = w.until("emails", func(v fettle.EnrichmentView) bool { return v.InFlight == 0 }); v.PauseReason == fettle.PausedByLimit {
			full = true
			break
		}
	}
	if !full {
		t.Errorf("%s %s, although the limit is used up", v.State, v.PauseReason)
	}
	if v.SpentCredits+v.ReservedCredits > 200*fettle.Credit {
		t.Errorf("%s spent", v.SpentCredits)
	}
	w.agree()
	w.sound()
}

// TestBilledMissesArePaid charges what found nothing.
func TestBilledMissesArePaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 0.5, BillMiss: true, Seed: 1})
	w.people(0, 100, "x")
	w.save("emails", findEmail(fettle.AllPeople, 60))
	w.work(w.e)
	w.start("emails")
	v := w.settle("emails")
	wantPaused(t, v, fettle.PausedByLimit)
	if v.SpentCredits != 60*fettle.Credit || v.PaidRows != 60 || v.Rows.NotFound == 0 || v.Rows.NotFound+v.Rows.Found != 60 {
		t.Errorf("%s spent, rows %+v", v.SpentCredits, v.Rows)
	}
	w.agree()
	w.sound()
}

// provided is the price of a model of the test's own.
func provided(t testing.TB) provider.ModelPrice {
	t.Helper()
	return provider.ModelPrice{Provider: "llm/openai", Model: "test-model", Input: provider.Unit, Output: provider.Unit, Context: 8192, MaxOutput: 1000, EffectiveFrom: "2020-01-01"}
}

// TestOneResolves has several people resolve the same charges at once, each
// otherwise: one does, the others are told.
func TestOneResolves(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, lossy())
		w.people(0, 200, "x")
		w.save("emails", findEmail(fettle.AllPeople, 200))
		stop := w.work(w.e)
		w.start("emails")
		w.settle("emails")
		w.pause("emails")
		stop()
		var ids []int64
		for _, u := range w.unknowns() {
			ids = append(ids, u.ID)
		}
		actions := []string{"not_billed", "retry", "write_off", "not_billed", "write_off", "retry"}
		errs := make([]error, len(actions))
		var all sync.WaitGroup
		for i, action := range actions {
			all.Go(func() { _, errs[i] = w.e.Resolve(t.Context(), admin, ids, false, fettle.Resolution{Action: action}) })
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case fettle.CodeOf(err) != fettle.Refused:
				t.Error(err)
			}
		}
		if won != 1 || len(w.journal("resolve")) != len(ids) {
			t.Errorf("%d resolved %d charges: %v", won, len(ids), errs)
		}
		w.sound()
	})
}
