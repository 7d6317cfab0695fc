package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/limits"
	"fettle/store"
)

// EstimateOptions says what is estimated, where it is not what start would do.
type EstimateOptions struct {
	Audience []string // another audience than the enrichment's own
	Rerun    bool     // as if every row were asked again
	Model    string   // another model than the AI steps' own
}

// of is the definition as the options would have it.
func (o EstimateOptions) of(def fettle.Definition) fettle.Definition {
	if len(o.Audience) > 0 {
		def.Audience = o.Audience
	}
	if o.Model == "" {
		return def
	}
	def.Steps = slices.Clone(def.Steps)
	for i := range def.Steps {
		if def.Steps[i].Model != "" {
			def.Steps[i].Model = o.Model
		}
	}
	return def
}

// Estimate says what starting now would do and cost. It judges every record
// with the same classify that claims use, so its rows add up to the audience
// and its ToRun are the calls that a start makes.
func (e *Engine) Estimate(ctx context.Context, actor fettle.Actor, name string, opt EstimateOptions) (fettle.Estimate, error) {
	t, err := e.estimate(ctx, actor, name, opt)
	return t.est, err
}

func (e *Engine) estimate(ctx context.Context, actor fettle.Actor, name string, opt EstimateOptions) (tally, error) {
	if err := actor.Require(fettle.Viewer, "estimate"); err != nil {
		return tally{}, err
	}
	e.conns.Refresh(ctx)
	var cur store.Enrichment
	var p *judge.Program
	var m judge.Membership
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		if cur, err = tx.Enrichment(ctx, name); err != nil {
			return err
		}
		def := opt.of(cur.Definition)
		if p, err = e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, def); err != nil {
			return err
		}
		m, err = e.judge.Membership(ctx, tx, p.Entity, def.Audience)
		return err
	})
	if err != nil {
		return tally{}, err
	}
	t := tally{p: p, actor: actor.Name, run: cur.RunID, rerun: opt.Rerun, elsewhere: len(opt.Audience) > 0, now: time.Now(), est: fettle.Estimate{Enrichment: name, SampleRun: []fettle.Sample{}, SampleReused: []fettle.Sample{}, Warnings: []string{}}}
	if err := e.tallyMembers(ctx, &t, m); err != nil {
		return t, err
	}
	err = e.db.View(ctx, func(tx *store.Tx) error { return e.finishEstimate(ctx, tx, cur, &t) })
	return t, err
}

// tally is an estimate under way.
type tally struct {
	p         *judge.Program
	rerun     bool
	elsewhere bool // of another audience: the rows that there are do not count
	now       time.Time
	est       fettle.Estimate
	actor     string
	run       int64
	lowest    fettle.Credits // what the cheapest row that would run may cost
	counted   bool           // of a row to run, some call counts in limits in records already
	free      bool           // a row not done yet needs no call
}

