package engine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// spoiled changes what the sandbox answers, after it was booked.
func spoiled(change func(input, data map[string]any)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(asked))
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			out := rec.Body.Bytes()
			var input, body map[string]any
			if json.Unmarshal(asked, &input) == nil && json.Unmarshal(out, &body) == nil && body["found"] == true {
				data, _ := body["data"].(map[string]any)
				change(input, data)
				if b, err := json.Marshal(body); err == nil {
					out = b
				}
			}
			for k, v := range rec.Header() {
				if k != "Content-Length" {
					w.Header()[k] = v
				}
			}
			w.WriteHeader(rec.Code)
			_, _ = w.Write(out)
		})
	}
}

// byWord spoils what is answered to the step that asks without the word "two".
func byWord(key string, value any) func(input, data map[string]any) {
	return func(input, data map[string]any) {
		if name, _ := input["full_name"].(string); !strings.HasSuffix(name, " two") {
			data[key] = value
		}
	}
}

func twoSteps(accept ...fettle.Status) fettle.Definition {
	d := findEmail(fettle.AllPeople, 1000)
	d.Steps = append(d.Steps, otherEmail("two"))
	for i := range d.Steps {
		d.Steps[i].Accept = accept
	}
	return d
}

func (w *world) status(id int64) any {
	w.t.Helper()
	d, err := w.e.Record(w.t.Context(), admin, id)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, v := range d.Values {
		if v.Field == "email" && v.Status != "" {
			return string(v.Status)
		}
	}
	return nil
}

// TestTheFirstValidResultWins gives the first step results that are none: the
// second is asked, both are billed as the provider bills, the row says what was
// turned down.
func TestTheFirstValidResultWins(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		key    string
		value  any
		accept []fettle.Status
		said   string
	}{
		"no address":      {"email", "not available", nil, `email "not available": not a valid email (Find work email by Simulated provider)`},
		"several":         {"email", []any{"a@x.test", "b@x.test"}, nil, `not a valid email`},
		"an object":       {"email", map[string]any{"address": "a@x.test"}, nil, `not a valid email`},
		"a number":        {"email", 7, nil, `email "7": not a valid email`},
		"said invalid":    {"email_status", "invalid", nil, `: invalid (Find work email by Simulated provider)`},
		"not accepted":    {"email_status", "catch_all", []fettle.Status{fettle.StatusValid}, `: catch_all (Find work email by Simulated provider)`},
		"an unknown word": {"email_status", "perhaps", []fettle.Status{fettle.StatusValid}, `: unknown (Find work email by Simulated provider)`},
	} {
		kinds := storetest.Kinds()
		if name != "not accepted" { // what is turned down is judged before it is stored
			kinds = kinds[:1]
		}
		for _, kind := range kinds {
			t.Run(name+"/"+kind, func(t *testing.T) {
				w := between(t, opened(t, storetest.DSN(t, kind)), sandbox.Defaults(), spoiled(byWord(c.key, c.value)))
				w.people(0, 5, "x")
				w.save("emails", twoSteps(c.accept...))
				w.work(w.e)
				w.start("emails")
				wantRows(t, w.settle("emails"), fettle.RowCounts{Found: 5})
				for id, r := range w.rows("emails") {
					if email, _ := w.value(id, "email").(string); !strings.HasSuffix(email, ".two@"+strings.Split(email, "@")[1]) || w.status(id) != "valid" {
						t.Errorf("record %d holds %v, %v", id, w.value(id, "email"), w.status(id))
					}
					if !strings.HasPrefix(r.Detail, "turned down: email ") || !strings.Contains(r.Detail, c.said) {
						t.Errorf("the row says %q", r.Detail)
					}
				}
				if b := w.sb.Books(); b.BilledCalls != 10 || b.Repeats != 0 {
					t.Errorf("books: %+v", b)
				}
				w.agree()
				w.sound()
			})
		}
	}
}

