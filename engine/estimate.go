package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/limits"
	"fettle/run"
	"fettle/store"
)

// EstimateOptions says what is estimated, where it is not what start would do.
type EstimateOptions struct {
	Audience []string      // another audience than the enrichment's own
	Model    string        // another model than the AI steps' own
	Rerun    *RerunOptions // what a rerun would buy again, instead of a start; it goes with none of the others

	SkipExpired bool // without those whose time ran out while it was paused
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
	price := e.estimateFor
	if opt.Rerun != nil {
		price = e.estimateRerun
	}
	t, err := price(ctx, actor.Name, name, opt)
	if err == nil && t.est.ToRun > 0 {
		e.vendorBalances(ctx, &t)
	}
	return t, err
}

// estimateFor is estimate on somebody's account, without what providers say of
// the account there.
func (e *Engine) estimateFor(ctx context.Context, payer, name string, opt EstimateOptions) (tally, error) {
	e.conns.Refresh(ctx)
	var cur store.Enrichment
	var p *judge.Program
	var m judge.Members
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		if cur, err = tx.Enrichment(ctx, name); err != nil {
			return err
		}
		def := opt.of(cur.Definition)
		if p, err = e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, def); err != nil {
			return err
		}
		m, err = e.judge.MembersOf(ctx, tx, cur.ID, p.Entity, def.Audience)
		return err
	})
	if err != nil {
		return tally{}, err
	}
	where := m.Where
	if opt.SkipExpired || cur.State != fettle.Paused {
		where = m.Now
	}
	set := rowSet{where: where, elsewhere: len(opt.Audience) > 0, names: true, noExpired: opt.SkipExpired}
	t, err := e.priceSet(ctx, e.db.View, cur, p, set)
	if err != nil {
		return t, err
	}
	if m.Expired && cur.State == fettle.Paused && len(opt.Audience) == 0 {
		if err := e.priceExpired(ctx, cur, p, m, set, &t.est); err != nil {
			return t, err
		}
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		if err := e.finishEstimate(ctx, tx, cur, &t, payer); err != nil || set.elsewhere || opt.Model != "" {
			return err
		}
		t.est.Outlook, err = e.outlook(ctx, tx, cur, &t)
		return err
	})
	return t, err
}

// finishEstimate adds what the whole enrichment knows: the limits, the balance,
// the cost of a month.
func (e *Engine) finishEstimate(ctx context.Context, tx *store.Tx, cur store.Enrichment, t *tally, actor string) error {
	est := &t.est
	micro, err := limits.USDMicro(ctx, tx)
	if err != nil {
		return err
	}
	if err := t.limit(ctx, tx, cur, actor); err != nil {
		return err
	}
	est.HighMoney = limits.Dollars(est.HighCredits, micro)
	if est.BalanceCredits, err = limits.Available(ctx, tx); err != nil {
		return err
	}
	perRow := t.rowPrice()
	found, fixed := t.foundPrice()
	est.SavedCredits = saved(found, est.Reused)
	if est.ToRun > 0 {
		est.FoundCredits, est.FoundFixed = found, fixed
	}
	if r := t.p.PaidEvery(rebought(cur.Definition, t.now)); r > 0 {
		c := float64(perRow) * float64(est.ToRun+est.Reused) * float64(month) / float64(r)
		if most, bounded := mostAMonth(cur.Definition, perRow, t.now); bounded {
			c = min(c, most)
		}
		est.PerMonthCredits = judge.About(c)
	}
	t.advise()
	est.ID = estimateID(*est)
	est.AtUS, est.At = t.now.UnixMicro(), t.now.UTC()
	return nil
}

// saved is what values would have cost that are reused, wherever that is told. What is
// reused was found: so it goes by what a row costs that finds something, and how often
// nothing is found is not in it.
func saved(found fettle.Credits, reused int64) fettle.Credits { return found * fettle.Credits(reused) }

// estimateID carries what the person was shown: rows and highest cost. Limits
// are not in it: whoever raises one says so.
func estimateID(est fettle.Estimate) string {
	return fmt.Sprintf("est-%d-%d", est.ToRun, int64(est.UnlimitedCredits))
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
		if cur.State == fettle.Draft {
			cur.PauseDetail = "" // of the pilot before
		}
		if err := tx.PutEnrichment(ctx, cur); err != nil {
			return err
		}
		if _, err := run.OpenChosen(ctx, tx, cur, ids, id, "", now); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "enrichment.pilot", name, fettle.Count(int64(len(ids)), "row", "rows"))
	})
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	e.worker.Forget(name)
	e.worker.Look()
	return e.Enrichment(ctx, actor, name)
}

// pilotMost is the most rows of a pilot: the workspace's pilot limit.
const pilotMost = 100

// pilotRows finds the first n members that would be bought or, where nothing is to
// be bought, those that a formula would work out.
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
	if err == nil && len(out) == 0 {
		why, next := nothingToRun(est)
		err = fettle.Errorf(fettle.Refused, "%s has nothing to try: %s", name, cmp.Or(why, "nobody is in its audience")).
			WithHint("%s", cmp.Or(next, "Widen the audience's filter, or import records that it asks for.")).With("estimate", est)
	}
	if err == nil && est.NoRoom != "" { // it would only end at once
		hint := "Raise that limit first (fettle limit list), or ask for more (fettle request new " + name + " --reason TEXT)."
		if est.NoRoomOf == "balance" {
			hint = "Grant credits first (fettle credits grant N)."
		}
		err = fettle.Errorf(fettle.Refused, "nothing of %s can be tried: %s", name, est.NoRoom).WithHint("%s", hint).
			With("no_room", est.NoRoom).With("no_room_of", est.NoRoomOf).With("estimate", est)
	}
	return out, est, err
}

func (e *Engine) firstToRun(ctx context.Context, tx *store.Tx, p *judge.Program, m judge.Membership, n int) ([]int64, error) {
	var out, computed []int64
	now, free := time.Now(), !slices.ContainsFunc(p.Steps, func(s judge.Step) bool { return !s.Computed })
	for after := int64(0); ; {
		ids, err := tx.MemberIDs(ctx, p.Entity, m.Where, after, pilotPage)
		if err != nil {
			return nil, err
		}
		if len(ids) == 0 {
			if len(out) == 0 {
				out = computed
			}
			return out, nil
		}
		facts, err := e.judge.Facts(ctx, tx, p, ids)
		if err != nil {
			return nil, err
		}
		rows, err := tx.RowsOf(ctx, p.ID, ids)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if k := facts[id]; k.Record != nil {
				v, err := p.Classify(k, now)
				if err != nil {
					return nil, err
				}
				switch {
				case v.Outcome == "" && !v.Wait:
					out = append(out, id)
				case v.Outcome == fettle.Found && rows[id].State != fettle.RowDone && len(computed) < n:
					computed = append(computed, id)
				}
			}
			if len(out) == n {
				return out, nil
			}
		}
		if free && len(computed) == n {
			return computed, nil
		}
		after = ids[len(ids)-1]
	}
}

// pilotPage is how many records are read at a time to find rows for a pilot.
const pilotPage = 1024