// tallyMembers judges the members page by page, each page in a transaction of
// its own: a long estimate holds nothing up.
func (e *Engine) tallyMembers(ctx context.Context, t *tally, m judge.Membership) error {
	for after := int64(0); ; {
		var ids []int64
		err := e.db.View(ctx, func(tx *store.Tx) (err error) {
			if ids, err = tx.MemberIDs(ctx, t.p.Entity, m.Where, after, planPage); err != nil || len(ids) == 0 {
				return err
			}
			facts, err := e.judge.Facts(ctx, tx, t.p, ids)
			if err != nil {
				return err
			}
			var rows map[int64]store.Row
			if !t.elsewhere {
				if rows, err = tx.RowsOf(ctx, t.p.ID, ids); err != nil {
					return err
				}
			}
			var names map[int64]string
			if len(t.est.SampleRun) < samples || len(t.est.SampleReused) < samples {
				if names, err = recordNames(ctx, tx, t.p.Entity, ids); err != nil {
					return err
				}
			}
			for _, id := range ids {
				k := facts[id]
				if r := rows[id]; r.State != fettle.RowDone {
					k.Cause, k.Run = r.Cause, r.RunID // what a person had opened again is asked again
				}
				reused := t.est.Reused + t.est.Filled
				if err := t.add(k, id, names[id]); err != nil {
					return err
				}
				t.free = t.free || (t.est.Reused+t.est.Filled > reused && rows[id].State != fettle.RowDone)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(ids) < planPage {
			return nil
		}
		after = ids[len(ids)-1]
	}
}

// samples is how many records an estimate names.
const samples = 3

func (t *tally) add(k judge.Facts, id int64, name string) error {
	t.est.AudienceRows++
	if k.Record == nil {
		t.est.Skipped++
		return nil
	}
	if t.rerun {
		k.Cause = fettle.CauseRerun
	}
	v, err := t.p.Classify(k, t.now)
	if err != nil {
		return err
	}
	switch {
	case v.Wait:
		t.est.Waiting++
		return nil
	case v.Outcome == "":
		t.price(v)
		t.counted = t.counted || len(v.CalledIn(t.run, k.Asked)) > 0
		if len(t.est.SampleRun) < samples {
			t.est.SampleRun = append(t.est.SampleRun, fettle.Sample{RecordID: id, Name: name})
		}
		return nil
	}
	switch v.Outcome {
	case fettle.Reused:
		t.est.Reused++
		if len(t.est.SampleReused) < samples {
			t.est.SampleReused = append(t.est.SampleReused, fettle.Sample{RecordID: id, Name: name})
		}
	case fettle.Filled:
		t.est.Filled++
	case fettle.Skipped:
		t.est.Skipped++
	case fettle.MissingInput:
		t.est.MissingInput++
	case fettle.KnownNotFound, fettle.Failed, fettle.NotFoundRow:
		t.est.KnownNotFound++
	case fettle.Found:
		t.est.Reused++ // a formula: computed here, free
	case fettle.Unknown, fettle.Held, fettle.AwaitsApproval, fettle.AwaitsOwnLimit:
		t.est.Waiting++
	}
	return nil
}

// price adds a row that would run. The lowest price is the first call's; the
// expected one is a hit of the first call.
func (t *tally) price(v judge.Verdict) {
	t.est.ToRun++
	first := v.Ask[0]
	t.est.LowCredits += first.Low
	t.est.ExpectedCredits += max(first.Likely, first.Low)
	t.est.HighCredits += v.Held
	t.est.PerRowCredits = max(t.est.PerRowCredits, v.Held)
	if t.est.ToRun == 1 || v.Held < t.lowest {
		t.lowest = v.Held
	}
}

// finishEstimate adds what the whole enrichment knows: the limit, the balance,
// what was really paid so far, the cost of a month.
func (e *Engine) finishEstimate(ctx context.Context, tx *store.Tx, cur store.Enrichment, t *tally) error {
	est := &t.est
	micro, err := limits.USDMicro(ctx, tx)
	if err != nil {
		return err
	}
	est.HighMoney = limits.Dollars(est.HighCredits, micro)
	bounds, err := limits.RowBounds(ctx, tx, cur, t.actor)
	if err != nil {
		return err
	}
	est.LimitLeftCredits, est.LimitLeftRecords = limits.Left(bounds)
	est.NoRoom = t.noRoom(bounds, cur.Name)
	if est.BalanceCredits, err = limits.Available(ctx, tx); err != nil {
		return err
	}
	b, err := tx.Balance(ctx, store.BalanceKey{Scope: store.ScopeEnrichment, Key: strconv.FormatInt(cur.ID, 10), Per: fettle.Lifetime})
	if err != nil {
		return err
	}
	if paid := limits.PaidPrice(b); paid > 0 {
		est.ExpectedCredits = min(est.HighCredits, max(est.LowCredits, paid*fettle.Credits(est.ToRun)))
	}
	est.SavedCredits = t.rowPrice() * fettle.Credits(est.Reused)
	if r := time.Duration(cur.Definition.Refresh); r > 0 {
		perRow := fettle.Credits(0)
		if est.ToRun > 0 {
			perRow = est.ExpectedCredits / fettle.Credits(est.ToRun)
		}
		times := fettle.Credits(30*24*time.Hour/r) + 1
		est.PerMonthCredits = perRow * fettle.Credits(est.ToRun+est.Reused) * times
	}
	if est.LimitLeftCredits != nil && est.HighCredits > *est.LimitLeftCredits {
		est.Warnings = append(est.Warnings, fmt.Sprintf("The limit leaves %s credits: it may pause before every row has run.", est.LimitLeftCredits))
	}
	if est.LimitLeftRecords != nil && est.ToRun > *est.LimitLeftRecords {
		est.Warnings = append(est.Warnings, fmt.Sprintf("The limit leaves %d records: it may pause before every row has run.", *est.LimitLeftRecords))
	}
	if est.BalanceCredits != nil && est.HighCredits > *est.BalanceCredits {
		est.Warnings = append(est.Warnings, fmt.Sprintf("The workspace has %s credits left.", est.BalanceCredits))
	}
	est.ID = estimateID(*est)
	est.AtUS = t.now.UnixMicro()
	return nil
}

// rowPrice is what a reused row would have cost.
func (t *tally) rowPrice() fettle.Credits {
	if t.est.ToRun > 0 {
		return t.est.ExpectedCredits / fettle.Credits(t.est.ToRun)
	}
	return t.p.TypicalExpected()
}

// estimateID carries what the person was shown: rows and highest cost.
func estimateID(est fettle.Estimate) string {
	return fmt.Sprintf("est-%d-%d", est.ToRun, int64(est.HighCredits))
}

func parseEstimateID(s string) (rows int64, high fettle.Credits, ok bool) {
	parts := strings.Split(s, "-")
	if len(parts) != 3 || parts[0] != "est" {
		return 0, 0, false
	}
	rows, err1 := strconv.ParseInt(parts[1], 10, 64)
	h, err2 := strconv.ParseInt(parts[2], 10, 64)
	return rows, fettle.Credits(h), err1 == nil && err2 == nil
}

// recordNames gives a name for each record that people know it by.
func recordNames(ctx context.Context, tx *store.Tx, entity fettle.Entity, ids []int64) (map[int64]string, error) {
	fields := []string{"name", "email"}
	if entity == fettle.Companies {
		fields = []string{"name", "domain"}
	}
	records, err := tx.Records(ctx, entity, ids, fields, nil)
	out := make(map[int64]string, len(records))
	for _, r := range records {
		for _, f := range fields {
			if s, ok := r.Value(f).(string); ok && out[r.ID] == "" {
				out[r.ID] = s
			}
		}
		if out[r.ID] == "" {
			out[r.ID] = fmt.Sprintf("record %d", r.ID)
		}
	}
	return out, err
}

// Pilot runs an enrichment on its first n rows that would be bought, to learn
// hit rate and cost before it starts.
func (e *Engine) Pilot(ctx context.Context, actor fettle.Actor, name string, n int) (fettle.EnrichmentView, error) {
	s, err := e.may(ctx, actor, "pilot")
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	if n <= 0 || n > pilotMost {
		return fettle.EnrichmentView{}, fettle.Errorf(fettle.Invalid, "a pilot of %d rows", n).WithHint("Take 1 to %d rows.", pilotMost)
	}
	ids, est, err := e.pilotRows(ctx, actor, name, n)
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		cur, err := tx.LockEnrichment(ctx, name)
		if err != nil {
			return err
		}
		if cur.State == fettle.Live || cur.PilotRunID != 0 {
			return fettle.Errorf(fettle.Refused, "%s is running already", name).WithHint("Pause it, or wait for its pilot to end.")
		}
		if err := e.mayGoLive(ctx, tx, cur, "pilot"); err != nil {
			return err
		}
		if err := allowed(ctx, tx, actor, s, n); err != nil {
			return err
		}
		id, err := tx.NextIDs(ctx, store.SeqRun, 1)
		if err != nil {
			return err
		}
		now := time.Now().UnixMicro()
		if err := tx.AddRun(ctx, store.Run{ID: id, EnrichmentID: cur.ID, Kind: "pilot", Audience: strings.Join(cur.Definition.Audience, ", "), Estimate: &est, Actor: actor.Name, Allowance: !s.Spends(), StartedUS: now}); err != nil {
			return err
		}
		cur.PilotRunID, cur.UpdatedUS = id, now
		if err := tx.PutEnrichment(ctx, cur); err != nil {
			return err
		}
		if err := reopen(ctx, tx, cur, ids, func(r store.Row) bool { return r.Outcome != fettle.Found }, fettle.CausePilot, now); err != nil {
			return err
		}
		if _, err := tx.InsertRows(ctx, store.Opening{Enrichment: cur.ID, Run: id, Cause: fettle.CausePilot, NowUS: now}, ids); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "enrichment.pilot", name, fmt.Sprintf("%d rows", len(ids)))
	})
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	e.worker.forget(name)
	e.worker.look()
	return e.Enrichment(ctx, actor, name)
}