// TestWhatWasTurnedDownIsKept turns every result down: nothing of it is bought
// again from that operation, and it is used free when accept widens.
func TestWhatWasTurnedDownIsKept(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		cfg := sandbox.Defaults()
		cfg.StatusMix = sandbox.StatusMix{fettle.StatusCatchAll: 1}
		w := newWorld(t, db, cfg)
		w.people(0, 5, "x")
		w.save("emails", twoSteps(fettle.StatusValid))
		w.work(w.e)
		w.start("emails")
		wantRows(t, w.settle("emails"), fettle.RowCounts{NotFound: 5})
		for id, r := range w.rows("emails") {
			if !strings.Contains(r.Detail, ": catch_all (Find work email by Simulated provider); email ") || r.ChargedCredits != 2*fettle.Credit || w.value(id, "email") != nil {
				t.Errorf("the row says %q, charged %s; the record holds %v", r.Detail, r.ChargedCredits, w.value(id, "email"))
			}
		}
		w.pause("emails")
		w.reset("emails")
		w.start("emails")
		wantRows(t, w.settle("emails"), fettle.RowCounts{KnownNotFound: 5})
		for _, r := range w.rows("emails") {
			if !strings.Contains(r.Detail, "catch_all") {
				t.Errorf("the row says %q", r.Detail)
			}
		}
		w.pause("emails")
		w.save("emails", twoSteps(fettle.StatusValid, fettle.StatusCatchAll))
		if est := w.estimate("emails"); est.ToRun != 0 || est.Reused != 5 || est.HighCredits != 0 {
			t.Errorf("estimate: %+v", est)
		}
		w.resume("emails")
		wantRows(t, w.settle("emails"), fettle.RowCounts{Reused: 5})
		for id := range w.rows("emails") {
			if w.value(id, "email") == nil || w.status(id) != "catch_all" {
				t.Errorf("record %d holds %v, %v", id, w.value(id, "email"), w.status(id))
			}
		}
		if b := w.sb.Books(); b.BilledCalls != 10 || b.Repeats != 0 {
			t.Errorf("books: %+v", b)
		}
		// The filter asks for what the grid shows.
		for where, want := range map[string]int64{`status(email) == "catch_all"`: 5, `status(email) == "valid"`: 0, `blank(status(email))`: 0} {
			if n, err := w.e.CountWhere(t.Context(), admin, fettle.People, where); err != nil || n != want {
				t.Errorf("%s: %d, %v", where, n, err)
			}
		}
		w.agree()
		w.sound()
	})
}

// TestWhatIsNotAcceptedSatisfiesNoCell narrows accept, and has another
// enrichment ask: the value's own operation is not asked again, others are.
func TestWhatIsNotAcceptedSatisfiesNoCell(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := between(t, db, sandbox.Defaults(), spoiled(byWord("email_status", "catch_all")))
		w.people(0, 5, "x")
		w.save("any", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		w.start("any")
		wantRows(t, w.settle("any"), fettle.RowCounts{Found: 5})
		w.save("strict", twoSteps(fettle.StatusValid))
		if est := w.estimate("strict"); est.ToRun != 5 || est.HighCredits != 5*fettle.Credit {
			t.Errorf("estimate: %+v", est)
		}
		w.start("strict")
		wantRows(t, w.settle("strict"), fettle.RowCounts{Found: 5})
		for id := range w.rows("strict") {
			if email, _ := w.value(id, "email").(string); !strings.Contains(email, ".two@") || w.status(id) != "valid" {
				t.Errorf("record %d holds %v, %v", id, email, w.status(id))
			}
		}
		if b := w.sb.Books(); b.BilledCalls != 10 || b.Repeats != 0 {
			t.Errorf("books: %+v", b)
		}
		// A value that a person typed has no status: it stays.
		w.edit(1, "email", "typed@x.test")
		w.pause("strict")
		w.resume("strict")
		w.settle("strict")
		if w.value(1, "email") != "typed@x.test" || w.sb.Books().BilledCalls != 10 {
			t.Errorf("the record holds %v after %+v", w.value(1, "email"), w.sb.Books())
		}
		w.agree()
		w.sound()
	})
}

// TestOneInvalidOutputLeavesTheRest has an answer of two outputs of which one is
// no value: the other is kept, whichever comes first.
func TestOneInvalidOutputLeavesTheRest(t *testing.T) {
	t.Parallel()
	const noLink = `linkedin_url "n/a": not a valid linkedin`
	spoil := spoiled(func(_, data map[string]any) {
		if _, ok := data["linkedin_url"]; ok {
			data["linkedin_url"] = "n/a"
		}
	})
	step := fettle.Step{Provider: "sandbox/job_title", Inputs: map[string]string{"email": `external_id + "@example.com"`}}
	for name, c := range map[string]struct {
		outputs fettle.Outputs
		wrong   string
		said    string
	}{
		"the first is right": {fettle.Outputs{{Name: "title", Field: "job"}, {Name: "linkedin_url", Field: "linkedin_url"}}, "linkedin_url", noLink},
		"the first is wrong": {fettle.Outputs{{Name: "linkedin_url", Field: "linkedin_url"}, {Name: "title", Field: "job"}}, "linkedin_url", noLink},
		"no number":          {fettle.Outputs{{Name: "linkedin_url", Field: "size"}, {Name: "title", Field: "job"}}, "size", `size "n/a": `},
	} {
		t.Run(name, func(t *testing.T) {
			w := between(t, storetest.Open(t), sandbox.Defaults(), spoil)
			w.field("job", fettle.Text)
			w.field("size", fettle.Number)
			w.people(0, 3, "x")
			w.save("jobs", fettle.Definition{
				Audience: []string{fettle.AllPeople}, Steps: []fettle.Step{step}, Outputs: c.outputs, Follow: true, Limit: &fettle.Limit{Credits: credits(100)},
			})
			w.work(w.e)
			w.start("jobs")
			wantRows(t, w.settle("jobs"), fettle.RowCounts{Found: 3})
			for id, r := range w.rows("jobs") {
				if w.value(id, "job") == nil || w.value(id, c.wrong) != nil || !strings.Contains(r.Detail, c.said) {
					t.Errorf("record %d: %v, %v; the row says %q", id, w.value(id, "job"), w.value(id, c.wrong), r.Detail)
				}
			}
			w.agree()
			w.sound()
		})
	}
}

