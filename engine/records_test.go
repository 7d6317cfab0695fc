package engine_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/ledger"
	"fettle/provider"
	"fettle/store"
	"fettle/store/storetest"
)

// desk is a provider in this process that answers a name as its test says. An
// answer, or that there is none, costs a credit.
type desk struct {
	name string
	most int           // calls at once; 0: no bound of the provider's own
	hold chan struct{} // calls are answered when it is closed; nil: at once

	mu    sync.Mutex
	reply provider.Outcome
	calls int
}

func (d *desk) replies(o provider.Outcome) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reply = o
}

func (d *desk) called() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls
}

func (d *desk) Describe() provider.Description {
	return provider.Description{Name: d.name, Title: d.name, Kind: provider.Data, Unit: "credit", MaxConcurrent: d.most, Operations: []provider.OperationInfo{d.Info()}}
}

func (d *desk) Info() provider.OperationInfo {
	return provider.OperationInfo{
		ID: d.name + "/ask", Title: "Ask", Inputs: []provider.Param{{Name: "name", Type: fettle.Text}}, RequireAny: [][]string{{"name"}},
		Outputs: []provider.Param{{Name: "answer", Type: fettle.Text}},
	}
}

func (d *desk) Prepare(fettle.Step, provider.Connection) (provider.Operation, error) { return d, nil }

func (d *desk) Fingerprint() string { return d.name + "/ask" }

func (d *desk) Recovery() provider.Recovery { return provider.Recovery{} }

func (d *desk) Quote(provider.Call) (provider.Quote, bool) {
	return provider.Quote{Low: provider.Unit, Expected: provider.Unit, HitMax: provider.Unit, MissMax: provider.Unit}, true
}

func (d *desk) Do(_ context.Context, c provider.Call) (provider.Result, error) {
	d.mu.Lock()
	d.calls++
	d.mu.Unlock()
	if d.hold != nil {
		<-d.hold
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	r := provider.Result{Outcome: d.reply, RetryAfter: time.Second}
	switch d.reply {
	case provider.Found:
		r.Outputs, r.Units = map[string]any{"answer": "of " + c.Inputs["name"].(string)}, provider.Unit
	case provider.NotFound:
		r.Units = provider.Unit
	default:
	}
	return r, nil
}

// deskWorld is a workspace of n people with two providers: north finds nothing,
// south everything. The enrichment asks the named ones in turn.
func deskWorld(t *testing.T, db *store.DB, n int, steps ...string) (w *world, north, south *desk) {
	t.Helper()
	north, south = &desk{name: "north", reply: provider.NotFound}, &desk{name: "south", reply: provider.Found}
	w = &world{t: t, db: db}
	w.e = w.deskEngine(north, south)
	one := fettle.Credit
	for _, d := range []*desk{north, south} {
		if err := w.e.SetConnection(t.Context(), admin, d.name, engine.ConnectionInput{UnitCredits: &one}); err != nil {
			t.Fatal(err)
		}
	}
	w.field("answer", fettle.Text)
	w.people(0, n, "x")
	def := fettle.Definition{Audience: []string{fettle.AllPeople}, Outputs: fettle.Outputs{{Name: "answer", Field: "answer"}}, Follow: true, Limit: &fettle.Limit{Credits: credits(1000)}}
	for i, s := range steps {
		def.Steps = append(def.Steps, fettle.Step{Provider: s + "/ask", Inputs: map[string]string{"name": "name" + strings.Repeat(` + "!"`, i)}})
	}
	w.save("answers", def)
	return w, north, south
}

func (w *world) deskEngine(desks ...*desk) *engine.Engine {
	w.t.Helper()
	c := engine.Config{DB: w.db, Log: quiet(), SecretKey: make([]byte, 32)}
	for _, d := range desks {
		c.Providers = append(c.Providers, d)
	}
	e, err := engine.New(w.t.Context(), c)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// limitRecords sets a limit in records.
func (w *world) limitRecords(scope, key string, n int64) {
	w.t.Helper()
	if err := w.e.SetLimit(w.t.Context(), admin, scope, key, fettle.Limit{Records: &n, Credits: credits(1000)}); err != nil {
		w.t.Fatal(err)
	}
}

// wantCounted compares what counts in limits in records: of the enrichment, of
// north, of south.
func (w *world) wantCounted(when string, enrichment, north, south int64) {
	w.t.Helper()
	want := map[string]int64{"enrichment": enrichment, "provider north": north, "provider south": south, "workspace": enrichment, "person " + admin.Name: enrichment}
	got := map[string]int64{}
	for k, b := range w.balances() {
		if k.Per == fettle.Lifetime {
			name := string(k.Scope)
			if k.Scope == store.ScopeProvider || k.Scope == store.ScopePerson {
				name += " " + k.Key
			}
			got[name] += b.UsedRecords()
		}
	}
	for name, n := range want {
		if got[name] != n {
			w.t.Errorf("%s: %d records count for the %s, want %d", when, got[name], name, n)
		}
	}
}

func (w *world) balances() (out map[store.BalanceKey]ledger.Balance) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *store.Tx) (err error) {
		out, err = tx.Balances(w.t.Context())
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// TestARowBetweenTwoStepsCountsOnce stops rows between two steps of a
// waterfall, under a limit that allows each of them once.
func TestARowBetweenTwoStepsCountsOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, _, south := deskWorld(t, db, 6, "north", "south")
		w.limitRecords("enrichment", "answers", 6)
		w.limitRecords("provider", "north", 6)
		w.limitRecords("provider", "south", 2)
		w.work(w.e)
		w.start("answers")
		v := w.settle("answers")
		wantPaused(t, v, fettle.PausedByLimit)
		wantRows(t, v, fettle.RowCounts{Found: 2, Pending: 4})
		w.wantCounted("stopped", 6, 6, 2)
		w.limitRecords("provider", "south", 4)
		w.resume("answers")
		wantPaused(t, w.paused("answers"), fettle.PausedByLimit)
		w.wantCounted("stopped again", 6, 6, 4)
		w.limitRecords("provider", "south", 6)
		w.resume("answers")
		v = w.settle("answers")
		wantRows(t, v, fettle.RowCounts{Found: 6})
		w.wantCounted("done", 6, 6, 6)
		if v.State != fettle.Live || south.called() != 6 {
			t.Errorf("%s (%s), %d calls of the second step", v.State, v.PauseDetail, south.called())
		}
		w.sound()
	})
}

