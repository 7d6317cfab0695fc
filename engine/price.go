package engine

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/judge"
	"fettle/run"
	"fettle/store"
)

// rowSet is a set of rows to be priced: the records of a filter, or of them
// those that are named.
type rowSet struct {
	where     expr.Fragment
	ids       []int64      // nil: all that the filter has
	cause     fettle.Cause // why they would be asked again; "": what their rows say
	elsewhere bool         // not the enrichment's own rows: those that there are do not count
	names     bool         // name some of the records
	most      int64        // more are not all judged: a quarter of so many is, and the others are taken to be like them; 0: all are
	noExpired bool         // without those whose time ran out while the enrichment was paused
	decided   bool         // as if a person had decided of all of them which records they are

	// each is told what each row that would run costs at most, were it alone; nil: nobody is.
	each func(record int64, high fettle.Credits)
}

// viewer reads: each piece in a transaction of its own, so that a long price
// holds nothing up, or all of it within one that is under way.
type viewer func(ctx context.Context, fn func(tx *store.Tx) error) error

func inside(tx *store.Tx) viewer {
	return func(_ context.Context, fn func(*store.Tx) error) error { return fn(tx) }
}

// tally is a price under way.
type tally struct {
	p       *judge.Program
	set     rowSet
	asked   judge.Distinct // questions of the rows before
	now     time.Time
	known   []judge.Odds
	est     fettle.Estimate
	run     int64
	steps   []stepSum
	expect  float64        // micro-credits
	found   float64        // and if each row found something
	first   float64        // the first row, if it found something
	varies  bool           // rows that find something do not all cost the same
	lowest  fettle.Credits // what the cheapest row that would run may cost
	counted bool           // of a row to run, some call counts in limits in records already
	free    bool           // a row not done yet needs no call
	guessed map[string]bool

	// Where lengths of answers are guessed: at their short and at their long end.
	vague       bool
	short, long []judge.Odds
	least, most float64 // micro-credits
}

// stepSum is what the calls of one step would come to.
type stepSum struct {
	calls  float64 // expected
	expect float64 // micro-credits
	most   fettle.Credits
}

// priceSet says what a set of rows would cost. Every price that is shown comes
// from here: it judges with the same classify that claims use, so that what was
// promised is what is bought. The limits are not applied yet (see limit).
func (e *Engine) priceSet(ctx context.Context, view viewer, cur store.Enrichment, p *judge.Program, set rowSet) (tally, error) {
	var t tally
	var all int64
	err := view(ctx, func(tx *store.Tx) (err error) {
		if t, err = newTally(ctx, tx, cur, p, set); err != nil || set.most == 0 || set.ids != nil {
			return err
		}
		if all, err = tx.Count(ctx, p.Entity, set.where); err == nil && all > set.most {
			set.where = sample(set.where, set.most/4, all)
		}
		return err
	})
	if err != nil || (set.ids != nil && len(set.ids) == 0) {
		return t, err
	}
	for after, more := int64(0), true; more; {
		if err := view(ctx, func(tx *store.Tx) (err error) {
			after, more, err = t.page(ctx, tx, e, set, after)
			return err
		}); err != nil {
			return t, err
		}
	}
	if set.most > 0 && all > set.most && t.est.AudienceRows > 0 {
		t.scale(all)
	}
	return t, nil
}

// newTally begins a price: with what is known of the steps' calls.
func newTally(ctx context.Context, tx *store.Tx, cur store.Enrichment, p *judge.Program, set rowSet) (tally, error) {
	t := tally{
		p: p, set: set, asked: judge.NewDistinct(), run: cur.RunID, now: time.Now(), steps: make([]stepSum, len(p.Steps)), guessed: map[string]bool{},
		est: fettle.Estimate{Enrichment: cur.Name, SampleRun: []fettle.Sample{}, SampleReused: []fettle.Sample{}, Warnings: []string{}, Basis: []string{}},
	}
	var err error
	t.known, err = p.LookUp(ctx, tx)
	t.short, t.long, t.vague = judge.Vague(t.known)
	return t, err
}

