package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/identity/stranger"
	"fettle/provider"
	"fettle/store"
)

// Facts is all that classify judges a record by.
type Facts struct {
	Record  *store.Record
	As      expr.Record // the record as it would be; nil: as it is
	cells   map[store.CellKey]store.Cell
	Asked   []store.Asked // of the record, oldest first
	others  []store.Asked // calls of other records that asked the same, or whose answer the record has
	hash    string        // inputs of this enrichment's last purchase or reuse; "" if none
	folded  string        // of the inputs as they are
	byHand  func(field string) bool
	Derived func(field string) bool // whether the value is derived of others; nil: none is
	clash   string                  // why a person is to decide first whether the record is another one; "" if nobody is
	shared  map[string]int64        // match key → how many records share it, of those that questions are made of
	Signal  *expr.Signal            // that the row is about: the newest that its audience asks for; nil: none
	served  map[store.CellKey]store.Served
	who     *stranger.Known // what the answers to other records are compared with; nil: what is asked alone
	Cause   fettle.Cause
	Run     int64 // of a row that a person had opened again: the run that it was opened for
}

// Opened notes why a row is open.
func (k *Facts) Opened(r store.Row) { k.Cause, k.Run = r.Cause, r.RunID }

// Decided judges a record as if a person had decided that it is no other one.
func (k *Facts) Decided() { k.clash = "" }

// values are the values that the record is judged by.
func (k Facts) values() expr.Record {
	var r expr.Record = k.Record
	if k.As != nil {
		r = k.As
	}
	if k.Signal != nil {
		return withSignal{r, k.Signal}
	}
	return r
}

// NewRecord is what a record that is not there yet is judged by.
func NewRecord(id int64, as expr.Record) Facts {
	return Facts{Record: &store.Record{ID: id}, As: as, byHand: func(string) bool { return false }}
}

// derived reports whether the value of a field is derived of others.
func (k Facts) derived(field string) bool { return k.Derived != nil && k.Derived(field) }

// Verdict is what is to be done with a row.
type Verdict struct {
	Outcome    fettle.Outcome // done without a call; "" otherwise
	Wait       bool           // a cell is held elsewhere, or another call asks the same
	Conflict   bool           // a person is to decide first whether the record is another one
	Soon       bool           // what it waits for comes by itself
	SharedKey  bool           // a step is not asked because its question is made of shared keys alone
	Suppressed bool           // skipped because a person said: do not enrich
	Detail     string
	Gratis     map[string]any           // field → value that costs nothing: from a kept answer or a formula
	Status     map[string]fettle.Status // what providers said of these values
	Down       []Downed                 // what kept answers gave, and the steps do not take
	Strangers  []Stranger               // answers to other records that are about somebody else than this one
	From       map[string]int64         // field → the call whose kept answer it is; 0 of what was computed
	Told       []store.Asked            // calls of other records whose answers the row goes by
	oldUS      map[int64]int64          // call whose kept answer the row goes by → when it was bought
	Hash       string                   // the inputs that are now known to this enrichment
	Fields     []string                 // the cells that are not satisfied
	BoughtUS   map[string]int64         // when each of them was bought last; absent: never
	TakenBack  map[string]int64         // the undo that took each of them back; absent: none
	Ask        []Question               // the steps to call, in order; the first goes next
	Held       fettle.Credits           // the highest price of the row
	Cause      fettle.Cause             // why it is bought or asked again; "" if it is not
	newest     store.Asked              // of the kept answers that the row goes by: as it ended so the row ends
	before     int64                    // the newest call that asked what is now asked again; 0 if none is
	Signal     int64                    // for which the row is bought; 0 for none
	Called     []string                 // the providers at which the row is counted in limits in records
}

// doNotEnrich is why nothing is asked about a suppressed record.
const doNotEnrich = "do not enrich: suppressed"

