package judge

import "fettle"

// typicalQuestion is what a step asks of a record whose inputs are all there;
// prompts are counted as written.
func (p *Program) typicalQuestion(i int) Question {
	s := &p.Steps[i]
	q := Question{Step: i, Inputs: map[string]any{}}
	for name := range s.values {
		q.Inputs[name] = "x"
	}
	if s.prompt != nil {
		q.Inputs["prompt"] = p.Definition.Steps[i].Prompt
	}
	if s.system != nil {
		q.Inputs["system"] = p.Definition.Steps[i].System
	}
	return q
}

// typical are the questions of a row whose inputs are all there, of the steps
// whose price is known.
func (p *Program) typical() (ask []Question) {
	for i := range p.Steps {
		if q := p.typicalQuestion(i); p.Steps[i].price(&q) {
			ask = append(ask, q)
		}
	}
	return ask
}

// TypicalMax is the highest price of a typical row.
func (p *Program) TypicalMax() fettle.Credits { return p.RowMax(p.typical()) }
