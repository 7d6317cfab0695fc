package engine_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/limits"
	"fettle/provider/sandbox"
	"fettle/store"
)

// between makes a world whose sandbox is reached through a handler of the
// test's own, that may answer in the sandbox's place.
func between(t *testing.T, db *store.DB, cfg sandbox.Config, wrap func(next http.Handler) http.Handler) *world {
	t.Helper()
	w := &world{t: t, db: db, sb: sandbox.New(cfg)}
	w.http = httptest.NewServer(wrap(w.sb.Handler()))
	t.Cleanup(w.http.Close)
	w.e = w.engine()
	return w
}

func (w *world) pause(name string) fettle.StopView {
	w.t.Helper()
	v, err := w.e.Pause(w.t.Context(), admin, name)
	if err != nil {
		w.t.Fatal(err)
	}
	if !v.Confirmed {
		w.t.Fatalf("the pause of %s is not confirmed: %v", name, v.NotConfirmed)
	}
	return v
}

// resume makes a paused enrichment go on; where its limits leave no room it
// stays as it is.
func (w *world) resume(name string) {
	w.t.Helper()
	_, err := w.e.Resume(w.t.Context(), admin, name, engine.StartOptions{})
	if err != nil && fettle.AsError(err).Details["no_room"] == nil {
		w.t.Fatal(err)
	}
}

func (w *world) reset(name string) {
	w.t.Helper()
	if _, err := w.e.Reset(w.t.Context(), admin, name); err != nil {
		w.t.Fatal(err)
	}
}