// Classify decides what a row needs: nothing, patience, or calls. It is the
// one judge of claims and of estimates, so that what was promised is what is
// bought. It only reads.
func (p *Program) Classify(k Facts, now time.Time) (Verdict, error) {
	if k.Record.Suppressed {
		return Verdict{Outcome: fettle.Skipped, Detail: doNotEnrich, Suppressed: true}, nil
	}
	if p.when != nil {
		ok, err := p.when.Match(k.values(), now)
		if err != nil {
			return Verdict{}, err
		}
		if !ok {
			return Verdict{Outcome: fettle.Skipped, Detail: "the condition is false"}, nil
		}
	}
	questions, exact, hash, err := p.ask(k.values(), now)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Hash: hash, Signal: p.serves(k)}
	k.folded = hash
	due, held := p.judgeCells(k, exact, now, &v)
	if held || len(due) == 0 {
		return v, nil
	}
	if k.clash != "" && !p.onlyFree() {
		return Verdict{Wait: true, Conflict: true, Detail: k.clash, Hash: hash}, nil
	}
	for _, f := range p.Definition.Outputs {
		if _, ok := due[f.Field]; ok {
			v.Fields = append(v.Fields, f.Field)
		}
	}
	return p.chooseSteps(k, questions, due, now, v)
}

// foldMark begins a hash of inputs without regard to case and white space; those
// of before have none.
const foldMark = "~"

// ask evaluates every step for the record: exact identifies the inputs as they
// are sent, folded without regard to case and white space.
func (p *Program) ask(rec expr.Record, now time.Time) (questions []Question, exact, folded string, err error) {
	questions = make([]Question, 0, len(p.Steps))
	folded = foldMark
	for i := range p.Steps {
		q, err := p.Steps[i].ask(i, rec, now)
		if err != nil {
			return nil, "", "", err
		}
		questions = append(questions, q)
		exact += q.Hash
		folded += q.Folded
	}
	return questions, exact, folded, nil
}

// Due says why a cell is to be bought, and from when on kept answers do not count.
type Due struct {
	since int64        // and before which it was done
	asked int64        // and before which it was asked
	cause fettle.Cause // "" if it was never bought
}

// judgeCells finds the cells that are not satisfied. If none is, or one is
// held elsewhere, it settles the verdict.
func (p *Program) judgeCells(k Facts, hash string, now time.Time, v *Verdict) (map[string]Due, bool) {
	open := map[string]Due{}
	reused, takenBack := false, false
	for _, o := range p.Definition.Outputs {
		c := k.cells[store.CellKey{Record: k.Record.ID, Field: o.Field}]
		if c.Hold != "" {
			v.Wait, v.Detail = true, "held by another call: "+o.Field
			if c.Hold == "unknown" {
				v.Detail = Unresolved + ": " + o.Field
			}
			return nil, true
		}
		if p.madeUp(k, c, o.Field) {
			open[o.Field] = Due{}
			v.BoughtUS = withTime(v.BoughtUS, o.Field, c.BoughtUS)
			v.TakenBack = withTime(v.TakenBack, o.Field, c.TakenBack)
			continue
		}
		if c.TakenBack != 0 {
			if k.Cause != fettle.CauseRerun {
				takenBack = true // satisfied, whatever the record holds
				continue
			}
			v.TakenBack = withTime(v.TakenBack, o.Field, c.TakenBack)
		}
		if c.BoughtUS > 0 {
			if d, stale := p.isDue(k, c, hash, now); stale && !p.byHandForGood(k, o.Field) {
				open[o.Field], v.Cause = d, d.cause
				v.BoughtUS = withTime(v.BoughtUS, o.Field, c.BoughtUS)
				continue
			}
			if p.unaccepted(k, c, o) {
				open[o.Field] = Due{}
				v.BoughtUS = withTime(v.BoughtUS, o.Field, c.BoughtUS)
				continue
			}
			if down := p.restore(k, c, o, v); down != nil {
				open[o.Field] = Due{}
				v.BoughtUS = withTime(v.BoughtUS, o.Field, c.BoughtUS)
				continue
			}
			reused = true
			continue
		}
		if k.values().Value(o.Field) != nil && p.keeps(k, o.Field) {
			continue
		}
		open[o.Field] = p.newFor(k)
	}
	if len(open) == 0 {
		v.Outcome = fettle.Filled
		switch {
		case takenBack:
			v.Outcome, v.Detail = fettle.TakenBack, "a person took the value back; rerun the row to ask again"
		case reused:
			v.Outcome = fettle.Reused
		}
	}
	return open, false
}