// sample narrows a filter to about most of its records, spread over all of them.
func sample(where expr.Fragment, most, all int64) expr.Fragment {
	const parts = 10_007 // a prime
	where.Text = fmt.Sprintf("(%s) AND (r.id * 7919) %% %d < %d", cmp.Or(where.Text, "true"), parts, max(1, parts*most/all))
	return where
}

// page judges the next records of the set.
func (t *tally) page(ctx context.Context, tx *store.Tx, e *Engine, set rowSet, after int64) (last int64, more bool, err error) {
	var ids []int64
	if set.ids != nil {
		n := min(int64(len(set.ids)), after+run.PlanPage)
		if ids, err = tx.Members(ctx, t.p.Entity, set.where, set.ids[after:n]); err != nil {
			return 0, false, err
		}
		last, more = n, n < int64(len(set.ids))
	} else {
		if ids, err = tx.MemberIDs(ctx, t.p.Entity, set.where, after, run.PlanPage); err != nil || len(ids) == 0 {
			return 0, false, err
		}
		last, more = ids[len(ids)-1], len(ids) == run.PlanPage
	}
	facts, err := e.judge.Facts(ctx, tx, t.p, ids)
	if err != nil {
		return 0, false, err
	}
	var rows map[int64]store.Row
	if !set.elsewhere {
		if rows, err = tx.RowsOf(ctx, t.p.ID, ids); err != nil {
			return 0, false, err
		}
	}
	var names map[int64]string
	if set.names && (len(t.est.SampleRun) < samples || len(t.est.SampleReused) < samples) {
		if names, err = recordNames(ctx, tx, t.p.Entity, ids); err != nil {
			return 0, false, err
		}
	}
	ks := make([]judge.Facts, len(ids))
	for i, id := range ids {
		k := facts[id]
		if r := rows[id]; r.State != fettle.RowDone {
			k.Opened(r) // what a person had opened again is asked again
		}
		if set.decided {
			k.Decided()
		}
		if set.cause != "" {
			k.Cause, k.Run = set.cause, anotherRun
		}
		ks[i] = k
	}
	judged, err := e.judge.All(ctx, tx, t.p, ks, t.run, t.now)
	if err != nil {
		return 0, false, err
	}
	for i, id := range ids {
		free := t.forFree()
		t.add(ks[i], judged[i], id, names[id])
		t.free = t.free || (t.forFree() > free && rows[id].State != fettle.RowDone)
	}
	return last, more, nil
}

// samples is how many records an estimate names.
const samples = 3

// anotherRun stands for a run that is yet to begin.
const anotherRun = math.MaxInt64

// forFree is how many rows get their value without a call.
func (t *tally) forFree() int64 { return t.est.Reused + t.est.Filled + t.est.Computed }

func (t *tally) add(k judge.Facts, v judge.Verdict, id int64, name string) {
	t.est.AudienceRows++
	if k.Record == nil {
		t.est.Skipped++
		return
	}
	switch {
	case v.Wait:
		t.est.Waiting++
		return
	case v.Outcome == "":
		if t.set.each != nil {
			t.set.each(id, v.Held)
		}
		own := t.asked.Mark(t.p, &v)
		if len(own) == 0 {
			v.Outcome = fettle.Reused // the answer to a row before
			break
		}
		if len(own) < len(v.Ask) {
			v.Held = t.p.RowMax(own)
		}
		t.price(v)
		t.counted = t.counted || len(v.CalledIn(t.run, k.Asked)) > 0
		if t.set.names && len(t.est.SampleRun) < samples {
			t.est.SampleRun = append(t.est.SampleRun, fettle.Sample{RecordID: id, Name: name})
		}
		return
	}
	switch v.Outcome {
	case fettle.Reused:
		t.est.Reused++
		if t.set.names && len(t.est.SampleReused) < samples {
			t.est.SampleReused = append(t.est.SampleReused, fettle.Sample{RecordID: id, Name: name})
		}
	case fettle.Filled:
		t.est.Filled++
	case fettle.Skipped:
		t.est.Skipped++
		if v.Suppressed {
			t.est.Suppressed++
		}
	case fettle.MissingInput:
		t.est.MissingInput++
		if v.SharedKey {
			t.est.SharedKeys++
		}
	case fettle.KnownNotFound, fettle.Failed, fettle.NotFoundRow:
		t.est.KnownNotFound++
	case fettle.TakenBack:
		t.est.TakenBack++
	case fettle.Found:
		t.est.Computed++
	case fettle.Unknown, fettle.Held, fettle.AwaitsAnswer, fettle.AwaitsApproval, fettle.AwaitsOwnLimit, fettle.AwaitsConflict, fettle.AwaitsGuard:
		t.est.Waiting++
	}
}