// TestALaterStepGivesNoRecordBack has a later step throttled: the record of
// the call before stays counted. Only where no call went out it is given back.
func TestALaterStepGivesNoRecordBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, north, south := deskWorld(t, db, 1, "north", "south")
		north.replies(provider.NotSent)
		south.replies(provider.Throttled)
		// Each wait is longer than the one before, and a row that waits is due soon:
		// what stays is that the row is not done.
		landed := func(v fettle.EnrichmentView) bool { return v.RemainingRows == 1 && v.InFlight == 0 }
		w.limitRecords("enrichment", "answers", 1)
		w.work(w.e)
		w.start("answers")
		w.until("answers", func(v fettle.EnrichmentView) bool { return north.called() > 0 && landed(v) })
		w.pause("answers")
		w.until("answers", landed)
		w.wantCounted("nothing was sent", 0, 0, 0)
		north.replies(provider.NotFound)
		w.resume("answers")
		w.until("answers", func(v fettle.EnrichmentView) bool { return south.called() > 0 && landed(v) })
		w.pause("answers")
		w.until("answers", landed)
		w.wantCounted("the second step is throttled", 1, 1, 0)
		south.replies(provider.Found)
		w.resume("answers")
		wantRows(t, w.settle("answers"), fettle.RowCounts{Found: 1})
		w.wantCounted("done", 1, 1, 1)
		w.sound()
	})
}

// TestARecordCountsOnceAtAProvider asks one provider twice for each row, and
// then buys a row again: that counts again.
func TestARecordCountsOnceAtAProvider(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, north, south := deskWorld(t, db, 4, "north", "north", "south")
		def := w.show("answers").Definition
		def.RerunOn = "inputs"
		w.save("answers", def)
		w.limitRecords("enrichment", "answers", 5)
		w.limitRecords("provider", "north", 5)
		w.work(w.e)
		w.start("answers")
		wantRows(t, w.settle("answers"), fettle.RowCounts{Found: 4})
		w.wantCounted("done", 4, 4, 4)
		if north.called() != 8 {
			t.Errorf("%d calls of the first two steps", north.called())
		}
		ids := w.ids(fettle.AllPeople)
		w.edit(ids[0], "name", "Another Name")
		w.until("answers", func(v fettle.EnrichmentView) bool { return south.called() == 5 && v.Rows.Found == 4 })
		w.wantCounted("bought again", 5, 5, 5)
		w.edit(ids[1], "name", "A Third Name") // or it would take the answer to the same question
		v := w.until("answers", func(v fettle.EnrichmentView) bool { return v.State == fettle.Paused })
		wantPaused(t, v, fettle.PausedByLimit)
		wantRows(t, v, fettle.RowCounts{Found: 3, Pending: 1})
		w.wantCounted("at the limit", 5, 5, 5)
		w.sound()
	})
}

// recordsCounted fails the test unless what balances count in records is what
// the calls say, and every record that was called for is counted in its run.
func (w *world) recordsCounted() {
	w.t.Helper()
	var rows, rowsSaid, atProviders, atProvidersSaid, uncounted int64
	err := w.db.Writer().QueryRowContext(w.t.Context(), `SELECT
		(SELECT COALESCE(SUM(reserved_records + settled_records + unknown_records), 0) FROM balances WHERE scope = 'workspace' AND per = 'lifetime'),
		(SELECT COUNT(*) FROM attempts WHERE spends_record AND state <> 'released'),
		(SELECT COALESCE(SUM(reserved_records + settled_records + unknown_records), 0) FROM balances WHERE scope = 'provider' AND scope_key NOT LIKE '%@%' AND per = 'lifetime'),
		(SELECT COUNT(*) FROM attempts WHERE spends_at_provider AND state <> 'released'),
		(SELECT COUNT(*) FROM (SELECT run_id, record_id FROM attempts WHERE state <> 'released' GROUP BY run_id, record_id
			HAVING SUM(CASE WHEN spends_record AND spends_at_provider THEN 1 ELSE 0 END) = 0) x)`).
		Scan(&rows, &rowsSaid, &atProviders, &atProvidersSaid, &uncounted)
	if err != nil {
		w.t.Fatal(err)
	}
	if rows != rowsSaid || atProviders != atProvidersSaid || uncounted != 0 {
		w.t.Errorf("%d records count, by the calls %d; %d at providers, by the calls %d; %d that were called for do not count",
			rows, rowsSaid, atProviders, atProvidersSaid, uncounted)
	}
}
