package engine_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/judge"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// movers is the audience of those who changed jobs.
const movers = `signals.exists(s, s.type == "job_change" && within(s.at, "30d"))`

// copyLine is an enrichment that writes a line to each who changed jobs, for
// each change, with a model that costs 1 credit a line.
func copyLine(audience string, limit int64) fettle.Definition {
	return fettle.Definition{
		Audience: []string{audience},
		Steps: []fettle.Step{{
			Provider: "llm/openai", Model: "sandbox", Prompt: "Write to {{ name }}, who left {{ signal.from.company }} to become {{ signal.to.title }}.",
			Output: map[string]any{"line": map[string]any{"type": "string"}}, MaxOutputTokens: 100,
		}},
		Outputs: fettle.Outputs{{Name: "line", Field: "line"}}, Write: fettle.Overwrite, Follow: true, RerunOn: "signal",
		Limit: &fettle.Limit{Credits: credits(limit)},
	}
}

// signalled is a signal of the tests.
type signalled struct {
	record  int64
	typ, to string
	ago     time.Duration
	origin  store.Origin
}

// signal writes a signal, with its entry in the change log, as whoever detects
// one does. It gives its id.
func (w *world) signal(x signalled) int64 {
	w.t.Helper()
	if x.origin.Kind == "" {
		x.origin = store.Origin{Kind: "signal", Name: "test", Version: store.AskedEdit}
	}
	at := time.Now().Add(-x.ago)
	x.origin.Day = fettle.DayOf(at)
	to, err := json.Marshal(map[string]string{"title": x.to, "company": "new.com"})
	must(w.t, err)
	var id int64
	must(w.t, w.db.Update(w.t.Context(), func(tx *store.Tx) (err error) {
		id, err = tx.NextIDs(w.t.Context(), "signal", 1)
		return err
	}))
	entity := "people"
	if _, err := w.db.Writer().ExecContext(w.t.Context(), fmt.Sprintf(`INSERT INTO signals (id, entity, record_id, home_id, into_id, type, kind, at_us, since_us, from_values, to_values, details,
		from_key, to_key, rule_id, sample, retracted_us) VALUES (%d, '%s', %d, %d, 0, '%s', 'moved', %d, NULL, '{"company":"old.com"}', '%s', '{}', '{"company":"old.com"}', '%s', 0, FALSE, 0)`,
		id, entity, x.record, x.record, x.typ, at.UnixMicro(), to, to)); err != nil {
		w.t.Fatal(err)
	}
	w.logSignal(x, store.ChangeSignal, id)
	return id
}

func (w *world) logSignal(x signalled, kind string, id int64) {
	w.t.Helper()
	must(w.t, w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		origin, err := tx.OriginID(w.t.Context(), x.origin)
		if err != nil {
			return err
		}
		return tx.LogChanges(w.t.Context(), fettle.People, []store.LoggedChange{{
			Record: x.record, Kind: kind, Origin: origin, Actor: "test", AtUS: time.Now().UnixMicro(), Changes: fmt.Sprintf(`{":signal":[null,%d,0]}`, id),
		}})
	}))
}

// retract takes a signal back.
func (w *world) retract(record, id int64) {
	w.t.Helper()
	if _, err := w.db.Writer().ExecContext(w.t.Context(), fmt.Sprintf(`UPDATE signals SET retracted_us = 1 WHERE id = %d`, id)); err != nil {
		w.t.Fatal(err)
	}
	w.logSignal(signalled{record: record, origin: store.Origin{Kind: "signal", Name: "undo"}}, store.ChangeRetract, id)
}

// journalOf gives the charges of an enrichment, oldest first.
func (w *world) journalOf(name string) []fettle.JournalEntry {
	w.t.Helper()
	all, _, err := w.e.Journal(w.t.Context(), admin, engine.JournalQuery{Enrichment: name, Limit: 1000})
	must(w.t, err)
	slices.Reverse(all)
	return all
}

// newMovers is a workspace of n people with an audience of those who changed
// jobs.
func newMovers(t *testing.T, db *store.DB, n int) (*world, []int64) {
	t.Helper()
	w := newWorld(t, db, sandbox.Defaults())
	w.people(0, n, "Engineer")
	w.field("line", fettle.Text)
	w.audience("movers", movers)
	return w, w.ids(fettle.AllPeople)
}