// TestAcceptIsChecked refuses lists that could never take anything.
func TestAcceptIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.field("job", fettle.Text)
	bad := twoSteps("perhaps")
	none := answer("job", 10, byTitle)
	none.Steps[0].Accept = []fettle.Status{fettle.StatusValid}
	for word, d := range map[string]fettle.Definition{"perhaps": bad, "never a result": twoSteps(fettle.StatusInvalid), "says nothing of how good": none} {
		_, err := w.e.SaveEnrichment(t.Context(), admin, "e", d)
		if fettle.CodeOf(err) != fettle.Invalid || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// TestTurnedDownHitsStayWithinTheLimit runs random waterfalls whose hits are
// turned down, at a limit that has room for one more row, raised row by row: it
// is never passed, and the books agree with the journal.
func TestTurnedDownHitsStayWithinTheLimit(t *testing.T) {
	t.Parallel()
	for i := range 4 { // worlds, beside the few checks that this package makes
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel() // row after row they wait
			rapid.Check(t, func(rt *rapid.T) { turnDownWithinTheLimit(t, rt) })
		})
	}
}

func turnDownWithinTheLimit(t *testing.T, rt *rapid.T) {
	share := func(name string) float64 { return rapid.SampledFrom([]float64{0, 0.3, 0.6}).Draw(rt, name) }
	cfg := sandbox.Config{HitRate: 0.8, BillMiss: rapid.Bool().Draw(rt, "bill miss"), Seed: rapid.Uint64().Draw(rt, "seed"), MisfitRate: share("misfits")}
	cfg.StatusMix = sandbox.StatusMix{fettle.StatusCatchAll: share("catch all") / 2, fettle.StatusInvalid: share("invalid") / 2}
	w := newWorld(t, storetest.Open(t), cfg)
	w.people(0, 6, "x")
	d := findEmail(fettle.AllPeople, 1)
	for i := range rapid.IntRange(1, 3).Draw(rt, "more steps") {
		d.Steps = append(d.Steps, otherEmail(fmt.Sprint("step", i)))
	}
	for i := range d.Steps {
		if rapid.Bool().Draw(rt, "strict") {
			d.Steps[i].Accept = []fettle.Status{fettle.StatusValid}
		}
	}
	w.save("emails", d)
	one := w.estimate("emails").PerRowCredits
	// Every hit can be turned down, so every step can be billed.
	if want := fettle.Credits(len(d.Steps)) * fettle.Credit; one != want {
		rt.Fatalf("a row of %d steps costs at most %s, %s is reserved", len(d.Steps), want, one)
	}
	room := func(spent fettle.Credits) int64 { return int64((spent + one) / fettle.Credit) } // for one row
	w.limit("emails", room(0), false)
	stop := w.work(w.e)
	watched := w.watchLimit("emails")
	w.start("emails")
	for v := w.settle("emails"); v.State != fettle.Live; v = w.settle("emails") {
		w.limit("emails", room(v.SpentCredits), true)
	}
	watched()
	stop()
	v := w.show("emails")
	if v.Rows.Found+v.Rows.NotFound+v.Rows.KnownNotFound != 6 || w.sb.Books().Repeats != 0 {
		rt.Errorf("rows %+v, books %+v", v.Rows, w.sb.Books())
	}
	for id := range w.rows("emails") {
		if email, _ := w.value(id, "email").(string); email != "" && !strings.Contains(email, "@") {
			rt.Errorf("record %d holds %q", id, email)
		}
	}
	w.agree()
	w.sound()
}