// pilotMost is the most rows of a pilot: the workspace's pilot limit.
const pilotMost = 100

// pilotRows finds the first n members that would be bought.
func (e *Engine) pilotRows(ctx context.Context, actor fettle.Actor, name string, n int) ([]int64, fettle.Estimate, error) {
	est, err := e.Estimate(ctx, actor, name, EstimateOptions{})
	if err != nil {
		return nil, est, err
	}
	var out []int64
	err = e.db.View(ctx, func(tx *store.Tx) error {
		cur, err := tx.Enrichment(ctx, name)
		if err != nil {
			return err
		}
		p, err := e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition)
		if err != nil {
			return err
		}
		m, err := e.judge.Membership(ctx, tx, p.Entity, cur.Definition.Audience)
		if err != nil {
			return err
		}
		out, err = e.firstToRun(ctx, tx, p, m, n)
		return err
	})
	return out, est, err
}

func (e *Engine) firstToRun(ctx context.Context, tx *store.Tx, p *judge.Program, m judge.Membership, n int) ([]int64, error) {
	var out []int64
	now := time.Now()
	for after := int64(0); ; {
		ids, err := tx.MemberIDs(ctx, p.Entity, m.Where, after, page)
		if err != nil || len(ids) == 0 {
			return out, err
		}
		facts, err := e.judge.Facts(ctx, tx, p, ids)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if k := facts[id]; k.Record != nil {
				v, err := p.Classify(k, now)
				if err != nil {
					return nil, err
				}
				if v.Outcome == "" && !v.Wait {
					out = append(out, id)
				}
			}
			if len(out) == n {
				return out, nil
			}
		}
		after = ids[len(ids)-1]
	}
}