// Each new signal opens the record's row again, once: a line is paid once for
// each, the journal names it, and a record that enters again buys nothing.
func TestEachSignalBuysOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ids := newMovers(t, db, 5)
		w.save("copy", copyLine("movers", 100))
		w.work(w.e)
		w.start("copy")
		w.settle("copy")
		paid := func(n int64, what string) {
			t.Helper()
			w.until("copy", func(v fettle.EnrichmentView) bool {
				return !v.Planning && v.InFlight == 0 && v.RemainingRows == 0 && v.SpentCredits >= fettle.Credits(n)*fettle.Credit
			})
			w.looked()
			if v := w.show("copy"); v.SpentCredits != fettle.Credits(n)*fettle.Credit {
				t.Errorf("%s: paid %s, want %d", what, v.SpentCredits, n)
			}
		}
		paid(0, "nobody moved")
		one := w.signal(signalled{record: ids[0], typ: "job_change", to: "CTO"})
		w.signal(signalled{record: ids[1], typ: "job_change", to: "Chef"})
		w.signal(signalled{record: ids[2], typ: "promotion", to: "CEO"})
		w.signal(signalled{record: ids[3], typ: "job_change", to: "CFO", ago: 31 * 24 * time.Hour})
		paid(2, "two moved")
		second := w.signal(signalled{record: ids[0], typ: "job_change", to: "CEO"})
		w.signal(signalled{record: ids[1], typ: "promotion", to: "King"})
		paid(3, "one moved again")
		w.edit(ids[0], "title", "Something else")
		w.edit(ids[1], "name", "Another Name")
		paid(3, "an edit is no signal")
		var named []int64
		for _, j := range w.journalOf("copy") {
			if j.RecordID == ids[0] {
				named = append(named, j.SignalID)
				if want := map[int64]fettle.Cause{one: fettle.CauseEntered, second: fettle.CauseSignal}[j.SignalID]; j.Cause != want {
					t.Errorf("signal %d: cause %s, want %s", j.SignalID, j.Cause, want)
				}
			}
		}
		if len(named) != 2 || named[0] != one || named[1] != second {
			t.Errorf("the journal names %v, want %d and %d", named, one, second)
		}
		// Taken back, and told again by the same signal: nothing is bought.
		w.retract(ids[0], second)
		w.pause("copy")
		w.reset("copy")
		w.resume("copy")
		paid(3, "after a reset")
		if b := w.sb.Books(); b.BilledCalls != 3 || b.Repeats != 0 {
			t.Errorf("books: %+v", b)
		}
		w.sound()
	})
}

// What came in a pause is judged by the newest signal alone.
func TestSignalsInAPause(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ids := newMovers(t, db, 4)
		w.save("copy", copyLine("movers", 100))
		w.work(w.e)
		w.signal(signalled{record: ids[0], typ: "job_change", to: "CTO"})
		w.start("copy")
		w.settle("copy")
		w.pause("copy")
		w.signal(signalled{record: ids[0], typ: "job_change", to: "CEO"})
		w.signal(signalled{record: ids[0], typ: "job_change", to: "CFO"})
		gone := w.signal(signalled{record: ids[1], typ: "job_change", to: "Chef"})
		w.signal(signalled{record: ids[2], typ: "job_change", to: "Cook"})
		w.retract(ids[1], gone)
		if est := w.estimate("copy"); est.ToRun != 2 || est.AudienceRows != 2 {
			t.Errorf("%d of %d to run, want 2 of 2", est.ToRun, est.AudienceRows)
		}
		w.resume("copy")
		w.until("copy", func(v fettle.EnrichmentView) bool { return !v.Planning && v.RemainingRows == 0 && v.InFlight == 0 })
		w.looked()
		if v := w.show("copy"); v.SpentCredits != 3*fettle.Credit {
			t.Errorf("paid %s, want 3", v.SpentCredits)
		}
		w.sound()
	})
}