// price adds a row that would run. The lowest price is the first call's lowest;
// the highest is what would be reserved.
func (t *tally) price(v judge.Verdict) {
	t.est.ToRun++
	expect, calls, cost := t.p.ExpectRow(v.Ask, t.known)
	for i := range v.Ask {
		q := &v.Ask[i]
		s := &t.steps[q.Step]
		if q.Shared {
			continue
		}
		s.calls += calls[i]
		s.expect += cost[i]
		s.most += max(q.Hit, q.Miss)
		if why := t.known[q.Step].Guessed; why != "" {
			t.guessed[why] = true
		}
	}
	low := v.Ask[0].Low
	if v.Ask[0].Shared {
		low = 0 // what a row before finds may be all that it needs
	}
	t.expect += min(max(expect, float64(low)), float64(v.Held))
	if t.vague {
		least, _, _ := t.p.ExpectRow(v.Ask, t.short)
		most, _, _ := t.p.ExpectRow(v.Ask, t.long)
		t.least += min(max(least, float64(low)), float64(v.Held))
		t.most += min(max(most, float64(low)), float64(v.Held))
	}
	t.addFound(v)
	t.est.LowCredits += low
	t.est.HighCredits += v.Held
	t.est.PerRowCredits = max(t.est.PerRowCredits, v.Held)
	if t.est.ToRun == 1 || v.Held < t.lowest {
		t.lowest = v.Held
	}
}

// addFound adds what a row would cost that finds something.
func (t *tally) addFound(v judge.Verdict) {
	cost, fixed := t.p.FoundRow(v.Ask, t.known)
	cost = min(cost, float64(v.Held))
	if t.est.ToRun == 1 {
		t.first = cost
	}
	t.found += cost
	t.varies = t.varies || !fixed || cost != t.first
}

// foundPrice is what a row costs that finds something, and whether it is the same for
// each: of those that would run, or else of a typical one.
func (t *tally) foundPrice() (cost fettle.Credits, fixed bool) {
	if t.est.ToRun > 0 {
		return judge.About(t.found / float64(t.est.ToRun)), !t.varies
	}
	return t.p.TypicalFound(t.known)
}

// scale takes what was judged as a sample of so many records.
func (t *tally) scale(all int64) {
	est := &t.est
	judged := est.AudienceRows
	f := float64(all) / float64(judged)
	left := all
	for _, n := range []*int64{&est.ToRun, &est.Reused, &est.Computed, &est.KnownNotFound, &est.Filled, &est.Skipped, &est.MissingInput, &est.Waiting, &est.TakenBack} {
		*n = min(left, int64(float64(*n)*f+0.5))
		left -= *n
	}
	est.SharedKeys = min(est.MissingInput, int64(float64(est.SharedKeys)*f+0.5))
	est.AudienceRows, est.SampledRows = all-left, judged
	for _, c := range []*fettle.Credits{&est.LowCredits, &est.HighCredits} {
		*c = judge.About(float64(*c) * f)
	}
	t.expect, t.found, t.least, t.most = t.expect*f, t.found*f, t.least*f, t.most*f
	for i := range t.steps {
		s := &t.steps[i]
		s.calls, s.expect, s.most = s.calls*f, s.expect*f, judge.About(float64(s.most)*f)
	}
}

