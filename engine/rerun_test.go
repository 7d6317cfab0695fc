package engine_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestEachKindOfRerunBuysJustItsRows has persons bought by each of three
// versions, and two that failed: each choice of a rerun is priced at its
// own rows first, and asks the provider about just those.
func TestEachKindOfRerunBuysJustItsRows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		asks := &asksOf{name: regexp.MustCompile(`Number\d+`)}
		w := between(t, db, sandbox.Defaults(), asks.between)
		defer w.work(w.e)()
		def := findEmail(fettle.AllPeople, 100)
		next := func(name string) {
			w.pause("emails")
			def.Steps[0].Inputs = map[string]string{"full_name": name, "company_domain": "company_domain"}
			w.save("emails", def)
		}
		w.save("emails", def)
		w.people(0, 3, "x")
		w.start("emails")
		w.settle("emails")
		next(`name + " Jr"`)
		w.people(3, 2, "x")
		w.resume("emails")
		w.settle("emails")
		next(`name + " Sr"`)
		w.people(5, 1, "x")
		w.resume("emails")
		w.settle("emails")
		asks.broken.Store(true)
		w.people(6, 2, "x")
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Failed == 2 })
		asks.broken.Store(false)
		wantRows(t, w.settle("emails"), fettle.RowCounts{Found: 6, Failed: 2})
		ids := w.ids(fettle.AllPeople)
		for _, c := range []struct {
			name string
			opt  engine.RerunOptions
			want []int
		}{
			{"chosen records", engine.RerunOptions{Records: []int64{ids[0], ids[0], ids[6], 1 << 40}}, []int{0, 6}},
			{"a version", engine.RerunOptions{Version: 2}, []int{3, 4}},
			{"stale", engine.RerunOptions{Stale: true}, []int{1, 2}},
			{"failed", engine.RerunOptions{Failed: true}, []int{7}},
			{"all", engine.RerunOptions{}, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		} {
			want := make([]string, len(c.want))
			for i, n := range c.want {
				want[i] = w.numberOf(ids[n], asks.name)
			}
			slices.Sort(want)
			asks.take()
			_, err := w.e.Rerun(t.Context(), admin, "emails", c.opt, false)
			quiet, _ := fettle.AsError(err).Details["quiet_spend"].([]fettle.QuietSpend)
			if fettle.CodeOf(err) != fettle.Confirm || len(quiet) != 1 || quiet[0].ToBuy != int64(len(want)) || quiet[0].HighCredits != fettle.Credits(len(want))*fettle.Credit {
				t.Fatalf("%s: the price is %v, %+v; want %d rows at a credit", c.name, err, quiet, len(want))
			}
			est, err := w.e.Estimate(t.Context(), admin, "emails", engine.EstimateOptions{Rerun: &c.opt})
			if err != nil || est.ToRun != int64(len(want)) || est.RerunRows != est.ToRun || est.HighCredits != quiet[0].HighCredits || len(est.SampleRun) == 0 {
				t.Fatalf("%s: its estimate is %+v, %v; the rerun says %+v", c.name, est, err, quiet)
			}
			if got := asks.take(); len(got) > 0 {
				t.Fatalf("%s: the price alone asked about %v", c.name, got)
			}
			before := w.show("emails").SpentCredits
			if _, err := w.e.Rerun(t.Context(), admin, "emails", c.opt, true); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			v := w.settle("emails")
			if got := asks.take(); !slices.Equal(got, want) {
				t.Errorf("%s asked about %v, want %v", c.name, got, want)
			}
			if paid := v.SpentCredits - before; paid != quiet[0].HighCredits {
				t.Errorf("%s: %s paid, the price was %s", c.name, paid, quiet[0].HighCredits)
			}
		}
		for _, c := range []struct {
			opt  engine.RerunOptions
			want fettle.Code
		}{
			{engine.RerunOptions{Stale: true, Failed: true}, fettle.Invalid},
			{engine.RerunOptions{Version: 9}, fettle.NotFound},
			{engine.RerunOptions{Version: 1}, fettle.Refused},
			{engine.RerunOptions{Failed: true}, fettle.Refused},
			{engine.RerunOptions{Records: []int64{1 << 40}}, fettle.Refused},
		} {
			if _, err := w.e.Rerun(t.Context(), admin, "emails", c.opt, true); fettle.CodeOf(err) != c.want {
				t.Errorf("%+v: %v, want %s", c.opt, err, c.want)
			}
		}
		w.sound()
	})
}

// asksOf stands before a provider and notes about whom it is asked.
type asksOf struct {
	name   *regexp.Regexp
	broken atomic.Bool // the provider refuses all input, and bills nothing

	mu    sync.Mutex
	names []string
}

func (a *asksOf) between(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if who := a.name.Find(body); who != nil {
			a.mu.Lock()
			a.names = append(a.names, string(who))
			a.mu.Unlock()
			if a.broken.Load() {
				rw.Header().Set("Content-Type", "application/json")
				rw.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(rw, `{"error":{"code":"bad_input","message":"no such name"}}`)
				return
			}
		}
		next.ServeHTTP(rw, r)
	})
}

// take gives the names that were asked about since it was last called, in order.
func (a *asksOf) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	got := a.names
	a.names = nil
	slices.Sort(got)
	return got
}

// numberOf is the part of a record's name that a pattern finds.
func (w *world) numberOf(id int64, part *regexp.Regexp) string {
	w.t.Helper()
	r, err := w.e.Record(w.t.Context(), admin, id)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, v := range r.Values {
		if name, ok := v.Value.(string); ok && v.Field == "name" {
			return part.FindString(name)
		}
	}
	return ""
}
