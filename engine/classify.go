package engine

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/ledger"
	"fettle/provider"
	"fettle/store"
)

// known is all that classify judges a record by.
type known struct {
	rec    *store.Record
	cells  map[store.CellKey]store.Cell
	asked  []store.Asked // of the record, oldest first
	hash   string        // inputs of this enrichment's last purchase or reuse; "" if none
	byHand func(field string) bool
	cause  fettle.Cause
	run    int64 // in which the row was opened, or claimed last
}

// verdict is what is to be done with a row.
type verdict struct {
	outcome fettle.Outcome // done without a call; "" otherwise
	wait    bool           // a cell is held elsewhere
	detail  string
	free    map[string]any           // field → value that costs nothing: from a kept answer or a formula
	status  map[string]fettle.Status // what providers said of these values
	down    []downed                 // what kept answers gave, and the steps do not take
	from    int64                    // the call whose kept answer it is
	hash    string                   // the inputs that are now known to this enrichment
	fields  []string                 // the cells that are not satisfied
	was     map[string]int64         // when each of them was bought last; absent: never
	ask     []question               // the steps to call, in order; the first goes next
	held    fettle.Credits           // the highest price of the row
	cause   fettle.Cause             // why it is bought or asked again; "" if it is not
	before  int64                    // the newest call that asked what is now asked again; 0 if none is
	called  []string                 // the providers at which the row is counted in limits in records
}

// classify decides what a row needs: nothing, patience, or calls. It is the
// one judge of claims and of estimates, so that what was promised is what is
// bought. It only reads.
func (p *program) classify(k known, now time.Time) (verdict, error) {
	if k.rec.Suppressed {
		return verdict{outcome: fettle.Skipped, detail: "do not enrich"}, nil
	}
	if p.when != nil {
		ok, err := p.when.Match(k.rec, now)
		if err != nil {
			return verdict{}, err
		}
		if !ok {
			return verdict{outcome: fettle.Skipped, detail: "condition"}, nil
		}
	}
	questions, hash, err := p.ask(k.rec, now)
	if err != nil {
		return verdict{}, err
	}
	v := verdict{hash: hash}
	due, held := p.judgeCells(k, hash, now, &v)
	if held || len(due) == 0 {
		return v, nil
	}
	for _, f := range p.def.Outputs {
		if _, ok := due[f.Field]; ok {
			v.fields = append(v.fields, f.Field)
		}
	}
	return p.chooseSteps(k, questions, due, now, v)
}

// ask evaluates every step for the record.
func (p *program) ask(rec *store.Record, now time.Time) ([]question, string, error) {
	questions := make([]question, 0, len(p.steps))
	var hash strings.Builder
	for i := range p.steps {
		q, err := p.steps[i].ask(i, rec, now)
		if err != nil {
			return nil, "", err
		}
		questions = append(questions, q)
		hash.WriteString(q.hash)
	}
	if len(questions) == 1 {
		return questions, questions[0].hash, nil
	}
	return questions, hash.String(), nil
}

// due says why a cell is to be bought: since is the time before which kept
// answers do not count.
type due struct {
	since int64
	cause fettle.Cause // "" if it was never bought
}

// judgeCells finds the cells that are not satisfied. If none is, or one is
// held elsewhere, it settles the verdict.
func (p *program) judgeCells(k known, hash string, now time.Time, v *verdict) (map[string]due, bool) {
	open := map[string]due{}
	reused := false
	for _, o := range p.def.Outputs {
		c := k.cells[store.CellKey{Record: k.rec.ID, Field: o.Field}]
		if c.Hold != "" {
			v.wait, v.detail = true, "held by another call: "+o.Field
			if c.Hold == "unknown" {
				v.detail = "waits for an unknown charge to be resolved: " + o.Field
			}
			return nil, true
		}
		if c.BoughtUS > 0 {
			if d, stale := p.isDue(k, c, hash, now); stale && !p.byHandForGood(k, o.Field) {
				open[o.Field], v.cause = d, d.cause
				v.was = withTime(v.was, o.Field, c.BoughtUS)
				continue
			}
			if p.unaccepted(k, c, o) {
				open[o.Field] = due{}
				v.was = withTime(v.was, o.Field, c.BoughtUS)
				continue
			}
			if down := p.restore(k, c, o, v); down != nil {
				open[o.Field] = due{}
				v.was = withTime(v.was, o.Field, c.BoughtUS)
				continue
			}
			reused = true
			continue
		}
		if k.rec.Value(o.Field) != nil && p.keeps(k, o.Field) {
			continue
		}
		open[o.Field] = due{}
	}
	if len(open) == 0 {
		v.outcome = fettle.Filled
		if reused {
			v.outcome = fettle.Reused
		}
	}
	return open, false
}