// Who left only because a time ran out in the pause is still in at the resume, is
// said apart in the price, and can be left out.
func TestExpiredInAPause(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ids := newMovers(t, db, 5)
		w.save("copy", copyLine("movers", 100))
		w.work(w.e)
		w.start("copy")
		w.settle("copy")
		paused := func(days int) {
			t.Helper()
			w.pause("copy")
			must(t, w.db.Update(t.Context(), func(tx *store.Tx) error {
				cur, err := tx.Enrichment(t.Context(), "copy")
				if err != nil {
					return err
				}
				return judge.Open(t.Context(), tx, cur.ID, time.Now().AddDate(0, 0, -days))
			}))
		}
		const day = 24 * time.Hour
		paused(40)
		w.signal(signalled{record: ids[0], typ: "job_change", to: "CTO", ago: 35 * day}) // its 30 days ended in the pause
		w.signal(signalled{record: ids[1], typ: "job_change", to: "CEO", ago: 10 * day})
		w.signal(signalled{record: ids[2], typ: "job_change", to: "CFO", ago: 75 * day}) // and before it
		est := w.estimate("copy")
		if est.ToRun != 2 || est.ExpiredRows != 1 || est.ExpiredCredits != fettle.Credit {
			t.Errorf("%d to run, %d of them expired for %s", est.ToRun, est.ExpiredRows, est.ExpiredCredits)
		}
		skip, err := w.e.Estimate(t.Context(), admin, "copy", engine.EstimateOptions{SkipExpired: true})
		if err != nil || skip.ToRun != 1 || skip.ExpiredRows != 1 {
			t.Errorf("without them %d to run, %d expired, %v", skip.ToRun, skip.ExpiredRows, err)
		}
		w.resume("copy")
		paid := func(n int64) {
			t.Helper()
			w.until("copy", func(v fettle.EnrichmentView) bool { return !v.Planning && v.InFlight == 0 && v.RemainingRows == 0 })
			w.looked()
			if v := w.show("copy"); v.SpentCredits != fettle.Credits(n)*fettle.Credit {
				t.Errorf("paid %s, want %d", v.SpentCredits, n)
			}
		}
		paid(2)
		paused(40)
		w.signal(signalled{record: ids[3], typ: "job_change", to: "CTO", ago: 35 * day})
		_, err = w.e.Resume(t.Context(), admin, "copy", engine.StartOptions{SkipExpired: true})
		must(t, err)
		paid(2)
		w.sound()
	})
}

// A rule makes its companion audience once; people edit it from then on, and the
// rule stays while enrichments use it.
func TestCompanionAudience(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 3, "Engineer")
		w.field("line", fettle.Text)
		rule := fettle.SignalRule{
			Entity: fettle.People, Type: "job_change", Detect: fettle.DetectChanges, When: "changed(title)", From: map[string]string{"title": "before.title", "company": "before.company_domain"},
			To: map[string]string{"title": "title", "company": "company_domain"}, Companion: &fettle.Companion{Name: "job-changers"},
		}
		v, err := w.e.SaveSignalRule(t.Context(), admin, "job-change", rule)
		must(t, err)
		a, err := w.e.Audience(t.Context(), admin, "job-changers")
		if err != nil || v.CompanionAudience != "job-changers" || a.Where != movers {
			t.Fatalf("companion %q of %+v, %v", a.Where, v, err)
		}
		_, err = w.e.SaveSignalRule(t.Context(), admin, "other", rule)
		refused(t, err, fettle.Refused, "there is an audience job-changers already", "companion")
		w.audience("job-changers", `signals.exists(s, s.type == "job_change" && within(s.at, "7d"))`)
		rule.When = "changed(title) && filled(name)"
		_, err = w.e.SaveSignalRule(t.Context(), admin, "job-change", rule)
		must(t, err)
		if a, err = w.e.Audience(t.Context(), admin, "job-changers"); err != nil || a.Where == movers {
			t.Errorf("the rule edits what people edited: %q, %v", a.Where, err)
		}
		w.save("copy", copyLine("job-changers", 100))
		refused(t, w.e.DeleteSignalRule(t.Context(), admin, "job-change"), fettle.Refused, "copy")
		w.work(w.e)
		w.start("copy")
		w.settle("copy")
		ids := w.ids(fettle.AllPeople)
		w.edit(ids[0], "title", "CTO")
		w.until("copy", func(v fettle.EnrichmentView) bool { return v.SpentCredits == fettle.Credit && v.InFlight == 0 })
		w.edit(ids[0], "title", "CEO")
		w.until("copy", func(v fettle.EnrichmentView) bool { return v.SpentCredits == 2*fettle.Credit && v.InFlight == 0 })
		must(t, w.e.DeleteEnrichment(t.Context(), admin, pausedFirst(w, "copy")))
		must(t, w.e.DeleteSignalRule(t.Context(), admin, "job-change"))
		if n, err := w.e.CountAudience(t.Context(), admin, "job-changers"); err != nil || n != 1 {
			t.Errorf("%d after the rule is gone, %v: what it raised stays", n, err)
		}
		w.sound()
	})
}

func pausedFirst(w *world, name string) string {
	w.pause(name)
	return name
}