// keeps reports whether the write policy leaves a value from elsewhere alone.
func (p *Program) keeps(k Facts, field string) bool {
	if k.derived(field) {
		return false // it gives way to any other
	}
	switch p.Definition.Write {
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
func (p *Program) byHandForGood(k Facts, field string) bool {
	return p.Definition.Write != fettle.OverwriteAll && k.values().Value(field) != nil && k.byHand(field)
}

// isDue reports whether a bought cell is to be bought again: its refresh
// period has passed, its inputs are not those of this enrichment's own last
// purchase or reuse, or a person asked for it.
func (p *Program) isDue(k Facts, c store.Cell, hash string, now time.Time) (d Due, yes bool) {
	if k.Cause == fettle.CauseRerun {
		return Due{cause: fettle.CauseRerun}, true // remembered tells what was asked since
	}
	if r := p.period(k, p.Definition.Refresh); r > 0 && now.UnixMicro()-c.BoughtUS >= r.Microseconds() {
		return Due{since: now.UnixMicro() - r.Microseconds() + 1, cause: p.Definition.DueCause()}, true
	}
	if p.Definition.RerunOn == "inputs" && k.hash != "" && k.hash != hash && k.hash != k.folded {
		return Due{cause: fettle.CauseInputChanged}, true
	}
	return p.dueFor(k, c)
}

// restore brings back a bought value that the record has lost (it was deleted
// and imported again), but not one that a person cleared. It says so where the
// step does not take the value any more.
func (p *Program) restore(k Facts, c store.Cell, o fettle.Output, v *Verdict) *Downed {
	if k.values().Value(o.Field) != nil && !k.derived(o.Field) || k.byHand(o.Field) {
		return nil
	}
	a, ok := k.call(c.AttemptID)
	if !ok {
		return nil
	}
	for j := range p.Steps {
		s := &p.Steps[j]
		if name := s.Outputs[o.Name]; s.SameAs(a.Operation) && a.Outputs[name] != nil {
			v.age(a.ID, c.BoughtUS)
			return p.give(v, s, o, a.Outputs[name], store.StatusIn(a.Statuses, name), c.AttemptID)
		}
	}
	return nil
}

// chooseSteps goes through the waterfall: answers that are kept cost nothing,
// steps that had nothing are not asked again, the rest is to be called.
func (p *Program) chooseSteps(k Facts, questions []Question, open map[string]Due, now time.Time, v Verdict) (Verdict, error) {
	var missing []string
	asked, skipped := false, 0
	for i := range questions {
		q := &questions[i]
		s := &p.Steps[i]
		if !s.gives(p.Definition.Outputs, open) {
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
		if s.Computed && len(v.Ask) == 0 {
			p.compute(s, q, open, &v)
			asked = true
		} else if a, ok := p.remembered(k, s, q, open, now); ok {
			asked = true
			if a.Outcome == string(fettle.Failed) || a.Outcome == WrittenOff {
				return Verdict{Outcome: fettle.Failed, Detail: failedBefore(a), Hash: v.Hash}, nil
			}
			v.goesBy(a)
			if !p.heldBack(k, s, q, a, &v) {
				p.takeOwn(k, s, a, open, now, &v)
			}
		} else if p.asking(k, s, q) {
			return Verdict{Wait: true, Detail: "another call asks " + s.called() + " about the record", Hash: v.Hash}, nil
		} else if why := p.onlyShared(k, s); why != "" {
			missing = append(missing, why)
			v.SharedKey = true
			continue
		} else if a, ok := k.busy(s, q); ok && len(v.Ask) == 0 {
			return WaitFor(a, s, v.Hash), nil
		} else if a, ok := p.told(k, s, q, open, now); ok {
			asked = true
			v.note(a)
			if a.Outcome == string(fettle.Failed) || a.Outcome == WrittenOff {
				return Verdict{Outcome: fettle.Failed, Detail: v.whose() + ": " + failedBefore(a), Hash: v.Hash}, nil
			}
			v.goesBy(a)
			if !p.heldBack(k, s, q, a, &v) {
				p.takeKept(s, a, open, &v)
			}
		} else {
			v.Ask = append(v.Ask, *q)
			v.Cause = cmp.Or(v.Cause, p.askedAgain(k, s, q))
			v.before = max(v.before, p.lastAsked(k, i))
			continue
		}
		if p.Won(v.Gratis, open) && len(v.Ask) == 0 {
			break
		}
	}
	return p.conclude(v, open, asked, skipped, missing)
}

// gives reports whether the step gives one of the open outputs.
func (s *Step) gives(outs fettle.Outputs, open map[string]Due) bool {
	for _, o := range outs {
		_, wanted := open[o.Field]
		if _, ok := s.Outputs[o.Name]; ok && wanted {
			return true
		}
	}
	return false
}

// compute takes a formula's values, which are its inputs.
func (p *Program) compute(s *Step, q *Question, open map[string]Due, v *Verdict) {
	for _, o := range p.Definition.Outputs {
		if _, ok := open[o.Field]; !ok || v.Gratis[o.Field] != nil {
			continue
		}
		p.offer(v, s, o, q.Inputs[s.Outputs[o.Name]], "", 0)
	}
}

// askedAgain says why a step is asked that was asked before; "" if it was not.
func (p *Program) askedAgain(k Facts, s *Step, q *Question) fettle.Cause {
	a, ok := p.answer(k, s, q)
	switch {
	case !ok:
		return ""
	case p.Definition.RerunOn == "inputs" && !k.alike(a, q):
		return fettle.CauseInputChanged
	case p.serves(k) != 0:
		return fettle.CauseSignal
	}
	return p.Definition.DueCause()
}

// lastAsked is the newest call that asked a step's question before, whatever
// its inputs were; 0 if none did. What a person gave up was not answered.
func (p *Program) lastAsked(k Facts, step int) int64 {
	s := &p.Steps[step]
	for _, a := range slices.Backward(k.Asked) {
		if !a.Open && a.Operation == s.Fingerprint && a.Outcome != ResolvedRetry && (a.Step == step || !p.shared(s)) {
			return a.ID
		}
	}
	return 0
}

// CalledIn gives the providers that were called for a row already, in the run
// and since it was opened: within it nothing is asked twice, so what was asked
// before a question that is asked again belongs to an earlier purchase. There
// the row is counted in limits in records.
func (v Verdict) CalledIn(run int64, asked []store.Asked) []string {
	var out []string
	for _, a := range asked {
		if a.RunID == run && a.ID > v.before && a.Counts && !a.Open && !slices.Contains(out, a.Provider) {
			out = append(out, a.Provider)
		}
	}
	return out
}

// Won reports whether the waterfall may stop: the first open output is there,
// or all of them where the definition says so.
func (p *Program) Won(got map[string]any, open map[string]Due) bool {
	for _, o := range p.Definition.Outputs {
		if _, ok := open[o.Field]; !ok {
			continue
		}
		there := got[o.Field] != nil
		if p.Definition.Until != "all" {
			return there
		}
		if !there {
			return false
		}
	}
	return true
}

// conclude settles the verdict of a row that was looked at step by step.
func (p *Program) conclude(v Verdict, open map[string]Due, asked bool, skipped int, missing []string) (Verdict, error) {
	if p.Won(v.Gratis, open) {
		v.Ask = nil
	}
	if len(v.Ask) > 0 {
		return p.priceRow(v)
	}
	v.Detail = Clip(joined(TurnedDown(v.Down), v.whose()))
	switch {
	case len(v.Gratis) > 0 && v.computed():
		v.Outcome = fettle.Found // computed
	case len(v.Gratis) > 0:
		v.Outcome = fettle.Reused
	case asked && p.onlyFree():
		v.Outcome = fettle.NotFoundRow
	case asked && v.newest.Outcome == string(provider.BadInput):
		v.Outcome, v.Detail = fettle.Failed, joined(v.Detail, fmt.Sprintf("the provider refused these inputs before (call %d); correct them, or retry the row to ask again", v.newest.ID))
	case asked:
		v.Outcome = fettle.KnownNotFound
	case len(missing) > 0:
		v.Outcome, v.Detail = fettle.MissingInput, strings.Join(missing, "; ")
	case skipped > 0:
		v.Outcome, v.Detail = fettle.Skipped, "the condition of the step is false"
	default:
		v.Outcome = fettle.KnownNotFound
	}
	return v, nil
}

// computed reports whether all that a row takes free was computed.
func (v *Verdict) computed() bool {
	for _, id := range v.From {
		if id != 0 {
			return false
		}
	}
	return true
}

// joined puts what is said of a row in one line.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
}

// onlyFree reports whether the program buys nothing: formulas only.
func (p *Program) onlyFree() bool {
	for _, s := range p.Steps {
		if !s.Computed {
			return false
		}
	}
	return true
}