func withTime(m map[string]int64, field string, us int64) map[string]int64 {
	if m == nil {
		m = map[string]int64{}
	}
	m[field] = us
	return m
}

// keeps reports whether the write policy leaves a value from elsewhere alone.
func (p *program) keeps(k known, field string) bool {
	switch p.def.Write {
	case fettle.OverwriteAll:
		return false
	case fettle.Overwrite:
		return k.byHand(field)
	case fettle.FillBlanks:
	}
	return true
}

// byHandForGood reports whether a person set a value that the write policy
// never replaces: buying it again would be for nothing.
func (p *program) byHandForGood(k known, field string) bool {
	return p.def.Write != fettle.OverwriteAll && k.rec.Value(field) != nil && k.byHand(field)
}

// isDue reports whether a bought cell is to be bought again: its refresh
// period has passed, its inputs are not those of this enrichment's own last
// purchase or reuse, or a person asked for it.
func (p *program) isDue(k known, c store.Cell, hash string, now time.Time) (d due, yes bool) {
	if k.cause == fettle.CauseRerun {
		return due{cause: fettle.CauseRerun}, true // remembered tells what was asked since
	}
	if r := time.Duration(p.def.Refresh); r > 0 && now.UnixMicro()-c.BoughtUS >= r.Microseconds() {
		return due{since: now.UnixMicro() - r.Microseconds() + 1, cause: fettle.CauseRefresh}, true
	}
	if p.def.RerunOn == "inputs" && k.hash != "" && k.hash != hash {
		return due{cause: fettle.CauseInputChanged}, true
	}
	return due{}, false
}

// restore brings back a bought value that the record has lost (it was deleted
// and imported again), but not one that a person cleared. It says so where the
// step does not take the value any more.
func (p *program) restore(k known, c store.Cell, o fettle.Output, v *verdict) *downed {
	if k.rec.Value(o.Field) != nil || k.byHand(o.Field) {
		return nil
	}
	i := slices.IndexFunc(k.asked, func(a store.Asked) bool { return a.ID == c.AttemptID })
	if i < 0 {
		return nil
	}
	for j := range p.steps {
		s, a := &p.steps[j], &k.asked[i]
		if name := s.outputs[o.Name]; s.print == a.Operation && a.Outputs[name] != nil {
			return p.give(v, s, o, a.Outputs[name], store.StatusIn(a.Statuses, name), c.AttemptID)
		}
	}
	return nil
}

// give gives a field a value that costs nothing, in the form of the field: an
// answer is kept as the provider gave it. What the step does not take is not
// given, and said.
func (p *program) give(v *verdict, s *step, o fettle.Output, x any, st fettle.Status, from int64) *downed {
	clean, down := p.take(s, o, x, st)
	if down != nil || clean == nil {
		return down
	}
	if v.free == nil {
		v.free, v.status = map[string]any{}, map[string]fettle.Status{}
	}
	v.free[o.Field], v.status[o.Field], v.from = clean, st, from
	return nil
}

// offer gives a value, or notes that it is turned down.
func (p *program) offer(v *verdict, s *step, o fettle.Output, x any, st fettle.Status, from int64) {
	if down := p.give(v, s, o, x, st, from); down != nil {
		v.down = append(v.down, *down)
	}
}