// limit sets the lifetime limit of an enrichment, and resumes it if asked to.
func (w *world) limit(name string, n int64, resume bool) {
	w.t.Helper()
	if _, err := w.e.SetEnrichmentLimit(w.t.Context(), admin, name, fettle.Limit{Credits: credits(n)}, resume); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) estimate(name string) fettle.Estimate {
	w.t.Helper()
	est, err := w.e.Estimate(w.t.Context(), admin, name, engine.EstimateOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	return est
}

func (w *world) edit(id int64, field string, value any) {
	w.t.Helper()
	err := w.e.EditRecord(w.t.Context(), admin, id, field, value, false)
	if fettle.CodeOf(err) == fettle.Confirm {
		err = w.e.EditRecord(w.t.Context(), admin, id, field, value, true)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) field(key string, typ fettle.FieldType) {
	w.t.Helper()
	if _, err := w.e.AddField(w.t.Context(), admin, fettle.Field{Entity: fettle.People, Key: key, Type: typ}); err != nil {
		w.t.Fatal(err)
	}
}

// ids are the records of an audience, in order.
func (w *world) ids(audience string) []int64 {
	w.t.Helper()
	var out []int64
	for q := (engine.Query{Audience: audience, Fields: []string{"name"}, Limit: 1000}); ; {
		p, err := w.e.Records(w.t.Context(), admin, q)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, r := range p.Items {
			out = append(out, r.ID)
		}
		if q.After = p.Next; q.After == "" {
			return out
		}
	}
}

// value is what a record holds in a field; nil for blank.
func (w *world) value(id int64, field string) any {
	w.t.Helper()
	d, err := w.e.Record(w.t.Context(), admin, id)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, v := range d.Values {
		if v.Field == field {
			return v.Value
		}
	}
	return nil
}

// rows are an enrichment's rows by record.
func (w *world) rows(name string) map[int64]fettle.RowView {
	w.t.Helper()
	out := map[int64]fettle.RowView{}
	for after := int64(0); ; {
		rows, next, err := w.e.Rows(w.t.Context(), admin, name, engine.RowQuery{After: after, Limit: 1000})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, r := range rows {
			out[r.RecordID] = r
		}
		if after = next; after == 0 {
			return out
		}
	}
}

// journal is the whole journal, newest first.
func (w *world) journal(kind string) []fettle.JournalEntry {
	w.t.Helper()
	var out []fettle.JournalEntry
	for after := int64(0); ; {
		page, next, err := w.e.Journal(w.t.Context(), admin, engine.JournalQuery{Kind: kind, After: after, Limit: 10_000})
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, page...)
		if after = next; after == 0 {
			return out
		}
	}
}

func (w *world) unknowns() []fettle.UnknownView {
	w.t.Helper()
	list, err := w.e.Unknowns(w.t.Context(), admin, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func (w *world) resolve(action string) int {
	w.t.Helper()
	n, err := w.e.Resolve(w.t.Context(), admin, nil, true, fettle.Resolution{Action: action})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// notified counts the notifications of a kind.
func (w *world) notified(kind string) int {
	w.t.Helper()
	list, err := w.e.Notifications(w.t.Context(), admin, false)
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, x := range list {
		if x.Kind == kind {
			n++
		}
	}
	return n
}

// arrival is one call as the sandbox saw it.
type arrival struct {
	N             int64             `json:"n"`
	Arrival       time.Time         `json:"arrival"`
	Operation     string            `json:"operation"`
	Input         map[string]string `json:"input"`
	Key           string            `json:"key"`
	BilledCredits fettle.Credits    `json:"billed_credits"`
	Outcome       string            `json:"outcome"`
}

// arrivals is the sandbox's own log of calls.
func (w *world) arrivals() []arrival {
	w.t.Helper()
	var out []arrival
	for after := int64(0); ; {
		req := httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, fmt.Sprintf("/calls?limit=10000&after=%d", after), http.NoBody)
		rec := httptest.NewRecorder()
		w.sb.Handler().ServeHTTP(rec, req)
		var page struct {
			Calls []arrival `json:"calls"`
			Next  int64     `json:"next"`
			More  bool      `json:"more"`
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &page); err != nil {
			w.t.Fatal(err)
		}
		out = append(out, page.Calls...)
		if after = page.Next; !page.More {
			return out
		}
	}
}

// billed is what the sandbox billed, by attempt: the key of a call ends with
// its attempt's number.
func billed(t testing.TB, calls []arrival) map[int64]fettle.Credits {
	t.Helper()
	out := map[int64]fettle.Credits{}
	for _, c := range calls {
		id, err := strconv.ParseInt(c.Key[strings.LastIndexByte(c.Key, '-')+1:], 10, 64)
		if err != nil {
			t.Fatalf("a call without an attempt's key: %+v", c)
		}
		out[id] += c.BilledCredits
	}
	return out
}

// agree compares the journal with the sandbox's books, call by call. What is
// unknown may have been billed or not; what a person resolved is what the
// person said.
func (w *world) agree() {
	w.t.Helper()
	books, said := billed(w.t, w.arrivals()), map[int64]bool{}
	charged, calls := map[int64]fettle.Credits{}, map[int64]bool{}
	for _, j := range w.journal("all") {
		if j.Attempt == 0 {
			continue
		}
		calls[j.Attempt] = true
		charged[j.Attempt] += j.AmountCredits
		said[j.Attempt] = said[j.Attempt] || j.Kind == "resolve"
	}
	held := map[int64]fettle.Credits{}
	for _, u := range w.unknowns() {
		held[u.ID] = u.HeldCredits
	}
	for id, b := range books {
		switch most, unknown := held[id]; {
		case !calls[id]:
			w.t.Errorf("call %d was billed %s and is not in the journal", id, b)
		case said[id]:
		case unknown && (charged[id] != 0 || b > most):
			w.t.Errorf("unknown call %d: billed %s, held %s, charged %s", id, b, most, charged[id])
		case !unknown && charged[id] != b:
			w.t.Errorf("call %d: billed %s, charged %s", id, b, charged[id])
		}
	}
	for id, c := range charged {
		if _, ok := books[id]; !ok && c != 0 && !said[id] {
			w.t.Errorf("call %d was charged %s and never arrived", id, c)
		}
	}
}

// within fails the test unless what counts against the lifetime limit of an
// enrichment is within it.
func (w *world) within(name string) fettle.EnrichmentView {
	w.t.Helper()
	v := w.show(name)
	if used := v.SpentCredits + v.ReservedCredits + v.UnknownCredits; v.Limit != nil && v.Limit.Credits != nil && used > *v.Limit.Credits {
		w.t.Errorf("%s: %s used of %s", name, used, *v.Limit.Credits)
	}
	return v
}

// watchLimit looks all the time at what counts against an enrichment's lifetime
// limit, until the returned function is called: at no moment may it be more.
func (w *world) watchLimit(name string) (stop func()) {
	w.t.Helper()
	key := store.BalanceKey{Scope: store.ScopeEnrichment, Key: strconv.FormatInt(w.show(name).ID, 10), Per: fettle.Lifetime}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(3 * time.Millisecond):
			}
			used, most, err := w.usedOf(key)
			if err != nil || most == nil || used > *most { // without a limit there is nothing to watch
				w.t.Errorf("%s: %s used of %v: %v", name, used, most, err)
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

// usedOf reads what counts against a limit and the limit, of one moment: only
// these two, so that a test can look as often as anything is written.
func (w *world) usedOf(key store.BalanceKey) (used fettle.Credits, most *fettle.Credits, err error) {
	err = w.db.View(w.t.Context(), func(tx *store.Tx) error {
		b, err := tx.Balance(w.t.Context(), key)
		if err != nil {
			return err
		}
		used = b.Settled + b.Reserved + b.Unknown
		of, err := limits.Of(w.t.Context(), tx, key.Scope, key.Key)
		for _, l := range of {
			if l.Limit.Per == key.Per {
				most = l.Limit.Credits
			}
		}
		return err
	})
	return used, most, err
}

// wantRows compares the outcomes of an enrichment's rows; what is not named is
// zero.
func wantRows(t testing.TB, v fettle.EnrichmentView, want fettle.RowCounts) {
	t.Helper()
	if v.Rows != want {
		t.Errorf("%s: rows are %+v, want %+v (%s %s)", v.Name, v.Rows, want, v.State, v.PauseDetail)
	}
}

// wantState fails the test unless the enrichment is paused for the reason.
func wantPaused(t testing.TB, v fettle.EnrichmentView, reason fettle.PauseReason) {
	t.Helper()
	if v.State != fettle.Paused || v.PauseReason != reason {
		t.Fatalf("%s is %s %q (%s), want paused for %s", v.Name, v.State, v.PauseReason, v.PauseDetail, reason)
	}
}

// quiet is a log that nobody reads.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
