package sandbox

import (
	"math"

	"fettle"
)

// Bounds and defaults of a model that bills by the token. Prices are US dollars
// per million tokens, in millionths of a dollar.
const (
	maxModelTokens = 100_000
	maxModelPrice  = 1_000 * fettle.Credit
	usualInput     = fettle.Credit / 2
	usualOutput    = 4 * fettle.Credit
	// requestPrice is what an answer costs where nothing is billed by the token.
	requestPrice = fettle.Credit
)

// spread is how widely answers' lengths vary: the standard deviation of their
// logarithm. One answer in six is longer than 1.6 times the median, one in
// forty longer than 2.7 times.
const spread = 0.5

// length is how much is read and written for one question.
type length struct {
	prompt int64 // tokens
	output int64 // tokens meant to be written, reasoning included
	shown  int   // bytes of them meant to be text
}

// length draws it from the question alone, so that the same question is always
// answered at the same length. What a client could work out is kept from it:
// each model has its own tokenizer and its own usual length, and an unknown
// part of the output is reasoning.
func (c Config) length(id dice, asked chat) length {
	if c.ModelTokens == 0 {
		return length{prompt: tokens(asked.system) + tokens(asked.whole)}
	}
	own := roll(c.Seed, modelID, asked.model)
	bytesPerToken := 3.3 + 1.3*own.share()
	usual := float64(c.ModelTokens) * math.Exp2(2*own.share()-1)
	const framing = 20
	read := len(asked.whole) + len(mustJSON(asked.schema))

	d := id.and(1 << 42)
	output := max(1, usual*math.Exp(spread*d.normal()))
	return length{
		prompt: framing + int64(float64(read)/bytesPerToken),
		output: int64(output),
		shown:  int(4 * output * (0.4 + 0.6*d.share())),
	}
}

// price is what the answer costs, rounded up to millionths of a dollar.
func (c Config) price(a answer) fettle.Credits {
	if c.ModelTokens == 0 {
		return requestPrice
	}
	const million = 1_000_000
	p := c.tokenPrices()
	dollars := (a.prompt*int64(p.Input) + a.output*int64(p.Output) + million - 1) / million
	return fettle.Credits(dollars * 100) // one credit is one cent
}

func (c Config) tokenPrices() TokenPrices {
	p := TokenPrices{Input: c.ModelInput, Output: c.ModelOutput}
	if p.Input == 0 {
		p.Input = usualInput
	}
	if p.Output == 0 {
		p.Output = usualOutput
	}
	return p
}

// normal gives a number of the standard normal distribution (Box and Muller).
func (d *dice) normal() float64 {
	u, v := 1-d.share(), d.share()
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v)
}