// chooseSteps goes through the waterfall: answers that are kept cost nothing,
// steps that had nothing are not asked again, the rest is to be called.
func (p *program) chooseSteps(k known, questions []question, open map[string]due, now time.Time, v verdict) (verdict, error) {
	var missing []string
	asked, skipped := false, 0
	for i := range questions {
		q := &questions[i]
		s := &p.steps[i]
		if !s.gives(p.def.Outputs, open) {
			continue
		}
		if q.skipped {
			skipped++
			continue
		}
		if q.missing != "" {
			missing = append(missing, q.missing)
			continue
		}
		if s.free && len(v.ask) == 0 {
			p.compute(s, q, open, &v)
			asked = true
		} else if a, ok := p.remembered(k, s, q, open, now); ok {
			asked = true
			if a.Outcome == string(fettle.Failed) || a.Outcome == writtenOff {
				return verdict{outcome: fettle.Failed, detail: "was billed before and gave nothing usable; retry it to ask again", hash: v.hash}, nil
			}
			p.takeKept(s, a, open, &v)
		} else if p.asking(k, s, q) {
			return verdict{wait: true, detail: "another call asks " + s.info.ID + " about the record", hash: v.hash}, nil
		} else {
			v.ask = append(v.ask, *q)
			v.cause = cmp.Or(v.cause, p.askedAgain(k, s, q))
			v.before = max(v.before, p.lastAsked(k, i))
			continue
		}
		if p.won(v.free, open) && len(v.ask) == 0 {
			break
		}
	}
	return p.conclude(v, open, asked, skipped, missing)
}

// gives reports whether the step gives one of the open outputs.
func (s *step) gives(outs fettle.Outputs, open map[string]due) bool {
	for _, o := range outs {
		_, wanted := open[o.Field]
		if _, ok := s.outputs[o.Name]; ok && wanted {
			return true
		}
	}
	return false
}

// compute takes a formula's values, which are its inputs.
func (p *program) compute(s *step, q *question, open map[string]due, v *verdict) {
	for _, o := range p.def.Outputs {
		if _, ok := open[o.Field]; !ok || v.free[o.Field] != nil {
			continue
		}
		p.offer(v, s, o, q.inputs[s.outputs[o.Name]], "", 0)
	}
}

// takeKept takes values from an answer that was paid for before.
func (p *program) takeKept(s *step, a store.Asked, open map[string]due, v *verdict) {
	for _, o := range p.def.Outputs {
		if _, ok := open[o.Field]; !ok || v.free[o.Field] != nil {
			continue
		}
		name := s.outputs[o.Name]
		p.offer(v, s, o, a.Outputs[name], store.StatusIn(a.Statuses, name), a.ID)
	}
}

// resolvedRetry is the outcome of a call whose money was given up so that it is
// made again: it is no answer.
const resolvedRetry = "retried"

// answer finds the newest answer to a step's question. Where several steps ask
// one operation, only the answer to the same inputs is a step's own; what
// failed without being billed counts only for the inputs that failed.
func (p *program) answer(k known, s *step, q *question) (store.Asked, bool) {
	for _, a := range slices.Backward(k.asked) {
		if a.Open || a.Operation != s.print || a.Outcome == resolvedRetry {
			continue
		}
		unbilled := a.Charged == 0 && (a.Outcome == string(fettle.Failed) || a.Outcome == string(provider.BadInput))
		if a.InputsHash == q.hash || (!p.shared(s) && !unbilled) {
			return a, true
		}
	}
	return store.Asked{}, false
}

// asking reports whether another call asks the same of the record just now, or
// may have: its answer is waited for, so that it is not bought beside it, also
// where it fills another field.
func (p *program) asking(k known, s *step, q *question) bool {
	for _, a := range k.asked {
		if a.Open && a.Operation == s.print && (a.InputsHash == q.hash || !p.shared(s)) {
			return true
		}
	}
	return false
}

// shared reports whether another step asks the same operation.
func (p *program) shared(s *step) bool {
	n := 0
	for i := range p.steps {
		if p.steps[i].print == s.print {
			n++
		}
	}
	return n > 1
}

// remembered finds the kept answer of a step, if it still counts. A person who
// has rows asked again starts a run: what was asked in it is not asked twice.
func (p *program) remembered(k known, s *step, q *question, open map[string]due, now time.Time) (store.Asked, bool) {
	a, ok := p.answer(k, s, q)
	again := k.cause == fettle.CauseRerun || (k.cause == fettle.CauseRetry && a.Outcome != string(fettle.Found))
	if !ok || (again && a.RunID != k.run) {
		return a, false
	}
	for _, d := range open {
		if a.DoneUS < d.since {
			return a, false
		}
	}
	if p.def.RerunOn == "inputs" && a.InputsHash != q.hash {
		return a, false
	}
	if a.Outcome == string(fettle.NotFoundRow) {
		if r := time.Duration(p.def.NotFoundRetry); r > 0 && now.UnixMicro()-a.DoneUS >= r.Microseconds() {
			return a, false
		}
	}
	return a, true
}

