package judge

import (
	"slices"
	"time"

	"fettle"
	"fettle/provider"
	"fettle/store"
)

// ResolvedRetry is the outcome of a call whose money was given up so that it is
// made again: it is no answer.
const ResolvedRetry = "retried"

// answer finds the newest answer to a step's question. Where several steps ask
// one operation, only the answer to the same inputs is a step's own; what
// failed without being billed counts only for the inputs that failed.
func (p *Program) answer(k Facts, s *Step, q *Question) (store.Asked, bool) {
	for _, a := range slices.Backward(k.Asked) {
		if a.Open || a.Operation != s.Fingerprint || a.Outcome == ResolvedRetry {
			continue
		}
		unbilled := a.Charged == 0 && (a.Outcome == string(fettle.Failed) || a.Outcome == string(provider.BadInput))
		if a.InputsHash == q.Hash || (!p.shared(s) && !unbilled) {
			return a, true
		}
	}
	return store.Asked{}, false
}

// asking reports whether another call asks the same of the record just now, or
// may have: its answer is waited for, so that it is not bought beside it, also
// where it fills another field.
func (p *Program) asking(k Facts, s *Step, q *Question) bool {
	for _, a := range k.Asked {
		if a.Open && a.Operation == s.Fingerprint && (a.InputsHash == q.Hash || !p.shared(s)) {
			return true
		}
	}
	return false
}

// shared reports whether another step asks the same operation.
func (p *Program) shared(s *Step) bool {
	n := 0
	for i := range p.Steps {
		if p.Steps[i].Fingerprint == s.Fingerprint {
			n++
		}
	}
	return n > 1
}

// remembered finds the kept answer of a step, if it still counts. A person who
// has rows asked again starts a run: what was asked in it, or in a later run
// that went on with it, is not asked twice.
func (p *Program) remembered(k Facts, s *Step, q *Question, open map[string]Due, now time.Time) (store.Asked, bool) {
	a, ok := p.answer(k, s, q)
	return a, ok && p.counts(k, a, q, open, now)
}

// counts reports whether an answer still counts for a row.
func (p *Program) counts(k Facts, a store.Asked, q *Question, open map[string]Due, now time.Time) bool {
	again := k.Cause == fettle.CauseRerun || (k.Cause == fettle.CauseRetry && !paidFor(a))
	if again && a.RunID < k.Run {
		return false
	}
	for _, d := range open {
		if a.DoneUS < d.since || a.AskedUS < d.asked {
			return false
		}
	}
	if p.Definition.RerunOn == "inputs" && !k.alike(a, q) {
		return false
	}
	if paidFor(a) {
		return true
	}
	at := p.againUS(a, k.askedAlike(a), p.period(k, p.Definition.NotFoundRetry), p.period(k, p.Definition.UnsureRetry))
	return a.Outcome != string(fettle.NotFoundRow) || at == 0 || now.UnixMicro() < at
}

// alike reports whether a call asked what a question asks, but for case and white
// space. Of calls from before that was kept, it goes by whether the row's inputs are
// those of the enrichment's own last purchase or reuse.
func (k Facts) alike(a store.Asked, q *Question) bool {
	if a.InputsHash == q.Hash || a.Folded == q.Folded {
		return true
	}
	return a.Folded == "" && k.hash != "" && k.hash == k.folded
}

// period is how long an answer counts for a row. For one that was opened because
// that time was over, at a tick, it is what the tick went by.
func (p *Program) period(k Facts, of fettle.Interval) time.Duration {
	if k.Cause == p.Definition.DueCause() {
		return time.Duration(of) - p.Definition.Lead(of)
	}
	return time.Duration(of)
}

// takeKept takes values from an answer that was paid for before.
func (p *Program) takeKept(s *Step, a store.Asked, open map[string]Due, v *Verdict) {
	for _, o := range p.Definition.Outputs {
		if _, ok := open[o.Field]; !ok || v.Gratis[o.Field] != nil {
			continue
		}
		name := s.Outputs[o.Name]
		p.offer(v, s, o, a.Outputs[name], store.StatusIn(a.Statuses, name), a.ID)
	}
}

// goesBy notes a kept answer that the row goes by. The newest tells how a row ends
// that got nothing: a row whose last call was refused is failed, as it was when the
// answer came.
func (v *Verdict) goesBy(a store.Asked) {
	if a.ID > v.newest.ID {
		v.newest = a
	}
}

// failedBefore is why a row fails that is not asked about again.
func failedBefore(a store.Asked) string {
	if a.Charged > 0 {
		return "was billed before and gave nothing usable; retry it to ask again"
	}
	return "was asked before and gave nothing usable; retry it to ask again"
}

// give gives a field a value that costs nothing, in the form of the field: an
// answer is kept as the provider gave it. What the step does not take is not
// given, and said.
func (p *Program) give(v *Verdict, s *Step, o fettle.Output, x any, st fettle.Status, from int64) *Downed {
	clean, down := p.Take(s, o, x, st)
	if down != nil || clean == nil {
		return down
	}
	if v.Gratis == nil {
		v.Gratis, v.Status, v.From = map[string]any{}, map[string]fettle.Status{}, map[string]int64{}
	}
	v.Gratis[o.Field], v.Status[o.Field], v.From[o.Field] = clean, st, from
	return nil
}

// offer gives a value, or notes that it is turned down.
func (p *Program) offer(v *Verdict, s *Step, o fettle.Output, x any, st fettle.Status, from int64) {
	if down := p.give(v, s, o, x, st, from); down != nil {
		v.Down = append(v.Down, *down)
	}
}
