package judge

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"fettle"
	"fettle/provider"
	"fettle/store"
)

// Odds are what is known of the next calls of a step: how many of them find
// something, and what they cost. They come from calls of the same operation,
// by whichever enrichment; where there are none, from a stated guess.
type Odds struct {
	hit      float64 // share of the calls that is expected to find something; below 0: not known
	share    float64 // of the calls that were made, those that found something; below 0: none was made
	hitPart  float64 // what a hit costs, as a part of its quoted price
	missPart float64 // what a miss costs, as a part of its highest price; below 0: as a hit's
	meter    provider.Meter
	input    float64 // the vendor's tokens for one that was measured
	output   float64 // tokens of an answer
	vague    bool    // output is a guess
	unsure   float64 // share of the calls that found nothing whose answer verified nothing
	each     float64 // micro-credits a call, where calls were billed without their tokens; else 0
	Guessed  string  // what is not known, in words; "" if enough is
	Basis    string  // in words
}

// What is taken for known.
const (
	unknownHit  = -1 // of data providers, while no call was made; models answer
	enoughCalls = 20 // of the very same operation: others of its kind need not be looked at
	enoughRead  = 5  // answers, to go by their length
	priceWeight = 3  // how many calls the quoted price weighs as much as
)

// LookUp reads what is known of the steps of a program.
func (p *Program) LookUp(ctx context.Context, tx *store.Tx) ([]Odds, error) {
	var names []string
	for i := range p.Steps {
		if n := p.Steps[i].Connection.Description.Name; !p.Steps[i].Computed && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	stats, err := tx.CallStats(ctx, names)
	if err != nil {
		return nil, err
	}
	out := make([]Odds, len(p.Steps))
	for i := range p.Steps {
		if !p.Steps[i].Computed {
			out[i] = p.odds(i, stats)
			out[i].Basis += p.Steps[i].batchBasis()
		}
	}
	return out, p.lookUpUnsure(ctx, tx, out)
}

// sum adds up the calls that a test takes.
func sum(stats []store.CallStat, test func(store.CallStat) bool) (out store.CallStat) {
	for _, s := range stats {
		if test(s) {
			out = out.Add(s)
		}
	}
	return out
}

// odds judges one step by what calls came to.
func (p *Program) odds(i int, stats []store.CallStat) Odds {
	s := &p.Steps[i]
	same := sum(stats, func(c store.CallStat) bool { return c.Operation == s.Fingerprint })
	if m, is := s.Operation.(provider.Meter); is {
		return p.modelOdds(i, m, same, stats)
	}
	with := ""
	if same.Calls < enoughCalls {
		wide := sum(stats, func(c store.CallStat) bool { return ofOperation(c.Operation, s.info.ID) })
		if wide.Calls > same.Calls {
			same, with = wide, ", with any options"
		}
	}
	o := Odds{hit: unknownHit, share: unknownHit, hitPart: 1, missPart: -1}
	if same.Calls == 0 {
		o.Basis = fmt.Sprintf("no call of %s was made yet, so it is taken to find something every time, or every other time where that costs more", s.called())
		o.Guessed = "how often " + s.called() + " finds something"
		return o
	}
	o.hit, o.share = hitRate(same), float64(same.Found)/float64(same.Calls)
	if same.HitQuoted > 0 {
		n := float64(same.Found)
		o.hitPart = (n*float64(same.Hit)/float64(same.HitQuoted) + priceWeight) / (n + priceWeight)
	}
	if same.MissQuoted > 0 {
		o.missPart = float64(same.Miss) / float64(same.MissQuoted)
	}
	o.Basis = fmt.Sprintf("%s found something in %d of %s so far%s; of the next 100, %.0f are expected to",
		s.called(), same.Found, fettle.Count(same.Calls, "call", "calls"), with, 100*o.hit)
	return o
}

// called is what people call what a step asks: several providers call it the same.
func (s *Step) called() string {
	by := s.Connection.Title()
	if s.info.Title == "" || s.info.Title == by {
		return cmp.Or(by, s.info.ID)
	}
	return s.info.Title + " by " + by
}

// hitRate is the share that finds something, by what was seen: half a hit and
// half a miss are added, so that a few calls never promise all or nothing.
func hitRate(c store.CallStat) float64 { return (float64(c.Found) + 0.5) / (float64(c.Calls) + 1) }

// ofOperation reports whether a fingerprint is of an operation, whatever its
// options are.
func ofOperation(print, id string) bool {
	rest, ok := strings.CutPrefix(print, id)
	return ok && (rest == "" || rest[0] == '{')
}

// modelOdds judges an AI step: by the price table, the measured prompts, and
// how long answers were. Prices of another model or of another prompt are never
// taken for its own.
func (p *Program) modelOdds(i int, m provider.Meter, same store.CallStat, stats []store.CallStat) Odds {
	s := &p.Steps[i]
	o := Odds{hit: 1, share: unknownHit, meter: m, input: 1, output: float64(m.Answer())}
	if same.Calls > 0 {
		o.hit, o.share = hitRate(same), float64(same.Found)/float64(same.Calls)
	}
	if same.Calls > 0 && same.Metered == 0 {
		o.each = float64(same.Hit+same.Miss) / float64(same.Calls)
		o.Basis = fmt.Sprintf("price of %s of %s with this prompt", fettle.Count(same.Calls, "call", "calls"), s.Model)
		return o
	}
	model := sum(stats, func(c store.CallStat) bool { return strings.HasPrefix(c.Operation, s.base+"/") })
	if same.Calls == 0 && model.Calls >= enoughCalls {
		o.hit = hitRate(model)
	}
	prompts := p.readPrompts(&o, i, same, model, stats)
	answers := p.readAnswers(&o, i, same, model, stats)
	o.Basis = fmt.Sprintf("price table of %s, %s, %s", s.Model, prompts, answers)
	return o
}

// readPrompts corrects the measure of prompts by what a vendor counted: best of
// the same question, else of the model, else of any model of the vendor.
func (p *Program) readPrompts(o *Odds, i int, same, model store.CallStat, stats []store.CallStat) string {
	s := &p.Steps[i]
	own := sum(stats, func(c store.CallStat) bool { return c.Provider == s.Connection.Description.Name && c.Model == s.Model })
	for _, x := range []struct {
		seen store.CallStat
		of   string
	}{{same, "of this prompt"}, {model, "of this model"}, {own, "of this model"}} {
		if x.seen.Metered > 0 && x.seen.AskedTokens > 0 {
			o.input = float64(x.seen.InputTokens) / float64(x.seen.AskedTokens)
			return fmt.Sprintf("measured prompts corrected by %s %s", fettle.Count(x.seen.Metered, "call", "calls"), x.of)
		}
	}
	return "measured prompts, at four bytes a token"
}

// readAnswers looks up how long answers were: of the same question, else of the
// same model to another prompt, else of another model at the same step.
func (p *Program) readAnswers(o *Odds, i int, same, model store.CallStat, stats []store.CallStat) string {
	step := sum(stats, func(c store.CallStat) bool { return c.EnrichmentID == p.ID && c.Step == i })
	for _, x := range []struct {
		seen      store.CallStat
		of        string
		own       bool
		elsewhere bool
	}{{same, "", true, false}, {model, " to another prompt", false, false}, {step, " of another model, and what they shall look like", false, true}} {
		if x.seen.Metered == 0 {
			continue
		}
		guess := o.output
		o.output = float64(x.seen.OutputTokens) / float64(x.seen.Metered)
		if x.elsewhere {
			o.output = math.Sqrt(o.output * guess) // neither is its own: midway between the two
		}
		if !x.own || x.seen.Metered < enoughRead {
			o.vague, o.Guessed = true, "how long the answers of "+p.Steps[i].Model+" to this prompt are"
		}
		return fmt.Sprintf("the length of %d answers%s", x.seen.Metered, x.of)
	}
	o.vague, o.Guessed = true, "how long the answers of "+p.Steps[i].Model+" are"
	return fmt.Sprintf("and nothing to go by for the length of answers but what they shall look like (%d tokens are taken)", int64(o.output))
}

// vagueness is how many times shorter or longer answers may well be than what
// is taken for their length, while it is a guess.
const vagueness = 3

// Vague gives what is known with guessed lengths of answers at their short and
// at their long end. ok is false where no length is guessed.
func Vague(known []Odds) (short, long []Odds, ok bool) {
	short, long = slices.Clone(known), slices.Clone(known)
	for i := range known {
		if known[i].vague {
			ok = true
			short[i].output /= vagueness
			long[i].output *= vagueness
		}
	}
	return short, long, ok
}

// expect is what a step's call is expected to cost, in micro-credits: if it
// finds something, and if not. It is a guess; amounts that are paid are never
// computed in floating point.
func (s *Step) expect(q *Question, o Odds) (hit, miss float64) {
	switch {
	case s.Computed:
		return 0, 0
	case o.each > 0:
		return o.each, o.each
	case o.meter != nil && s.Connection.Conn.UnitCredits != nil:
		units := o.meter.Bill(int64(float64(q.Tokens)*o.input), int64(o.output))
		each := min(float64(units)*float64(*s.Connection.Conn.UnitCredits)/float64(provider.Unit), float64(q.stepMax()))
		return each, each
	}
	hit = min(float64(q.Likely)*o.hitPart, float64(q.Hit))
	miss = float64(q.Miss) * o.missPart
	if o.missPart < 0 {
		miss = min(float64(q.Miss), max(hit, float64(q.Low)))
	}
	return hit, miss
}

// guesses are the hit rates that stand for one that is not known. Where misses
// are free it is dearer that every call finds something; where later steps are
// asked after them, it may be dearer that half do not.
func guesses() [2]float64 { return [2]float64{1, 0.5} }

// ExpectRow is what a row is expected to cost whose calls are these: the dearer
// of the guesses, where a hit rate is not known. calls gives for each of them
// the chance that it is made, and cost what it is expected to cost by then.
func (p *Program) ExpectRow(ask []Question, known []Odds) (total float64, calls, cost []float64) {
	total = -1
	for _, g := range guesses() {
		if sum, n, c := p.goThrough(ask, known, g); sum > total {
			total, calls, cost = sum, n, c
		}
	}
	return total, calls, cost
}

// goThrough goes through the calls that are left of a row: each later step is
// asked where those before it found nothing.
func (p *Program) goThrough(ask []Question, known []Odds, guess float64) (total float64, calls, cost []float64) {
	chance := 1.0
	for i := range ask {
		s, o := &p.Steps[ask[i].Step], known[ask[i].Step]
		rate := o.hit
		if rate < 0 {
			rate = guess
		}
		each := 0.0
		if !ask[i].Shared {
			hit, miss := s.expect(&ask[i], o)
			each = chance * (rate*hit + (1-rate)*miss)
		}
		calls, cost, total = append(calls, chance), append(cost, each), total+each
		if p.Definition.Until != "all" || len(s.Outputs) == len(p.Definition.Outputs) {
			chance *= 1 - rate
		}
	}
	return total, calls, cost
}

// FoundRow is what a row is expected to cost that finds something, by where it is
// found. fixed says that no such row costs less: wherever it is found, that costs
// the same, and the vendor's price is not a guess.
func (p *Program) FoundRow(ask []Question, known []Odds) (cost float64, fixed bool) {
	if p.Definition.Until == "all" {
		cost, _, _ = p.ExpectRow(ask, known)
		return cost, false
	}
	chance, before, sum, weight, first := 1.0, 0.0, 0.0, 0.0, -1.0
	fixed = true
	for i := range ask {
		s, o := &p.Steps[ask[i].Step], known[ask[i].Step]
		rate := o.hit
		if rate < 0 {
			rate = 0.5
		}
		hit, miss := 0.0, 0.0
		if !ask[i].Shared {
			hit, miss = s.expect(&ask[i], o)
		}
		if first < 0 {
			first = hit
		}
		fixed = fixed && hit == first && o.meter == nil && hit == float64(ask[i].Hit)
		sum, weight = sum+chance*rate*(before+hit), weight+chance*rate
		before, chance = before+miss, chance*(1-rate)
	}
	if weight == 0 {
		return before, false
	}
	return sum / weight, fixed
}

// TypicalFound is what a row costs that finds something and whose inputs are all
// there, and whether each such row costs that.
func (p *Program) TypicalFound(known []Odds) (cost fettle.Credits, fixed bool) {
	c, fixed := p.FoundRow(p.typical(), known)
	return About(max(0, c)), fixed
}

// Typical is what a row whose inputs are all there is expected to cost.
func (p *Program) Typical(known []Odds) fettle.Credits {
	total, _, _ := p.ExpectRow(p.typical(), known)
	return About(max(0, total))
}

// About is an expected amount as money: to the nearest micro-credit.
func About(micro float64) fettle.Credits { return fettle.Credits(micro + 0.5) }
