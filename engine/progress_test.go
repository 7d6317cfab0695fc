package engine_test

import (
	"fmt"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestProgressAgrees runs a waterfall of two steps, of which calls are lost, some
// counted as spent by a person, beside another enrichment that is deleted then. What
// the pictures are drawn from agrees with the rows, the calls, the journal and the
// bill, also when all of it was some days ago.
func TestProgressAgrees(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{HitRate: 0.5, BillMiss: true, ChargeThenFailRate: 0.2, Seed: 4})
		w.field("found", fettle.Text)
		w.field("second", fettle.Text)
		w.people(0, 60, "x")
		w.save("answers", answer("found", 10_000, byEmail, byScore))
		if v := w.progress("answers"); len(v.Points)+len(v.Latest)+len(v.Spend.Points) != 0 || len(v.Steps) != 2 || v.Spend.From != nil {
			t.Errorf("before it has run: %+v", v)
		}
		w.save("titles", answer("second", 10_000, byTitle))
		w.work(w.e)
		for _, name := range []string{"answers", "titles"} {
			w.start(name)
			w.settle(name)
			w.pause(name)
		}
		lost, err := w.e.Unknowns(t.Context(), admin, "answers")
		if err != nil || len(lost) < 3 {
			t.Fatalf("%d unknown, %v", len(lost), err)
		}
		if _, err := w.e.Resolve(t.Context(), admin, []int64{lost[0].ID, lost[1].ID}, false, fettle.Resolution{Action: "write_off"}); err != nil {
			t.Fatal(err)
		}
		w.drawnAsItIs("answers", "titles")
		var off fettle.Credits
		for _, j := range w.charges(engine.JournalQuery{Enrichment: "answers", Kind: "resolve"}) {
			off += j.AmountCredits
		}
		if v := w.progress("answers"); v.OtherCredits != off || off == 0 {
			t.Errorf("%s are in no step, %s were written off", v.OtherCredits, off)
		}
		// Another prompt or provider asks from now on: what the old step came to is told apart.
		w.save("answers", answer("found", 10_000, byScore))
		v := w.drawnAsItIs("answers")
		if len(v.Steps) != 3 || v.Steps[0].Asked != 0 || v.Steps[0].Earlier || !v.Steps[1].Earlier || !v.Steps[2].Earlier {
			t.Errorf("steps of earlier versions: %+v", v.Steps)
		}
		if lost, err = w.e.Unknowns(t.Context(), admin, "titles"); err != nil {
			t.Fatal(err)
		}
		for _, u := range lost { // what may have been billed is in the way of deleting
			if _, err := w.e.Resolve(t.Context(), admin, []int64{u.ID}, false, fettle.Resolution{Action: "write_off"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.e.DeleteEnrichment(t.Context(), admin, "titles"); err != nil {
			t.Fatal(err)
		}
		w.drawnAsItIs("answers")
		const back = 10 * 86_400_000_000
		for _, q := range []string{
			"UPDATE attempts SET reserved_at_us = reserved_at_us - %d, done_at_us = done_at_us - %[1]d WHERE done_at_us > 0", "UPDATE journal SET at_us = at_us - %d",
			"UPDATE balances SET period_start = period_start - %d WHERE per = 'day'", "UPDATE runs SET started_at_us = started_at_us - %d",
		} {
			w.exec(fmt.Sprintf(q, int64(back)))
		}
		if v := w.drawnAsItIs("answers"); v.Spend.BucketSeconds != 86_400 || len(v.Spend.Points) == 0 {
			t.Errorf("ten days ago: %+v", v.Spend)
		}
		w.exec(fmt.Sprintf("UPDATE runs SET started_at_us = started_at_us - %d", int64(back)*20))
		w.drawnAsItIs("answers")
	})
}

func (w *world) progress(name string) fettle.EnrichmentProgress {
	w.t.Helper()
	v, err := w.engine().EnrichmentProgress(w.t.Context(), admin, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// drawnAsItIs compares what pictures are drawn from with what is shown elsewhere.
func (w *world) drawnAsItIs(names ...string) (first fettle.EnrichmentProgress) {
	w.t.Helper()
	for i, name := range names {
		p, v := w.progress(name), w.show(name)
		if i == 0 {
			first = p
		}
		var rows, found int64
		for _, x := range p.Points {
			rows, found = rows+x.Rows, found+x.Found
		}
		if done := v.Rows.Found + v.Rows.NotFound + v.Rows.KnownNotFound + v.Rows.Failed + v.Rows.Unknown; rows != done || p.DoneRows != done || found != v.Rows.Found {
			w.t.Errorf("%s: the points have %d rows, %d found; it has %+v", name, rows, found, v.Rows)
		}
		w.sameSteps(name, p)
		spent := p.Spend.BeforeCredits
		for _, x := range p.Spend.Points {
			spent += x.Credits
		}
		var charged fettle.Credits
		for _, j := range w.charges(engine.JournalQuery{Enrichment: name, Limit: 1000}) {
			charged += j.AmountCredits
		}
		if spent != v.SpentCredits || p.Spend.UsedCredits != spent || p.SpentCredits != spent || charged != spent || p.Spend.BeforeCredits != 0 {
			w.t.Errorf("%s: the points spent %s (%s before), it %s, the journal says %s", name, spent, p.Spend.BeforeCredits, v.SpentCredits, charged)
		}
		for i, r := range p.Latest {
			if i > 0 && r.At.After(p.Latest[i-1].At) || r.State != fettle.RowDone {
				w.t.Errorf("%s: the row %d is not among the latest in order: %+v", name, i, p.Latest)
			}
		}
		if len(p.Latest) != 8 {
			w.t.Errorf("%s: %d latest rows", name, len(p.Latest))
		}
	}
	w.daysAddUp()
	return first
}

// sameSteps adds the calls up by step, and all that was spent.
func (w *world) sameSteps(name string, p fettle.EnrichmentProgress) {
	w.t.Helper()
	total := p.OtherCredits
	var asked, found int64
	for _, s := range p.Steps {
		total, asked, found = total+s.SpentCredits, asked+s.Asked, found+s.Found
		if s.Found > 0 && s.CostPerFound != s.SpentCredits/fettle.Credits(s.Found) && s.CostPerFound != s.SpentCredits/fettle.Credits(s.Found)+1 {
			w.t.Errorf("%s: %+v", name, s)
		}
	}
	var calls, hits int64
	err := w.db.Writer().QueryRowContext(w.t.Context(), fmt.Sprintf(`SELECT COUNT(*), SUM(CASE WHEN a.outcome = 'found' THEN 1 ELSE 0 END) FROM attempts a
		JOIN enrichments e ON e.id = a.enrichment_id WHERE e.name = '%s' AND a.state = 'settled' AND a.outcome IN ('found', 'not_found', 'failed', 'bad_input')`, name)).Scan(&calls, &hits)
	if err != nil || asked != calls || found != hits || total != p.SpentCredits {
		w.t.Errorf("%s: the steps asked %d and found %d for %s in all; there were %d calls, %d found, %s spent; %v", name, asked, found, total, calls, hits, p.SpentCredits, err)
	}
}

// daysAddUp holds that spend by day and enrichment is spend by day, and spend by
// enrichment.
func (w *world) daysAddUp() {
	w.t.Helper()
	v, err := w.e.SpendByDay(w.t.Context(), admin, time.Time{}, time.Time{})
	if err != nil {
		w.t.Fatal(err)
	}
	got := map[string]fettle.Credits{}
	var total fettle.Credits
	for _, d := range v.Days {
		got[string(d.Day)] += d.SettledCredits
		got[fmt.Sprint(d.Enrichment, d.Deleted)] += d.SettledCredits
		total += d.SettledCredits
	}
	if total != v.TotalCredits {
		w.t.Errorf("the days add up to %s, it says %s", total, v.TotalCredits)
	}
	parts := 0
	for _, group := range []string{"day", "enrichment"} {
		rows, err := w.e.SpendBy(w.t.Context(), admin, group)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, r := range rows {
			key := r.Key
			if group == "enrichment" {
				key = fmt.Sprint(r.Key, r.Deleted)
			}
			if parts++; got[key] != r.SettledCredits {
				w.t.Errorf("%s %s: the picture has %s, the bill %s", group, key, got[key], r.SettledCredits)
			}
		}
	}
	if parts != len(got) {
		w.t.Errorf("the picture has %v", got)
	}
	if _, err := w.e.SpendByDay(w.t.Context(), admin, time.Now().AddDate(-3, 0, 0), time.Now()); fettle.CodeOf(err) != fettle.Invalid {
		w.t.Errorf("three years at once: %v", err)
	}
}