// merge adds a price of more rows of the same enrichment.
func (t *tally) merge(u tally) {
	a, b := &t.est, &u.est
	if b.ToRun > 0 && (a.ToRun == 0 || u.lowest < t.lowest) {
		t.lowest = u.lowest
	}
	a.AudienceRows += b.AudienceRows
	a.ToRun += b.ToRun
	a.Reused += b.Reused
	a.Computed += b.Computed
	a.KnownNotFound += b.KnownNotFound
	a.Filled += b.Filled
	a.Skipped += b.Skipped
	a.MissingInput += b.MissingInput
	a.SharedKeys += b.SharedKeys
	a.Waiting += b.Waiting
	a.TakenBack += b.TakenBack
	a.LowCredits += b.LowCredits
	a.HighCredits += b.HighCredits
	a.PerRowCredits = max(a.PerRowCredits, b.PerRowCredits)
	t.expect, t.found, t.least, t.most = t.expect+u.expect, t.found+u.found, t.least+u.least, t.most+u.most
	t.varies = t.varies || u.varies || t.first != u.first
	for i := range t.steps {
		t.steps[i].calls += u.steps[i].calls
		t.steps[i].expect += u.steps[i].expect
		t.steps[i].most += u.steps[i].most
	}
}

// rowPrice is what a row is expected to cost: of those that would run, or else
// of a typical one.
func (t *tally) rowPrice() fettle.Credits {
	if t.est.ToRun > 0 {
		return judge.About(t.expect / float64(t.est.ToRun))
	}
	return t.p.Typical(t.known)
}

// triedRows is how many rows a pilot has that nobody gave a number.
const triedRows = 10

// fewRows is how many rows are not worth a pilot.
const fewRows = 20

// advise says by what the price goes, and whether a pilot would make it better.
func (t *tally) advise() {
	for i := range t.known {
		if b := t.known[i].Basis; b != "" {
			t.est.Basis = append(t.est.Basis, b)
		}
	}
	if t.est.SampledRows > 0 {
		t.est.Basis = append(t.est.Basis, fmt.Sprintf("%d of %d records were judged, the others are taken to be like them", t.est.SampledRows, t.est.AudienceRows))
	}
	if n := t.est.SharedKeys; n > 0 {
		t.est.Warnings = append(t.est.Warnings, fmt.Sprintf("%s asked about by nothing but a key that others have too, such as a domain of several companies: "+
			"nobody would know whose the answer is. Tell the records apart, or ask all the same (allow_shared_keys: true).", fettle.Count(n, "record is", "records are")))
	}
	if t.est.ToRun <= fewRows || t.est.LowCredits == t.est.HighCredits {
		return
	}
	var why []string
	for i := range t.known {
		if g := t.known[i].Guessed; t.guessed[g] && !strings.Contains(strings.Join(why, ";"), g) {
			why = append(why, g)
		}
	}
	if len(why) == 0 {
		return
	}
	likely := ""
	if t.vague {
		// Where the limits let only a part be bought, so much of either end.
		part := float64(t.est.ExpectedCredits) / max(1, t.expect)
		t.est.LikelyLowCredits = min(t.est.ExpectedCredits, judge.About(t.least*part))
		t.est.LikelyHighCredits = max(t.est.ExpectedCredits, min(t.est.HighCredits, judge.About(t.most*min(1, part))))
		likely = fmt.Sprintf(", so it may well be %s to %s credits", t.est.LikelyLowCredits.Text(), t.est.LikelyHighCredits.Text())
	}
	t.est.PilotAdvised = true
	t.est.PilotWhy = "It is not known yet " + strings.Join(why, ", nor ") + likely + fmt.Sprintf(": run it on %d rows first, and the price is known much better.", triedRows)
}