// askedAgain says why a step is asked that was asked before; "" if it was not.
func (p *program) askedAgain(k known, s *step, q *question) fettle.Cause {
	a, ok := p.answer(k, s, q)
	switch {
	case !ok:
		return ""
	case p.def.RerunOn == "inputs" && a.InputsHash != q.hash:
		return fettle.CauseInputChanged
	}
	return fettle.CauseRefresh
}

// lastAsked is the newest call that asked a step's question before, whatever
// its inputs were; 0 if none did. What a person gave up was not answered.
func (p *program) lastAsked(k known, step int) int64 {
	s := &p.steps[step]
	for _, a := range slices.Backward(k.asked) {
		if !a.Open && a.Operation == s.print && a.Outcome != resolvedRetry && (a.Step == step || !p.shared(s)) {
			return a.ID
		}
	}
	return 0
}

// calledIn gives the providers that were called for a row already, in the run
// and since it was opened: within it nothing is asked twice, so what was asked
// before a question that is asked again belongs to an earlier purchase. There
// the row is counted in limits in records.
func (v verdict) calledIn(run int64, asked []store.Asked) []string {
	var out []string
	for _, a := range asked {
		if a.RunID == run && a.ID > v.before && a.Counts && !a.Open && !slices.Contains(out, a.Provider) {
			out = append(out, a.Provider)
		}
	}
	return out
}

// won reports whether the waterfall may stop: the first open output is there,
// or all of them where the definition says so.
func (p *program) won(got map[string]any, open map[string]due) bool {
	for _, o := range p.def.Outputs {
		if _, ok := open[o.Field]; !ok {
			continue
		}
		there := got[o.Field] != nil
		if p.def.Until != "all" {
			return there
		}
		if !there {
			return false
		}
	}
	return true
}

// conclude settles the verdict of a row that was looked at step by step.
func (p *program) conclude(v verdict, open map[string]due, asked bool, skipped int, missing []string) (verdict, error) {
	if p.won(v.free, open) {
		v.ask = nil
	}
	if len(v.ask) > 0 {
		return p.priceRow(v)
	}
	v.detail = clip(turnedDown(v.down))
	switch {
	case len(v.free) > 0 && v.from == 0:
		v.outcome = fettle.Found // computed
	case len(v.free) > 0:
		v.outcome = fettle.Reused
	case asked && p.onlyFree():
		v.outcome = fettle.NotFoundRow
	case asked:
		v.outcome = fettle.KnownNotFound
	case len(missing) > 0:
		v.outcome, v.detail = fettle.MissingInput, strings.Join(missing, "; ")
	case skipped > 0:
		v.outcome, v.detail = fettle.Skipped, "condition of the step"
	default:
		v.outcome = fettle.KnownNotFound
	}
	return v, nil
}

// onlyFree reports whether the program buys nothing: formulas only.
func (p *program) onlyFree() bool {
	for _, s := range p.steps {
		if !s.free {
			return false
		}
	}
	return true
}

// priceRow prices the calls of a row. A call without a known highest price is
// not made.
func (p *program) priceRow(v verdict) (verdict, error) {
	for i := range v.ask {
		s := &p.steps[v.ask[i].step]
		if err := s.conn.Ready(); err != nil {
			return v, err
		}
		if !s.price(&v.ask[i]) {
			return v, fettle.Errorf(fettle.Refused, "the highest price of %s is not known, so it is not asked", s.info.ID).
				WithHint("State the price of the model or of the provider's unit.")
		}
	}
	v.held = p.rowMax(v.ask)
	return v, nil
}

// rowMax is the highest price of the calls that are left of a row.
func (p *program) rowMax(ask []question) fettle.Credits {
	prices := make([]ledger.StepPrice, len(ask))
	for i, q := range ask {
		prices[i] = ledger.StepPrice{Hit: q.hit, Miss: q.miss, TurnDown: p.mayTurnDown(&p.steps[q.step])}
	}
	return ledger.RowMax(prices, p.def.Until == "all")
}

// stepMax is the highest price of one call.
func (q question) stepMax() fettle.Credits { return max(q.hit, q.miss) }
